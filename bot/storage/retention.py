"""The `Forgetting` port on SQL: what becomes of each kind of data when it is old."""

import datetime
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import Delete, Select, Update, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.announcements.models import DeliveryState, Kind
from bot.core.personal import Identity
from bot.core.retention import Aging
from bot.storage import inbox_queries, proposal_queries
from bot.storage.following_queries import forget_expired
from bot.storage.personal_data import rename_in_announcements
from bot.storage.queries import forget_texts
from bot.storage.schema import (
    audit_log,
    audit_people,
    claimed_messages,
    deliveries,
    language_choices,
    outcomes,
    unanswered,
)
from bot.storage.sql import SqlStore

_OVER = (DeliveryState.SENT.value, DeliveryState.FAILED.value, DeliveryState.DROPPED.value)
_Forget = Callable[[AsyncConnection, datetime.datetime], Awaitable[int]]


def _running(*make: Callable[[datetime.datetime], Delete | Update]) -> _Forget:
    async def forget(connection: AsyncConnection, before: datetime.datetime) -> int:
        return sum([(await connection.execute(statement(before))).rowcount for statement in make])

    return forget


def _old_outcomes(before: datetime.datetime) -> Delete:
    return delete(outcomes).where(outcomes.c.asked_at < before)


def _old_unanswered(before: datetime.datetime) -> Delete:
    """Rows whose text is gone already: that text has a time of its own."""
    return delete(unanswered).where(unanswered.c.asked_at < before, unanswered.c.text.is_(None))


def _old_messages(before: datetime.datetime) -> Delete:
    return delete(claimed_messages).where(claimed_messages.c.claimed_at < before)


def _old_reminders(before: datetime.datetime) -> Delete:
    over = (deliveries.c.kind == Kind.REMINDER.value, deliveries.c.state.in_(_OVER))
    return delete(deliveries).where(*over, deliveries.c.due_at < before)


def _unused_languages(before: datetime.datetime) -> Delete:
    return delete(language_choices).where(language_choices.c.used_at < before)


async def _forget_followings(connection: AsyncConnection, before: datetime.datetime) -> int:
    counts = [(await connection.execute(statement)).rowcount for statement in forget_expired(before)]
    return counts[-1]


def people_without_deeds(before: datetime.datetime) -> Select[str, str]:
    """Pseudonyms and ids of people whose last deed is older."""
    last = select(func.max(audit_log.c.at)).where(audit_log.c.who == audit_people.c.pseudonym).scalar_subquery()
    return select(audit_people.c.pseudonym, audit_people.c.person).where(last < before)


async def _forget_names(connection: AsyncConnection, before: datetime.datetime) -> int:
    """What they did stays, under a pseudonym: as when they erase themselves."""
    people = (await connection.execute(people_without_deeds(before))).all()
    for pseudonym, person in people:
        for statement in rename_in_announcements(Identity(person), pseudonym):
            await connection.execute(statement)
        await connection.execute(delete(audit_people).where(audit_people.c.person == person))
    return len(people)


async def _forget_questions(connection: AsyncConnection, before: datetime.datetime) -> int:
    """The texts, and in the inbox also who asked."""
    for statement in inbox_queries.forget_before(before):
        await connection.execute(statement)
    return (await connection.execute(forget_texts(before))).rowcount


_FORGET: Mapping[Aging, _Forget] = {
    Aging.UNANSWERED: _forget_questions,
    Aging.OUTCOMES: _running(_old_outcomes, _old_unanswered),
    Aging.MESSAGES: _running(_old_messages),
    Aging.REMINDERS: _running(_old_reminders),
    Aging.LANGUAGES: _running(_unused_languages),
    Aging.FOLLOWED: _forget_followings,
    Aging.PROPOSALS: _running(proposal_queries.forget_before),
    Aging.DEEDS: _forget_names,
}


class SqlForgetting:
    """Args: `store` opened the database, and closes it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def forget(self, kind: Aging, before: datetime.datetime) -> int:
        forgotten = await self._store.transaction(lambda connection: _FORGET[kind](connection, before))
        await self._store.scrub()
        return forgotten
