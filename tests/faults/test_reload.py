"""A reload that is killed with -9 at any point leaves the old version or the new one, never something between.

And a sample of the broken knowledge bases of `python -m benchmarks.mutations`.
"""

import asyncio
import random
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.mutations import MUTATIONS
from bot.adapters.encoder import NanoEncoder
from bot.content.stored_values import freeze
from bot.core.reloading import Faulty, Prepared, Same
from tests.conftest import ROOT
from tests.content.folders import edit
from tests.content.reload_worlds import ReloadWorld, make_folders, start
from tests.core.clocks import SimulatedClock

OLD, NEW = "29–30 October 2024", "29–31 October 2024"
KILLED = -9


@pytest.fixture
async def world(tmp_path: Path, shipped_encoder: NanoEncoder) -> ReloadWorld:
    folders = make_folders(tmp_path / "bot")
    return await start(folders, tmp_path / "bot" / "versions", shipped_encoder, SimulatedClock())


async def test_a_reload_killed_at_any_point_leaves_the_old_or_the_new(
    world: ReloadWorld, tmp_path: Path, shipped_encoder: NanoEncoder
) -> None:
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    prepared = await world.library.prepare()
    assert isinstance(prepared, Prepared)
    seen, step, code = [], 1, KILLED
    while code == KILLED:
        root = tmp_path / f"killed-{step}"
        shutil.copytree(tmp_path / "bot", root)
        code = await killed(root, prepared, step)
        seen.append(await answered_after(world, root, shipped_encoder))
        step += 7 if step > 3 else 1  # most calls make one file durable after the other
    assert code == 0
    assert len(seen) > 5
    assert seen == sorted(seen), "first the old, from some point on the new, and never anything else"
    assert (seen[0], seen[-1]) == (OLD, NEW)


async def killed(root: Path, prepared: Prepared, step: int) -> int:
    place = root / "versions" / Path(prepared.place).name
    (root / "prepared").write_bytes(freeze(replace(prepared, place=str(place))))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.killed_reload", str(root), str(step), cwd=ROOT
    )
    return await process.wait()


async def answered_after(world: ReloadWorld, root: Path, encoder: NanoEncoder) -> str:
    """What a restart answers from what the killed process left alone: the files are of no use to it."""
    (root / "knowledge" / "meeting.yaml").write_bytes(b"\x00")
    folders = replace(world.folders, knowledge=root / "knowledge", locales=root / "locales", cache=world.folders.cache)
    again = await start(folders, root / "versions", encoder, SimulatedClock())
    pointed = (root / "versions" / "live.json").read_text(encoding="utf-8")
    status = await again.reloading.status()
    assert status.live is not None
    assert status.live.id in pointed
    text = (await again.open("meeting.dates")).text
    return OLD if OLD in text else NEW


@pytest.mark.parametrize("kind", MUTATIONS)
async def test_a_broken_file_is_refused_with_words_or_harmless(world: ReloadWorld, kind: str) -> None:
    before, asked = world.answering.snapshot, await world.open("meeting.venue", "th")
    for number, name in enumerate(("meeting.yaml", "phrasings/th.yaml")):
        path = world.knowledge / name
        raw = path.read_bytes()
        MUTATIONS[kind](path, random.Random(number))
        found = await world.reloading.check()
        assert isinstance(found, Same | Faulty | Prepared)
        if isinstance(found, Faulty):
            assert found.problems
            assert all(problem.what and str(world.knowledge) in problem.path for problem in found.problems)
        assert world.answering.snapshot is before
        assert await world.open("meeting.venue", "th") == asked
        mend(path, raw)
    assert await world.reloading.check() == Same()


def mend(path: Path, raw: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_bytes(raw)
    for other in [*path.parent.glob("loop*"), *path.parent.glob("again*")]:
        other.unlink()
