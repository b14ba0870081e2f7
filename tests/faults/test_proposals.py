"""A proposed file through kill -9: nothing lost, nothing live twice, nothing half done.

Real processes, real files and versions, a real database file.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.content.content_files import content_paths
from bot.core.proposals.models import State
from tests.content.encoders import CountingEncoder
from tests.content.proposal_worlds import ADA, AUNG
from tests.content.reload_worlds import make_folders, start
from tests.core.clocks import SimulatedClock
from tests.faults.forking import starting
from tests.faults.proposal_life import REASON, open_life, proposed

_STRIDE = 7  # with 1 it takes seven times as long

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zygote() -> AsyncIterator[asyncio.subprocess.Process]:
    async with starting("tests.faults.proposal_life") as process:
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bot that has run once, and in which nothing was ever proposed."""
    root = tmp_path_factory.mktemp("begun")
    await start(make_folders(root), root / "versions", CountingEncoder(), SimulatedClock())
    return root


async def life(zygote: asyncio.subprocess.Process, root: Path, kill_at: int, *, worse: bool) -> bool:
    """True when it was killed."""
    assert zygote.stdin is not None
    assert zygote.stdout is not None
    zygote.stdin.write(json.dumps({"root": str(root), "kill_at": kill_at, "worse": worse}).encode() + b"\n")
    line = await zygote.stdout.readline()
    assert line, "the zygote died"
    return bool(json.loads(line)[1])


async def check(root: Path, begun: Path, told: str, *, worse: bool) -> None:
    """The file, what is live, the version and the record all say the same, once."""
    world, store = await open_life(root)
    assert world.meeting.read_bytes() == proposed(worse=worse), told
    status = await world.bot.reloading.status()
    assert (status.live is not None, status.edited) == (True, False), told
    records = await world.log.records()
    subjects = {one.subject for one in records if one.deed == "knowledge.proposed"}
    assert len(subjects) == 1, told
    (proposal_id,) = subjects
    deeds = [(one.deed.removeprefix("knowledge."), one.who) for one in records if one.subject == proposal_id]
    assert deeds == [("proposed", ADA.id), ("approved", AUNG.id), ("published", "bot")], told
    proposal = await world.kept.proposal(proposal_id)
    assert proposal is not None, told
    assert (proposal.state, proposal.text) == (State.LIVE, ""), told
    overridden = {one.detail["why"] for one in records if one.deed == "knowledge.gate-overridden"}
    assert overridden == ({REASON} if worse else set()), told
    assert await world.log.verify() is None, told
    for folder in (root / "knowledge", root / "versions"):
        in_the_making = [path.name for path in folder.glob("*") if path.name.startswith((".staged", "tmp"))]
        assert not in_the_making, told
    left = content_paths(root / "knowledge", root / "locales").keys()
    assert left == content_paths(begun / "knowledge", begun / "locales").keys(), (
        f"{told}: a half-written file is content"
    )
    await store.close()


@pytest.mark.parametrize("worse", [False, True], ids=["good", "past the gate"])
async def test_killed_at_any_step_a_proposal_is_live_once(
    zygote: asyncio.subprocess.Process, begun: Path, tmp_path: Path, worse: bool
) -> None:
    """A kill at every fifth step from the proposal to the last record; then a start that finishes the rest."""
    kill_at, killed = -_STRIDE + 2, True
    while killed:
        kill_at += _STRIDE
        root = tmp_path / f"killed-{kill_at}"
        shutil.copytree(begun, root)
        killed = await life(zygote, root, max(kill_at, 1), worse=worse)
        await life(zygote, root, 0, worse=worse)
        await check(root, begun, f"killed at step {kill_at}", worse=worse)
        shutil.rmtree(root)

    assert kill_at > 50, "fewer steps than this way has: the mines are not where they should be"
