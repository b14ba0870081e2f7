"""The `Demand` port on SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.coverage import Demanded
from bot.storage.schema import outcomes
from bot.storage.sql import SqlStore

_ANSWERED = and_(outcomes.c.outcome == "answer", or_(outcomes.c.helpful.is_(None), outcomes.c.helpful.is_(True)))


def wanted() -> Select[Any]:
    missed = func.sum(case((_ANSWERED, 0), else_=1))
    counted = select(outcomes.c.entry_key, outcomes.c.locale, func.count().label("asked"), missed.label("missed"))
    keyed = counted.where(outcomes.c.entry_key.is_not(None))
    return keyed.group_by(outcomes.c.entry_key, outcomes.c.locale)


class SqlDemand:
    """Args: `store` opened the database, and closes it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def demand(self) -> Sequence[Demanded]:
        async def read(connection: AsyncConnection) -> Sequence[Any]:
            return list(await connection.execute(wanted()))

        found: dict[tuple[str, str], Demanded] = {}
        for key, locale, asked, missed in await self._store.transaction(read):
            entry = key.partition(":")[0]  # the subjects of a slot entry count together
            before = found.get((entry, locale), Demanded(entry, locale, 0, 0))
            found[entry, locale] = Demanded(entry, locale, before.asked + asked, before.missed + missed)
        return list(found.values())
