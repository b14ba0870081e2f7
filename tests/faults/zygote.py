"""Runs the bot's sending loop in processes that can be killed. Imports everything once, then forks for each run.

Reads a JSON object a line: {database, api, kill_at, rounds, shared_since}; with {folder}, a knowledge base, it runs the
inbox in place of the announcements (see `tests.faults.inbox_life`), with {following} the corrections. Answers a line each: how many awaits the run
crossed, and whether it was killed.
"""

import asyncio
import datetime
import time
from pathlib import Path
from typing import Any

import discord.http

from bot.adapters.discord.announcements.messenger import DiscordMessenger
from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.core.announcements import outbox as outbox_module
from bot.core.announcements.outbox import Outbox
from bot.core.answering import Answering
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.core.clocks import START, SimulatedClock
from tests.faults.following_life import live_following
from tests.faults.forking import serve
from tests.faults.inbox_life import live_inbox
from tests.faults.mines import Mine

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


async def start_client(api: str, mine: Mine, answering: Answering) -> DiscordClient:
    """A client that is logged in, whose every request is mined."""
    vars(discord.http)["asyncio"] = _HurriedAsyncio()
    vars(outbox_module)["_PAUSES"] = (0.0,)
    client = build_client(answering, MemoryStore(), DiscordOptions(api_base=api))
    client.setup_hook = _nothing  # type: ignore[method-assign]  # commands are no matter here
    await client.login("x" * 24 + "." + "y" * 6 + "." + "z" * 27)
    mine.lay(client.http, "request")
    return client


async def run(
    database: str,
    api: str,
    kill_at: int,
    rounds: int,
    shared_since: float | None = None,
    folder: str | None = None,
    *,
    few: bool = False,
    following: bool = False,
) -> int:
    """A start of the bot, and its sending loop until there is nothing left to do or `rounds` are over.

    With `shared_since`, a moment of the true clock, other processes are at work in the same database.
    """
    clock = SimulatedClock() if shared_since is None else HurriedClock(shared_since)
    mine = Mine(kill_at)
    store = await SqlStore.open(database, now=clock.now)
    answering = make_answering(MemoryStore())
    client = await start_client(api, mine, answering)
    if folder:
        await live_inbox(store, Path(folder), client, answering, mine, few=few)
        return mine.crossed
    if following:
        await live_following(store, clock, client, answering, mine, alone=shared_since is None)
        return mine.crossed
    kept = SqlAnnouncementStore(store)
    messenger = DiscordMessenger(client, answering, "en")
    mine.lay(kept, *_STORE)
    mine.lay(messenger, *_MESSENGER)
    sending = Outbox(kept, messenger, clock, per_second=10_000, alone=shared_since is None)
    for _ in range(rounds):
        await sending.work()
        if not await kept.due(clock.now(), "nobody") and not await kept.stale(clock.now()):
            break
        await asyncio.sleep(0.05 if shared_since else 0)  # others are at it
    await client.close()
    await store.close()
    return mine.crossed


async def _live(order: dict[str, Any]) -> int:
    return await run(**order)


if __name__ == "__main__":
    serve(_live)
