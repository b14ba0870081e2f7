"""Lives of a bot in which one admin proposes a file and another approves it; each can be killed at any step.

Run by test_proposals.py: imports everything once, then forks for each life. Reads a JSON object a line: {root, kill_at,
worse}; answers a line each: how many steps the life crossed, and whether it was killed. What people do again after a
crash is done again here: they look which proposals wait, approve one, and propose again where there is none.
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.content.loading import Folders
from bot.storage.sql import SqlStore
from tests.content.encoders import CountingEncoder
from tests.content.proposal_worlds import ADA, AUNG, LONGER, WHY, WORSE, ProposalWorld, open_proposals
from tests.content.reload_worlds import start
from tests.core.clocks import SimulatedClock
from tests.faults.forking import serve
from tests.faults.mines import Mine

DISK = ((os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "chmod"))
REASON = "ตั้งใจให้เป็นอย่างนี้"


def proposed(*, worse: bool) -> bytes:
    return WORSE if worse else LONGER


async def open_life(root: Path) -> tuple[ProposalWorld, SqlStore]:
    folders = Folders(root / "knowledge", root / "locales", root / "compiled")
    bot = await start(folders, root / "versions", CountingEncoder(), SimulatedClock())
    store = await SqlStore.open(root / "bot.sqlite3")
    return open_proposals(bot, store), store


async def live(root: Path, kill_at: int, *, worse: bool) -> int:
    world, store = await open_life(root)
    mine = Mine(kill_at)
    files: Any = vars(world.proposing)["_files"]
    mine.lay(world.kept, "add", "proposal", "open", "apply")
    mine.lay(files, "current", "put")
    mine.lay(world.bot.library, "prepare", "adopt", "discard")
    for owner, name in DISK:
        setattr(owner, name, _mined(mine, getattr(owner, name)))
    await world.proposing.work()
    while world.meeting.read_bytes() != proposed(worse=worse) or await world.kept.open():
        waiting = await world.proposing.open()
        if waiting:
            await world.proposing.approve(waiting[0].id, None, AUNG, REASON if worse else "")
        else:
            await world.proposing.propose(ADA, "meeting.yaml", proposed(worse=worse), WHY)
    await store.close()
    return mine.crossed


def _mined(mine: Mine, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def crossing(*args: Any, **kwargs: Any) -> Any:
        mine.cross()
        return call(*args, **kwargs)

    return crossing


async def _live(order: dict[str, Any]) -> int:
    return await live(Path(order["root"]), order["kill_at"], worse=order["worse"])


if __name__ == "__main__":
    serve(_live)
