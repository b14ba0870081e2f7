"""What Discord or the store did not take: kept, and tried again until they do."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable

import aiohttp
import discord

from bot.adapters.discord.failures import trail
from bot.core.errors import StoreError

_log = logging.getLogger(__name__)
_PAUSES = (5.0, 15.0, 30.0)  # seconds after each failure in a row
_MOST = 10_000  # attempts kept; a question beyond is answered at the next start, as it stands claimed in the store
_SERVER_FAULT, _TOO_MANY = 500, 429


def is_passing(error: BaseException) -> bool:
    """The same may work later: nobody refused it."""
    if isinstance(error, discord.HTTPException):
        return error.status >= _SERVER_FAULT or error.status == _TOO_MANY
    return isinstance(error, aiohttp.ClientError | OSError | StoreError | discord.RateLimited)


class Unfinished:
    """Attempts in order, one at a time. Each must be harmless to repeat.

    Args:
        reach: Seconds after which an attempt is no longer worth it.
    """

    def __init__(self, reach: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._reach = reach
        self._clock = clock
        self._queue: deque[tuple[float, Callable[[], Awaitable[None]]]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Attempts to come, without the one at work."""
        return len(self._queue)

    def add(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """To be tried in a moment."""
        if len(self._queue) >= _MOST:
            _log.error("too much is unfinished: %d attempts", _MOST)
            return
        self._queue.append((self._clock() + self._reach, attempt))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="unfinished")

    async def stop(self) -> None:
        """What is left is found at the next start: in the store and in the channels."""
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        failures = 0
        while self._queue:
            if failures:
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES)) - 1])
            deadline, attempt = self._queue.popleft()
            failures = 0 if await self._settled(deadline, attempt) else failures + 1

    async def _settled(self, deadline: float, attempt: Callable[[], Awaitable[None]]) -> bool:
        try:
            await attempt()
        except Exception as error:  # noqa: BLE001 - one attempt must not end those behind it
            if is_passing(error) and self._clock() < deadline:
                self._queue.append((deadline, attempt))  # last: what fails for its own reasons holds up nobody
                return False
            _log.error("given up after an outage: %s", trail(error))
        return True
