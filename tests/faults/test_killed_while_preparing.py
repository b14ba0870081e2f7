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


def children(of: int) -> list[int]:
    """Living processes that this one started to prepare something."""
    return [
        one
        for one in map(int, filter(str.isdigit, (path.name for path in Path("/proc").iterdir())))
        if _state(one)[1:] == (str(of), True)
    ]


def lives(process: int) -> bool:
    return _state(process)[0] not in ("", "Z")


def _state(process: int) -> tuple[str, str, bool]:
    """State, parent, whether it prepares a version."""
    folder = Path("/proc") / str(process)
    try:
        state, parent, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
        return state, parent, b"prepare-version" in (folder / "cmdline").read_bytes()
    except OSError:
        return "", "", False


async def ask_admin(bot: Bot, what: str) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {ADMIN}"}) as session,
        session.post(f"{bot.address}/api/admin/{what}", json={"why": "ทดสอบ"}) as response,
    ):
        return dict(await response.json())


def versions(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "versions").glob("*") if path.is_dir())


async def settled(bot: Bot, data: Path) -> None:
    """The version of the first start is kept, and nothing else is in the making."""
    await until(lambda: (data / "versions" / "live.json").exists())
    await until(lambda: not children(bot.process.pid))


async def test_killed_while_the_child_of_a_reload_prepares(environment: dict[str, str], tmp_path: Path) -> None:
    """The child: nothing changed, and the next reload works. The bot: its child ends, and the next start is whole."""
    data = tmp_path / "data"
    async with running(environment, None, data) as bot:
        await settled(bot, data)
        (first,) = versions(data)
        edit(Path(environment["BOT_KNOWLEDGE_DIR"]) / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
        reloading = asyncio.create_task(ask_admin(bot, "reload"))
        await until(lambda: children(bot.process.pid))
        os.kill(children(bot.process.pid)[0], signal.SIGKILL)
        told = await reloading
        assert (told["outcome"], told["text"].split(";")[0]) == (
            "failed",
            "nothing changed: reading the files ended with code -9",
        )
        assert versions(data) == [first]
        assert OLD in await bot.ask("When was it?")

        reloading = asyncio.create_task(ask_admin(bot, "reload"))
        await until(lambda: children(bot.process.pid))
        (child,) = children(bot.process.pid)
        await until(lambda: len(versions(data)) == 2)  # it has begun to write
        await bot.kill()
        with contextlib.suppress(aiohttp.ClientError):
            await reloading
        await until(lambda: not lives(child), within=5)

    async with running(environment, None, data) as bot:
        await until(lambda: not children(bot.process.pid))
        second = versions(data)
        assert not [name for name in second if name.startswith(".")]
        assert (len(second), second[0]) == (2, first)
        assert NEW in await bot.ask("When was it?")
        assert (await ask_admin(bot, "reload"))["outcome"] == "unchanged"
        await bot.stop()


def test_what_a_killed_run_with_the_same_process_number_left_is_removed(tmp_path: Path) -> None:
    """In a container every run has the same. What this run is making stays."""
    kept = VersionFolder(tmp_path, 20)
    left, ours = tmp_path / f".staged-{os.getpid()}-0badcafe", kept.staging()
    for folder in (left, ours):
        folder.mkdir()

    kept.sweep()

    assert list(tmp_path.iterdir()) == [ours]
