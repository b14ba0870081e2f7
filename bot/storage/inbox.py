"""The `InboxStore` port on SQL. Each method is one transaction."""

import datetime
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Delete, Update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.announcements.models import Delivery, DeliveryState, Kind, Trouble
from bot.core.announcements.ports import Posted
from bot.core.inbox.cards import card_of
from bot.core.inbox.lifecycle import Change
from bot.core.inbox.models import WAITING, Case, Fingerprint, Group, Held, Miss, Phrasing, State, Wording
from bot.storage import announcement_queries as delivery_queries
from bot.storage import inbox_queries as queries
from bot.storage import inbox_rows as rows
from bot.storage.announcements import SqlDeliveries
from bot.storage.audit import append_audit


class _UndoneError(Exception):
    """Takes back a transaction whose last step found that somebody else was first."""


class SqlInboxStore(SqlDeliveries):
    """Implements `bot.core.inbox.ports.InboxStore`."""

    mail = queries.INBOX

    async def add(self, miss: Miss) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.add_item(self._store.insert, miss))).rowcount != 1:
                return False
            if miss.asker is not None:
                await connection.execute(queries.add_asker(self._store.insert, miss, miss.asker))
            return True

        return await self._transaction(write)

    async def ungrouped(self) -> Sequence[Miss]:
        return [rows.miss(row) for row in await self._rows(queries.ungrouped())]

    async def open_group(self, group: Group, miss_id: str, card: Delivery | None) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.put_item(miss_id, group.id))).rowcount != 1:
                return False
            await connection.execute(queries.add_group(group))
            if card is not None:
                await connection.execute(queries.add_delivery(card))
            return True

        return await self._transaction(write)

    async def join(self, group: Group, miss_id: str, fingerprint: Fingerprint | None) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.grow(group, miss_id, fingerprint))).rowcount != 1:
                return False
            if (await connection.execute(queries.put_item(miss_id, group.id))).rowcount != 1:
                raise _UndoneError
            return True

        return await self._undoable(write)

    async def renew_cards(self, channel: str, now: datetime.datetime) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.renew_cards(channel))
            for row in (await connection.execute(queries.without_card())).mappings().all():
                await connection.execute(queries.add_delivery(card_of(row["id"], channel, now)))

        await self._transaction(write)

    async def group(self, group_id: str) -> Group | None:
        found = await self._rows(queries.group(group_id))
        return rows.group(found[0]) if found else None

    async def groups(self) -> Sequence[Group]:
        return [rows.group(row) for row in await self._rows(queries.groups(WAITING))]

    async def publishing(self) -> Sequence[Group]:
        return [rows.group(row) for row in await self._rows(queries.groups((State.PUBLISHING,)))]

    async def case(self, group_id: str, wordings: int) -> Case | None:
        async def read(connection: AsyncConnection) -> Case | None:
            found = (await connection.execute(queries.group(group_id))).mappings().first()
            if found is None:
                return None
            items = [rows.miss(row) for row in (await connection.execute(queries.items_of(group_id))).mappings()]
            askers = {row["asker"] for row in (await connection.execute(queries.askers_of(group_id))).mappings()}
            return _case(rows.group(found), items, wordings, len(askers))

        return await self._transaction(read)

    async def apply(self, change: Change) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.decide(change))).rowcount != 1:
                return False
            if change.moves_to is not None:
                await _move(connection, change.before, change.moves_to)
            if change.answers:
                await _order_answers(connection, change)
            if change.answers or change.forgets:
                await connection.execute(queries.forget_askers_of(change.before.id))
            for phrasing in change.phrasings:
                await connection.execute(queries.add_phrasing(self._store.insert, phrasing, change.record.at))
            await append_audit(connection, self._store.insert, change.record)
            return True

        return await self._undoable(write)

    async def mark_sent(self, delivery_id: str, posted: Posted, shown: int) -> None:
        await self._run(
            delivery_queries.mark_sent(delivery_id, posted, shown),
            queries.count_end(delivery_id),
            queries.forget_end(delivery_id),
        )

    async def mark(
        self, delivery_id: str, state: DeliveryState, trouble: Trouble | None, *, fell_back: bool = False
    ) -> None:
        await self._run(
            delivery_queries.mark(delivery_id, state, trouble, fell_back=fell_back),
            queries.count_end(delivery_id),
            queries.forget_end(delivery_id),
        )

    async def phrasings(self) -> Sequence[Phrasing]:
        return [rows.phrasing(row) for row in await self._rows(queries.phrasings())]

    async def quiet(self, miss_id: str, asker: str) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.quiet(miss_id, asker))).rowcount != 1:
                return False
            await connection.execute(queries.touch(miss_id))
            return True

        return await self._transaction(write)

    async def export(self, asker: str) -> Sequence[Held]:
        kept = [rows.held(row) for row in await self._rows(queries.held(asker))]
        on_their_way = await self._rows(queries.answers_to(asker))
        return [*kept, *(Held(row["due_at"], row["fallback"], row["locale"] or "", None) for row in on_their_way)]

    async def erase(self, asker: str) -> int:
        return await self._last_count(queries.erase(asker))

    async def forget_before(self, moment: datetime.datetime) -> int:
        return await self._last_count(queries.forget_before(moment))

    async def _undoable(self, write: Callable[[AsyncConnection], Awaitable[bool]]) -> bool:
        try:
            return await self._transaction(write)
        except _UndoneError:
            return False

    async def _last_count(self, statements: Sequence[Update | Delete]) -> int:
        async def write(connection: AsyncConnection) -> int:
            counts = [(await connection.execute(statement)).rowcount for statement in statements]
            return counts[-1]

        return await self._transaction(write)


async def _move(connection: AsyncConnection, group: Group, into: str) -> None:
    """The questions of a duplicate. Raises _UndoneError when the other group can no longer take them."""
    moved = (await connection.execute(queries.move_items(group.id, into))).rowcount
    if (await connection.execute(queries.take_over(into, moved))).rowcount != 1:
        raise _UndoneError


async def _order_answers(connection: AsyncConnection, change: Change) -> None:
    """One answer for each person, in the language of their latest question."""
    asked = (await connection.execute(queries.askers_of(change.before.id))).mappings().all()
    latest = {row["asker"]: row for row in asked}
    for number, (asker, row) in enumerate(latest.items(), 1):
        answer = Delivery(
            id=f"{change.before.id}-{number}",
            announcement=change.before.id,
            kind=Kind.ANSWER,
            recipient=asker,
            locale=row["locale"],
            due_at=change.record.at,
            fallback=row["channel"],
        )
        await connection.execute(queries.add_delivery(answer))


def _case(group: Group, items: Sequence[Miss], most: int, waiting: int) -> Case:
    """Wordings of different languages first."""
    worded = list({item.text: Wording(item.text, item.locale) for item in items if item.text}.values())
    firsts = list({one.locale: one for one in reversed(worded)}.values())[::-1]
    surest = sorted(items, key=lambda item: -item.probability)
    others_near = [key for item in surest for key in item.others]
    others = [one for one in worded if one not in firsts]
    return Case(
        group=group,
        languages=dict(Counter(item.locale for item in items).most_common()),
        wordings=tuple([*firsts, *others][:most]),
        nearest=tuple(dict.fromkeys([*(item.nearest for item in surest if item.nearest), *others_near])),
        waiting=waiting,
    )
