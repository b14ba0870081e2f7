"""The `FollowStore` port on SQL. Each method is one transaction."""

import datetime
from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.announcements.models import Delivery, DeliveryState, Trouble
from bot.core.announcements.ports import Posted
from bot.core.following import Followed
from bot.storage import announcement_queries as delivery_queries
from bot.storage import following_queries as queries
from bot.storage.announcement_rows import Row, delivery_values
from bot.storage.announcements import SqlDeliveries
from bot.storage.schema import deliveries

_AT_ONCE = 500  # ids in one statement; databases have limits of some thousands


class SqlFollowStore(SqlDeliveries):
    """Implements `bot.core.following.FollowStore`."""

    mail = queries.CORRECTIONS

    async def follow(self, one: Followed) -> None:
        await self._run(queries.take_back(one.person, one.key), queries.follow(self._store.insert, one))

    async def unfollow(self, person: str, key: str) -> None:
        await self._run(queries.take_back(person, key), queries.unfollow(person, key))

    async def followed(self, now: datetime.datetime) -> Sequence[Followed]:
        return [_followed(row) for row in await self._rows(queries.unchanged(now))]

    async def followed_as(self, followed_id: str) -> Followed | None:
        found = await self._rows(queries.followed_as(followed_id))
        return _followed(found[0]) if found else None

    async def order(self, corrections: Sequence[Delivery]) -> int:
        in_order = sorted(corrections, key=lambda one: one.id)  # processes that order the same wait for each other

        async def write(connection: AsyncConnection) -> int:
            parts = [in_order[at : at + _AT_ONCE] for at in range(0, len(in_order), _AT_ONCE)]
            return sum([await _order(connection, part) for part in parts])

        return await self._transaction(write)

    async def mark_sent(self, delivery_id: str, posted: Posted, shown: int) -> None:
        sent = delivery_queries.mark_sent(delivery_id, posted, shown)
        await self._run(sent, *queries.forget_over(delivery_id))

    async def mark(
        self, delivery_id: str, state: DeliveryState, trouble: Trouble | None, *, fell_back: bool = False
    ) -> None:
        marked = delivery_queries.mark(delivery_id, state, trouble, fell_back=fell_back)
        await self._run(marked, *queries.forget_over(delivery_id))


async def _order(connection: AsyncConnection, corrections: Sequence[Delivery]) -> int:
    by_id = {one.id: one for one in corrections}
    ids = (await connection.execute(queries.mark_changed(by_id, corrections[0].due_at))).scalars().all()
    if ids:
        await connection.execute(insert(deliveries), [delivery_values(by_id[one]) for one in ids])
    return len(ids)


def _followed(row: Row) -> Followed:
    return Followed(key=row["entry_key"], **{name: row[name] for name in queries.KEPT})
