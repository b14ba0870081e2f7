"""Every statement about followed answers. Pure: builds them, for SQLite and PostgreSQL alike, and runs none.

Corrections before what they are of, wherever both are changed: two processes then take turns instead of colliding.
"""

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, and_, delete, select, update
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.announcements.models import DeliveryState, Kind
from bot.core.following import Followed
from bot.storage.announcement_queries import Mail
from bot.storage.queries import InsertInto
from bot.storage.schema import deliveries, followed_answers

CORRECTIONS = Mail((Kind.CORRECTION,), subjects=None)
KEPT = ("id", "person", "locale", "question", "substance", "expires_at")
_IS_CORRECTION = deliveries.c.kind == Kind.CORRECTION.value
_OVER = [DeliveryState.SENT.value, DeliveryState.FAILED.value, DeliveryState.DROPPED.value]


def _same(person: str, key: str) -> ColumnElement[bool]:
    return and_(followed_answers.c.person == person, followed_answers.c.entry_key == key)


def follow(insert_into: InsertInto, one: Followed) -> Insert:
    values = {name: getattr(one, name) for name in KEPT} | {"entry_key": one.key}
    statement = insert_into(followed_answers).values(values)
    return statement.on_conflict_do_update(index_elements=["person", "entry_key"], set_={**values, "changed_at": None})


def take_back(person: str, key: str) -> Delete:
    """The correction that this person is owed for this answer."""
    mine = select(followed_answers.c.id).where(_same(person, key))
    return delete(deliveries).where(_IS_CORRECTION, deliveries.c.id.in_(mine))


def unfollow(person: str, key: str) -> Delete:
    return delete(followed_answers).where(_same(person, key))


def unchanged(now: datetime.datetime) -> Select[Any]:
    held = select(followed_answers).where(followed_answers.c.expires_at >= now, followed_answers.c.changed_at.is_(None))
    return held.order_by(followed_answers.c.id)


def followed_as(followed_id: str) -> Select[Any]:
    return select(followed_answers).where(followed_answers.c.id == followed_id)


def mark_changed(ids: Collection[str], at: datetime.datetime) -> ReturningUpdate[Any]:
    """Gives the ids of those that nobody has marked before: in one statement, as others may mark them too."""
    mine = and_(followed_answers.c.id.in_(ids), followed_answers.c.changed_at.is_(None))
    return update(followed_answers).where(mine).values(changed_at=at).returning(followed_answers.c.id)


def forget_over(followed_id: str) -> Sequence[Delete]:
    """A correction of which nothing more is to be done, and that it was asked for.

    Not what the person followed anew meanwhile, which has another id.
    """
    over = (_IS_CORRECTION, deliveries.c.id == followed_id, deliveries.c.state.in_(_OVER))
    left = select(deliveries.c.id).where(_IS_CORRECTION, deliveries.c.id == followed_id)
    return (
        delete(deliveries).where(*over),
        delete(followed_answers).where(followed_answers.c.id == followed_id, followed_answers.c.id.not_in(left)),
    )


def forget_expired(before: datetime.datetime) -> Sequence[Delete]:
    """Also corrections of what nobody follows any more: of who stopped in the moment when they were ordered."""
    wanted = select(followed_answers.c.id).where(followed_answers.c.expires_at >= before)
    return (
        delete(deliveries).where(_IS_CORRECTION, deliveries.c.id.not_in(wanted)),
        delete(followed_answers).where(followed_answers.c.expires_at < before),
    )
