"""The inbox through kill -9 and a misbehaving network: nobody is forgotten, nobody is answered twice.

Real processes, a real database file, real files of a knowledge base, a real HTTP server.
"""

import asyncio
import json
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.content.knowledge_reader import read_knowledge
from bot.storage.inbox import SqlInboxStore
from bot.storage.sql import SqlStore
from tests.content.folders import make_knowledge
from tests.core.inbox.worlds import WIFI
from tests.faults.inbox_life import CARDS, FEW, LOBBY, MANY
from tests.faults.standin import Fault, Standin

_STRIDE = 7  # odd, so that moments before and after a step take turns; with 1 it takes seven times as long
EVERYONE = {who for who, _, _ in MANY}


@dataclass
class World:
    """What outlives the bot's processes: Discord, and one folder with the database and the knowledge base."""

    standin: Standin
    api: str
    home: Path
    zygote: asyncio.subprocess.Process

    def begin(self) -> None:
        """Nothing was ever asked."""
        shutil.rmtree(self.home, ignore_errors=True)
        make_knowledge(self.home / "knowledge")
        self.standin.messages.clear()
        self.standin.nonces.clear()

    async def run(self, *, kill_at: int = 0, few: bool = False) -> bool:
        """One life of the bot; True when it was killed."""
        order = {
            "database": str(self.home / "bot.sqlite3"),
            "folder": str(self.home / "knowledge"),
            "api": self.api,
            "kill_at": kill_at,
            "rounds": 0,
            "few": few,
        }
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(json.dumps(order).encode() + b"\n")
        line = await self.zygote.stdout.readline()
        assert line, "the zygote died"
        return bool(json.loads(line)[1])

    def answered(self) -> Counter[tuple[int, str]]:
        """How often each person got which answer, directly or in the lobby."""
        found: Counter[tuple[int, str]] = Counter()
        for channel, messages in self.standin.messages.items():
            for message in messages:
                what = "dates" if "It was held in Tokyo" in message["content"] else "wifi entry"
                if channel.startswith("9") and channel != str(CARDS):
                    found[int(channel[1:]), what] += 1
                elif channel == str(LOBBY):
                    found[int(message["content"].partition("<@")[2].partition(">")[0]), what] += 1
        return found

    async def check(self, told: str, asked: Sequence[tuple[int, str, str]] = MANY) -> None:
        """Everyone has each answer they asked for, once; a card a group; the entry is in the knowledge base once."""
        wanted = {(who, "dates" if text in WIFI.values() else "wifi entry"): 1 for who, _, text in asked}
        assert self.answered() == wanted, told
        assert len(self.standin.messages[str(CARDS)]) == len({what for _, what in wanted}), told
        knowledge, problems = read_knowledge(self.home / "knowledge")
        assert knowledge is not None, (told, problems)
        assert sum(key.startswith("inbox.") for key in knowledge.entries) == 1, told
        store = await SqlStore.open(self.home / "bot.sqlite3")
        kept = SqlInboxStore(store)
        assert await kept.groups() == [], told
        assert [await kept.export(f"discord:{who}") for who in EVERYONE] == [[]] * len(EVERYONE), told
        await store.close()


@pytest_asyncio.fixture(loop_scope="module")
async def world(zygote: asyncio.subprocess.Process, tmp_path: Path) -> AsyncIterator[World]:
    standin = Standin()
    async with standin.serving() as api:
        made = World(standin, api, tmp_path / "home", zygote)
        made.begin()
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_a_crash_everyone_gets_each_answer_once(world: World) -> None:
    """Also who asked both questions, and who asked one of them twice."""
    assert not await world.run()
    await world.check("not killed")


async def test_killed_at_any_step_nobody_is_forgotten_or_answered_twice(world: World) -> None:
    """A kill at every fifth await, from the first question to the last mark; then a start that finishes the rest.

    Discord forgets nonces after some minutes: here it has forgotten them at every restart.
    """
    kill_at, killed = 0, True
    while killed:
        kill_at += _STRIDE
        world.begin()
        killed = await world.run(kill_at=kill_at, few=True)
        world.standin.nonces.clear()
        await world.run(few=True)
        await world.check(f"killed at await {kill_at}", FEW)

    assert kill_at > 150, "fewer awaits than this way has: the mines are not where they should be"


async def test_killed_again_and_again(world: World) -> None:
    """A life of a few steps after the other, until one gets to the end."""
    dice = random.Random(5)
    killed = True
    while killed:
        killed = await world.run(kill_at=dice.randrange(40, 160))
        world.standin.nonces.clear()

    await world.check("killed again and again")


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
async def test_a_failing_network_loses_and_doubles_nothing(world: World, fault: Fault) -> None:
    """Every second request fails in this way."""
    world.standin.faults.extend([fault, None] * 60)

    await world.run()
    world.standin.faults.clear()
    await world.run()

    await world.check(fault.value)


async def test_closed_direct_messages_and_kills_together(world: World) -> None:
    """Some take no direct messages: they are mentioned where they asked, once."""
    dice = random.Random(8)
    world.standin.closed |= {f"9{who}" for who in sorted(EVERYONE)[:3]}
    killed = True
    while killed:
        killed = await world.run(kill_at=dice.randrange(60, 250))
        world.standin.nonces.clear()

    await world.check("closed direct messages")
