"""Bots in processes of their own on a Discord of this machine: gateway and HTTP API on a real port."""

import asyncio
import contextlib
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from aiohttp import web

from benchmarks.serving import ROOT, Server, serving
from tests.faults.gateway import TOKEN, Gateway
from tests.faults.standin import Standin

_PATIENCE = 30.0  # seconds for a reply


@dataclass
class _Watched(Standin):
    """Notes when a reply to a message arrived."""

    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        answered = self.waiting.pop(str((body.get("message_reference") or {}).get("message_id")), None)
        if answered and not answered.done():
            answered.set_result(time.perf_counter())
        return await super()._create(request)


class Wire:
    """One server with one channel, in which people speak to the bot.

    Args:
        round_trip: Seconds that Discord takes for each request.
    """

    def __init__(self, round_trip: float = 0.0) -> None:
        self._standin = _Watched(delay=round_trip)
        self.gateway = Gateway(standin=self._standin)
        self._people = itertools.count(1000)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        server = await self.gateway.start()
        try:
            yield self
        finally:
            await server.close()

    async def connected(self) -> None:
        """Until a bot listens."""
        while 0 not in self.gateway.sockets:  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.02)

    async def ask(self, text: str) -> float:
        """Seconds from a message, of somebody new, to its reply; infinite when none comes."""
        began = time.perf_counter()
        number = await self.gateway.deliver(0, text, str(next(self._people)))
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._standin.waiting[number] = answered
        try:
            return await asyncio.wait_for(answered, _PATIENCE) - began
        except TimeoutError:
            return float("inf")

    async def ask_at_rate(self, texts: Iterator[str], rate: float, seconds: float) -> list[float]:
        start, asked = time.perf_counter(), list[asyncio.Task[float]]()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            asked.append(asyncio.create_task(self.ask(next(texts))))
        return await asyncio.gather(*asked)


@contextlib.asynccontextmanager
async def our_bot(wire: Wire) -> AsyncIterator[Server]:
    addresses = {"BOT_DISCORD_API": wire.gateway.api, "BOT_DISCORD_GATEWAY": wire.gateway.address}
    async with serving(DISCORD_TOKEN=TOKEN, BOT_COOLDOWN="0", **addresses) as server:
        await wire.connected()
        yield server


@contextlib.asynccontextmanager
async def echo_bot(wire: Wire) -> AsyncIterator[Server]:
    """The least that a bot can do."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = (sys.executable, "-m", "benchmarks.echo_bot", wire.gateway.api, wire.gateway.address, TOKEN)
    process = await asyncio.create_subprocess_exec(*program, cwd=ROOT, env=environment)
    try:
        await wire.connected()
        yield Server("", process.pid, 0.0)
    finally:
        process.terminate()
        await process.wait()
