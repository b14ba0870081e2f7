"""Two processes on one PostgreSQL, replaced one after the other while people ask and an announcement goes out."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.faults.bots import Bot, running, until
from tests.faults.gateway import Gateway
from tests.faults.test_outages import ASKED, is_ready, schedule

CHANNELS = [str(500 + number) for number in range(60)]
EVERY = 0.15  # seconds between two questions to a shard


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway(2)
    await gateway.start()
    yield gateway
    await gateway.leave()


@dataclass
class People:
    """Who ask, on Discord and on the web, where a proxy knows both processes."""

    gateway: Gateway
    bots: dict[int, Bot] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    web: Counter[str] = field(default_factory=Counter)

    async def ask(self) -> None:
        for number in range(10**9):
            text, _ = list(ASKED.values())[number % len(ASKED)]
            for shard in (0, 1):
                self.asked.append(await self.gateway.deliver(shard, text))
            await self._ask_on_the_web(text, first=number % 2)
            await asyncio.sleep(EVERY)

    async def _ask_on_the_web(self, text: str, first: int) -> None:
        for shard in (first, 1 - first):
            with contextlib.suppress(aiohttp.ClientError):
                await self.bots[shard].ask(text)
                self.web["answered"] += 1
                return
        self.web["lost"] += 1


async def replace(
    people: People, shard: int, stack: contextlib.AsyncExitStack, environment: dict[str, str], folder: Path
) -> None:
    """As `kubectl rollout` does with a pod of its own name: the old one ends before the new one starts."""
    if shard in people.bots:
        await people.bots[shard].stop()
    own = {**environment, "BOT_SHARDS": f"{shard}-{shard}/2"}
    people.bots[shard] = await stack.enter_async_context(running(own, people.gateway, folder / f"data-{shard}"))
    await until(lambda: is_ready(people.bots[shard]))


async def test_a_rolling_restart_under_load_loses_and_doubles_nothing(
    gateway: Gateway, process_environment: dict[str, str], postgresql_url: str, tmp_path: Path
) -> None:
    environment = process_environment | {"DATABASE_URL": postgresql_url, "BOT_WEB_RATE": "100000"}
    people = People(gateway)
    async with contextlib.AsyncExitStack() as stack:
        for shard in (0, 1):
            await replace(people, shard, stack, environment, tmp_path)
        asking = asyncio.create_task(people.ask())
        gateway.standin.delay = 0.02
        await until(lambda: len(people.asked) > 4)
        await schedule(postgresql_url, *CHANNELS, minutes=0)
        await until(lambda: any(map(gateway.standin.texts, CHANNELS)))
        for shard in (0, 1):
            await replace(people, shard, stack, environment, tmp_path)
        await asyncio.sleep(1)
        asking.cancel()
        await asyncio.wait([asking])
        await until(lambda: all(map(gateway.replies, people.asked)))
        await until(lambda: all(map(gateway.standin.texts, CHANNELS)))
        await asyncio.sleep(1)
        for bot in people.bots.values():
            await bot.stop()

    assert Counter(len(gateway.replies(one)) for one in people.asked) == {1: len(people.asked)}
    assert people.web["lost"] == 0 < people.web["answered"]
    assert [len(gateway.standin.texts(channel)) for channel in CHANNELS] == [1] * len(CHANNELS)
    assert sorted(shard for shard, _ in gateway.shards) == [0, 0, 1, 1]
