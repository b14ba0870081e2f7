"""The `FollowStore` port on SQL. Each method is one transaction."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Delete, Executable, Select, Update, delete, select, update
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.following import Followed
from bot.storage.queries import InsertInto
from bot.storage.schema import followed_answers
from bot.storage.sql import SqlStore

_UNCHANGED = followed_answers.c.changed_at.is_(None)
_UNCLAIMED = followed_answers.c.claimed_at.is_(None)
_KEPT = ("id", "person", "locale", "question", "substance", "expires_at")


def follow(insert_into: InsertInto, one: Followed) -> Insert:
    values = {name: getattr(one, name) for name in _KEPT} | {"entry_key": one.key}
    statement = insert_into(followed_answers).values(values)
    anew = {**values, "changed_at": None, "claimed_at": None}
    return statement.on_conflict_do_update(index_elements=["person", "entry_key"], set_=anew)


def unfollow(person: str, key: str) -> Delete:
    return delete(followed_answers).where(followed_answers.c.person == person, followed_answers.c.entry_key == key)


def current(now: datetime.datetime, *, changed: bool) -> Select[Any]:
    held = select(followed_answers).where(followed_answers.c.expires_at >= now, _UNCLAIMED)
    return held.where(~_UNCHANGED if changed else _UNCHANGED).order_by(followed_answers.c.id)


def mark_changed(ids: Collection[str], at: datetime.datetime) -> Update:
    return update(followed_answers).where(followed_answers.c.id.in_(ids)).values(changed_at=at)


def claim(followed_id: str, at: datetime.datetime) -> Update:
    return (
        update(followed_answers)
        .where(followed_answers.c.id == followed_id, _UNCLAIMED, ~_UNCHANGED)
        .values(claimed_at=at)
    )


def unclaim(followed_id: str) -> Update:
    return update(followed_answers).where(followed_answers.c.id == followed_id).values(claimed_at=None)


def settle(followed_id: str) -> Delete:
    """Unless the person followed it anew meanwhile, which has another id."""
    return delete(followed_answers).where(followed_answers.c.id == followed_id)


def drop_claimed(before: datetime.datetime) -> Delete:
    return delete(followed_answers).where(followed_answers.c.claimed_at <= before)


class SqlFollowStore:
    """Args: `store` opened the database, and closes it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def follow(self, one: Followed) -> None:
        await self._changed(follow(self._store.insert, one))

    async def unfollow(self, person: str, key: str) -> None:
        await self._changed(unfollow(person, key))

    async def followed(self, now: datetime.datetime) -> Sequence[Followed]:
        return await self._read(current(now, changed=False))

    async def mark_changed(self, ids: Collection[str], at: datetime.datetime) -> None:
        await self._changed(mark_changed(ids, at))

    async def changed(self, now: datetime.datetime) -> Sequence[Followed]:
        return await self._read(current(now, changed=True))

    async def claim(self, followed_id: str, at: datetime.datetime) -> bool:
        return await self._changed(claim(followed_id, at)) == 1

    async def unclaim(self, followed_id: str) -> None:
        await self._changed(unclaim(followed_id))

    async def settle(self, followed_id: str) -> None:
        await self._changed(settle(followed_id))

    async def drop_claimed(self, before: datetime.datetime) -> int:
        return await self._changed(drop_claimed(before))

    async def _read(self, statement: Select[Any]) -> Sequence[Followed]:
        async def read(connection: AsyncConnection) -> Sequence[Followed]:
            rows = (await connection.execute(statement)).mappings()
            return [Followed(key=row["entry_key"], **{name: row[name] for name in _KEPT}) for row in rows]

        return await self._store.transaction(read)

    async def _changed(self, statement: Executable) -> int:
        async def write(connection: AsyncConnection) -> int:
            return (await connection.execute(statement)).rowcount

        return await self._store.transaction(write)
