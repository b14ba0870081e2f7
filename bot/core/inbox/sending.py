"""Sends cards to moderators and answers to people who asked."""

import asyncio
import datetime

from bot.core.announcements.models import Delivery
from bot.core.announcements.outbox import Sending
from bot.core.announcements.ports import Messenger
from bot.core.inbox.models import Group
from bot.core.inbox.ports import InboxStore
from bot.core.ports import Clock

_GRACE = datetime.timedelta(days=30)  # an answer that comes a month late still keeps the promise


class InboxSending(Sending[Group]):
    """Args:
    per_second: With the announcements', fewer requests than Discord allows a bot; the rest is for answers at once.
    """

    gives_up = False  # a promise is kept when Discord is back, however long it was away

    def __init__(
        self,
        store: InboxStore,
        messenger: Messenger[Group],
        clock: Clock,
        *,
        woken: asyncio.Event | None = None,
        alone: bool = True,
        per_second: float = 2.0,
    ) -> None:
        super().__init__(store, messenger, clock, woken=woken, alone=alone, per_second=per_second)
        self._store = store

    async def _subject(self, subject_id: str) -> Group | None:
        return await self._store.group(subject_id)

    def _grace(self, subject: Group, delivery: Delivery) -> datetime.timedelta:
        return _GRACE

    async def _settle_all(self) -> None:
        """Nothing: who has an answer is counted where it is marked."""
