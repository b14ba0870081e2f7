"""Tells people who asked to be told that the substance of an answer they received has changed: once, in private.

Substance is what an answer states: its typed facts, whether a source tells at all, and the date of the newest change
that its editor marked as substance. Other words for the same are none.
"""

import asyncio
import dataclasses
import datetime
import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.announcements.models import Delivery, Kind
from bot.core.announcements.outbox import Sending
from bot.core.announcements.ports import DeliveryStore, Messenger
from bot.core.knowledge import Knowledge, subject_facts
from bot.core.models import ChangeKind
from bot.core.ports import Clock
from bot.core.snapshot import Snapshot

_GONE = ""  # the substance of an answer that is no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Somebody wants to be told when an answer changes.

    Args:
        person: Platform-qualified id.
        key: Of the answer.
        locale: In which they read it; for when they have stored no language.
        question: Of the entry, in that language.
        substance: Of what they saw.
    """

    id: str
    person: str
    key: str
    locale: str
    question: str
    substance: str
    expires_at: datetime.datetime

    @property
    def version(self) -> int:
        """Of a correction, which is never corrected: who wants to hear more asks for it again."""
        return 1

    def correction(self, at: datetime.datetime) -> Delivery:
        """Its id, random and of 12 characters, is also that of the correction."""
        return Delivery(
            id=self.id, announcement=self.id, kind=Kind.CORRECTION, recipient=self.person, locale=self.locale, due_at=at
        )


class FollowStore(DeliveryStore, Protocol):
    """Keeps who follows what, and the corrections on their way. Every method raises StoreError.

    What was told, or cannot be told, is forgotten: the correction and that it was asked for.
    """

    async def follow(self, one: Followed) -> None:
        """In place of what the same person followed for the same key, and of a correction that was still to come."""
        ...

    async def unfollow(self, person: str, key: str) -> None:
        """A correction that is still to come is not sent either."""
        ...

    async def followed(self, now: datetime.datetime) -> Sequence[Followed]:
        """What has not expired, and of which no change is known."""
        ...

    async def followed_as(self, followed_id: str) -> Followed | None: ...

    async def order(self, corrections: Sequence[Delivery]) -> int:
        """Have them sent, all or none; how many are new. One for each that is followed, whoever orders it how often."""
        ...


def substance(knowledge: Knowledge, key: str) -> str:
    """A fingerprint of what an answer states; empty when there is no such answer."""
    if not knowledge.exists(key):
        return _GONE
    entry_id, _, subject = key.partition(":")
    entry = knowledge.entries[entry_id]
    facts = subject_facts(knowledge, entry, subject) if entry.slot else entry.facts
    marked = entry.changed.at if entry.changed and entry.changed.kind is ChangeKind.SUBSTANCE else None
    # Only the fields of facts, no class names: renaming code must not make people hear of changes.
    stated = {name: dataclasses.asdict(fact) for name, fact in facts.items()}
    text = json.dumps([stated, entry.unknown, marked], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Following:
    """Args:
    until: The last day on which anybody is told.
    wake: Tells the loop that there is something to tell.
    """

    def __init__(
        self, store: FollowStore, clock: Clock, *, until: datetime.date, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._clock = clock
        self._until = until
        self._wake = wake

    async def follow(self, person: str, key: str, locale: str, snapshot: Snapshot) -> datetime.date | None:
        """Until when; None when there is no such answer, or the time is over."""
        stated, end = substance(snapshot.knowledge, key), datetime.datetime.combine(self._until, datetime.time.max)
        expires_at = end.replace(tzinfo=datetime.UTC)
        if stated == _GONE or expires_at < self._clock.now():
            return None
        question = snapshot.renderer.label(key, locale)
        await self._store.follow(
            Followed(
                id=secrets.token_hex(6),
                person=person,
                key=key,
                locale=locale,
                question=question,
                substance=stated,
                expires_at=expires_at,
            )
        )
        return self._until

    async def unfollow(self, person: str, key: str) -> None:
        await self._store.unfollow(person, key)

    async def on_swapped(self, old: Snapshot, new: Snapshot) -> int:
        """A reload has put `new` in place of `old`; how many people are to be told."""
        return await self.look(new)

    async def look(self, snapshot: Snapshot) -> int:
        """Also for a start: the files may have changed while the bot was not running."""
        now = self._clock.now()
        stated: dict[str, str] = {}
        changed = []
        for one in await self._store.followed(now):
            if one.key not in stated:
                stated[one.key] = substance(snapshot.knowledge, one.key)
            if stated[one.key] != one.substance:
                changed.append(one.correction(now))
        if not changed:
            return 0
        ordered = await self._store.order(changed)
        self._wake()
        return ordered


class Corrections(Sending[Followed]):
    """Sends corrections.

    Args:
        snapshot: What this process answers from now.
        per_second: With the other loops', fewer requests than Discord allows a bot; the rest is for answers at once.
    """

    gives_up = False  # somebody relies on the old answer, however long Discord was away

    def __init__(
        self,
        store: FollowStore,
        messenger: Messenger[Followed],
        clock: Clock,
        snapshot: Callable[[], Snapshot],
        *,
        woken: asyncio.Event | None = None,
        alone: bool = True,
        per_second: float = 1.0,
    ) -> None:
        super().__init__(store, messenger, clock, woken=woken, alone=alone, per_second=per_second)
        self._store = store
        self._snapshot = snapshot

    async def _subject(self, subject_id: str) -> Followed | None:
        """None while this process says what they saw: it has not changed yet as others have, or has changed back."""
        one = await self._store.followed_as(subject_id)
        if one is None or substance(self._snapshot().knowledge, one.key) == one.substance:
            return None
        return one

    def _grace(self, subject: Followed, delivery: Delivery) -> datetime.timedelta:
        return subject.expires_at - delivery.due_at

    async def _settle_all(self) -> None:
        """Nothing: what was told is forgotten where it is marked."""
