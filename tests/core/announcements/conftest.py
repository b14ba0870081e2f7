from collections.abc import AsyncIterator

import pytest_asyncio

from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.core.announcements.worlds import Day
from tests.core.clocks import SimulatedClock


@pytest_asyncio.fixture
async def day(database: str) -> AsyncIterator[Day]:
    """On real databases of both kinds."""
    clock = SimulatedClock()
    store = await SqlStore.open(database, now=clock.now)
    yield Day(SqlAnnouncementStore(store), clock)
    await store.close()
