"""A messenger that does what it is told, and a hall in which announcements live through a simulated day."""

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.core.announcements.announcing import Announcing
from bot.core.announcements.models import Actor, Announcement, Content, Delivery, Schedule, State, Target, Trouble
from bot.core.announcements.outbox import Outbox
from bot.core.announcements.ports import Posted, Unclear, Unposted
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import read_template
from bot.storage.announcements import SqlAnnouncementStore
from tests.core.clocks import SimulatedClock

SERVER = "discord:1"
MIRA = Actor("discord:7", moderator=True, approver=True, server=SERVER)
NOOR = Actor("discord:8", moderator=True, approver=True, server=SERVER)
ALICE = Actor("discord:9", moderator=False, approver=False, server=SERVER)
NEWS, LOBBY = "discord:100", "discord:101"
Answer = Posted | Unposted | Unclear


@dataclass
class ScriptedMessenger:
    """Implements `Messenger`. `answers` are given first, one a request, per place; then everything succeeds.

    An `Unclear` from `effective` took effect all the same.
    """

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    effective: bool = False
    readable: bool = True
    away: bool = False  # the platform answers nothing
    standing: list[tuple[str, str]] = field(default_factory=list)  # (place, delivery id), in order
    corrected: list[tuple[str, int]] = field(default_factory=list)  # (delivery id, version)
    meanwhile: Callable[[], Awaitable[object]] | None = None  # what a moderator does at this very moment

    async def post(self, announcement: Announcement, delivery: Delivery) -> Answer:
        if self.meanwhile:
            work, self.meanwhile = self.meanwhile, None
            await work()
        answer = self._next(delivery.lane)
        if isinstance(answer, Posted) or (isinstance(answer, Unclear) and self.effective):
            self.standing.append((delivery.lane, delivery.id))
        return answer

    async def find(self, announcement: Announcement, delivery: Delivery) -> Answer | None:
        if not self.readable:
            return Unposted(Trouble.UNSURE)
        return Posted(delivery.lane, delivery.id) if (delivery.lane, delivery.id) in self.standing else None

    async def correct(self, announcement: Announcement, delivery: Delivery) -> Answer:
        answer = self._next(delivery.place or "")
        if isinstance(answer, Posted):
            self.corrected.append((delivery.id, announcement.version))
        return answer

    async def reachable(self) -> bool:
        return not self.away

    def _next(self, place: str) -> Answer:
        if self.away:
            return Unclear()
        waiting = self.answers.get(place, [])
        return waiting.pop(0) if waiting else Posted(place, f"m{len(self.standing)}")


@dataclass
class Day:
    """One server with its store, clock and sending loop."""

    kept: SqlAnnouncementStore
    clock: SimulatedClock
    messenger: ScriptedMessenger = field(default_factory=ScriptedMessenger)
    needs_approval: bool = False

    @property
    def announcing(self) -> Announcing:
        return Announcing(self.kept, self.clock, needs_approval=self.needs_approval, wake=lambda: None)

    def outbox(self) -> Outbox:
        return Outbox(self.kept, self.messenger, self.clock)

    def content(self, time: str = "2024-10-29 14:30", template: str = "room-change", place: str = "ห้อง ๕") -> Content:
        """What a moderator fills in; times are Tokyo's."""
        typed = {Slot.SESSION: "GX 分科会", Slot.SUBJECT: "登録", Slot.PLACE: place, Slot.TIME: time}
        content = read_template(TEMPLATES[template], typed, "Asia/Tokyo", self.clock.now())
        assert isinstance(content, Content), content
        return content

    async def draft(self, *channels: str, content: Content | None = None) -> Announcement:
        drafted = await self.announcing.draft(
            content=content or self.content(),
            original="en",
            zone="Asia/Tokyo",
            targets=tuple(map(Target, channels or (NEWS, LOBBY))),
            actor=MIRA,
        )
        assert isinstance(drafted, Announcement)
        return drafted

    async def send(
        self, draft: Announcement, *, schedule: Schedule | None = None, repeats: tuple[int, ...] = ()
    ) -> Announcement:
        sent = await self.announcing.send(draft.id, draft.version, MIRA, schedule=schedule, repeats=repeats)
        assert isinstance(sent, Announcement), sent
        return sent

    async def state(self, announcement: Announcement) -> State:
        found = await self.kept.announcement(announcement.id)
        assert found is not None
        return found.state

    def places(self) -> list[str]:
        return [place for place, _ in self.messenger.standing]


def tokyo(hour: int, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2024, 10, 29, hour - 9, minute, tzinfo=datetime.UTC)
