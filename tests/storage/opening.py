"""Opens stores on any database for the contract suites, and closes them again."""

import contextlib
import datetime
from collections.abc import AsyncIterator
from pathlib import Path

from bot.storage.sql import SqlStore
from tests.storage.contract import OpenStoreAt


@contextlib.asynccontextmanager
async def opening(url_or_path: str | Path) -> AsyncIterator[OpenStoreAt]:
    opened: list[SqlStore] = []

    async def open_store_at(now: datetime.datetime | None) -> SqlStore:
        clock = {"now": lambda: now} if now else {}
        opened.append(await SqlStore.open(url_or_path, **clock))
        return opened[-1]

    yield open_store_at
    for store in opened:
        await store.close()
