"""All that is peculiar to SQLite: where the file is, how it is created, what each connection is told."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.core.errors import StoreError
from bot.storage.faults import store_error
from bot.storage.migrations import migrate
from bot.storage.queries import InsertInto

BUSY_MILLISECONDS = 2_000  # how long a question may wait for another process to finish writing
STARTING_MILLISECONDS = 30_000  # how long a start may wait for another process to migrate
_QUEUE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """Implements `Database`. Several processes of one machine may share the file; `url` comes from `database_url`."""

    url: URL

    @classmethod
    def at(cls, url_or_path: str | Path) -> Self:
        return cls(database_url(url_or_path))

    @property
    def file(self) -> Path:
        return file_of(self.url)

    @property
    def name(self) -> str:
        return str(self.file)

    @property
    def shared(self) -> bool:
        return False  # one process sends; others only answer

    @property
    def insert(self) -> InsertInto:
        return insert

    def engine(self) -> AsyncEngine:
        return async_engine(self.url)

    async def prepare(self) -> None:
        await asyncio.to_thread(prepare_file, self.file)

    def migrate(self, scripts: Path | None = None) -> None:
        migrate(migrating_engine(self.url), scripts)

    async def check(self) -> None:
        if not await asyncio.to_thread(self.file.exists):
            # SQLite would go on writing to a file that nobody can open again.
            raise StoreError(f"The database {self.file} was removed while in use: restart the bot.")

    async def scrub(self, connection: AsyncConnection) -> None:
        await empty_log(connection)

    def explain(self, error: BaseException) -> StoreError:
        return store_error(error, self.name)


def database_url(url_or_path: str | Path) -> URL:
    """Read a `sqlite:///...` URL or a path; `~` is the home folder.

    Raises:
        StoreError: It names no file, or a kind of database that this version cannot use.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return _file_url(URL.create("sqlite", database=str(url_or_path)))
    try:
        return _file_url(make_url(url_or_path))
    except ArgumentError as error:  # the URL is not quoted: it can hold a password
        raise StoreError(
            "The database URL cannot be read: write sqlite:///folder/bot.db, a path, or "
            "postgresql://user:password@server/database."
        ) from error


def _file_url(url: URL) -> URL:
    if url.get_backend_name() != "sqlite":
        name = url.get_backend_name()
        raise StoreError(
            f"State cannot be kept in {name}: give the path of an SQLite file, or postgresql://user:password@server/database."
        )
    if url.database in (None, "", ".", ":memory:"):
        raise StoreError("State must survive a restart: give the path of an SQLite file.")
    path = Path(str(url.database)).expanduser().absolute()
    return url.set(drivername="sqlite+aiosqlite", database=str(path))


def file_of(url: URL) -> Path:
    return Path(str(url.database))


def prepare_file(path: Path) -> None:
    """Create the file and its folder where they are missing, and set what the file itself remembers. Blocking.

    Raises:
        StoreError: `path` is a folder.
        OSError, sqlite3.Error: It cannot be created or read.
    """
    if path.is_dir():
        raise StoreError(f"The database {path} is a folder: give the path of a file in it, such as {path / 'bot.db'}.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it will hold people's choices
    if not path.exists():  # SQLite's own files beside it take over its mode
        path.touch(mode=0o600)
    with closing(sqlite3.connect(path, timeout=STARTING_MILLISECONDS / 1000)) as connection:
        # Lets others read while one writes. A file system without shared memory ignores it: slower, as safe.
        connection.execute("PRAGMA journal_mode = WAL")


def async_engine(url: URL) -> AsyncEngine:
    # One connection: SQLite has one writer anyway, and a queue is fairer than its polling for the lock.
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=_QUEUE_SECONDS, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _configure)
    return engine


async def empty_log(connection: AsyncConnection) -> None:
    """Carry the write-ahead log into the file, where overwritten texts are gone; a busy database does so later."""
    await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def migrating_engine(url: URL) -> Engine:
    """A blocking engine whose transactions lock out all other writers from their start, and can hold DDL."""
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "connect", _configure_migration)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")  # with WAL, power loss can take the last moments, not the file
    cursor.execute("PRAGMA secure_delete = ON")  # forgotten texts are overwritten, not only unlinked
    cursor.close()


def _configure_migration(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {STARTING_MILLISECONDS}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # By itself the driver begins no transaction for DDL, and only a deferred one for the rest: two starts would clash.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
