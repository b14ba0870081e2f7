"""Children that make versions: no fault of a file can cost the bot time, memory or its life."""

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable

from bot.content.preparing import Order, WarmOrder
from bot.content.stored_values import freeze, thaw
from bot.core.encoders import EncoderChoice
from bot.core.errors import BotError
from bot.core.reloading import Faulty, Prepared, Same

_log = logging.getLogger(__name__)
WORKER = "prepare-version"  # the hidden command that a child runs; see bot.maintenance
ORDER_LENGTH = 8  # bytes before the order that a child reads, which tell its length

Worker = Callable[[Order, EncoderChoice, float], Awaitable[Prepared | Faulty | Same]]


class SpareChild:
    """At most one child that waits with its program loaded: a quarter of a second that a reload saves, for 40 MB.

    Args:
        encoder: What the children will be told to use; they start with its number of threads.
    """

    def __init__(self, encoder: EncoderChoice) -> None:
        self._encoder = encoder
        self._waiting: Process | None = None
        self._used = asyncio.Event()

    async def keep(self) -> None:
        """Have a child wait, and another after each order, until cancelled. Where none can be started, none waits."""
        try:
            while True:
                self._used.clear()
                if self._waiting is None:
                    with contextlib.suppress(OSError):
                        self._waiting = await _start(self._encoder)
                        _log.info("a child waits for the next reload")
                await self._used.wait()
        finally:
            if spare := self._take():
                await _end(spare)

    async def prepare(self, order: Order, encoder: EncoderChoice, at_most: float) -> Prepared | Faulty | Same:
        """In a process of its own.

        Raises:
            BotError: The process died or took too long.
        """
        try:
            code, out = await work(order, encoder, at_most, self._take())
        finally:
            self._used.set()
        try:
            outcome: Prepared | Faulty | Same = thaw(out)
        except ValueError:
            raise BotError(f"nothing changed: reading the files ended with code {code}; see the log") from None
        return outcome

    def _take(self) -> Process | None:
        """The child that waits, unless it has died meanwhile."""
        spare, self._waiting = self._waiting, None
        return spare if spare and spare.returncode is None else None


async def work(
    order: Order | WarmOrder, encoder: EncoderChoice, at_most: float, child: Process | None = None
) -> tuple[int | None, bytes]:
    """The exit code and output of `child`, or of a new one; it never outlives this call.

    Raises BotError after `at_most` seconds.
    """
    process = child or await _start(encoder)
    try:
        async with asyncio.timeout(at_most):
            out = await _exchange(process, freeze((order, encoder)))
    except TimeoutError:
        raise BotError(f"nothing changed: the files took longer than {at_most:g} s to read") from None
    finally:
        await _end(process)
    return process.returncode, out


async def _start(encoder: EncoderChoice) -> Process:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "DISCORD_"))}
    threads = str(encoder.threads)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", WORKER,
        stdin=PIPE,
        stdout=PIPE,
        env={**own, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
    )  # fmt: skip


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _exchange(process: asyncio.subprocess.Process, order: bytes) -> bytes:
    """The child's output. Its stdin stays open as long as we live: when that ends before its work does, it ends too."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("a child without pipes")
    with contextlib.suppress(ConnectionError):  # it is dead already, which its output and code tell
        process.stdin.write(len(order).to_bytes(ORDER_LENGTH, "big") + order)
        await process.stdin.drain()
    out = await process.stdout.read()
    process.stdin.close()
    await process.wait()
    return out
