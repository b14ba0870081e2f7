"""Which request a piece of work belongs to, so that a line of the log can be found by the reference a person quotes."""

import contextlib
import traceback
import uuid
from collections.abc import Iterator
from contextvars import ContextVar

from bot.core.errors import BotError

_REFERENCE: ContextVar[str | None] = ContextVar("reference", default=None)


@contextlib.contextmanager
def traced() -> Iterator[str]:
    """Everything within belongs to one new request; gives its reference. Within another, it goes on with that one's."""
    current = _REFERENCE.get()
    if current is not None:
        yield current
        return
    mark = _REFERENCE.set(uuid.uuid4().hex[:8])
    try:
        yield reference()
    finally:
        _REFERENCE.reset(mark)


def reference() -> str:
    """Of the request at hand; a new one outside of any."""
    return _REFERENCE.get() or uuid.uuid4().hex[:8]


def current_reference() -> str | None:
    """None outside of any request."""
    return _REFERENCE.get()


def trail(error: BaseException) -> str:
    """`KeyError at bot/core/x.py:12 in f`, and what caused it, innermost place first.

    The message of an exception can hold a question or a token, so only those of our own errors are told.
    """
    causes, seen = [], set[int]()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        said = f" ({current})" if isinstance(current, BotError) else ""
        causes.append(f"{type(current).__name__}{said} at {_places(current)}")
        current = current.__cause__ or current.__context__
    return "; from ".join(causes)


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    return " < ".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[:8]) or "no place"
