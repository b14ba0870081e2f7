"""Every statement of the inbox. Pure: builds them, for SQLite and PostgreSQL alike, and runs none."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Delete, Select, Update, and_, case, delete, func, select, update
from sqlalchemy import Insert as CoreInsert
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.sqlite import Insert

from bot.core.announcements.models import Delivery, DeliveryState, Kind
from bot.core.inbox.lifecycle import Change
from bot.core.inbox.models import WAITING, Asker, Fingerprint, Group, Miss, Phrasing, State
from bot.storage.announcement_queries import Mail
from bot.storage.announcement_rows import delivery_values
from bot.storage.inbox_rows import asker_values, decision_values, direction_values, group_values, item_values
from bot.storage.queries import InsertInto
from bot.storage.schema import (
    deliveries,
    inbox_askers,
    inbox_groups,
    inbox_items,
    inbox_phrasings,
    outcomes,
    unanswered,
)

INBOX = Mail((Kind.CARD, Kind.ANSWER), inbox_groups)
_WAITING = [state.value for state in WAITING]
_IS_ANSWER = deliveries.c.kind == Kind.ANSWER.value
_OVER = [DeliveryState.SENT.value, DeliveryState.FAILED.value, DeliveryState.DROPPED.value]


def add_item(insert: InsertInto, one: Miss) -> Insert:
    """Nothing when it is kept already. What came nearest is taken from the outcome where the miss does not know."""
    values = item_values(one)
    if one.nearest is None:
        mine = outcomes.c.id == one.id
        values["nearest"] = select(outcomes.c.entry_key).where(mine).scalar_subquery()
    return insert(inbox_items).values(values).on_conflict_do_nothing(index_elements=["question_id"])


def add_asker(insert: InsertInto, one: Miss, asker: Asker) -> Insert:
    statement = insert(inbox_askers).values(asker_values(one, asker))
    return statement.on_conflict_do_nothing(index_elements=["question_id"])


def ungrouped() -> Select[Any]:
    return select(inbox_items).where(inbox_items.c.group_id.is_(None)).order_by(inbox_items.c.number)


def add_group(one: Group) -> CoreInsert:
    return plain_insert(inbox_groups).values(group_values(one))


def add_delivery(one: Delivery) -> CoreInsert:
    return plain_insert(deliveries).values(delivery_values(one))


def put_item(miss_id: str, group_id: str) -> Update:
    """Into a group, unless it is in one."""
    mine = and_(inbox_items.c.question_id == miss_id, inbox_items.c.group_id.is_(None))
    return update(inbox_items).where(mine).values(group_id=group_id)


def grow(one: Group, miss_id: str, fingerprint: Fingerprint | None) -> Update:
    """By one question; only while questions can be added. The nearest entry is that of the surest question."""
    surer = select(inbox_items.c.nearest, inbox_items.c.probability).where(inbox_items.c.question_id == miss_id)
    nearest, probability = surer.subquery().c
    better = select(nearest).where(probability > inbox_groups.c.probability).scalar_subquery()
    likelier = select(probability).where(probability > inbox_groups.c.probability).scalar_subquery()
    known = and_(inbox_groups.c.id == one.id, inbox_groups.c.version == one.version, inbox_groups.c.state.in_(_WAITING))
    values = {
        "count": inbox_groups.c.count + 1,
        "version": inbox_groups.c.version + 1,
        "nearest": func.coalesce(better, inbox_groups.c.nearest),
        "probability": func.coalesce(likelier, inbox_groups.c.probability),
        **direction_values(fingerprint),
    }
    return update(inbox_groups).where(known).values(values)


def renew_cards(channel: str) -> Update:
    """Failed cards of groups that wait, once more; each is looked for first."""
    waiting = select(inbox_groups.c.id).where(inbox_groups.c.state.in_(_WAITING))
    failed = deliveries.c.state.in_([DeliveryState.FAILED.value, DeliveryState.DROPPED.value])
    again = {"state": DeliveryState.CLAIMED.value, "owner": None, "retry_at": None, "attempts": 0, "trouble": None}
    mine = and_(deliveries.c.kind == Kind.CARD.value, failed, deliveries.c.announcement.in_(waiting))
    return update(deliveries).where(mine).values(recipient=channel, **again)


def without_card() -> Select[Any]:
    """Groups that wait and never had a card."""
    carded = select(deliveries.c.announcement).where(deliveries.c.kind == Kind.CARD.value)
    waiting = inbox_groups.c.state.in_(_WAITING)
    return select(inbox_groups).where(waiting, inbox_groups.c.id.not_in(carded)).order_by(inbox_groups.c.opened_at)


def group(group_id: str) -> Select[Any]:
    return select(inbox_groups).where(inbox_groups.c.id == group_id)


def groups(states: Collection[State]) -> Select[Any]:
    found = select(inbox_groups).where(inbox_groups.c.state.in_([state.value for state in states]))
    return found.order_by(inbox_groups.c.count.desc(), inbox_groups.c.opened_at, inbox_groups.c.id)


def items_of(group_id: str) -> Select[Any]:
    return select(inbox_items).where(inbox_items.c.group_id == group_id).order_by(inbox_items.c.number)


def askers_of(group_id: str) -> Select[Any]:
    """Who asked a question of the group, the latest question of each person last."""
    joined = select(inbox_askers).join(inbox_items, inbox_items.c.question_id == inbox_askers.c.question_id)
    return joined.where(inbox_items.c.group_id == group_id).order_by(inbox_items.c.number)


def decide(change: Change) -> Update:
    """Only when nobody decided since; counts on from whatever the version is by now."""
    known = and_(inbox_groups.c.id == change.before.id, inbox_groups.c.decided == change.before.decided)
    values = {
        **decision_values(change.after),
        "version": inbox_groups.c.version + 1,
        "decided": inbox_groups.c.decided + 1,
    }
    return update(inbox_groups).where(known).values(values)


def forget_askers_of(group_id: str) -> Delete:
    mine = select(inbox_items.c.question_id).where(inbox_items.c.group_id == group_id)
    return delete(inbox_askers).where(inbox_askers.c.question_id.in_(mine))


def move_items(group_id: str, into: str) -> Update:
    return update(inbox_items).where(inbox_items.c.group_id == group_id).values(group_id=into)


def take_over(into: str, count: int) -> Update:
    """Count the questions of a duplicate; only while questions can be added."""
    waiting = and_(inbox_groups.c.id == into, inbox_groups.c.state.in_(_WAITING))
    values = {"count": inbox_groups.c.count + count, "version": inbox_groups.c.version + 1}
    return update(inbox_groups).where(waiting).values(values)


def count_end(delivery_id: str) -> Update:
    """The person has the answer, or cannot have it: one more in the group's count."""
    over = and_(deliveries.c.id == delivery_id, _IS_ANSWER, deliveries.c.state.in_(_OVER))
    subject = select(deliveries.c.announcement).where(over).scalar_subquery()
    was_sent = select(deliveries.c.id).where(over, deliveries.c.state == DeliveryState.SENT.value).exists()
    reached = case((was_sent, 1), else_=0)
    values = {
        "reached": inbox_groups.c.reached + reached,
        "unreached": inbox_groups.c.unreached + 1 - reached,
        "version": inbox_groups.c.version + 1,
    }
    return update(inbox_groups).where(inbox_groups.c.id == subject).values(values)


def forget_end(delivery_id: str) -> Delete:
    """Nobody needs to know any more who it was for."""
    return delete(deliveries).where(deliveries.c.id == delivery_id, _IS_ANSWER, deliveries.c.state.in_(_OVER))


def add_phrasing(insert: InsertInto, one: Phrasing, asked_at: datetime.datetime) -> Insert:
    values = {"entry_key": one.key, "locale": one.locale, "text": one.text, "asked_at": asked_at}
    return insert(inbox_phrasings).values(values).on_conflict_do_nothing(index_elements=["entry_key", "locale", "text"])


def phrasings() -> Select[Any]:
    columns = inbox_phrasings.c
    return select(inbox_phrasings).order_by(columns.locale, columns.entry_key, columns.asked_at, columns.text)


def quiet(miss_id: str, asker: str) -> Delete:
    return delete(inbox_askers).where(inbox_askers.c.question_id == miss_id, inbox_askers.c.asker == asker)


def touch(miss_id: str) -> Update:
    """The card of this question's group shows something else now."""
    mine = select(inbox_items.c.group_id).where(inbox_items.c.question_id == miss_id).scalar_subquery()
    return update(inbox_groups).where(inbox_groups.c.id == mine).values(version=inbox_groups.c.version + 1)


def held(asker: str) -> Select[Any]:
    columns = (inbox_askers.c.asked_at, inbox_askers.c.channel, inbox_askers.c.locale, inbox_items.c.text)
    joined = select(*columns).join(inbox_items, inbox_items.c.question_id == inbox_askers.c.question_id, isouter=True)
    return joined.where(inbox_askers.c.asker == asker).order_by(inbox_askers.c.asked_at)


def answers_to(asker: str) -> Select[Any]:
    """Answers on their way to a person; what they asked is no longer known to be theirs."""
    return select(deliveries).where(_IS_ANSWER, deliveries.c.recipient == asker).order_by(deliveries.c.number)


def erase(asker: str) -> Sequence[Update | Delete]:
    """The words of the person's questions, then the person."""
    theirs = select(inbox_askers.c.question_id).where(inbox_askers.c.asker == asker)
    return (
        update(inbox_items).where(inbox_items.c.question_id.in_(theirs)).values(text=None),
        update(unanswered).where(unanswered.c.question_id.in_(theirs)).values(text=None),
        delete(deliveries).where(_IS_ANSWER, deliveries.c.recipient == asker),
        delete(inbox_askers).where(inbox_askers.c.asker == asker),
    )


def forget_before(moment: datetime.datetime) -> Sequence[Update | Delete]:
    """Whom to come back to last, so that its count is what is returned."""
    old = and_(inbox_items.c.asked_at < moment, inbox_items.c.text.is_not(None))
    return (
        update(inbox_items).where(old).values(text=None),
        delete(inbox_phrasings).where(inbox_phrasings.c.asked_at < moment),
        delete(deliveries).where(_IS_ANSWER, deliveries.c.due_at < moment),
        delete(inbox_askers).where(inbox_askers.c.asked_at < moment),
    )
