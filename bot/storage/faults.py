"""What a driver complains about -> a StoreError that says what to do."""

import socket
import sqlite3
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.core.errors import StoreError

T = TypeVar("T")

DRIVER_ERRORS = (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError)

# Files: part of what the driver says, what that means, what to do about it. The first that fits counts.
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


# PostgreSQL: how its code of the error (SQLSTATE) begins, what that means, what to do. The first that fits counts.
_SERVER_REMEDIES = (
    ("28", "refuses the user or the password", "correct them in DATABASE_URL, or let the user in (pg_hba.conf)"),
    ("3D000", "does not exist", "create it (createdb), or correct its name in DATABASE_URL"),
    ("53100", "has no space left", "free space on the server's disk"),
    ("53300", "has no connection left", "raise max_connections on the server, or stop other programs"),
    ("53", "is short of memory or disk", "look at the server"),
    ("25006", "cannot be written", "it is read-only or a replica: name the primary server in DATABASE_URL"),
    ("42501", "may not be used by this user", "make the user of DATABASE_URL its owner"),
    ("42P01", "lacks a table", "restore a backup, or give the bot an empty database"),
    ("42P07", "has tables of another program", "give the bot a database of its own"),
    ("55P03", "is kept locked by another program", "stop that program, or try again in a moment"),
    ("57P", "is starting or stopping", "try again in a moment; the bot connects again by itself"),
    ("57014", "is too slow for this many questions", "look at the server, or try again in a moment"),
    ("08", "broke the connection", "the bot connects again by itself; look at the server if this goes on"),
    ("40", "was changed by somebody else at the same time", "try again"),
)
_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: one of the two was taken back, and may try again


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


def server_error(error: BaseException, where: str) -> StoreError:
    """Like `store_error`, for a server. Values are in the details of its errors, so only the first line is quoted."""
    code = _code(error)
    if code is not None:
        said = f"{code}: {_first_line(error)}"
        for beginning, what, remedy in _SERVER_REMEDIES:
            if code.startswith(beginning):
                return StoreError(f"The database {where} {what}: {remedy}. ({said})")
        return StoreError(f"The database {where} failed: try again; restart the bot if that does not help. ({said})")
    what, remedy = _without_code(error)
    return StoreError(f"The database {where} {what}: {remedy}. ({type(_origin(error)).__name__})")


def _without_code(error: BaseException) -> tuple[str, str]:
    """The server has not spoken: there is no connection, or none was free."""
    if isinstance(error, PoolTimeoutError):
        return "is too slow for this many questions", "look at the server, or try again in a moment"
    if isinstance(error, TimeoutError):
        return "does not answer", "look at the server and at the network; the bot connects again by itself"
    if isinstance(error, socket.gaierror):
        return "is on a server of unknown name", "correct DATABASE_URL, or look at the network's name service"
    if isinstance(error, ssl.SSLError):
        return "cannot be reached safely", "look at its certificate, or at sslmode in DATABASE_URL"
    if isinstance(error, OSError):
        return "cannot be reached", "start the server, or correct server and port in DATABASE_URL"
    return "broke the connection", "the bot connects again by itself; look at the server if this goes on"


def _origin(error: BaseException) -> BaseException:
    """The driver's own error."""
    wrapped = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return wrapped.__cause__ or wrapped


def _code(error: BaseException) -> str | None:
    code = getattr(_origin(error), "sqlstate", None)
    return code if isinstance(code, str) else None


def _first_line(error: BaseException) -> str:
    origin = _origin(error)
    return str(origin.args[0]).partition("\n")[0] if origin.args else ""


def _collided(error: BaseException) -> bool:
    return _code(error) in _AGAIN or "locked" in _said(error)


async def translated(work: Callable[[], Awaitable[T]], explain: Callable[[BaseException], StoreError]) -> T:
    """Do `work`, once more when it collided with somebody else's; it must leave nothing behind when it fails.

    Raises:
        StoreError: The driver failed. The driver's own error is not chained to it: its details can hold what people
            wrote, and would be logged with it.
    """
    try:
        return await work()
    except DRIVER_ERRORS as error:
        if not _collided(error):
            raise explain(error) from None
    try:
        return await work()
    except DRIVER_ERRORS as error:
        raise explain(error) from None
