"""The announcement store on both databases."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.core.clocks import START
from tests.storage.announcement_contract import CHANNELS, AnnouncementStoreContract, OpenKept, announced


@contextlib.asynccontextmanager
async def opening(url_or_path: str | Path) -> AsyncIterator[OpenKept]:
    opened: list[SqlStore] = []

    async def open_kept() -> SqlAnnouncementStore:
        opened.append(await SqlStore.open(url_or_path))
        return SqlAnnouncementStore(opened[-1])

    yield open_kept
    for store in opened:
        await store.close()


class TestOnSqlite(AnnouncementStoreContract):
    @pytest.fixture
    async def open_kept(self, tmp_path: Path) -> AsyncIterator[OpenKept]:
        async with opening(tmp_path / "bot.db") as open_kept:
            yield open_kept


class TestOnPostgresql(AnnouncementStoreContract):
    @pytest.fixture
    async def open_kept(self, postgresql_url: str) -> AsyncIterator[OpenKept]:
        async with opening(postgresql_url) as open_kept:
            yield open_kept


async def test_a_copy_in_somebody_elses_hands_is_not_waited_for(postgresql_url: str) -> None:
    """A process that hangs in the middle of a claim holds up nobody."""
    async with opening(postgresql_url) as open_kept:
        kept = await open_kept()
        sent = await announced(kept, *CHANNELS[:2])
        hanging = await asyncpg.connect(postgresql_url)
        await hanging.execute("begin; update deliveries set attempts = 1 where id like '%-0'")

        async with asyncio.timeout(5):
            assert not await kept.claim(f"{sent.id}-0", "me", START)
            assert await kept.claim(f"{sent.id}-1", "me", START)

        await hanging.close()
        assert await kept.claim(f"{sent.id}-0", "me", START)
