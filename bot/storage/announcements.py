"""The `AnnouncementStore` port on SQL. Each method is one transaction."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Executable, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.announcements.lifecycle import Change
from bot.core.announcements.models import Announcement, Delivery, DeliveryState, Record, State, Trouble
from bot.core.announcements.ports import Posted
from bot.storage import announcement_queries as queries
from bot.storage import announcement_rows as rows
from bot.storage import audit_queries
from bot.storage.audit import append_audit, audit_record
from bot.storage.sql import SqlStore

T = TypeVar("T")


class SqlDeliveries:
    """Copies on their way, those of `mail` only.

    Args: `store` opened the database, and closes it.

    One transaction at a time: a hundred copies on their way must not queue up before somebody's question.
    """

    mail: ClassVar[queries.Mail]

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._turn = asyncio.Lock()

    async def _transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self._turn:
            return await self._store.transaction(work)

    async def delivery(self, delivery_id: str) -> Delivery | None:
        found = await self._rows(queries.delivery(delivery_id))
        return rows.delivery(found[0]) if found else None

    async def due(self, now: datetime.datetime, owner: str | None = None) -> Sequence[Delivery]:
        return [rows.delivery(row) for row in await self._rows(queries.due(self.mail, now, owner))]

    async def stale(self, now: datetime.datetime) -> Sequence[Delivery]:
        return [rows.delivery(row) for row in await self._rows(queries.stale(self.mail, now))]

    async def next_due(self, now: datetime.datetime) -> datetime.datetime | None:
        async def read(connection: AsyncConnection) -> list[datetime.datetime | None]:
            statements: tuple[Select[Any], ...] = (
                queries.next_due(self.mail, now),
                queries.next_correction(self.mail, now),
            )
            return [(await connection.execute(statement)).scalar() for statement in statements]

        moments = [at for at in await self._transaction(read) if at is not None]
        return min(moments, default=None)

    async def claim(self, delivery_id: str, owner: str, now: datetime.datetime) -> bool:
        return await self._changed(queries.claim(delivery_id, owner, now)) == 1

    async def hold(self, delivery_id: str, now: datetime.datetime, until: datetime.datetime) -> bool:
        return await self._changed(queries.hold(delivery_id, now, until)) == 1

    async def set_back(self, now: datetime.datetime, reached: datetime.datetime) -> None:
        await self._run(*queries.set_back(self.mail, now, reached))

    async def release(self, before: datetime.datetime) -> int:
        return await self._changed(queries.release(self.mail, before))

    async def free(self, owner: str, delivery_ids: Collection[str]) -> None:
        await self._run(queries.free(owner, delivery_ids))

    async def sign_in(self, owner: str, now: datetime.datetime, since: datetime.datetime) -> int:
        async def write(connection: AsyncConnection) -> int:
            await connection.execute(queries.sign_in(self._store.insert, owner, now))
            await connection.execute(queries.forget_silent(since))
            count: int = (await connection.execute(queries.count_senders(owner))).scalar_one()
            return count

        return await self._transaction(write)

    async def sign_off(self, owner: str) -> None:
        await self._run(queries.free(owner, None), queries.sign_off(owner))

    async def mark_sent(self, delivery_id: str, posted: Posted, shown: int) -> None:
        await self._run(queries.mark_sent(delivery_id, posted, shown))

    async def mark_shown(self, delivery_id: str, shown: int) -> None:
        await self._run(queries.mark_shown(delivery_id, shown))

    async def mark(
        self, delivery_id: str, state: DeliveryState, trouble: Trouble | None, *, fell_back: bool = False
    ) -> None:
        await self._run(queries.mark(delivery_id, state, trouble, fell_back=fell_back))

    async def postpone(self, delivery_id: str, until: datetime.datetime, *, counted: bool = True) -> None:
        await self._run(queries.postpone(delivery_id, until, counted=counted))

    async def _rows(self, statement: Select[Any]) -> Sequence[rows.Row]:
        async def read(connection: AsyncConnection) -> Sequence[rows.Row]:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

        return await self._transaction(read)

    async def _changed(self, statement: Executable) -> int:
        async def write(connection: AsyncConnection) -> int:
            return (await connection.execute(statement)).rowcount

        return await self._transaction(write)

    async def _run(self, *statements: Executable) -> None:
        async def write(connection: AsyncConnection) -> None:
            for statement in statements:
                await connection.execute(statement)

        await self._transaction(write)


class SqlAnnouncementStore(SqlDeliveries):
    """Implements `bot.core.announcements.ports.AnnouncementStore`."""

    mail = queries.ANNOUNCED

    async def create(self, announcement: Announcement, record: Record) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.add(announcement))
            await append_audit(connection, self._store.insert, rows.audit_record(record, announcement.server))

        await self._transaction(write)

    async def announcement(self, announcement_id: str) -> Announcement | None:
        found = await self._rows(queries.by_id(announcement_id))
        return rows.announcement(found[0]) if found else None

    async def announcements(self, server: str, limit: int) -> Sequence[Announcement]:
        return [rows.announcement(row) for row in await self._rows(queries.newest(server, limit))]

    async def apply(self, change: Change) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.replace(change.announcement))).rowcount != 1:
                return False
            for delivery in change.deliveries:
                await connection.execute(queries.add_delivery(delivery))
            for delivery in change.changed:
                await connection.execute(queries.change_delivery(delivery))
            await append_audit(
                connection, self._store.insert, rows.audit_record(change.record, change.announcement.server)
            )
            return True

        return bool(await self._transaction(write))

    async def deliveries(self, announcement_id: str) -> Sequence[Delivery]:
        return [rows.delivery(row) for row in await self._rows(queries.of_announcement(announcement_id))]

    async def add_delivery(self, delivery: Delivery) -> None:
        await self._run(queries.put_delivery(self._store.insert, delivery))

    async def drop(self, delivery_id: str) -> bool:
        return await self._changed(queries.drop(delivery_id)) == 1

    async def unsettled(self) -> Sequence[str]:
        return [row["id"] for row in await self._rows(queries.unsettled())]

    async def settle(
        self, announcement_id: str, version: int, state: State, record: Record | None, report: Delivery | None
    ) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.settle(announcement_id, version, state))).rowcount != 1:
                return False
            if report is not None:
                await connection.execute(queries.put_delivery(self._store.insert, report))
            if record is not None:
                server: str = (await connection.execute(queries.server_of(announcement_id))).scalar_one()
                await append_audit(connection, self._store.insert, rows.audit_record(record, server))
            return True

        return bool(await self._transaction(write))

    async def count_reading(self, announcement_id: str, locale: str) -> None:
        await self._run(queries.count_reading(self._store.insert, announcement_id, locale))

    async def readings(self, announcement_id: str) -> Mapping[str, int]:
        return {row["locale"]: row["count"] for row in await self._rows(queries.readings(announcement_id))}

    async def history(self, server: str, announcement_id: str | None = None) -> Sequence[Record]:
        found = await self._rows(audit_queries.lines(server=server, subject=announcement_id, deeds=rows.DEEDS))
        return [rows.record(audit_record(row)) for row in found]
