import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.faults.forking import ZYGOTE, starting


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zygote() -> AsyncIterator[asyncio.subprocess.Process]:
    async with starting(ZYGOTE) as process:
        yield process
