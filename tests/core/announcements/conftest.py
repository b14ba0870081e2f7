from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.core.announcements.worlds import Day
from tests.core.clocks import SimulatedClock


@pytest_asyncio.fixture
async def day(tmp_path: Path) -> AsyncIterator[Day]:
    """On a real database."""
    clock = SimulatedClock()
    store = await SqlStore.open(tmp_path / "bot.sqlite3", now=clock.now)
    yield Day(SqlAnnouncementStore(store), clock)
    await store.close()
