"""A whole bot and the child of its reload, each killed with -9 while the child prepares a version."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.content.version_folder import VersionFolder
from tests.content.folders import edit
from tests.content.reload_worlds import make_folders
from tests.faults.bots import Bot, running, until

ADMIN = "0123456789abcdef0123456789abcdef"
OLD, NEW = "29–30 October 2024", "29–31 October 2024"


@pytest.fixture
def environment(process_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    folders = make_folders(tmp_path / "content")
    content = {"BOT_KNOWLEDGE_DIR": str(folders.knowledge), "BOT_LOCALES_DIR": str(folders.locales)}
    return {**process_environment, **content, "BOT_ADMIN_TOKEN": ADMIN, "WARM": "1"}


def children(of: int, *, waiting: bool = False) -> list[int]:
    """Living processes that this one started to prepare something: those at work, or those that wait for an order."""
    found = {one: _state(one) for one in map(int, filter(str.isdigit, (path.name for path in Path("/proc").iterdir())))}
    return [one for one, state in found.items() if state[1:3] == (str(of), True) and state[3] is waiting]


def lives(process: int) -> bool:
    return _state(process)[0] not in ("", "Z")


def _state(process: int) -> tuple[str, str, bool, bool]:
    """State, parent, whether it prepares versions, and whether it has had no order yet: then it has one thread."""
    folder = Path("/proc") / str(process)
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return fields[0], fields[1], b"prepare-version" in (folder / "cmdline").read_bytes(), fields[17] == "1"
    except OSError:
        return "", "", False, False


async def ask_admin(bot: Bot, what: str) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {ADMIN}"}) as session,
        session.post(f"{bot.address}/api/admin/{what}", json={"why": "ทดสอบ"}) as response,
    ):
        return dict(await response.json())


def versions(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "versions").glob("*") if path.is_dir())


async def settled(bot: Bot, *, reloads: int = 0) -> int:
    """Once nothing is in the making, and a child waits for the next: that child. `reloads`: how many there were."""
    await until(lambda: bot.log.count("a child waits for the next reload") > reloads)
    await until(lambda: len(children(bot.process.pid, waiting=True)) == 1 and not children(bot.process.pid))
    return children(bot.process.pid, waiting=True)[0]


async def test_killed_while_the_child_of_a_reload_prepares(environment: dict[str, str], tmp_path: Path) -> None:
    """The child: nothing changed, and the next reload works. The bot: its child ends, and the next start is whole."""
    data = tmp_path / "data"
    async with running(environment, None, data) as bot:
        child = await settled(bot)
        (first,) = versions(data)
        edit(Path(environment["BOT_KNOWLEDGE_DIR"]) / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
        much = "\n".join(f'    - "วันที่เท่าไรในปี {year}"' for year in range(1900, 2000))  # to learn: two seconds
        edit(
            Path(environment["BOT_KNOWLEDGE_DIR"]) / "phrasings" / "th.yaml",
            "meeting.dates:",
            f"meeting.dates:\n{much}",
        )
        reloading = asyncio.create_task(ask_admin(bot, "reload"))
        await until(lambda: len(versions(data)) == 2, every=0.01)  # it has begun to write
        os.kill(child, signal.SIGKILL)
        told = await reloading
        assert (told["outcome"], told["text"].split(";")[0]) == (
            "failed",
            "nothing changed: reading the files ended with code -9",
        )
        assert versions(data) == [first]
        assert OLD in await bot.ask("When was it?")

        child = await settled(bot, reloads=1)
        reloading = asyncio.create_task(ask_admin(bot, "reload"))
        await until(lambda: len(versions(data)) == 2, every=0.01)
        await bot.kill()
        with contextlib.suppress(aiohttp.ClientError):
            await reloading
        await until(lambda: not lives(child), within=5)

    async with running(environment, None, data) as bot:
        await settled(bot)
        second = versions(data)
        assert not [name for name in second if name.startswith(".")]
        assert (len(second), second[0]) == (2, first)
        assert NEW in await bot.ask("When was it?")
        assert (await ask_admin(bot, "reload"))["outcome"] == "unchanged"
        await bot.stop()


async def test_the_child_that_waits_for_an_order_ends_with_the_bot_and_its_own_end_costs_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with running(environment, None, data) as bot:
        first = await settled(bot)
        os.kill(first, signal.SIGKILL)
        await until(lambda: not lives(first))
        edit(Path(environment["BOT_KNOWLEDGE_DIR"]) / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
        assert (await ask_admin(bot, "reload"))["outcome"] == "reloaded"
        assert NEW in await bot.ask("When was it?")

        second = await settled(bot, reloads=1)
        await bot.kill()
        await until(lambda: not lives(second), within=5)

    async with running(environment, None, data) as bot:
        third = await settled(bot)
        await bot.stop()
        assert not lives(third)


def test_what_a_killed_run_with_the_same_process_number_left_is_removed(tmp_path: Path) -> None:
    """In a container every run has the same. What this run is making stays."""
    kept = VersionFolder(tmp_path, 20)
    left, ours = tmp_path / f".staged-{os.getpid()}-0badcafe", kept.staging()
    for folder in (left, ours):
        folder.mkdir()

    kept.sweep()

    assert list(tmp_path.iterdir()) == [ours]
