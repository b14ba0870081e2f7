"""Processes on one store go to the same version: real files and versions for each, one real database for all."""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from bot.adapters.encoder import NanoEncoder
from bot.app import _follow_other_processes, _readiness
from bot.content.loading import Folders
from bot.core.errors import StoreError
from bot.core.keeping_step import CommonVersion, KeepingStep
from bot.core.no_store import NoStore
from bot.core.ports import KNOWLEDGE
from bot.core.reloading import HeldBack, Reloaded, Reloading, RolledBack, Unchanged
from bot.storage.common_version import SqlCommonVersions
from bot.storage.notices import open_notices
from bot.storage.sql import SqlStore
from tests.content.folders import edit
from tests.content.reload_worlds import ReloadWorld, make_folders, spoil_golden, start
from tests.core.clocks import SimulatedClock

OLD, NEW = "29–30 October 2024", "29–31 October 2024"


@dataclass
class Process:
    """One process: its files, its versions, and how often it told the others, prepared files and swapped."""

    world: ReloadWorld
    step: KeepingStep
    reloading: Reloading
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("told", "prepared", "swapped"), 0))

    async def look(self) -> bool:
        return await self.step.look(self.reloading)

    async def says(self) -> str:
        return NEW if NEW in (await self.world.open("meeting.dates")).text else OLD

    def edit(self) -> None:
        """And time goes on."""
        self.world.clock.advance(minutes=1)
        edit(self.world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')


StartProcess = Callable[..., Awaitable[Process]]


def joined(world: ReloadWorld, store: Any, *, began: bool, tell: Callable[[], None] = lambda: None) -> Process:
    """Args: `began` as a process that has just started, where it is known what it found."""
    library: Any = world.library
    counts = dict.fromkeys(("told", "prepared", "swapped"), 0)
    prepare, live = library.prepare, library._live

    def told() -> None:
        counts["told"] += 1
        tell()

    async def prepared(*args: Any) -> Any:
        counts["prepared"] += 1
        return await prepare(*args)

    async def swapped() -> None:
        counts["swapped"] += 1

    library.prepare = prepared
    found = live if began and live and live.at == world.clock.now() else None
    step = KeepingStep(store, library, world.clock, told, found)
    reloading = Reloading(world.answering, library, world.clock, world.audit, step.announce, swapped)
    return Process(world, step, reloading, counts)


@pytest_asyncio.fixture
async def state(database: str) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(database)
    yield store
    await store.close()


@pytest.fixture
def launch(tmp_path: Path, shipped_encoder: NanoEncoder, state: SqlStore) -> StartProcess:
    """The name of a process is that of its data folder; a second start finds what the first one left."""

    async def make(name: str, *, minutes: int = 0, began: bool = False, store: Any = None) -> Process:
        clock, home = SimulatedClock(), tmp_path / name
        clock.advance(minutes=minutes)
        folders = make_folders(home) if not home.exists() else None
        if folders is None:
            folders = Folders(home / "knowledge", home / "locales", home / "compiled")
        world = await start(folders, home / "versions", shipped_encoder, clock)
        return joined(world, store or SqlCommonVersions(state), began=began)

    return make


async def test_all_follow_a_reload_and_a_rollback(launch: StartProcess) -> None:
    """The other has the same content under another name; nobody prepares what it has, nor hears itself."""
    one, other = await launch("one"), await launch("other", minutes=5)
    for process in (one, other):
        process.edit()
    assert isinstance(await one.reloading.reload("discord:1"), Reloaded)
    assert await one.look()
    assert await other.look()
    assert (await one.says(), await other.says()) == (NEW, NEW)
    assert [one.counts["prepared"], other.counts["prepared"]] == [1, 1]

    back = await one.reloading.rollback("discord:1", "ข้อเท็จจริงผิด")
    assert isinstance(back, RolledBack)
    for process in (one, other, one, other):
        assert await process.look()

    assert (await one.says(), await other.says()) == (OLD, OLD)
    assert one.counts == {"told": 2, "prepared": 1, "swapped": 2}
    assert other.counts == {"told": 0, "prepared": 1, "swapped": 2}
    live = await other.world.library.live()
    assert live is not None
    assert live.id != back.version.id
    assert other.world.audit.kept == []


async def test_what_an_admin_let_through_the_gate_is_let_through_everywhere(launch: StartProcess) -> None:
    one, other = await launch("one"), await launch("other")
    for process in (one, other):
        spoil_golden(process.world)
    assert isinstance(await one.reloading.reload("discord:1"), HeldBack)
    assert isinstance(await one.reloading.reload("discord:1", "នេះជាចេតនា", override=True), Reloaded)

    assert await other.look()

    live = [await process.world.library.live() for process in (one, other)]
    assert len({version.digest for version in live if version}) == 1


async def test_a_process_without_the_version_says_so_and_goes_on(
    launch: StartProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """Behind a reload it is still asked; when it answers from what was rolled back from it is not. Once it has the
    files, it follows.
    """
    one, other = await launch("one"), await launch("other")
    one.edit()
    await one.reloading.reload("discord:1")
    with caplog.at_level(logging.ERROR):
        assert not await other.look()
        assert not await other.look()
    assert caplog.text.count("ANSWERS FROM ANOTHER VERSION THAN THE OTHERS: they are at") == 1
    assert (await _readiness(NoStore(), None, other.step))["knowledge"]
    assert await other.says() == OLD

    other.edit()
    assert await other.look()
    assert await other.says() == NEW

    late = await launch("late", minutes=1)
    late.edit()
    await late.world.reloading.reload("bot")
    (_, before) = await late.world.library.versions()
    shutil.rmtree(late.world.versions / before.id)
    await one.reloading.rollback("discord:1")
    with caplog.at_level(logging.ERROR):
        assert not await late.look()
    assert "FROM ONE THAT WAS ROLLED BACK FROM" in caplog.text
    assert not (await _readiness(NoStore(), None, late.step))["knowledge"]

    edit(late.world.knowledge / "meeting.yaml", '"2024-10-31"', '"2024-10-30"')
    assert await late.look()
    assert await late.says() == OLD
    assert (await _readiness(NoStore(), None, late.step))["knowledge"]


async def test_a_rollback_reaches_who_was_away(launch: StartProcess) -> None:
    """Its own pointer and its files still say otherwise."""
    one, other = await launch("one"), await launch("other")
    for process in (one, other):
        process.edit()
    await one.reloading.reload("discord:1")
    await other.look()
    await one.reloading.rollback("discord:1")

    again = await launch("other", minutes=9, began=True)
    assert await again.says() == NEW
    assert await again.look()
    assert await again.says() == OLD
    assert await (await launch("other", minutes=10, began=True)).says() == OLD


async def test_new_files_at_a_start_are_for_all_unless_they_were_rolled_back_from(launch: StartProcess) -> None:
    """A deployment; and one that comes too late."""
    one, other = await launch("one"), await launch("other")
    for process in (one, other):
        process.edit()
    again = await launch("other", minutes=1, began=True)
    assert await again.look()
    assert again.counts["told"] == 1
    assert await one.look()
    assert (await again.says(), await one.says()) == (NEW, NEW)

    await one.reloading.rollback("discord:1")
    third = await launch("third")
    third.edit()
    third = await launch("third", minutes=1, began=True)
    assert await third.says() == NEW
    assert await third.look()
    assert await third.says() == OLD
    assert third.counts["told"] == 0


async def test_reloading_what_is_live_calls_the_others(launch: StartProcess) -> None:
    """The way out when they are at something that nobody has any more."""
    one, gone = await launch("one"), await launch("gone")
    gone.edit()
    await gone.reloading.reload("discord:1")
    assert not await one.look()

    assert isinstance(await one.reloading.reload("discord:1"), Unchanged)

    assert await one.look()
    assert await one.says() == OLD
    assert await gone.look()
    assert await gone.says() == OLD


class Failing:
    """Implements `CommonVersions`; refuses for a while."""

    def __init__(self, behind: SqlCommonVersions) -> None:
        self.behind = behind
        self.down = False

    async def agreed(self) -> CommonVersion | None:
        if self.down:
            raise StoreError("away")
        return await self.behind.agreed()

    async def agree(self, one: CommonVersion) -> None:
        if self.down:
            raise StoreError("away")
        await self.behind.agree(one)


async def test_a_rollback_while_the_store_is_away_is_said_when_it_is_back(
    launch: StartProcess, state: SqlStore
) -> None:
    """And is not undone by what stands in the store until then."""
    store = Failing(SqlCommonVersions(state))
    one, other = await launch("one", store=store), await launch("other")
    for process in (one, other):
        process.edit()
    await one.reloading.reload("discord:1")
    await other.look()

    store.down = True
    assert isinstance(await one.reloading.rollback("discord:1"), RolledBack)
    assert not await one.look()
    store.down = False
    assert await one.look()
    assert await other.look()

    assert (await one.says(), await other.says()) == (OLD, OLD)


async def test_a_notice_is_enough(launch: StartProcess, postgresql_url: str, state: SqlStore, database: str) -> None:
    """Two processes as they run, with PostgreSQL's notices between them; the one that acts prepares nothing more."""
    if "://" not in database:
        pytest.skip("no other process shares an SQLite file")
    async with contextlib.AsyncExitStack() as stack:
        running: list[Process] = []
        for name in ("one", "other"):
            store = await SqlStore.open(postgresql_url)
            stack.push_async_callback(store.close)
            notices = await stack.enter_async_context(open_notices(store))
            made = await launch(name)
            made.edit()

            def tell(publish: Callable[[str], None] = notices.publish) -> None:
                publish(KNOWLEDGE)

            process = joined(made.world, SqlCommonVersions(store), began=False, tell=tell)
            running.append(process)
            core: Any = SimpleNamespace(notices=notices, reloading=process.reloading)
            task = asyncio.create_task(_follow_other_processes(core, process.step))
            stack.callback(task.cancel)
        one, other = running

        async def until(said: str) -> None:
            async with asyncio.timeout(60):
                while await other.says() != said:  # noqa: ASYNC110 - another connection decides
                    await asyncio.sleep(0.02)

        await one.reloading.reload("discord:1")
        await until(NEW)
        await one.reloading.rollback("discord:1")
        await until(OLD)
        await asyncio.sleep(0.2)

        assert (one.counts["prepared"], other.counts["prepared"]) == (1, 1)
        assert (one.counts["told"], other.counts["told"]) == (2, 0)
