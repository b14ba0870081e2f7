"""The `CommonVersions` port on SQL: one row, which version of the knowledge base all processes answer from."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.keeping_step import CommonVersion
from bot.storage.queries import InsertInto
from bot.storage.schema import common_version
from bot.storage.sql import SqlStore

_ROW = 1
_KEPT = ("digest", "passed_over", "at")


def agreed() -> Select[Any]:
    return select(common_version).where(common_version.c.id == _ROW)


def agree(insert_into: InsertInto, one: CommonVersion) -> Insert:
    values = {name: getattr(one, name) for name in _KEPT} | {"version": one.id}
    statement = insert_into(common_version).values(id=_ROW, **values)
    return statement.on_conflict_do_update(index_elements=["id"], set_=values)


class SqlCommonVersions:
    """Args: `store` opened the database, and closes it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def agreed(self) -> CommonVersion | None:
        async def read(connection: AsyncConnection) -> CommonVersion | None:
            row = (await connection.execute(agreed())).mappings().first()
            return CommonVersion(id=row["version"], **{name: row[name] for name in _KEPT}) if row else None

        return await self._store.transaction(read)

    async def agree(self, one: CommonVersion) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(agree(self._store.insert, one))

        await self._store.transaction(write)
