"""Looks at the database for `bot doctor`, without changing it."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.core.diagnosis import Finding, ok, problem
from bot.core.errors import StoreError
from bot.storage.database import database_at
from bot.storage.faults import store_error
from bot.storage.migrations import HEAD, VERSION_TABLE
from bot.storage.revisions import Standing, standing_of
from bot.storage.sqlite import BUSY_MILLISECONDS, SqliteDatabase

_SUBJECT = "database"


async def examine_database(url_or_path: str | Path) -> Finding:
    """Whether a start could use the database that the settings name."""
    try:
        database = database_at(url_or_path)
    except StoreError as error:
        return problem(_SUBJECT, str(error))
    if isinstance(database, SqliteDatabase):
        return await asyncio.to_thread(examine_file, database.file)
    from bot.storage.postgresql_examination import examine_server

    return await examine_server(url_or_path)


def examine_file(path: Path) -> Finding:
    """Whether a start could use the SQLite file, or create it. Blocking."""
    if not path.exists():
        return _place_finding(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            fault = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            revision = _revision(connection)
            connection.execute("BEGIN IMMEDIATE")  # what a write begins with
            connection.rollback()
    except sqlite3.Error as error:
        return problem(_SUBJECT, str(store_error(error, str(path))))
    if fault != "ok":
        return problem(_SUBJECT, f"{path} is damaged ({fault})", "stop the bot, then `python -m bot restore FILE`")
    return standing_finding(standing_of(revision), str(path), revision)


def standing_finding(standing: Standing, name: str, revision: str | None) -> Finding:
    """Args: `name` is the database's, without a password."""
    match standing:
        case Standing.CURRENT:
            return ok(_SUBJECT, f"{name} opens and can be written; revision {revision}")
        case Standing.OLDER:
            return ok(_SUBJECT, f"{name} opens; the next start brings it from revision {revision} to {HEAD}")
        case Standing.NEWER:
            what = f"{name} is of revision {revision}, this version of the bot knows up to {HEAD}"
            return problem(_SUBJECT, what, "update the bot")
        case Standing.FOREIGN:
            return problem(_SUBJECT, f"{name} is of no version of this bot", "name another one, or move it away")


def _place_finding(path: Path) -> Finding:
    folder = nearest_folder(path.parent)
    if os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return ok(_SUBJECT, f"the first start creates {path}")
    remedy = "let the user that runs the bot write there, or set BOT_DATA_DIR"
    return problem(_SUBJECT, f"{path} cannot be created: {folder} cannot be written to", remedy)


def nearest_folder(folder: Path) -> Path:
    """The folder itself, or the nearest one above that exists."""
    folder = folder.absolute()
    return next(one for one in (folder, *folder.parents) if one.exists())


def _revision(connection: sqlite3.Connection) -> str | None:
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchone()
    row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() if known else None  # noqa: S608 - a constant
    return str(row[0]) if row else None
