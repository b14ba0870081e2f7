"""Whole bots as real processes, which talk to the local Discord of `gateway.py`; see `hurried_bot.py`."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.conftest import ROOT
from tests.faults.gateway import TOKEN, Gateway

LONG = 60  # seconds; only what hangs takes so long


@dataclass
class Bot:
    """A running bot; `told` is the file with its log."""

    process: asyncio.subprocess.Process
    address: str
    told: Path

    @property
    def log(self) -> str:
        return self.told.read_text(encoding="utf-8")

    async def ready(self) -> dict[str, bool]:
        """What /readyz says of each part."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.address}/readyz") as response:
            said: dict[str, Any] = await response.json()
            assert (response.status == 200) is said["ready"]
            return dict(said["checks"])

    async def ask(self, text: str) -> str:
        """Over HTTP; the answer's text."""
        body = {"text": text, "asker": "web-asker-1", "conversation": "web-conversation-1"}
        async with aiohttp.ClientSession() as session, session.post(f"{self.address}/api/ask", json=body) as response:
            assert response.status == 200, await response.text()
            return str((await response.json())["text"])

    async def stop(self) -> None:
        """As a service manager does."""
        self.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self.process.wait(), LONG) == 0, self.log

    async def kill(self) -> None:
        """With -9: it does not notice."""
        self.process.kill()
        await self.process.wait()


@contextlib.asynccontextmanager
async def running(environment: Mapping[str, str], gateway: Gateway | None, folder: Path) -> AsyncIterator[Bot]:
    """A bot whose web page answers; it need not be connected yet. `folder` is its data folder.

    It is killed at the end, with whatever it started.
    """
    folder.mkdir(exist_ok=True)
    compiled = Path(environment["BOT_DATA_DIR"]) / "compiled"  # should the shipped model be out of date
    if compiled.is_dir() and not (folder / "compiled").exists():
        (folder / "compiled").symlink_to(compiled)
    own = {"BOT_WEB_PORT": "0", "BOT_DISCORD_READY": "0.1", "BOT_COOLDOWN": "0"}
    if gateway:
        own |= {"DISCORD_TOKEN": TOKEN, "BOT_DISCORD_API": gateway.api, "BOT_DISCORD_GATEWAY": gateway.address}
    told = folder.parent / f"{folder.name}-{os.urandom(3).hex()}.log"
    with told.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.hurried_bot", "run",
            cwd=ROOT,
            env={**own, **environment, "FAULTS": str(folder.parent), "BOT_DATA_DIR": str(folder)},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), LONG)).decode()
        assert line.startswith("Ask at "), told.read_text(encoding="utf-8")
        yield Bot(process, line.removeprefix("Ask at ").strip(), told)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def until(done: Callable[[], Any], *, within: float = LONG, every: float = 0.05) -> None:
    """Wait for what another process does; `done` may be asynchronous, and is asked after `every` second."""
    async with asyncio.timeout(within):
        while True:
            result = done()
            if await result if asyncio.iscoroutine(result) else result:
                return
            await asyncio.sleep(every)
