"""What a driver complains about -> a StoreError that says what to do."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.core.errors import StoreError

T = TypeVar("T")

DRIVER_ERRORS = (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError)

# Part of what the driver says, what that means, what to do about it. The first that fits counts.
_REMEDIES = (
    ("locked", "is in use by another program", "stop that program, or try again in a moment"),
    ("queuepool", "is too slow for this many questions", "move it to a faster disk, or try again in a moment"),
    ("not a database", "is not a database", "move it away to start with an empty one, or restore a backup"),
    ("malformed", "is damaged", "move it away to start with an empty one, or restore a backup"),
    ("full", "has no space left", "free space on its disk"),
    ("no space", "has no space left", "free space on its disk"),
    ("disk i/o", "cannot be read or written", "check its disk, then restart the bot"),
    ("readonly", "cannot be written", "let the user that runs the bot write the file and its folder"),
    ("read-only", "cannot be written", "let the user that runs the bot write there, or choose another data folder"),
    ("unable to open", "cannot be opened", "let the user that runs the bot write there, or choose another data folder"),
    ("permission", "cannot be opened", "let the user that runs the bot write there, or choose another data folder"),
    ("file exists", "cannot be created", "part of its path is a file, not a folder: choose another data folder"),
    ("not a directory", "cannot be created", "part of its path is a file, not a folder: choose another data folder"),
    ("no such table", "lacks a table", "restore a backup, or move it away to start with an empty one"),
)


def _said(error: BaseException) -> str:
    """Only the driver's own words: SQLAlchemy adds the statement, and the system the path."""
    if isinstance(error, DBAPIError):
        return str(error.orig)
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def store_error(error: BaseException, where: str) -> StoreError:
    """Say which database failed, why, and what to do; never what was being stored."""
    said = _said(error)
    for fragment, what, remedy in _REMEDIES:
        if fragment in said.lower():
            return StoreError(f"The database {where} {what}: {remedy}. ({said})")
    return StoreError(f"The database {where} failed: try again; restart the bot if that does not help. ({said})")


async def translated(work: Callable[[], Awaitable[T]], where: str) -> T:
    """Do `work`, once more when the database was locked; it must leave nothing behind when it fails.

    Raises:
        StoreError: The driver failed.
    """
    try:
        return await work()
    except DRIVER_ERRORS as error:
        if "locked" not in _said(error):
            raise store_error(error, where) from error
    try:
        return await work()
    except DRIVER_ERRORS as error:
        raise store_error(error, where) from error
