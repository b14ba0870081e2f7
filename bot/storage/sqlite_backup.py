"""The SQLite database as one file: written while the bot runs, and put back while it does not.

A backup is an ordinary SQLite file. It holds texts of questions, so only its owner may read it.
"""

import contextlib
import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import StoreError
from bot.storage.backup_files import COMPANIONS, give_to_owner_of, name_aside, put, temporary
from bot.storage.faults import store_error
from bot.storage.migrations import VERSION_TABLE, migrate
from bot.storage.occupancy import reserved
from bot.storage.revisions import Standing, refuse_unusable, standing_of
from bot.storage.sqlite import STARTING_MILLISECONDS, database_url, migrating_engine


def back_up(database: Path, target: Path) -> None:
    """Write a whole and checked copy to `target`, which is replaced at once or not at all. Blocking.

    Writers are not held up: the copy is the state at one moment.

    Raises:
        StoreError: There is no database, it is damaged, or `target` cannot be written.
    """
    if not database.is_file():
        raise StoreError(f"There is no database {database} to back up: check BOT_DATA_DIR.")
    if target.resolve() == database.resolve():
        raise StoreError(f"{target} is the database itself: name another file.")
    with _told(target), temporary(target.parent) as copy:
        _copy(database, copy)
        revision = _checked_revision(copy, database)
        if standing_of(revision) is Standing.FOREIGN:
            raise StoreError(f"{database} is no database of this bot: nothing was backed up.")
        put(copy, target)


def restore(database: Path, source: Path, now: datetime.datetime) -> Path | None:
    """Put a backup in the place of `database`, migrated to this version. Blocking.

    Args:
        now: For the name under which the old database is kept.

    Returns:
        Where the old database lies now; None when there was none.

    Raises:
        StoreError: A bot is running on the folder; `source` is damaged, from a newer version, or no backup of this
            bot. The old database is then where it was.
    """
    if not source.is_file():
        raise StoreError(f"There is no file {source} to restore.")
    if source.resolve() == database.resolve():
        raise StoreError(f"{source} is the database itself: there is nothing to restore.")
    with _told(database), reserved(database.parent), temporary(database.parent) as copy:
        _copy(source, copy)
        refuse_unusable(_checked_revision(copy, source), str(source))
        migrate(migrating_engine(database_url(copy)))
        _settle(database)
        aside = _keep(database, now)
        give_to_owner_of(database.parent, copy)
        put(copy, database)
    return aside


def _copy(source: Path, copy: Path) -> None:
    try:
        address = f"{source.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True, timeout=STARTING_MILLISECONDS / 1000)) as origin,
            closing(sqlite3.connect(copy)) as destination,
        ):
            origin.backup(destination)
            # Otherwise the copy would want files beside it, which nobody takes along.
            destination.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise store_error(error, str(source)) from error


def _checked_revision(copy: Path, source: Path) -> str | None:
    """The revision in a copy that is sound; None when it has none."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
            if found != ["ok"]:
                raise StoreError(f"{source} is damaged ({found[0]}): nothing was changed; use another backup.")
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchone()
            row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() if known else None  # noqa: S608 - a constant
    except sqlite3.Error as error:
        raise store_error(error, str(source)) from error
    return str(row[0]) if row else None


def _settle(database: Path) -> None:
    """Carry the log of the old database into its file, if it still is one, so that the file alone is everything."""
    address = f"{database.absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise StoreError(f"{database} is in use by another program: stop it, then try again.") from error
        # Damaged, or not there: it is kept as it is.


def _keep(database: Path, now: datetime.datetime) -> Path | None:
    """Give the old database, or whatever is in its place, a second name; None when there is nothing.

    What SQLite keeps beside a damaged one is moved, first of all: it would be played into the restored file.
    """
    kept = name_aside(database.parent, database.name, now)
    for companion in COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{database}{companion}").rename(f"{kept}{companion}")
    if not database.exists():
        return None
    try:
        kept.hardlink_to(database)  # so that there is a database at every moment, also at that of a power failure
    except OSError:  # a file system without hard links
        database.rename(kept)
    return kept


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SQLAlchemyError, sqlite3.Error) as error:
        raise store_error(error, str(target)) from error
