"""What moderators and readers do with announcements: a method a deed. `lifecycle` has the rules, `outbox` sends."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.announcements import lifecycle, messages
from bot.core.announcements.lifecycle import Change, Refusal
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
    Target,
)
from bot.core.announcements.ports import AnnouncementStore
from bot.core.ports import Clock

_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
_ID_LENGTH = 7
_NEWEST = 100
# Minutes before the announced time at which people may want to be reminded; 0 is the time itself.
REMINDERS = (1440, 60, 30, 15, 5, 0)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed it meanwhile; nothing was stored. `current` is what it is now."""

    current: Announcement


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such announcement."""


Result = Announcement | Refusal | Conflict | Gone
_Make = Callable[[Announcement, Sequence[Delivery], datetime], Change | Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An announcement with what became of it. `readings` counts openings by locale, never who."""

    announcement: Announcement
    deliveries: Sequence[Delivery]
    readings: dict[str, int]

    def copies(self, *states: DeliveryState) -> tuple[Delivery, ...]:
        """Of posts and repetitions, not of personal reminders."""
        return tuple(one for one in self.deliveries if one.kind in (Kind.POST, Kind.REPEAT) and one.state in states)

    @property
    def reminders(self) -> int:
        return sum(one.kind is Kind.REMINDER and one.state is not DeliveryState.DROPPED for one in self.deliveries)


class Announcing:
    """Args:
    needs_approval: A second moderator has to approve before anything is sent.
    wake: Tells the outbox that there is something to do.
    """

    def __init__(
        self, store: AnnouncementStore, clock: Clock, *, needs_approval: bool, wake: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self.needs_approval = needs_approval

    def now(self) -> datetime:
        return self._clock.now()

    async def draft(
        self, *, content: Content, original: str, zone: str, targets: tuple[Target, ...], actor: Actor
    ) -> Announcement | Refusal:
        if not actor.moderator:
            return Refusal(messages.NOT_MODERATOR)
        now = self._clock.now()
        announcement = Announcement(
            id="".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH)),
            server=actor.server,
            content=content,
            original=original,
            zone=zone,
            author=actor.id,
            targets=targets,
            created_at=now,
        )
        record = Record(at=now, who=actor.id, deed=Deed.DRAFTED, announcement=announcement.id, version=1)
        await self._store.create(announcement, record)
        return announcement

    async def edit(self, announcement_id: str, version: int, content: Content, actor: Actor) -> Result:
        def make(one: Announcement, copies: Sequence[Delivery], now: datetime) -> Change | Refusal:
            return lifecycle.edit(one, content, copies, actor, now, needs_approval=self.needs_approval)

        return await self._change(announcement_id, version, actor, make)

    async def aim(self, announcement_id: str, version: int, actor: Actor, *, targets: tuple[Target, ...]) -> Result:
        return await self._change(
            announcement_id, version, actor, lambda one, _, now: lifecycle.aim(one, actor, now, targets=targets)
        )

    async def choose_role(self, announcement_id: str, version: int, actor: Actor, role: str | None) -> Result:
        return await self._change(
            announcement_id, version, actor, lambda one, _, now: lifecycle.aim(one, actor, now, role=role)
        )

    async def approve(self, announcement_id: str, version: int, actor: Actor) -> Result:
        return await self._change(
            announcement_id, version, actor, lambda one, _, now: lifecycle.approve(one, actor, now)
        )

    async def send(
        self,
        announcement_id: str,
        version: int,
        actor: Actor,
        *,
        schedule: Schedule | None = None,
        repeats: tuple[int, ...] = (),
    ) -> Result:
        def make(one: Announcement, copies: Sequence[Delivery], now: datetime) -> Change | Refusal:
            return lifecycle.send(
                one, copies, actor, now, schedule=schedule, repeats=repeats, needs_approval=self.needs_approval
            )

        return await self._change(announcement_id, version, actor, make)

    async def retract(self, announcement_id: str, version: int | None, actor: Actor) -> Result:
        """`version` None: whatever it says now, it must go."""
        return await self._change(
            announcement_id, version, actor, lambda one, copies, now: lifecycle.retract(one, copies, actor, now)
        )

    async def discard(self, announcement_id: str, version: int, actor: Actor) -> Result:
        return await self._change(
            announcement_id, version, actor, lambda one, _, now: lifecycle.discard(one, actor, now)
        )

    async def retry(self, announcement_id: str, actor: Actor) -> Result:
        return await self._change(
            announcement_id, None, actor, lambda one, copies, now: lifecycle.retry(one, copies, actor, now)
        )

    async def find(self, announcement_id: str, server: str) -> Announcement | None:
        """None also for announcements of other servers."""
        found = await self._store.announcement(announcement_id)
        return found if found and found.server == server else None

    async def overview(self, announcement: Announcement) -> Overview:
        return Overview(
            announcement=announcement,
            deliveries=await self._store.deliveries(announcement.id),
            readings=dict(await self._store.readings(announcement.id)),
        )

    async def newest(self, server: str) -> Sequence[Announcement]:
        return await self._store.announcements(server, _NEWEST)

    async def history(self, server: str, announcement_id: str | None = None) -> Sequence[Record]:
        return await self._store.history(server, announcement_id)

    async def read(self, announcement_id: str, locale: str, *, server: str | None) -> Announcement | None:
        """Somebody opens it in a language. None when it is not, or not yet, for readers, or of another server.

        Args:
            server: None in a direct message, where copies of any server arrive.
        """
        announcement = await self._store.announcement(announcement_id)
        if announcement is None or not announcement.published or server not in (None, announcement.server):
            return None
        await self._store.count_reading(announcement_id, locale)
        return announcement

    async def remind(
        self, announcement_id: str, asker: str, minutes: int, *, channel: str, locale: str
    ) -> datetime | None:
        """Store a personal reminder, in place of one stored before; None when its moment is over or there is no time.

        Args:
            channel: Where to mention the person who takes no direct messages.
            locale: For when the person has stored no language.
        """
        announcement, now = await self._store.announcement(announcement_id), self._clock.now()
        due = Schedule(minutes_before=minutes).due(announcement.content.time) if announcement else None
        if announcement is None or due is None or due <= now or minutes not in REMINDERS:
            return None
        reminder = Delivery(
            id=reminder_id(announcement_id, asker),
            announcement=announcement_id,
            kind=Kind.REMINDER,
            recipient=asker,
            locale=locale,
            due_at=due,
            minutes_before=minutes,
            fallback=channel,
        )
        await self._store.add_delivery(reminder)
        self._wake()
        return due

    async def cancel_reminder(self, announcement_id: str, asker: str) -> bool:
        return await self._store.drop(reminder_id(announcement_id, asker))

    async def _change(self, announcement_id: str, version: int | None, actor: Actor, make: _Make) -> Result:
        announcement = await self.find(announcement_id, actor.server)
        if announcement is None:
            return Gone()
        if version is not None and announcement.version != version:
            return Conflict(announcement)
        change = make(announcement, await self._store.deliveries(announcement_id), self._clock.now())
        if isinstance(change, Refusal):
            return change
        if not await self._store.apply(change):
            if version is None:
                return await self._change(announcement_id, None, actor, make)  # the other change came first: look again
            return Conflict(await self._store.announcement(announcement_id) or announcement)
        self._wake()
        return change.announcement


def reminder_id(announcement_id: str, asker: str) -> str:
    """The same for the same person, so that nobody is reminded twice."""
    return f"{announcement_id}-u{hashlib.sha256(asker.encode()).hexdigest()[:10]}"
