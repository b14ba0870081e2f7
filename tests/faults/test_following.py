"""Corrections through kill -9, several processes and a misbehaving network: nobody is forgotten, nobody is told twice.

Real processes, a real database, a real HTTP server.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.core.announcements.models import Kind
from bot.core.following import Following
from bot.storage.following import SqlFollowStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import knowledge, make_snapshot
from tests.core.clocks import SimulatedClock
from tests.faults.following_life import KEYS, UNTIL
from tests.faults.forking import ZYGOTE, starting
from tests.faults.standin import Fault, Standin
from tests.postgresql import run

_STRIDE = 5  # odd, so that moments before and after a step take turns
SOME = dict(zip(range(100, 103), ("th", "km", "my"), strict=True))
MANY = dict(zip(range(100, 108), ("th", "km", "my", "ta", "ja", "lo", "zh", "vi"), strict=True))


@dataclass
class World:
    """What outlives the bot's processes: Discord, and a database."""

    standin: Standin
    api: str
    database: str
    zygote: asyncio.subprocess.Process

    async def begin(self, people: dict[int, str]) -> None:
        """Everybody follows both answers; the second person has changed their mind about one."""
        self.standin.messages.clear()
        self.standin.nonces.clear()
        store = await SqlStore.open(self.database)
        following = Following(SqlFollowStore(store), SimulatedClock(), until=UNTIL)
        before = make_snapshot(knowledge())
        for person, locale in people.items():
            for key in KEYS:
                assert await following.follow(f"discord:{person}", key, locale, before)
        await following.unfollow("discord:101", KEYS[0])
        await store.close()

    async def run(
        self, *, kill_at: int = 0, shared_since: float | None = None, zygote: asyncio.subprocess.Process | None = None
    ) -> bool:
        """One life of the bot; True when it was killed."""
        order = {"database": self.database, "api": self.api, "kill_at": kill_at, "rounds": 0, "following": True}
        runner = zygote or self.zygote
        assert runner.stdin is not None
        assert runner.stdout is not None
        runner.stdin.write(json.dumps({**order, "shared_since": shared_since}).encode() + b"\n")
        line = await runner.stdout.readline()
        assert line, "the zygote died"
        return bool(json.loads(line)[1])

    async def check(self, people: dict[int, str], told: str) -> None:
        """Each person was told of each answer once, and nothing is kept of them."""
        found = Counter(
            (int(channel[1:]), key)
            for channel, messages in self.standin.messages.items()
            for message in messages
            for key in KEYS
            if ("It was held in Tokyo" in message["content"]) == (key == KEYS[0])
        )
        assert found == {(who, key): 1 for who in people for key in KEYS if (who, key) != (101, KEYS[0])}, told
        rows = await run(self.database, "select id from followed_answers", "select id from deliveries")
        assert rows == [], told


@pytest_asyncio.fixture(loop_scope="module")
async def world(zygote: asyncio.subprocess.Process, database: str) -> AsyncIterator[World]:
    standin = Standin()
    async with standin.serving() as api:
        yield World(standin, api, database, zygote)


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_killed_at_any_step_nobody_is_forgotten_or_told_twice(world: World) -> None:
    """A kill at every fifth await, from the look for changes to the last mark; then a start that finishes the rest.

    Discord forgets nonces after some minutes: here it has forgotten them at every restart.
    """
    kill_at, killed = 0, True
    while killed:
        kill_at += _STRIDE
        await world.begin(SOME)
        killed = await world.run(kill_at=kill_at)
        world.standin.nonces.clear()
        await world.run()
        await world.check(SOME, f"killed at await {kill_at}")

    assert kill_at > 60, "fewer awaits than this way has: the mines are not where they should be"


async def test_several_processes_tell_each_person_once(world: World) -> None:
    """Three find the change, order and send at the same time, and each is killed once on its way."""
    dice, kills, began = random.Random(7), [], time.time()
    world.standin.delay = 0.01
    await world.begin(MANY)

    async def live(zygote: asyncio.subprocess.Process) -> None:
        for kill_at in (dice.randrange(10, 50), 0):
            kills.append(await world.run(kill_at=kill_at, shared_since=began, zygote=zygote))
            world.standin.nonces.clear()

    async with starting(ZYGOTE) as second, starting(ZYGOTE) as third:
        await asyncio.gather(*(live(zygote) for zygote in (world.zygote, second, third)))

    assert sum(kills) >= 2
    await world.check(MANY, "several processes")


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
async def test_a_failing_network_loses_and_doubles_nothing(world: World, fault: Fault) -> None:
    """Every second request fails in this way."""
    await world.begin(MANY)
    world.standin.faults.extend([fault, None] * 60)

    await world.run()
    world.standin.faults.clear()
    await world.run()

    await world.check(MANY, fault.value)


async def test_who_takes_no_direct_messages_is_tried_once(world: World) -> None:
    """And nothing is kept of them."""
    await world.begin(SOME)
    world.standin.closed.add("9100")

    await world.run()

    assert "9100" not in world.standin.messages
    rows = await run(world.database, f"select recipient from deliveries where kind = '{Kind.CORRECTION.value}'")
    assert rows == []
