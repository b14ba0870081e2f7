"""Edited files go live by themselves, once for a burst of saves; broken ones are told once."""

import pytest

from bot.core.errors import Problem
from bot.core.reloading import Faulty, Reloading
from bot.core.watching import Watching
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.core.clocks import SimulatedClock
from tests.core.reload_shelf import ScriptedShelf

BROKEN = Faulty((Problem("ความรู้/ประชุม.yaml", 7, "is not valid YAML", "check indentation, colons and quotes"),))


class World:
    def __init__(self) -> None:
        answering = make_answering(MemoryStore())
        self.shelf = ScriptedShelf(answering.snapshot)
        self.saves = 0
        self.told: list[str] = []
        reloading = Reloading(answering, self.shelf, SimulatedClock(), None)
        self.watching = Watching(lambda: self.saves, reloading, self.tell)

    async def tell(self, text: str) -> None:
        self.told.append(text)

    @property
    def reloads(self) -> int:
        return len(self.shelf.kept) - 1


@pytest.fixture
async def world() -> World:
    world = World()
    await world.watching.look()
    await world.watching.look()
    return world


async def test_nothing_happens_without_a_save(world: World) -> None:
    for _ in range(3):
        await world.watching.look()
    assert (world.reloads, world.told) == (0, [])


async def test_a_burst_of_saves_is_one_reload(world: World) -> None:
    for _ in range(5):
        world.saves += 1
        world.shelf.edited()
        await world.watching.look()
    assert world.reloads == 0
    await world.watching.look()
    await world.watching.look()
    assert world.reloads == 1


async def test_a_broken_file_is_told_once(world: World) -> None:
    world.saves, world.shelf.found = 1, BROKEN
    for _ in range(4):
        await world.watching.look()
    (told,) = world.told
    assert "ความรู้/ประชุม.yaml:7: is not valid YAML; check indentation" in told


async def test_a_mended_file_goes_live_after_a_broken_one(world: World) -> None:
    world.saves, world.shelf.found = 1, BROKEN
    for _ in range(2):
        await world.watching.look()
    world.saves = 2
    world.shelf.edited()
    for _ in range(2):
        await world.watching.look()
    assert (world.reloads, len(world.told)) == (1, 1)


async def test_what_the_gate_refuses_is_told_and_not_tried_again(world: World) -> None:
    world.saves = 1
    world.shelf.edited("ja: right fell from 80.0 to 60.0 %")
    for _ in range(3):
        await world.watching.look()
    assert world.reloads == 0
    assert len(world.told) == 1
    assert "ja: right fell" in world.told[0]
