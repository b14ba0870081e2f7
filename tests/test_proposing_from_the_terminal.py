"""`python -m bot knowledge propose` and what belongs to it: the command, on real files and a real database."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.encoder import NanoEncoder
from bot.core.proposals.models import State
from bot.storage.sql import SqlStore
from tests.conftest import ROOT
from tests.content.folders import MEETING
from tests.content.proposal_worlds import ADA, LONGER, NEW, OLD, WHY, open_proposals, start_in

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(tmp_path: Path, process_environment: dict[str, str]) -> Command:
    """On the folders of `start_in(tmp_path)`."""
    folders = {"BOT_KNOWLEDGE_DIR": tmp_path / "knowledge", "BOT_LOCALES_DIR": tmp_path / "locales"}
    environment = process_environment | {name: str(folder) for name, folder in folders.items()}
    environment |= {"BOT_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "bot", "knowledge", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


async def test_a_file_proposed_in_the_terminal_is_approved_on_discord(
    tmp_path: Path, shipped_encoder: NanoEncoder, command: Command
) -> None:
    bot = await start_in(tmp_path, shipped_encoder)
    file = tmp_path / "ไฟล์" / "meeting.yaml"
    file.parent.mkdir()
    file.write_bytes(LONGER)

    unexplained = command("propose", str(file))
    proposed = command("propose", str(file), "--why", WHY)
    listed = command("proposals")
    proposal_id = listed.stdout.split("  ")[0]
    shown = command("proposals", proposal_id)
    own = command("approve", proposal_id)

    assert (unexplained.returncode, "--why" in unexplained.stdout) == (1, True)
    assert (proposed.returncode, NEW in proposed.stdout) == (0, True), proposed.stderr
    assert "knowledge/meeting.yaml  " in listed.stdout
    assert "console: " in listed.stdout
    assert "+      period:" in shown.stdout
    assert (own.returncode, "Another admin has to approve it." in own.stdout) == (1, True)
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    world = open_proposals(bot, store)
    await world.proposing.approve(proposal_id, 0, ADA)
    await store.close()
    assert NEW in await world.answer()


async def test_what_is_approved_in_the_terminal_the_running_bot_makes_live(
    tmp_path: Path, shipped_encoder: NanoEncoder, command: Command
) -> None:
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    world = open_proposals(await start_in(tmp_path, shipped_encoder), store)
    proposal, other = await world.propose(), await world.propose(LONGER + "# ท้าย\n".encode())

    approved, again = command("approve", proposal.id), command("approve", proposal.id)
    rejected = command("reject", other.id)
    assert OLD in await world.answer()
    await world.proposing.work()

    assert (approved.returncode, again.returncode, rejected.returncode) == (0, 1, 0)
    assert NEW in await world.answer()
    assert (await world.now(proposal)).state is State.LIVE
    assert (await world.now(other)).state is State.REJECTED
    assert [who for _, who in await world.deeds(proposal)] == [ADA.id, "console", "bot"]
    await store.close()


async def test_faults_and_what_is_not_there_are_told(
    tmp_path: Path, shipped_encoder: NanoEncoder, command: Command
) -> None:
    await start_in(tmp_path, shipped_encoder)
    file = tmp_path / "meeting.yaml"
    file.write_text(MEETING.replace('question: "When was it?"', "question: 14:30"), encoding="utf-8")
    shutil.copy(file, tmp_path / "ประชุม.yaml")

    faulty = command("propose", str(file), "--why", WHY)
    misnamed = command("propose", str(tmp_path / "ประชุม.yaml"), "--why", WHY)
    missing = command("propose", str(tmp_path / "nothing.yaml"), "--why", WHY)

    assert (faulty.returncode, "meeting.yaml:5: `14:30` in question" in faulty.stdout) == (1, True)
    assert (misnamed.returncode, "is no name of a file" in misnamed.stdout) == (1, True)
    assert (missing.returncode, "cannot be read" in missing.stdout) == (1, True)
    assert "No proposal waits." in command("proposals").stdout
    assert command("proposals", "nonsense").returncode == 1
    assert command("reject", "nonsense").returncode == 1
