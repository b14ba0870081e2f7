"""Every statement of the announcement store. Pure: builds them, for SQLite and PostgreSQL alike, and runs none."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Select,
    Table,
    Update,
    and_,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import Insert as CoreInsert
from sqlalchemy.dialects.sqlite import Insert

from bot.core.announcements.models import Announcement, Delivery, DeliveryState, Kind, State, Trouble
from bot.core.announcements.ports import Posted
from bot.storage.announcement_rows import announcement_values, delivery_values
from bot.storage.queries import InsertInto
from bot.storage.schema import Moment, announcement_readings, announcements, deliveries, senders

_CLAIMED, _WAITING, _SENT = DeliveryState.CLAIMED.value, DeliveryState.WAITING.value, DeliveryState.SENT.value
# A claim that nobody holds: its process has died, or it waits for another attempt.
_FREE_CLAIM = and_(
    deliveries.c.state == _CLAIMED, or_(deliveries.c.owner.is_(None), deliveries.c.retry_at.is_not(None))
)
_OPEN = or_(deliveries.c.state == _WAITING, _FREE_CLAIM)
_IN_ORDER = (deliveries.c.due_at, deliveries.c.number)
_NOT_STALE = Kind.REPORT.value
_CHANGED = ("state", "due_at", "retry_at", "owner", "trouble", "shown")  # columns that a moderator's deed may change
_AT_REST = {"owner": None, "retry_at": None, "attempts": 0}  # of a copy that nobody is sending


@dataclass(frozen=True, slots=True)
class Mail:
    """What one sending loop sends.

    Args:
        kinds: Of deliveries; each belongs to one loop only.
        subjects: The table of what these are copies of, with `id` and `version`; None where that never changes.
    """

    kinds: tuple[Kind, ...]
    subjects: Table | None


ANNOUNCED = Mail((Kind.POST, Kind.REPEAT, Kind.REMINDER, Kind.REPORT), announcements)


def _among(mail: Mail) -> ColumnElement[bool]:
    return deliveries.c.kind.in_([kind.value for kind in mail.kinds])


def add(one: Announcement) -> CoreInsert:
    return insert(announcements).values(announcement_values(one))


def by_id(announcement_id: str) -> Select[Any]:
    return select(announcements).where(announcements.c.id == announcement_id)


def newest(server: str, limit: int) -> Select[Any]:
    mine = select(announcements).where(announcements.c.server == server)
    return mine.order_by(announcements.c.created_at.desc(), announcements.c.id).limit(limit)


def replace(one: Announcement) -> Update:
    """Only when the stored version is the one before."""
    known = and_(announcements.c.id == one.id, announcements.c.version == one.version - 1)
    return update(announcements).where(known).values(announcement_values(one))


def add_delivery(one: Delivery) -> CoreInsert:
    return insert(deliveries).values(delivery_values(one))


def put_delivery(insert_into: InsertInto, one: Delivery) -> Insert:
    """Add; replace only what was dropped or still waits."""
    values = delivery_values(one)
    free = deliveries.c.state.in_([_WAITING, DeliveryState.DROPPED.value, DeliveryState.FAILED.value])
    statement = insert_into(deliveries).values(values)
    return statement.on_conflict_do_update(index_elements=["id"], set_=values, where=free)


def change_delivery(one: Delivery) -> Update:
    """Unless it is being sent, or was sent and is meant to be sent again."""
    stored = delivery_values(one)
    values = {name: stored[name] for name in _CHANGED} | {"attempts": 0}
    free = deliveries.c.state.not_in([_CLAIMED, _SENT])
    return update(deliveries).where(deliveries.c.id == one.id, free).values(values)


def of_announcement(announcement_id: str) -> Select[Any]:
    return select(deliveries).where(deliveries.c.announcement == announcement_id).order_by(*_IN_ORDER)


def delivery(delivery_id: str) -> Select[Any]:
    return select(deliveries).where(deliveries.c.id == delivery_id)


def drop(delivery_id: str) -> Update:
    values = {"state": DeliveryState.DROPPED.value, "trouble": Trouble.UNWANTED.value}
    return update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == _WAITING).values(values)


def due(mail: Mail, now: datetime.datetime, owner: str | None) -> Select[Any]:
    elsewhere = and_(deliveries.c.state == _CLAIMED, deliveries.c.owner != owner)
    wanted = _OPEN if owner is None else or_(_OPEN, elsewhere)
    return select(deliveries).where(_among(mail), wanted, deliveries.c.due_at <= now).order_by(*_IN_ORDER)


def _stale(mail: Mail) -> Select[Any]:
    if mail.subjects is None:
        return select(deliveries).where(false())
    joined = select(deliveries).join(mail.subjects, mail.subjects.c.id == deliveries.c.announcement)
    behind = deliveries.c.shown < mail.subjects.c.version
    return joined.where(_among(mail), deliveries.c.state == _SENT, deliveries.c.kind != _NOT_STALE, behind)


def stale(mail: Mail, now: datetime.datetime) -> Select[Any]:
    ready = or_(deliveries.c.retry_at.is_(None), deliveries.c.retry_at <= now)
    return _stale(mail).where(ready).order_by(*_IN_ORDER)


def next_due(mail: Mail, now: datetime.datetime) -> Select[Any]:
    return select(func.min(deliveries.c.due_at)).where(_among(mail), _OPEN, deliveries.c.due_at > now)


def next_correction(mail: Mail, now: datetime.datetime) -> Select[Any]:
    waiting = _stale(mail).where(deliveries.c.retry_at > now).subquery()
    return select(func.min(waiting.c.retry_at))


def claim(delivery_id: str, owner: str, now: datetime.datetime) -> Update:
    """`claimed_at` stays that of the first attempt: the search for a lost copy begins there.

    A row that somebody else is changing right now is not waited for: it counts as taken.
    """
    values = {
        "state": _CLAIMED,
        "owner": owner,
        "retry_at": None,
        "claimed_at": func.coalesce(deliveries.c.claimed_at, literal(now, Moment)),
    }
    found = select(deliveries.c.number).where(deliveries.c.id == delivery_id, _OPEN)
    free = found.with_for_update(skip_locked=True).correlate(None).scalar_subquery()
    return update(deliveries).where(deliveries.c.number == free).values(values)


def hold(delivery_id: str, now: datetime.datetime, until: datetime.datetime) -> Update:
    """`retry_at` of a copy that stands keeps others from correcting it meanwhile."""
    free = or_(deliveries.c.retry_at.is_(None), deliveries.c.retry_at <= now)
    mine = (deliveries.c.id == delivery_id, deliveries.c.state == _SENT, free)
    return update(deliveries).where(*mine).values(retry_at=until)


def release(mail: Mail, before: datetime.datetime) -> Update:
    alive = select(senders.c.id).where(senders.c.seen_at > before)
    abandoned = [
        _among(mail),
        deliveries.c.owner.is_not(None),
        deliveries.c.claimed_at <= before,
        deliveries.c.owner.not_in(alive),
    ]
    return _freed().where(*abandoned)


def set_back(mail: Mail, now: datetime.datetime, reached: datetime.datetime) -> Sequence[Update | Delete]:
    """Nothing of the future but what was not due yet."""
    c, mine = deliveries.c, _among(mail)
    due_by_then = (c.state.in_([_WAITING, _CLAIMED]), c.due_at > now, c.due_at <= reached)
    return (
        update(deliveries).where(mine, c.retry_at > now).values(retry_at=now),
        update(deliveries).where(mine, c.claimed_at > now).values(claimed_at=now),
        update(deliveries).where(mine, *due_by_then).values(due_at=now),
        delete(senders).where(senders.c.seen_at > now),
    )


def free(owner: str, delivery_ids: Collection[str] | None) -> Update:
    mine = _freed().where(deliveries.c.owner == owner)
    return mine if delivery_ids is None else mine.where(deliveries.c.id.in_(delivery_ids))


def _freed() -> Update:
    return update(deliveries).where(deliveries.c.state == _CLAIMED).values(owner=None, retry_at=None)


def sign_in(insert_into: InsertInto, owner: str, now: datetime.datetime) -> Insert:
    statement = insert_into(senders).values(id=owner, seen_at=now)
    return statement.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now})


def sign_off(owner: str) -> Delete:
    return delete(senders).where(senders.c.id == owner)


def forget_silent(since: datetime.datetime) -> Delete:
    return delete(senders).where(senders.c.seen_at <= since)


def count_senders(owner: str) -> Select[int]:
    """Those whose id begins as that of `owner`, up to the dash."""
    alike = senders.c.id.startswith(owner.rpartition("-")[0], autoescape=True)
    return select(func.count()).select_from(senders).where(alike)


def mark_sent(delivery_id: str, posted: Posted, shown: int) -> Update:
    values = {
        "state": _SENT,
        "place": posted.place,
        "message_id": posted.message_id,
        "shown": shown,
        "trouble": None,
        **_AT_REST,
    }
    return update(deliveries).where(deliveries.c.id == delivery_id).values(values)


def mark_shown(delivery_id: str, shown: int) -> Update:
    values = {"shown": shown, "retry_at": None, "attempts": 0}
    return update(deliveries).where(deliveries.c.id == delivery_id).values(values)


def mark(delivery_id: str, state: DeliveryState, trouble: Trouble | None, *, fell_back: bool) -> Update:
    values = {
        "state": str(state),
        "trouble": str(trouble) if trouble else None,
        **_AT_REST,
    }
    values |= {"fell_back": True, "claimed_at": None} if fell_back else {}
    return update(deliveries).where(deliveries.c.id == delivery_id).values(values)


def postpone(delivery_id: str, until: datetime.datetime, *, counted: bool = True) -> Update:
    values = {"retry_at": until, "attempts": deliveries.c.attempts + int(counted)}
    return update(deliveries).where(deliveries.c.id == delivery_id).values(values)


def unsettled() -> Select[Any]:
    joined = select(announcements.c.id).distinct().join(deliveries, deliveries.c.announcement == announcements.c.id)
    is_post = deliveries.c.kind == Kind.POST.value
    begun = and_(
        announcements.c.state.in_([State.SENDING.value, State.SCHEDULED.value]), deliveries.c.state != _WAITING
    )
    failed_later = and_(announcements.c.state == State.SENT.value, deliveries.c.state == DeliveryState.FAILED.value)
    return joined.where(is_post, or_(begun, failed_later)).order_by(announcements.c.id)


def settle(announcement_id: str, version: int, state: State) -> Update:
    """Never over what a moderator decided meanwhile."""
    known = and_(announcements.c.id == announcement_id, announcements.c.version == version)
    other = and_(announcements.c.state != str(state), announcements.c.state != State.RETRACTED.value)
    return update(announcements).where(known, other).values(state=str(state))


def server_of(announcement_id: str) -> Select[Any]:
    return select(announcements.c.server).where(announcements.c.id == announcement_id)


def count_reading(insert_into: InsertInto, announcement_id: str, locale: str) -> Insert:
    statement = insert_into(announcement_readings).values(announcement=announcement_id, locale=locale, count=1)
    more = {"count": announcement_readings.c.count + 1}
    return statement.on_conflict_do_update(index_elements=["announcement", "locale"], set_=more)


def readings(announcement_id: str) -> Select[Any]:
    mine = announcement_readings.c.announcement == announcement_id
    return select(announcement_readings.c.locale, announcement_readings.c.count).where(mine)
