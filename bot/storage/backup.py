"""Backup and restore of whichever database the settings name, and what keeps a restore from a running bot."""

import contextlib
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import StoreError
from bot.storage import occupancy, sqlite_backup
from bot.storage.database import Database, database_at
from bot.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from bot.storage.postgresql_backup import ServerBackup


def back_up(url_or_path: str | Path, target: Path) -> None:
    """Write a whole and checked copy to `target`, which is replaced at once or not at all. Blocking; the bot may run.

    Raises:
        StoreError: There is no database, it is damaged or cannot be reached, or `target` cannot be written.
    """
    database = database_at(url_or_path)
    if isinstance(database, SqliteDatabase):
        sqlite_backup.back_up(database.file, target)
    else:
        _server(database).back_up(target)


def restore(url_or_path: str | Path, source: Path, folder: Path, now: datetime.datetime) -> Path | None:
    """Put a backup in the place of the database, migrated to this version. Blocking; the bot must not run.

    Args:
        folder: Where the old content of a server is kept; that of a file stays beside it.
        now: For the name under which it is kept.

    Returns:
        Where the old content lies now; None when there was none.

    Raises:
        StoreError: The bot runs; `source` is damaged, from a newer version, or no backup of this kind of database.
            The old content is then where it was.
    """
    database = database_at(url_or_path)
    if isinstance(database, SqliteDatabase):
        return sqlite_backup.restore(database.file, source, now)
    return _server(database).restore(source, folder, now)


def in_use(url_or_path: str | Path) -> contextlib.AbstractContextManager[None]:
    """Hold off restores while the bot runs. Raises StoreError. A server knows by itself who is connected to it."""
    database = database_at(url_or_path)
    return occupancy.in_use(database.file.parent) if isinstance(database, SqliteDatabase) else contextlib.nullcontext()


def _server(database: Database) -> "ServerBackup":
    from bot.storage.postgresql import PostgresqlDatabase
    from bot.storage.postgresql_backup import ServerBackup

    if not isinstance(database, PostgresqlDatabase):
        raise StoreError(f"There is no backup for this kind of database yet: use the tools of {database.name}.")
    return ServerBackup(database)
