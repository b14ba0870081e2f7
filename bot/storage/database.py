"""What the stores ask of a kind of database, and which kind a setting names."""

from pathlib import Path
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import StoreError
from bot.storage.queries import InsertInto
from bot.storage.sqlite import SqliteDatabase

_POSTGRESQL = ("postgresql", "postgres", "postgresql+asyncpg")  # as other programs write it


class Database(Protocol):
    """One kind of database: all that differs between them. A new kind passes `tests/storage/contract.py`."""

    @property
    def name(self) -> str:
        """For messages: the file, or database and server; never a password."""
        ...

    @property
    def shared(self) -> bool:
        """Other processes may be at work in it, on other machines too."""
        ...

    @property
    def insert(self) -> InsertInto:
        """The dialect's own `insert`, which knows ON CONFLICT."""
        ...

    def engine(self) -> AsyncEngine: ...

    async def prepare(self) -> None:
        """Before the first connection: make what is missing. Raises StoreError, or what `explain` explains."""
        ...

    def migrate(self, scripts: Path | None = None) -> None:
        """Bring it to the newest revision, all or nothing, one process at a time. Blocking."""
        ...

    async def check(self) -> None:
        """What a write alone would not notice. Raises StoreError."""
        ...

    async def scrub(self, connection: AsyncConnection) -> None:
        """Texts were blanked: make them unreadable on the disk too, as far as that is in our hands."""
        ...

    def explain(self, error: BaseException) -> StoreError:
        """What the driver complained about, and what to do; never what was being stored."""
        ...


def database_at(url_or_path: str | Path) -> Database:
    """An SQLite file (`sqlite:///...` or a path) or a PostgreSQL server (`postgresql://...`).

    Raises:
        StoreError: It is neither; the message does not quote it, as it can hold a password.
    """
    scheme, mark, _ = str(url_or_path).partition("://")
    if mark and scheme in _POSTGRESQL:
        from bot.storage.postgresql import PostgresqlDatabase  # its driver costs time that SQLite need not pay

        return PostgresqlDatabase(str(url_or_path))
    return SqliteDatabase.at(url_or_path)
