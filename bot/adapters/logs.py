"""The log: lines for people, or one JSON object a line for programs. Never what anybody wrote to the bot."""

import json
import logging
import sys
from datetime import UTC, datetime
from types import TracebackType

from bot.core.tracing import current_reference, trail

_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(reference)s"
_Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def start_logging(level: str, form: str) -> None:
    """Write to stderr from now on.

    Args:
        form: `text` or `json`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter(_TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its plug-ins are nobody's news
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)  # at DEBUG it logs what is stored


class TextFormatter(logging.Formatter):
    """A line, with the reference of the request at its end."""

    def format(self, record: logging.LogRecord) -> str:
        reference = current_reference()
        # In the message already where it is what the line is about.
        record.reference = f" [{reference}]" if reference and reference not in record.getMessage() else ""
        return super().format(record)

    def formatException(self, ei: _Failure) -> str:  # noqa: N802 - logging's own name
        return trail(ei[1]) if ei[1] else ""


class JsonFormatter(logging.Formatter):
    """`time` (UTC), `level`, `logger`, `message`, and where there is one `reference` and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if reference := current_reference():
            told["reference"] = reference
        if record.exc_info and record.exc_info[1]:
            told["error"] = trail(record.exc_info[1])
        return json.dumps(told, ensure_ascii=False)
