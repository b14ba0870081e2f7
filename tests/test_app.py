"""What the composition root promises by itself."""

import asyncio
from pathlib import Path

import pytest

from bot.app import background
from bot.storage.sql import SqlStore


@pytest.mark.parametrize("turns", range(8))
async def test_work_in_the_background_has_ended_before_its_database_is_closed(tmp_path: Path, turns: int) -> None:
    """A stop right after the start hung for ever: the daily job was in a transaction when the database was closed."""
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    writing: list[asyncio.Task[None]] = []

    async def write() -> None:
        task = asyncio.current_task()
        assert task is not None
        writing.append(task)
        while True:
            await store.choose_language("discord:1", "km")

    async with background(write()):
        for _ in range(turns * 7 + 1):  # at another step of the transaction each time
            await asyncio.sleep(0)
    (task,) = writing

    assert task.done()
    await store.close()


async def test_work_that_failed_before_does_not_disturb_the_end() -> None:
    async def fail() -> None:
        raise OSError("なぜ")

    async with background(fail()):
        await asyncio.sleep(0)
