"""Runs the bot's sending loop in processes that can be killed. Imports everything once, then forks for each run.

Reads a JSON object a line: {database, api, kill_at, rounds, shared_since}. Answers a line each: how many awaits the run
crossed, and whether it was killed.
"""

import asyncio
import datetime
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import discord.http

from bot.adapters.discord.announcements.messenger import DiscordMessenger
from bot.adapters.discord.client import DiscordOptions, build_client
from bot.core.announcements import outbox as outbox_module
from bot.core.announcements.outbox import Outbox
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.core.clocks import START, SimulatedClock

_STORE = (
    "announcement",
    "due",
    "stale",
    "claim",
    "release",
    "mark_sent",
    "mark_shown",
    "mark",
    "postpone",
    "settle",
    "unsettled",
)
HURRY = 15  # seconds of the hurried clock in one of the true
_MESSENGER = ("post", "find", "correct")


class Mine:
    """Counts awaits on the way of an announcement, before and after each, and kills the process at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.crossed = 0
        self._kill_at = kill_at

    def cross(self) -> None:
        self.crossed += 1
        if self.crossed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def lay(self, target: Any, *names: str) -> None:
        for name in names:
            setattr(target, name, self._mined(getattr(target, name)))

    def _mined(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def crossing(*args: Any, **kwargs: Any) -> Any:
            self.cross()
            result = await call(*args, **kwargs)
            self.cross()
            return result

        return crossing


class _HurriedAsyncio:
    """asyncio for discord.py's retries, which would wait for seconds."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


class HurriedClock:
    """The same in all processes: their leases end within seconds. Since `began`, a moment of the true clock."""

    def __init__(self, began: float) -> None:
        self._began = began

    def now(self) -> datetime.datetime:
        return START + datetime.timedelta(seconds=(time.time() - self._began) * HURRY)


async def _nothing() -> None:
    pass


async def run(database: str, api: str, kill_at: int, rounds: int, shared_since: float | None = None) -> int:
    """A start of the bot, and its sending loop until there is nothing left to do or `rounds` are over.

    With `shared_since`, a moment of the true clock, other processes are at work in the same database.
    """
    vars(discord.http)["asyncio"] = _HurriedAsyncio()
    vars(outbox_module)["_PAUSES"] = (0.0,)
    clock = SimulatedClock() if shared_since is None else HurriedClock(shared_since)
    mine = Mine(kill_at)
    store = await SqlStore.open(database, now=clock.now)
    kept, answering = SqlAnnouncementStore(store), make_answering(MemoryStore())
    client = build_client(answering, MemoryStore(), DiscordOptions(api_base=api))
    client.setup_hook = _nothing  # type: ignore[method-assign]  # commands are no matter here
    await client.login("x" * 24 + "." + "y" * 6 + "." + "z" * 27)
    messenger = DiscordMessenger(client, answering, "en")
    mine.lay(kept, *_STORE)
    mine.lay(messenger, *_MESSENGER)
    mine.lay(client.http, "request")
    sending = Outbox(kept, messenger, clock, per_second=10_000, alone=shared_since is None)
    for _ in range(rounds):
        await sending.work()
        if not await kept.due(clock.now(), "nobody") and not await kept.stale(clock.now()):
            break
        await asyncio.sleep(0.05 if shared_since else 0)  # others are at it
    await client.close()
    await store.close()
    return mine.crossed


def _in_child(order: dict[str, Any]) -> tuple[int, bool]:
    """Crossings (0 when killed), and whether it was killed."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(writing, str(asyncio.run(run(**order))).encode())
        except BaseException:  # noqa: BLE001 - whatever happened, this child must not live on as a second zygote
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"the process failed with {status}")
    return int(said or 0), os.WIFSIGNALED(status)


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_in_child(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
