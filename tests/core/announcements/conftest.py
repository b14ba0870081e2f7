from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.core.announcements.worlds import Day
from tests.core.clocks import SimulatedClock


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Everything about announcements is tried on both."""
    if request.param == "sqlite":
        return str(tmp_path / "bot.sqlite3")
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest_asyncio.fixture
async def day(database: str) -> AsyncIterator[Day]:
    """On a real database."""
    clock = SimulatedClock()
    store = await SqlStore.open(database, now=clock.now)
    yield Day(SqlAnnouncementStore(store), clock)
    await store.close()
