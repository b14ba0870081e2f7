"""All that is peculiar to PostgreSQL: how its URL is read, what a connection is told, how migrations take turns."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlencode, urlsplit

import asyncpg
import regex
from sqlalchemy import NullPool, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.errors import StoreError
from bot.storage.faults import server_error
from bot.storage.migrations import upgrade
from bot.storage.queries import InsertInto

CONNECTIONS = 5  # of one process at most, beside the one that listens
CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 10.0  # after which a server that says nothing counts as lost
STARTING_MILLISECONDS = 30_000  # how long a start may wait for another process to migrate
_QUEUE_SECONDS = 10.0
_MIGRATION = 0x6173656172  # the advisory lock of migrations; any number, but always this one
_HOSTS = regex.compile(r"(?:(?:\[[0-9a-fA-F:.]+\]|[^\s:\[\],]*)(?::[0-9]+)?(?:,|$))*")
_UNREADABLE = (
    "DATABASE_URL cannot be read: write postgresql://user:password@server:5432/database, with the signs @ : / ? # of a "
    "password written %40 %3A %2F %3F %23."
)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True, init=False)
class PostgresqlDatabase:
    """Implements `Database`.

    Args:
        url: As libpq reads it: `sslmode`, a socket's folder as `host`, several servers; also PGPASSFILE is heeded.

    Raises:
        StoreError: The URL cannot be read; the message does not quote it.
    """

    _dsn: str = field(repr=False)
    name: str  # database and server

    def __init__(self, url: str) -> None:
        parts = _split(url)
        object.__setattr__(self, "_dsn", parts._replace(scheme="postgresql").geturl())
        object.__setattr__(self, "name", _name(parts))

    @property
    def address(self) -> tuple[str, str | None]:
        """For PostgreSQL's programs: a URL, and the password apart, as every user may read a command line."""
        parts = urlsplit(self._dsn)
        credentials, at, hosts = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        query = parse_qs(parts.query, keep_blank_values=True)
        hidden = unquote(password) or "".join(query.pop("password", []))
        plain = parts._replace(netloc=f"{user}{at}{hosts}", query=urlencode(query, doseq=True))
        return plain.geturl(), hidden or None

    @property
    def shared(self) -> bool:
        return True

    @property
    def insert(self) -> InsertInto:
        return cast(InsertInto, insert)  # its methods are the same, see `InsertInto`

    async def connect(self) -> Connection:
        """A connection of its own. Raises StoreError."""
        return await self._connect(COMMAND_SECONDS)

    async def _connect(self, command_seconds: float | None) -> Connection:
        try:
            return await asyncpg.connect(
                self._dsn,
                timeout=CONNECT_SECONDS,
                command_timeout=command_seconds,
                server_settings={"application_name": "asean-bot", "timezone": "UTC"},
            )
        except ValueError:  # not shown: it quotes parts of the URL
            raise StoreError(_UNREADABLE) from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise self.explain(error) from None

    def engine(self) -> AsyncEngine:
        return self._engine(
            self.connect,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=_QUEUE_SECONDS,
            pool_pre_ping=True,  # a connection that broke while it lay idle is replaced before it is used
        )

    async def prepare(self) -> None:
        """Databases are created by whoever runs the server; one that could not hold every script is refused."""
        connection = await self.connect()
        try:
            encoding = await connection.fetchval("show server_encoding")
        finally:
            await connection.close(timeout=CONNECT_SECONDS)
        if encoding != "UTF8":
            raise StoreError(
                f"The database {self.name} has the encoding {encoding}, which cannot hold every script: "
                "create one with createdb --encoding=UTF8 --template=template0."
            )

    def migrate(self, scripts: Path | None = None) -> None:
        asyncio.run(self._migrate(scripts))  # a thread's own loop: Alembic knows only blocking connections

    async def _migrate(self, scripts: Path | None) -> None:
        engine = self._engine(partial(self._connect, None), poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                await connection.execute(text(f"set local lock_timeout = {STARTING_MILLISECONDS}"))
                await connection.execute(text(f"select pg_advisory_xact_lock({_MIGRATION})"))
                await connection.run_sync(upgrade, self.name, scripts)
        finally:
            await engine.dispose()

    async def check(self) -> None:
        """A write tells all there is to know."""

    async def scrub(self, connection: AsyncConnection) -> None:
        """The server overwrites what was blanked when it next vacuums the table: autovacuum does so by itself."""

    def explain(self, error: BaseException) -> StoreError:
        return server_error(error, self.name)

    def _engine(self, connect: Callable[[], Awaitable[Connection]], **options: Any) -> AsyncEngine:
        # The engine gets no URL: it could be printed.
        return create_async_engine("postgresql+asyncpg://", async_creator=connect, hide_parameters=True, **options)


def _split(url: str) -> SplitResult:
    """Refuses what would be read as something else than was meant: a sign in the password that ends it early."""
    try:
        parts = urlsplit(url)
    except ValueError:  # not shown: it quotes the URL
        raise StoreError(_UNREADABLE) from None
    hosts = parts.netloc.rpartition("@")[2]
    if not _HOSTS.fullmatch(hosts) or "@" in parts.path + parts.query or parts.fragment:
        raise StoreError(_UNREADABLE)
    return parts


def _name(parts: SplitResult) -> str:
    """Without user and password, which may also stand in the query."""
    query = parse_qs(parts.query)
    hosts = parts.netloc.rpartition("@")[2] or ",".join(query.get("host", ["this machine"]))
    database = parts.path.removeprefix("/") or ",".join(query.get("dbname", query.get("database", ["its default"])))
    return f"{database} on {hosts}"
