"""Does what nobody orders: sorts new questions into groups, and brings approved entries into the knowledge base.

Each step is one transaction that can be repeated, so a crash between any two loses nothing and doubles nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping

from bot.core.inbox import lifecycle
from bot.core.inbox.cards import card_of
from bot.core.inbox.grouping import THRESHOLDS, grown, home_of
from bot.core.inbox.inboxing import Inbox, new_group_id
from bot.core.inbox.likeness import Fingerprinting
from bot.core.inbox.models import Fingerprint, Group, Miss
from bot.core.inbox.ports import EntryFiles, InboxStore, Publisher
from bot.core.ports import Clock

_log = logging.getLogger(__name__)
_IDLE = 60.0  # seconds between looks when nobody wakes it


class Clerk:
    """One at a time in a process; two processes at once make two groups of one meaning at worst.

    Args:
        cards: Channel in which moderators see the groups; None where there is none.
        woken: Set it when there is something to do.
        done: Called when there is something to send.
    """

    def __init__(
        self,
        store: InboxStore,
        inbox: Inbox,
        clock: Clock,
        *,
        fingerprinting: Fingerprinting,
        files: EntryFiles,
        publisher: Publisher,
        cards: str | None,
        woken: asyncio.Event,
        done: Callable[[], None],
        thresholds: Mapping[str, float] = THRESHOLDS,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._clock = clock
        self._fingerprinting = fingerprinting
        self._files = files
        self._publisher = publisher
        self._cards = cards
        self._woken = woken
        self._done = done
        self._thresholds = thresholds

    async def run(self) -> None:
        """For ever."""
        started = False
        while True:
            self._woken.clear()
            try:
                if not started:
                    await self.start()
                started = True
                await self.work()
            except Exception:  # noqa: BLE001 - the loop must outlive every fault: promises hang on it
                _log.exception("the inbox failed; going on in a moment")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_IDLE):
                    await self._woken.wait()

    async def start(self) -> None:
        """What a run of the bot does first: cards that could not be posted may be possible now."""
        if self._cards:
            await self._store.renew_cards(self._cards, self._clock.now())
            self._done()

    async def work(self) -> None:
        """Everything that there is to do now."""
        for miss in await self._store.ungrouped():
            await self._sort(miss)
            self._done()
        for group in await self._store.publishing():
            await self._publish(group)
            self._done()

    async def _sort(self, miss: Miss) -> None:
        fingerprint = await self._read(miss)
        home = home_of(fingerprint, miss.nearest, await self._store.groups(), self._thresholds)
        if home is not None:
            if not await self._store.join(home, miss.id, grown(home, fingerprint)):
                self._woken.set()  # the group has changed meanwhile: look again
            return
        group = Group(
            id=new_group_id(),
            opened_at=miss.asked_at,
            fingerprint=fingerprint,
            nearest=miss.nearest,
            probability=miss.probability,
        )
        card = card_of(group.id, self._cards, self._clock.now()) if self._cards else None
        await self._store.open_group(group, miss.id, card)

    async def _read(self, miss: Miss) -> Fingerprint | None:
        return await asyncio.to_thread(self._fingerprinting.fingerprint, miss.text) if miss.text else None

    async def _publish(self, group: Group) -> None:
        """An approved entry; what is published already is published once more without harm."""
        if group.proposal is None:
            return
        files = await self._files.files_with(group.proposal.id, group.proposal.draft)
        who = group.proposal.approved_by or lifecycle.BOT
        result = await self._publisher.publish(files, who, f"inbox {group.id}")
        now = self._clock.now()
        if isinstance(result, str):
            wordings = await self._inbox.wordings_for(group.id, group.proposal.id)
            await self._store.apply(lifecycle.published(group, result, wordings, now))
            return
        _log.error("the entry of inbox group %s was not published: %d problems", group.id, len(result))
        await self._store.apply(lifecycle.not_published(group, "\n".join(map(str, result)), now))
