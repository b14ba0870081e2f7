"""Tells people who asked to be told that the substance of an answer they received has changed: once, in private.

Substance is what an answer states: its typed facts, whether a source tells at all, and the date of the newest change
that its editor marked as substance. Other words for the same are none.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.knowledge import Knowledge, subject_facts
from bot.core.models import ChangeKind
from bot.core.ports import Clock
from bot.core.snapshot import Snapshot

_log = logging.getLogger(__name__)
_IDLE = 60.0  # seconds between looks
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


class FollowStore(Protocol):
    """Keeps who follows what. Every method raises StoreError."""

    async def follow(self, one: Followed) -> None:
        """In place of what the same person followed for the same key."""
        ...

    async def unfollow(self, person: str, key: str) -> None: ...

    async def followed(self, now: datetime.datetime) -> Sequence[Followed]:
        """What has not expired, and of which no change is known."""
        ...

    async def mark_changed(self, ids: Collection[str], at: datetime.datetime) -> None: ...

    async def changed(self, now: datetime.datetime) -> Sequence[Followed]:
        """What is to be told, and nobody is telling."""
        ...

    async def claim(self, followed_id: str, at: datetime.datetime) -> bool:
        """True for exactly one caller, who tells it."""
        ...

    async def unclaim(self, followed_id: str) -> None:
        """It was not told; somebody is to try again."""
        ...

    async def settle(self, followed_id: str) -> None:
        """It was told, or cannot be: nothing is owed any more."""
        ...

    async def drop_claimed(self, before: datetime.datetime) -> int:
        """Forget what was claimed before: it may have been told, and twice would be worse than never."""
        ...


class Correspondent(Protocol):
    """Writes to people."""

    async def tell(self, one: Followed) -> bool:
        """In private, in their language: what they asked and what the answer is now. What cannot be told is logged.

        Returns:
            False when it did not arrive, and may later.
        """
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
                changed.append(one.id)
        if changed:
            await self._store.mark_changed(changed, now)
            self._wake()
        return len(changed)


class Corrections:
    """The sending loop. A crash between claim and sending loses one correction; none is ever sent twice."""

    def __init__(
        self, store: FollowStore, correspondent: Correspondent, clock: Clock, *, woken: asyncio.Event | None = None
    ) -> None:
        self._store = store
        self._correspondent = correspondent
        self._clock = clock
        self._woken = woken or asyncio.Event()

    async def run(self) -> None:
        """For ever; survives anything. No other process may run one on the same store."""
        dropped = None
        while True:
            self._woken.clear()
            try:
                if dropped is None:  # what is claimed now was claimed by a run that has died
                    dropped = await self._store.drop_claimed(self._clock.now())
                await self.work()
            except Exception:  # noqa: BLE001 - the loop must outlive every fault
                _log.exception("corrections not sent; trying again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_IDLE):
                    await self._woken.wait()

    async def work(self) -> None:
        """Tell everybody who is to be told now."""
        for one in await self._store.changed(self._clock.now()):
            if await self._store.claim(one.id, self._clock.now()):
                if not await self._correspondent.tell(one):
                    await self._store.unclaim(one.id)
                    return  # the others would not arrive either; the next look tries again
                await self._store.settle(one.id)
