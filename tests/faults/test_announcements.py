"""Announcements through crashes and a misbehaving network: nothing lost, nothing doubled, order kept.

Real processes are killed with -9, against a real database file and a real HTTP server.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.announcements.announcing import Announcing
from bot.core.announcements.models import Actor, Announcement, DeliveryState, State, Target
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import read_template
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.core.clocks import SimulatedClock
from tests.faults.forking import ZYGOTE, starting
from tests.faults.standin import Fault, Standin
from tests.postgresql import Server

MIRA = Actor("discord:7", moderator=True, approver=True, server="discord:1")
PLACES = ("会議室 5", "ห้องประชุม 5", "បន្ទប់ ៥", "Dewan 5", "அறை 5")


@dataclass
class World:
    """One database, one Discord, and a process that forks the bot's processes."""

    standin: Standin
    api: str
    database: Path | str
    zygote: asyncio.subprocess.Process

    async def announce(self, channels: int, *, posts: int = 1) -> list[Announcement]:
        """Announcements that are to be sent now to so many channels each."""
        store, clock = await SqlStore.open(self.database), SimulatedClock()
        announcing = Announcing(SqlAnnouncementStore(store), clock, needs_approval=False, wake=lambda: None)
        made = []
        for number in range(posts):
            typed = {Slot.SESSION: f"GX {number}", Slot.PLACE: PLACES[number % len(PLACES)], Slot.TIME: "14:30"}
            content = read_template(TEMPLATES["room-change"], typed, "Asia/Tokyo", clock.now())
            assert not isinstance(content, tuple)
            targets = tuple(Target(f"discord:{100 + channel}") for channel in range(channels))
            draft = await announcing.draft(
                content=content, original="en", zone="Asia/Tokyo", targets=targets, actor=MIRA
            )
            assert isinstance(draft, Announcement)
            sent = await announcing.send(draft.id, draft.version, MIRA)
            assert isinstance(sent, Announcement)
            made.append(sent)
        await store.close()
        return made

    async def run(
        self,
        *,
        kill_at: int = 0,
        rounds: int = 60,
        shared_since: float | None = None,
        zygote: asyncio.subprocess.Process | None = None,
    ) -> tuple[int, bool]:
        """One life of the bot: the awaits it crossed, and whether it was killed at one of them."""
        order = {"database": str(self.database), "api": self.api, "kill_at": kill_at, "rounds": rounds}
        runner = zygote or self.zygote
        assert runner.stdin is not None
        assert runner.stdout is not None
        runner.stdin.write(json.dumps({**order, "shared_since": shared_since}).encode() + b"\n")
        line = await runner.stdout.readline()
        assert line, "the zygote died"
        crossed, killed = json.loads(line)
        return crossed, killed

    async def states(self, announcement: Announcement) -> tuple[State, set[DeliveryState]]:
        store = await SqlStore.open(self.database)
        kept = SqlAnnouncementStore(store)
        found = await kept.announcement(announcement.id)
        deliveries = await kept.deliveries(announcement.id)
        await store.close()
        assert found is not None
        return found.state, {one.state for one in deliveries}

    def doubled(self) -> dict[str, int]:
        return {copy: count for copy, count in Counter(self.standin.copies()).items() if count > 1}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


@pytest_asyncio.fixture(loop_scope="module")
async def world(zygote: asyncio.subprocess.Process, database: Path) -> AsyncIterator[World]:
    standin = Standin()
    async with standin.serving() as api:
        yield World(standin, api, database, zygote)


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_killed_at_every_await_nothing_is_lost_or_doubled(world: World) -> None:
    """Each run is killed one await later than the one before; the next start finishes what is missing.

    Discord forgets nonces after some minutes: here it has forgotten them at every restart.
    """
    channels, kill_at, killed = 3, 0, True
    while killed:
        kill_at += 1
        announced = await world.announce(channels)
        _, killed = await world.run(kill_at=kill_at)
        world.standin.nonces.clear()
        await world.run()
        state, deliveries = await world.states(announced[0])
        assert (state, deliveries) == (State.SENT, {DeliveryState.SENT}), f"killed at await {kill_at}"

    assert kill_at > 30, "fewer awaits than the way of three copies has: the mines are not where they should be"
    assert world.doubled() == {}
    assert len(world.standin.copies()) == channels * kill_at


async def test_killed_again_and_again_every_channel_keeps_its_order(world: World) -> None:
    """Hundreds of copies, a kill every few awaits, at places that differ from run to run."""
    dice = random.Random(6)
    announced = await world.announce(12, posts=15)
    killed = True
    while killed:
        _, killed = await world.run(kill_at=dice.randrange(60, 400))
        world.standin.nonces.clear()

    assert world.doubled() == {}
    assert len(world.standin.copies()) == 12 * 15
    first, *rest = [world.standin.texts(str(100 + channel)) for channel in range(12)]
    assert all(texts == first for texts in rest)
    assert [f"Session: GX {number}" in text for number, text in enumerate(first)] == [True] * 15
    assert {(await world.states(one))[0] for one in announced} == {State.SENT}


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
async def test_one_fault_after_another_loses_and_doubles_nothing(world: World, fault: Fault) -> None:
    """Every second request fails in this way."""
    announced = await world.announce(20)
    world.standin.faults.extend([fault, None] * 40)

    await world.run()

    assert world.doubled() == {}
    assert len(world.standin.copies()) == 20
    assert (await world.states(announced[0]))[0] is State.SENT


async def test_faults_and_kills_together(world: World) -> None:
    """A third of all requests fails in any way there is, while the process is killed now and then."""
    dice = random.Random(4)
    await world.announce(10, posts=10)
    faults = list(Fault)
    world.standin.faults.extend(dice.choice(faults) if dice.random() < 0.33 else None for _ in range(5000))
    killed = True
    while killed:
        _, killed = await world.run(kill_at=dice.randrange(80, 400))

    assert world.doubled() == {}
    assert len(world.standin.copies()) == 100


async def test_several_processes_share_the_work_and_take_over_from_the_dead(
    world: World, postgresql_server: Server, migrated_template: str
) -> None:
    """Three at once on one PostgreSQL; each is killed in the middle and started again, while the others go on.

    Discord has forgotten all nonces at each kill.
    """
    dice, name = random.Random(6), await postgresql_server.create_database(template=migrated_template)
    world.database, world.standin.delay = postgresql_server.url(name), 0.01
    announced = await world.announce(8, posts=6)
    began = time.time()
    kills = []

    async def live(zygote: asyncio.subprocess.Process) -> None:
        for kill_at in (dice.randrange(20, 90), 0):
            _, killed = await world.run(kill_at=kill_at, rounds=1000, shared_since=began, zygote=zygote)
            kills.append(killed)
            world.standin.nonces.clear()

    async with starting(ZYGOTE) as second, starting(ZYGOTE) as third:
        await asyncio.gather(*(live(zygote) for zygote in (world.zygote, second, third)))

    assert sum(kills) >= 2
    assert world.doubled() == {}
    assert len(world.standin.copies()) == 8 * 6
    texts = [world.standin.texts(str(100 + channel)) for channel in range(8)]
    assert [[f"Session: GX {number}" in text for number, text in enumerate(place)] for place in texts] == [
        [True] * 6
    ] * 8
    assert {(await world.states(one))[0] for one in announced} == {State.SENT}
