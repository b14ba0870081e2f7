"""The `Store` port on SQL. Keeps no text of an answered question, and never who asked."""

import asyncio
import contextlib
import datetime
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Text, column, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import StoreError
from bot.core.ports import OutcomeRecord
from bot.storage import queries
from bot.storage.database import Database, database_at
from bot.storage.faults import translated
from bot.storage.migrations import HEAD, VERSION_TABLE
from bot.storage.queries import InsertInto

T = TypeVar("T")
_USED_TO_THE = datetime.timedelta(days=1)  # exactness of when a language was last used


def _utc_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class SqlStore:
    """State in an SQLite file or on a PostgreSQL server; several processes may share it.

    Further stores are built on `transaction` and `insert`; see CONTRIBUTING.md. Close it before the event loop ends.
    A call that raised StoreError left nothing behind.
    """

    def __init__(self, database: Database, now: Callable[[], datetime.datetime]) -> None:
        """For `open`, which also prepares the database."""
        self.database = database
        self._now = now
        self._engine = database.engine()
        self._closed = False

    @property
    def insert(self) -> InsertInto:
        """`insert` with ON CONFLICT, of the dialect in use."""
        return self.database.insert

    @property
    def shared(self) -> bool:
        """Other processes may be at work in the same state."""
        return self.database.shared

    @classmethod
    async def open(cls, url_or_path: str | Path, *, now: Callable[[], datetime.datetime] = _utc_now) -> Self:
        """Create a file and its folder if missing, migrate the database to this version, and try a write.

        Args:
            url_or_path: A file's path, `sqlite:///` and a path, or `postgresql://user:password@server/database`.
            now: Aware time, for when choices and claims were made.

        Raises:
            StoreError: It cannot be used, or belongs to a newer version of the bot; the message says what to do.
        """
        store = cls(database_at(url_or_path), now)
        try:
            await store._prepare()
        except BaseException:
            await store.close()
            raise
        return store

    async def language_of(self, asker: str) -> str | None:
        async def read(connection: AsyncConnection) -> tuple[str, datetime.datetime] | None:
            found = (await connection.execute(queries.language_of(asker))).one_or_none()
            return (found[0], found[1]) if found else None

        chosen = await self.transaction(read)
        if chosen is None:
            return None
        locale, used_at = chosen
        if self._now() - used_at > _USED_TO_THE:  # seldom, as every write waits its turn
            await self._use_language(asker)
        return locale

    async def _use_language(self, asker: str) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.use_language(asker, self._now()))

        with contextlib.suppress(StoreError):  # a full disk must not keep anybody from their language
            await self.transaction(write)

    async def choose_language(self, asker: str, locale: str | None) -> None:
        async def write(connection: AsyncConnection) -> None:
            if locale is None:
                await connection.execute(queries.forget_language(asker))
            else:
                await connection.execute(queries.choose_language(self.insert, asker, locale, self._now()))

        await self.transaction(write)

    async def record_outcome(self, record: OutcomeRecord) -> None:
        async def write(connection: AsyncConnection) -> None:
            is_new = (await connection.execute(queries.keep_outcome(self.insert, record))).rowcount == 1
            if is_new and record.text is not None:
                await connection.execute(queries.keep_unanswered(self.insert, record.id, record.text, record.asked_at))

        await self.transaction(write)

    async def was_asked(self, question_id: str) -> bool:
        async def read(connection: AsyncConnection) -> bool:
            return (await connection.execute(queries.was_asked(question_id))).first() is not None

        return await self.transaction(read)

    async def record_feedback(self, question_id: str, helpful: bool) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.keep_feedback(question_id, helpful))

        await self.transaction(write)

    async def mark_unanswered(self, question_id: str, text: str | None) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.keep_unanswered(self.insert, question_id, text, self._now()))

        await self.transaction(write)

    async def claim_message(self, platform: str, channel: str, message_id: str) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            statement = queries.claim_message(self.insert, platform, channel, message_id, self._now())
            return (await connection.execute(statement)).rowcount == 1

        return await self.transaction(write)

    async def mark_answered(self, platform: str, message_id: str) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.mark_answered(platform, message_id, self._now()))

        await self.transaction(write)

    async def unanswered_claims(
        self, platform: str, since: datetime.datetime, before: datetime.datetime
    ) -> Sequence[tuple[str, str]]:
        async def read(connection: AsyncConnection) -> Sequence[tuple[str, str]]:
            found = await connection.execute(queries.unanswered_claims(platform, since, before))
            return [(channel, message_id) for channel, message_id in found]

        return await self.transaction(read)

    async def last_message(self, channel: str) -> str | None:
        async def read(connection: AsyncConnection) -> str | None:
            return (await connection.execute(queries.last_message(channel))).scalar_one_or_none()

        return await self.transaction(read)

    async def claimed_channels(self, platform: str, limit: int) -> Sequence[str]:
        async def read(connection: AsyncConnection) -> Sequence[str]:
            return (await connection.execute(queries.claimed_channels(platform, limit))).scalars().all()

        return await self.transaction(read)

    async def forget_before(self, moment: datetime.datetime) -> int:
        async def write(connection: AsyncConnection) -> int:
            return (await connection.execute(queries.forget_texts(moment))).rowcount

        forgotten = await self.transaction(write)
        await self.scrub()
        return forgotten

    async def scrub(self) -> None:
        """Make what was deleted unreadable on the disk too, as far as that is in our hands. Raises StoreError."""
        await self.transaction(self.database.scrub)

    async def claim_job(self, name: str, day: datetime.date) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            statement = queries.claim_job(self.insert, name, day, self._now())
            return (await connection.execute(statement)).rowcount == 1

        return await self.transaction(write)

    async def finish_job(self, name: str, day: datetime.date) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.finish_job(name, day, self._now()))

        await self.transaction(write)

    async def check(self) -> None:
        if not self._closed:
            await self.database.check()

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.probe(self.insert, self._now()))

        await self.transaction(write)

    async def close(self) -> None:
        self._closed = True
        await self._translated(self._engine.dispose)

    async def _prepare(self) -> None:
        await self._translated(self.database.prepare)
        stored = await self.transaction(lambda connection: connection.run_sync(_stored_revision))
        if stored is not None and stored > HEAD:
            raise StoreError(
                f"The database {self.database.name} is from a newer version of the bot (its revision is {stored}, this "
                f"version knows up to {HEAD}): update the bot, or move the database away to start with an empty one."
            )
        if stored != HEAD:
            await self._translated(lambda: asyncio.to_thread(self.database.migrate))
        await self.check()

    async def transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in one transaction; perhaps twice, when it collided with another one.

        Raises:
            StoreError: It could not be done; nothing was.
        """
        if self._closed:
            raise StoreError(f"The database {self.database.name} is closed: the bot is stopping.")

        async def attempt() -> T:
            async with self._engine.begin() as connection:
                return await work(connection)

        return await self._translated(attempt)

    async def _translated(self, work: Callable[[], Awaitable[T]]) -> T:
        return await translated(work, self.database.explain)


def _stored_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    versions = table(VERSION_TABLE, column("version_num", Text))
    return connection.execute(select(versions.c.version_num)).scalar()
