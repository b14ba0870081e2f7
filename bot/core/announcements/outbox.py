"""Sends what is due, once, and keeps what stands up to date. Survives anything; knows no platform and no clock.

Claim, send with a stable nonce, mark sent. A crash leaves a claim without a mark: the copy is then looked for in its
channel before anything is sent again.
"""

import abc
import asyncio
import contextlib
import datetime
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from bot.core.announcements.lifecycle import settled
from bot.core.announcements.models import (
    Announcement,
    Deed,
    Delivery,
    DeliveryState,
    Kind,
    Record,
    State,
    Trouble,
)
from bot.core.announcements.ports import AnnouncementStore, DeliveryStore, Messenger, Posted, Unclear, Unposted
from bot.core.audit import is_person
from bot.core.errors import StoreError
from bot.core.ports import Clock

_log = logging.getLogger(__name__)
BOT = "bot"  # who did what nobody ordered
_LEASE = datetime.timedelta(seconds=90)  # without a sign of life, after which other processes take claims over
_SIGNS = datetime.timedelta(seconds=15)  # between signs of life
_ELSEWHERE = datetime.timedelta(seconds=1)  # until the next look at a place that another process sends to
_IDLE = 30.0  # seconds between looks when nothing is known to come: other processes may add work
_PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds before each further attempt
# A look reads all that is on its way, and each copy sent calls for another: rests keep looking to a fifth of the time.
_REST = 4  # times what the look took
_SET_BACK = datetime.timedelta(seconds=5)  # by how much the clock has to go back to be worth a repair
_CLOCK_AHEAD = datetime.timedelta(days=2)  # by how much it may have been wrong when a run that has died claimed
_AWAY = 15.0  # seconds between attempts while the platform answers nothing
_MOST_ATTEMPTS = 12  # then a copy counts as failed, and the moderators hear of it
_REMINDER_GRACE = datetime.timedelta(minutes=30)
_REPORT_GRACE = datetime.timedelta(days=7)


# Sends or corrects a copy; when it must wait, until when.
_Step = Callable[[Delivery], Awaitable[datetime.datetime | None]]
_Job = tuple[_Step, Delivery]


class Versioned(Protocol):
    """What there are copies of: an announcement, a group of questions."""

    @property
    def version(self) -> int: ...


Subject = TypeVar("Subject", bound=Versioned)


class Sending(abc.ABC, Generic[Subject]):
    """The sending loop of one process: a task for each place that has something to send, so that none holds up another.

    Args:
        woken: Set it when something is to be sent, so that it does not wait for the next look.
        alone: No other process shares the store: what is claimed at the start was claimed by a run that has died.
            Otherwise processes give signs of life, and share `per_second` among them.
        per_second: Most requests a second, of all processes.
    """

    gives_up = True  # after `_MOST_ATTEMPTS` of which nobody knows what became

    def __init__(
        self,
        store: DeliveryStore,
        messenger: Messenger[Subject],
        clock: Clock,
        *,
        woken: asyncio.Event | None,
        alone: bool,
        per_second: float,
    ) -> None:
        self._copies = store
        self._messenger = messenger
        self._clock = clock
        self._alone = alone
        self._owner = f"{type(self).__name__}-{uuid.uuid4().hex}"  # loops of one name share `per_second`
        self._woken = woken or asyncio.Event()
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._blocked: dict[str, datetime.datetime] = {}  # lanes whose first copy has to wait, until when
        self._doubtful: set[str] = set()  # copies whose lane broke, perhaps after the claim
        self._passed: dict[str, datetime.datetime] = {}  # copies that are not for this process now, until when
        self._taken_over = False
        self._reached: datetime.datetime | None = None  # the latest time that the clock has shown
        self._next_sign: datetime.datetime | None = None
        self._per_second = per_second
        self._interval = 1 / per_second
        self._next_slot = 0.0

    @abc.abstractmethod
    async def _subject(self, subject_id: str) -> Subject | None:
        """None when there is none, or none to send yet: the copy is passed over for a while, and holds up no other."""

    @abc.abstractmethod
    def _grace(self, subject: Subject, delivery: Delivery) -> datetime.timedelta:
        """How late a copy is still worth sending."""

    @abc.abstractmethod
    async def _settle_all(self) -> None:
        """After a look: what became of copies may change the state of their subjects."""

    async def run(self) -> None:
        """For ever; cancelled, it ends once nothing is at work any more."""
        failures = 0
        try:
            while True:
                self._woken.clear()
                looked = asyncio.get_running_loop().time()
                try:
                    pause, failures = await self._look(), 0
                except Exception as error:  # noqa: BLE001 - the loop must outlive every fault: announcements hang on it
                    pause = _PAUSES[min(failures, len(_PAUSES) - 2)]
                    failures += 1
                    self._tell(error)
                await asyncio.sleep(_REST * (asyncio.get_running_loop().time() - looked))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
        finally:
            await self._stop()

    def _tell(self, error: Exception) -> None:
        """A store that fails says itself what to do, and may fail for an hour: one line each time is enough."""
        if isinstance(error, StoreError):
            _log.error("what is to be sent waits for the store: %s", error)
        else:
            _log.error("sending failed; going on in a moment", exc_info=error)

    async def _stop(self) -> None:
        """Wait for every place to let go: a database closed under one at work would never finish closing."""
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        if not self._alone:
            with contextlib.suppress(StoreError):  # then others wait for the lease to end
                await self._copies.sign_off(self._owner)

    async def backlog(self) -> int:
        """Copies that are due or stand wrong, and are not settled yet. Raises StoreError."""
        now = self._clock.now()
        return len(await self._copies.due(now)) + len(await self._copies.stale(now))

    async def work(self) -> float:
        """Send and correct everything that is due now, to the end.

        Returns:
            Seconds until there is more to do, at most `_IDLE`.
        """
        while True:
            self._woken.clear()
            pause = await self._look()
            if self._lanes:
                await asyncio.wait(self._lanes.values())
            elif not self._woken.is_set():  # a lane that ended during the look has left something to settle
                return pause

    async def _look(self) -> float:
        """Start a task for each place that has something due and none at work; seconds until the next look."""
        now = self._clock.now()
        await self._follow_clock(now)
        await self._free_claims(now)
        due = self._not_passed(await self._copies.due(now, None if self._alone else self._owner), now)
        stale = await self._copies.stale(now)
        jobs: dict[str, list[_Job]] = {}
        for step, deliveries in ((self._correct, stale), (self._send, due)):  # what stands wrong comes first
            for one in deliveries:
                jobs.setdefault(one.place or one.lane, []).append((step, one))
        for place, lane in jobs.items():
            if place not in self._lanes and self._blocked.get(place, now) <= now:
                self._start(place, lane)
        await self._settle_all()
        return await self._pause(now)

    def _not_passed(self, due: Sequence[Delivery], now: datetime.datetime) -> Sequence[Delivery]:
        self._passed = {copy: until for copy, until in self._passed.items() if until > now}
        return [one for one in due if one.id not in self._passed]

    async def _follow_clock(self, now: datetime.datetime) -> None:
        """Set back, the clock would let wait for as long what was due, claimed or to be tried again by then."""
        if self._reached and self._reached - now > _SET_BACK:
            _log.warning("the clock was set back by %s; nothing waits for it", self._reached - now)
            await self._copies.set_back(now, self._reached)
            self._blocked.clear()
            self._next_sign = None
            self._reached = now
        self._reached = max(now, self._reached or now)

    async def _free_claims(self, now: datetime.datetime) -> None:
        if self._alone and not self._taken_over:
            await self._copies.release(now + _CLOCK_AHEAD)
            self._taken_over = True
        if not self._alone and (self._next_sign is None or self._next_sign <= now):
            senders = await self._copies.sign_in(self._owner, now, now - _LEASE)
            self._interval = senders / self._per_second
            await self._copies.release(now - _LEASE)
            self._next_sign = now + _SIGNS
        if self._doubtful:
            await self._copies.free(self._owner, sorted(self._doubtful))
            self._doubtful.clear()

    async def _pause(self, now: datetime.datetime) -> float:
        waits = [until for until in self._blocked.values() if until > now]
        if (next_due := await self._copies.next_due(now)) is not None:
            waits.append(next_due)
        return max(0.0, min([_IDLE, *((until - self._clock.now()).total_seconds() for until in waits)]))

    def _start(self, place: str, jobs: Sequence[_Job]) -> None:
        def ended(_: asyncio.Task[None]) -> None:
            self._lanes.pop(place, None)
            self._woken.set()

        self._blocked.pop(place, None)
        self._lanes[place] = asyncio.create_task(self._lane(place, jobs))
        self._lanes[place].add_done_callback(ended)

    async def _lane(self, place: str, jobs: Sequence[_Job]) -> None:
        """In order; the first copy that has to wait stops those behind it."""
        for step, delivery in jobs:
            try:
                until = await step(delivery)
            except Exception as error:  # noqa: BLE001 - one broken lane must not hold up the others
                self._tell(error)
                self._doubtful.add(delivery.id)
                until = self._clock.now() + datetime.timedelta(seconds=_PAUSES[0])
            if until:
                self._blocked[place] = until
                return

    async def _slot(self) -> None:
        """Wait for the turn of one request."""
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next_slot)
        self._next_slot = slot + self._interval
        await asyncio.sleep(slot - now)

    async def _send(self, delivery: Delivery) -> datetime.datetime | None:
        """One copy; when it must wait, until when."""
        now = self._clock.now()
        if delivery.retry_at and delivery.retry_at > now:
            return delivery.retry_at
        subject = await self._subject(delivery.announcement)
        if subject is None:
            self._passed[delivery.id] = now + datetime.timedelta(seconds=_IDLE)
            return None
        if not await self._copies.claim(delivery.id, self._owner, now):
            # No longer wanted, or another process sends it: then what is behind it has to wait as well.
            return None if self._alone else now + _ELSEWHERE
        if delivery.state is DeliveryState.CLAIMED:
            found = await self._messenger.find(subject, delivery)
            if found is not None:
                return await self._conclude(delivery, found, shown=0)
        if now - delivery.due_at > self._grace(subject, delivery):
            await self._copies.mark(delivery.id, DeliveryState.DROPPED, Trouble.LATE)
            return None
        await self._slot()
        # Read after the claim: an edit made until now wins, and one made from now on makes the copy stale.
        subject = await self._subject(delivery.announcement) or subject
        return await self._conclude(delivery, await self._messenger.post(subject, delivery), shown=subject.version)

    async def _conclude(
        self, delivery: Delivery, result: Posted | Unposted | Unclear, *, shown: int
    ) -> datetime.datetime | None:
        match result:
            case Posted():
                await self._copies.mark_sent(delivery.id, result, shown)
            case Unposted(trouble):
                await self._give_up(delivery, trouble)
            case Unclear(retry_after):
                return await self._later(delivery, retry_after)
        return None

    async def _give_up(self, delivery: Delivery, trouble: Trouble) -> None:
        # A copy of which nobody knows may have arrived: the fallback would be a second one.
        if delivery.fallback and not delivery.fell_back and trouble is not Trouble.UNSURE:
            await self._copies.mark(delivery.id, DeliveryState.WAITING, None, fell_back=True)
            self._woken.set()
            return
        await self._copies.mark(delivery.id, DeliveryState.FAILED, trouble)

    async def _later(self, delivery: Delivery, retry_after: float) -> datetime.datetime | None:
        if not await self._messenger.reachable():  # no fault of this copy, so it counts for nothing
            return await self._postpone(delivery, max(retry_after, _AWAY), counted=False)
        if self.gives_up and delivery.attempts >= _MOST_ATTEMPTS:
            await self._give_up(delivery, Trouble.UNSURE)
            return None
        return await self._postpone(delivery, retry_after)

    async def _postpone(self, delivery: Delivery, retry_after: float, *, counted: bool = True) -> datetime.datetime:
        pause = max(retry_after, _PAUSES[min(delivery.attempts, len(_PAUSES) - 1)])
        until = self._clock.now() + datetime.timedelta(seconds=pause)
        await self._copies.postpone(delivery.id, until, counted=counted)
        return until

    async def _correct(self, delivery: Delivery) -> datetime.datetime | None:
        now = self._clock.now()
        if not self._alone and not await self._copies.hold(delivery.id, now, now + _LEASE):
            return None  # another process corrects it
        await self._slot()
        subject = await self._subject(delivery.announcement)
        if subject is None:
            return None
        match await self._messenger.correct(subject, delivery):
            case Unclear(retry_after):  # never given up: a wrong copy must not stand
                return await self._postpone(delivery, retry_after)
            case Unposted(trouble) if trouble is not Trouble.GONE:
                await self._copies.mark(delivery.id, DeliveryState.FAILED, trouble)
            case _:  # corrected, or deleted by somebody: nothing left to correct
                await self._copies.mark_shown(delivery.id, subject.version)
        return None


class Outbox(Sending[Announcement]):
    """Sends announcements.

    Args:
        reports_to: Channel in which moderators are told what failed; None where there is none.
        per_second: Nine in ten of what Discord allows a bot in all; the rest is for answers.
    """

    def __init__(
        self,
        store: AnnouncementStore,
        messenger: Messenger[Announcement],
        clock: Clock,
        *,
        woken: asyncio.Event | None = None,
        alone: bool = True,
        reports_to: str | None = None,
        per_second: float = 45.0,
    ) -> None:
        super().__init__(store, messenger, clock, woken=woken, alone=alone, per_second=per_second)
        self._store = store
        self._reports_to = reports_to

    async def _subject(self, subject_id: str) -> Announcement | None:
        return await self._store.announcement(subject_id)

    def _grace(self, subject: Announcement, delivery: Delivery) -> datetime.timedelta:
        """A reminder that speaks of a withdrawal is as urgent as any."""
        if delivery.kind is Kind.REMINDER:
            return _REMINDER_GRACE
        return _REPORT_GRACE if delivery.kind is Kind.REPORT else subject.content.grace

    async def _settle_all(self) -> None:
        for announcement_id in await self._store.unsettled():
            await self._settle(announcement_id)

    async def _settle(self, announcement_id: str) -> None:
        announcement = await self._store.announcement(announcement_id)
        if announcement is None:
            return
        deliveries = await self._store.deliveries(announcement_id)
        state, now = settled(announcement, deliveries), self._clock.now()
        if state is announcement.state:
            return
        report = None
        if state in (State.PARTLY_FAILED, State.MISSED):
            _log.error("announcement %s: %s", announcement_id, state)
            report = self._report(announcement, deliveries, now)
        await self._store.settle(
            announcement_id, announcement.version, state, _record(announcement, state, now), report
        )
        if report:
            self._woken.set()

    def _report(
        self, announcement: Announcement, deliveries: Sequence[Delivery], now: datetime.datetime
    ) -> Delivery | None:
        """To the moderators' channel, else to the author; a copy like any other, so it is not lost.

        None when there is no such channel and the author had their data erased.
        """
        recipient = self._reports_to or announcement.author
        if not is_person(recipient):
            return None
        number = sum(one.kind is Kind.REPORT for one in deliveries)
        return Delivery(
            id=f"{announcement.id}-r{number}",
            announcement=announcement.id,
            kind=Kind.REPORT,
            recipient=recipient,
            locale=None,
            due_at=now,
        )


_DEEDS = {State.SENT: Deed.SENT, State.PARTLY_FAILED: Deed.FAILED, State.MISSED: Deed.MISSED}


def _record(announcement: Announcement, state: State, now: datetime.datetime) -> Record | None:
    deed = _DEEDS.get(state)
    if deed is None:
        return None
    return Record(at=now, who=BOT, deed=deed, announcement=announcement.id, version=announcement.version)
