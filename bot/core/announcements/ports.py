"""What announcements ask of the world. Implementations live outside; each passes the contract suite of its port."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.core.announcements.lifecycle import Change
from bot.core.announcements.models import Announcement, Delivery, DeliveryState, Record, State, Trouble

Subject_contra = TypeVar("Subject_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Posted:
    """The copy stands: in the channel `place`, as `message_id`."""

    place: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Unposted:
    """There is no copy, and none will come of what was tried."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Unclear:
    """The request got no answer that says what became of it: look for the copy before trying again.

    `retry_after` is how many seconds to wait at least.
    """

    retry_after: float = 0.0


class Messenger(Protocol[Subject_contra]):
    """Puts copies of subjects (announcements, answers) where people read them. Nothing here raises for what a network
    or a platform does.
    """

    async def post(self, subject: Subject_contra, delivery: Delivery) -> Posted | Unposted | Unclear:
        """Send a copy with `delivery.id` as nonce, so that a repeated request is one message."""
        ...

    async def find(self, subject: Subject_contra, delivery: Delivery) -> Posted | Unposted | Unclear | None:
        """Look for a copy that may have been sent since `delivery.claimed_at`.

        None when it is surely not there. Unposted(UNSURE) when the place cannot be read.
        """
        ...

    async def correct(self, subject: Subject_contra, delivery: Delivery) -> Posted | Unposted | Unclear:
        """Make a copy that stands show its subject as it is now; safe to repeat."""
        ...

    async def reachable(self) -> bool:
        """Whether the platform answers at all now."""
        ...


class DeliveryStore(Protocol):
    """Keeps the copies of one kind of subject. Every method raises StoreError when it could not be done, left nothing
    behind, and may be called again.
    """

    async def delivery(self, delivery_id: str) -> Delivery | None: ...

    async def due(self, now: datetime.datetime, owner: str | None = None) -> Sequence[Delivery]:
        """Copies to send or to look for, by `due_at`, then as they were added.

        Also those whose `retry_at` is still to come, and with `owner` those that others have claimed: the copies behind
        one must not pass it.
        """
        ...

    async def stale(self, now: datetime.datetime) -> Sequence[Delivery]:
        """Copies that stand and show an older version than their subject's, and may be tried now."""
        ...

    async def next_due(self, now: datetime.datetime) -> datetime.datetime | None:
        """The earliest moment after `now` at which `due` or `stale` has more; None when nothing is to come."""
        ...

    async def claim(self, delivery_id: str, owner: str, now: datetime.datetime) -> bool:
        """Take a copy to send it: True for one caller only, until it is marked or the claim is released."""
        ...

    async def hold(self, delivery_id: str, now: datetime.datetime, until: datetime.datetime) -> bool:
        """Take a copy that stands to correct it: True for one caller only, until `until` or until it is marked."""
        ...

    async def set_back(self, now: datetime.datetime, reached: datetime.datetime) -> None:
        """The clock had reached `reached` and says `now`: what was due stays due, and no claim, pause or sign of life
        is of the future.
        """
        ...

    async def release(self, before: datetime.datetime) -> int:
        """Free claims made before `before` by owners who have given no sign of life since: they have died."""
        ...

    async def free(self, owner: str, delivery_ids: Collection[str]) -> None:
        """Free the claims of `owner` on these copies, if there are any."""
        ...

    async def sign_in(self, owner: str, now: datetime.datetime, since: datetime.datetime) -> int:
        """Give a sign of life; how many owners have given one after `since`, this one included."""
        ...

    async def sign_off(self, owner: str) -> None:
        """Free all claims of `owner`, who goes."""
        ...

    async def mark_sent(self, delivery_id: str, posted: Posted, shown: int) -> None: ...

    async def mark_shown(self, delivery_id: str, shown: int) -> None:
        """The copy shows this version, or there is nothing left to correct."""
        ...

    async def mark(
        self, delivery_id: str, state: DeliveryState, trouble: Trouble | None, *, fell_back: bool = False
    ) -> None:
        """The copy failed, was dropped, or waits again for its fallback."""
        ...

    async def postpone(self, delivery_id: str, until: datetime.datetime, *, counted: bool = True) -> None:
        """Nobody knows what became of it: keep the claim, look again later; `counted` as an attempt."""
        ...


class AnnouncementStore(DeliveryStore, Protocol):
    """Keeps announcements, their copies and the record of deeds."""

    async def create(self, announcement: Announcement, record: Record) -> None: ...

    async def announcement(self, announcement_id: str) -> Announcement | None: ...

    async def announcements(self, server: str, limit: int) -> Sequence[Announcement]:
        """The newest first."""
        ...

    async def apply(self, change: Change) -> bool:
        """Store a change as a whole. False, and nothing stored, when somebody changed the announcement meanwhile.

        `change.changed` touches copies only while they are not being sent by somebody else.
        """
        ...

    async def deliveries(self, announcement_id: str) -> Sequence[Delivery]: ...

    async def add_delivery(self, delivery: Delivery) -> None:
        """Add a copy, or replace one with this id that is not being sent and was not sent."""
        ...

    async def drop(self, delivery_id: str) -> bool:
        """A person no longer wants a reminder; False when there is none waiting."""
        ...

    async def unsettled(self) -> Sequence[str]:
        """Announcements whose state may not say what became of their copies: a crash came between."""
        ...

    async def settle(
        self, announcement_id: str, version: int, state: State, record: Record | None, report: Delivery | None
    ) -> bool:
        """Store the state that the copies amount to, with a report to the moderators.

        False when it was that already, or is no longer of this version: a moderator's deed came first. Not a change of
        version.
        """
        ...

    async def count_reading(self, announcement_id: str, locale: str) -> None: ...

    async def readings(self, announcement_id: str) -> Mapping[str, int]: ...

    async def history(self, server: str, announcement_id: str | None = None) -> Sequence[Record]:
        """The audit log, oldest first; of one announcement or of all."""
        ...
