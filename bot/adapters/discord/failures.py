"""What is logged when a reply fails: enough to find the fault, nothing of what anybody said."""

import logging

from bot.core.tracing import reference, trail

__all__ = ["report", "trail"]
_log = logging.getLogger(__name__)


def report(error: BaseException, what: str) -> str:
    """Log an unexpected error; returns the reference that the apology quotes, that of the request at hand."""
    told = reference()
    _log.error("%s failed, reference %s: %s", what, told, trail(error))
    return told
