"""What is logged when a reply fails: enough to find the fault, nothing of what anybody said."""

import logging
import traceback
import uuid

_log = logging.getLogger(__name__)


def report(error: BaseException, what: str) -> str:
    """Log an unexpected error; returns the reference that the apology quotes.

    The message of an exception can hold a question or a token, so only types and places are written.
    """
    reference = uuid.uuid4().hex[:8]
    _log.error("%s failed, reference %s: %s", what, reference, trail(error))
    return reference


def trail(error: BaseException) -> str:
    """`KeyError at bot/core/x.py:12 in f`, and what caused it, innermost place first."""
    causes, seen = [], set[int]()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        causes.append(f"{type(current).__name__} at {_places(current)}")
        current = current.__cause__ or current.__context__
    return "; from ".join(causes)


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    return " < ".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[:8]) or "no place"
