"""The state machine of an announcement. Pure: what may be done, and what it changes."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.core.announcements import messages
from bot.core.announcements.models import (
    Actor,
    Announcement,
    Content,
    Deed,
    Delivery,
    DeliveryState,
    Kind,
    Record,
    Schedule,
    State,
    Target,
    Trouble,
)
from bot.core.messages import Message

BEFORE_SENDING = (State.DRAFT, State.APPROVED)
_EDITABLE = (*BEFORE_SENDING, State.SCHEDULED, State.SENDING, State.SENT, State.PARTLY_FAILED)
_RETRACTABLE = (State.SCHEDULED, State.SENDING, State.SENT, State.PARTLY_FAILED)

STATE_NAMES: Mapping[State, Message] = {
    State.DRAFT: messages.STATE_DRAFT,
    State.APPROVED: messages.STATE_APPROVED,
    State.SCHEDULED: messages.STATE_SCHEDULED,
    State.SENDING: messages.STATE_SENDING,
    State.SENT: messages.STATE_SENT,
    State.PARTLY_FAILED: messages.STATE_PARTLY_FAILED,
    State.MISSED: messages.STATE_MISSED,
    State.RETRACTED: messages.STATE_RETRACTED,
    State.DISCARDED: messages.STATE_DISCARDED,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done; `values` fill the placeholders, messages among them in the same language."""

    message: Message
    values: Mapping[str, str | Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A change to store as a whole.

    Args:
        announcement: As it is after the change; its version is one more than before.
        deliveries: New copies to send.
        changed: Copies that are other than before: moved, dropped, or to be tried again.
    """

    announcement: Announcement
    record: Record
    deliveries: tuple[Delivery, ...] = ()
    changed: tuple[Delivery, ...] = ()


def edit(
    announcement: Announcement,
    content: Content,
    deliveries: Iterable[Delivery],
    actor: Actor,
    now: datetime.datetime,
    *,
    needs_approval: bool = False,
) -> Change | Refusal:
    """New words. Copies that stand are corrected, and what hangs on the time moves with it.

    What was approved was other words: a draft loses its approval, and where approval is needed, an announcement that
    is scheduled but not begun becomes a draft again. What is published is corrected at once: nobody waits for a
    colleague while a wrong room stands.
    """
    if refused := _refused(announcement, actor, _EDITABLE):
        return refused
    waiting = [one for one in deliveries if one.state is DeliveryState.WAITING]
    if content.time is None and any(one.minutes_before is not None for one in waiting):
        return Refusal(messages.FAULT_NO_TIME, {"field": messages.FIELD_TIME})
    after = replace(announcement, content=content, words_by=actor.id)
    if announcement.state in BEFORE_SENDING or (needs_approval and announcement.state is State.SCHEDULED):
        after = replace(after, state=State.DRAFT, approved_by=None, schedule=None, repeats=())
        dropped = tuple(_dropped(one, Trouble.UNWANTED) for one in waiting)
        return _change(after, Deed.EDITED, actor, now, changed=dropped)
    after = replace(after, corrected_at=now if announcement.published else None)
    return _change(after, Deed.EDITED, actor, now, changed=tuple(_moved(after, waiting, now)))


def aim(announcement: Announcement, actor: Actor, now: datetime.datetime, **aims: object) -> Change | Refusal:
    """Choose `targets` or `role`, before anything is sent. An approval covers them, so it is lost."""
    if refused := _refused(announcement, actor, BEFORE_SENDING):
        return refused
    after = replace(announcement, state=State.DRAFT, approved_by=None, aimed_by=actor.id, **aims)  # type: ignore[arg-type]  # checked by tests
    return _change(after, Deed.EDITED, actor, now)


def approve(announcement: Announcement, actor: Actor, now: datetime.datetime) -> Change | Refusal:
    if not actor.approver:
        return Refusal(messages.NOT_APPROVER)
    if announcement.state is not State.DRAFT:
        return wrong_state(announcement)
    if actor.id in (announcement.words_by or announcement.author, announcement.aimed_by):
        return Refusal(messages.OWN_APPROVAL)
    after = replace(announcement, state=State.APPROVED, approved_by=actor.id)
    return _change(after, Deed.APPROVED, actor, now)


def send(
    announcement: Announcement,
    deliveries: Iterable[Delivery],
    actor: Actor,
    now: datetime.datetime,
    *,
    schedule: Schedule | None = None,
    repeats: tuple[int, ...] = (),
    needs_approval: bool = False,
) -> Change | Refusal:
    """Send now, or at a time. The copies are made here, one for each channel and time; their ids are new ones."""
    if refused := _refused(announcement, actor, BEFORE_SENDING):
        return refused
    if needs_approval and announcement.state is not State.APPROVED:
        return Refusal(messages.NEEDS_APPROVAL)
    if not announcement.targets:
        return Refusal(messages.WARN_NO_CHANNEL)
    due = schedule.due(announcement.content.time) if schedule else now
    if due is None:
        return Refusal(messages.FAULT_NO_TIME, {"field": messages.FIELD_WHEN})
    state = State.SENDING if due <= now else State.SCHEDULED
    after = replace(announcement, state=state, schedule=schedule, repeats=repeats)
    deed = Deed.SENT if state is State.SENDING else Deed.SCHEDULED
    return _change(after, deed, actor, now, deliveries=_copies(after, due, sum(1 for _ in deliveries)))


def retract(
    announcement: Announcement, deliveries: Iterable[Delivery], actor: Actor, now: datetime.datetime
) -> Change | Refusal:
    """Withdraw. Copies that stand will say so; those still to come are not sent, reminders come and say so."""
    if refused := _refused(announcement, actor, _RETRACTABLE):
        return refused
    changed = tuple(
        _dropped(one, Trouble.RETRACTED)
        for one in deliveries
        if one.state is DeliveryState.WAITING and one.kind in (Kind.POST, Kind.REPEAT)
    )
    after = replace(announcement, state=State.RETRACTED, retracted_at=now)
    return _change(after, Deed.RETRACTED, actor, now, changed=changed)


def discard(announcement: Announcement, actor: Actor, now: datetime.datetime) -> Change | Refusal:
    if refused := _refused(announcement, actor, BEFORE_SENDING):
        return refused
    return _change(replace(announcement, state=State.DISCARDED), Deed.DISCARDED, actor, now)


def retry(
    announcement: Announcement, deliveries: Iterable[Delivery], actor: Actor, now: datetime.datetime
) -> Change | Refusal:
    """Failed and late copies once more; one of which it is unsure whether it arrived is looked for first."""
    if refused := _refused(announcement, actor, (State.PARTLY_FAILED, State.MISSED)):
        return Refusal(messages.NOTHING_FAILED) if announcement.state is State.SENT else refused
    changed = tuple(
        replace(one, state=_state_to_retry(one), owner=None, due_at=now, retry_at=None, trouble=None, shown=0)
        for one in deliveries
        if one.kind is not Kind.REPORT
        and (one.state is DeliveryState.FAILED or (one.state is DeliveryState.DROPPED and one.trouble is Trouble.LATE))
    )
    if not changed:
        return Refusal(messages.NOTHING_FAILED)
    after = replace(announcement, state=State.SENDING)
    return _change(after, Deed.RETRIED, actor, now, changed=changed)


def settled(announcement: Announcement, deliveries: Iterable[Delivery]) -> State:
    """The state that the copies amount to. Only posts count: repeats may be days away. What was taken back with an
    approval counts for nothing.
    """
    if announcement.state not in (State.SCHEDULED, State.SENDING, State.SENT, State.PARTLY_FAILED):
        return announcement.state
    states = [one.state for one in deliveries if one.kind is Kind.POST and one.trouble is not Trouble.UNWANTED]
    if DeliveryState.CLAIMED in states:
        return State.SENDING
    if DeliveryState.WAITING in states or not states:
        begun = any(state is not DeliveryState.WAITING for state in states)
        return State.SENDING if begun else announcement.state
    if all(state is DeliveryState.DROPPED for state in states):
        return State.MISSED
    return State.SENT if all(state is DeliveryState.SENT for state in states) else State.PARTLY_FAILED


def _state_to_retry(delivery: Delivery) -> DeliveryState:
    """A copy that stands was only not corrected; one that may stand is looked for first."""
    if delivery.message_id:
        return DeliveryState.SENT
    return DeliveryState.CLAIMED if delivery.trouble is Trouble.UNSURE else DeliveryState.WAITING


def wrong_state(announcement: Announcement) -> Refusal:
    return Refusal(messages.WRONG_STATE, {"state": STATE_NAMES[announcement.state]})


def _refused(announcement: Announcement, actor: Actor, allowed: tuple[State, ...]) -> Refusal | None:
    if not actor.moderator:
        return Refusal(messages.NOT_MODERATOR)
    return None if announcement.state in allowed else wrong_state(announcement)


def _change(
    after: Announcement,
    deed: Deed,
    actor: Actor,
    now: datetime.datetime,
    *,
    deliveries: tuple[Delivery, ...] = (),
    changed: tuple[Delivery, ...] = (),
) -> Change:
    after = replace(after, version=after.version + 1)
    record = Record(at=now, who=actor.id, deed=deed, announcement=after.id, version=after.version)
    return Change(after, record, deliveries, changed)


def _copies(announcement: Announcement, due: datetime.datetime, number: int) -> tuple[Delivery, ...]:
    """Args: `number` is that of the first copy."""
    posts = [
        _copy(announcement, Kind.POST, target, due, place) for place, target in enumerate(announcement.targets, number)
    ]
    return (*posts, *_repeats(announcement, due, number + len(posts)))


def _repeats(announcement: Announcement, due: datetime.datetime, number: int) -> Iterator[Delivery]:
    for minutes in announcement.repeats:
        at = Schedule(minutes_before=minutes).due(announcement.content.time)
        for target in announcement.targets:
            if at and at > due:
                yield replace(_copy(announcement, Kind.REPEAT, target, at, number), minutes_before=minutes)
            number += 1


def _copy(announcement: Announcement, kind: Kind, target: Target, due: datetime.datetime, number: int) -> Delivery:
    return Delivery(
        id=f"{announcement.id}-{number}",
        announcement=announcement.id,
        kind=kind,
        recipient=target.channel,
        locale=target.locale,
        due_at=due,
        minutes_before=announcement.schedule.minutes_before if announcement.schedule else None,
    )


def _dropped(delivery: Delivery, trouble: Trouble) -> Delivery:
    return replace(delivery, state=DeliveryState.DROPPED, trouble=trouble)


def _moved(announcement: Announcement, waiting: Iterable[Delivery], now: datetime.datetime) -> Iterator[Delivery]:
    """Waiting copies whose time hangs on the announced one. What should have been sent by now is sent at once, but
    nothing is repeated late.
    """
    for one in waiting:
        due = Schedule(minutes_before=one.minutes_before).due(announcement.content.time)
        if one.minutes_before is None or due is None or due == one.due_at:
            continue
        if due < now and one.kind is Kind.REPEAT:
            yield _dropped(one, Trouble.LATE)
        else:
            yield replace(one, due_at=max(due, now))
