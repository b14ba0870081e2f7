"""A process that makes a prepared version live and kills itself at a given step; run by test_reload.py."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.content.library import Library, LibraryOptions
from bot.content.loading import Folders
from bot.content.stored_values import thaw
from bot.core.reloading import Prepared, Version, version_id
from tests.core.clocks import SimulatedClock

STEPS = ((os, "fsync"), (Path, "rename"), (Path, "replace"), (shutil, "rmtree"), (os, "open"))


def die_at(step: int) -> None:
    """Before the `step`-th call that touches the disk."""
    made = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal made
            made += 1
            if made == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return wrapper

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name)))


async def main(root: Path, step: int) -> None:
    prepared: Prepared = thaw((root / "prepared").read_bytes())
    clock = SimulatedClock()
    clock.advance(minutes=5)
    folders = Folders(root / "knowledge", root / "locales", root / "compiled")
    library = Library(folders, root / "versions", clock, LibraryOptions(contact=None))
    await library.find_live()
    version = Version(
        id=version_id(clock.now(), prepared.digest), digest=prepared.digest, at=clock.now(), who="console", why=""
    )
    die_at(step)
    await library.adopt(prepared, version)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
