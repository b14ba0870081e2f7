"""How fast, and what is left behind: `python -m benchmarks.performance`.

The same questions through the core, over HTTP, and on a simulated Discord beside a bare bot that only echoes, in the
same run. Cold: every question is new and has to be encoded. Warm: every question was asked before. Mixed: people ask
what others asked, the popular questions most often, and a share of all is new. Rates and times belong to the machine
and its other jobs; processor time does so much less.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import simcord

from benchmarks.serving import (
    Answered,
    Server,
    all_texts,
    ask_at_rate,
    ask_in_turns,
    like_people,
    metric,
    never_twice,
    percentile,
    serving,
)
from bot.adapters.discord.client import DiscordOptions, build_client
from bot.core.answering import Answering
from bot.core.models import Question
from bot.parts import open_core
from bot.settings import read_settings
from bot.storage.sql import SqlStore

PARTS = ("core", "discord", "http", "start", "leaks")
RATE = 100  # questions a second, over HTTP
WANTED_P99 = 150.0  # ms at that rate
POPULAR = 300  # questions that people ask again
NEW = 0.1  # share of new questions in the mix
_PEOPLE = 8  # who ask again as soon as they are answered
_BURST = 5  # messages on Discord at once


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds of each question, how many were answered in one second, and seconds of processor time for each."""

    name: str
    seconds: Sequence[float]
    rate: float
    processor: float
    failed: int = 0

    def __str__(self) -> str:
        p50, p99 = (percentile(self.seconds, share) * 1000 for share in (0.5, 0.99))
        processor = self.processor * 1000
        return f"| {self.name} | {self.rate:.0f} | {p50:.1f} | {p99:.1f} | {processor:.1f} | {self.failed} |"


HEADING = "| way | questions/s | p50 ms | p99 ms | processor ms | not answered |\n|---|---|---|---|---|---|"


async def core(answering: Answering, seconds: float) -> None:
    texts = all_texts()
    numbers = itertools.count()

    async def ask(text: str) -> None:
        name = f"bench:{next(numbers)}"
        await answering.ask(Question(text=text, asker=name, conversation=name, platform="bench"))

    await _in_turns("core, cold", ask, iter(texts[POPULAR:]), seconds)
    for text in texts[:POPULAR]:
        await ask(text)
    await _in_turns("core, warm", ask, itertools.cycle(texts[:POPULAR]), seconds)


async def _in_turns(name: str, ask: Callable[[str], Awaitable[None]], texts: Iterator[str], seconds: float) -> Row:
    times: list[float] = []
    start, used = time.perf_counter(), time.process_time()

    async def person() -> None:
        for text in texts:
            began = time.perf_counter()
            await ask(text)
            times.append(time.perf_counter() - began)
            if time.perf_counter() - start > seconds:
                return

    await asyncio.gather(*(person() for _ in range(_PEOPLE)))
    rate, used = len(times) / (time.perf_counter() - start), time.process_time() - used
    return _show(Row(name, times, rate, used / len(times)))


async def http(server: Server, seconds: float) -> None:
    phrasings = all_texts()
    fresh, popular = never_twice(phrasings[POPULAR:]), phrasings[:POPULAR]
    await _http_in_turns("HTTP, cold", server, fresh, seconds)
    await ask_in_turns(server.url, iter(popular), 4, 600)
    await _http_in_turns("HTTP, warm", server, itertools.cycle(popular), seconds)
    for name, share in (("warm", 0.0), (f"mixed, {NEW:.0%} new", NEW), ("cold", 1.0)):
        texts = like_people(popular, fresh, share)
        await _http_at_rate(f"HTTP at {RATE}/s, {name}", server, texts, seconds)


async def _http_in_turns(name: str, server: Server, texts: Iterator[str], seconds: float) -> Row:
    used = server.processor
    return _http_row(name, await ask_in_turns(server.url, texts, _PEOPLE, seconds), seconds, server.processor - used)


async def _http_at_rate(name: str, server: Server, texts: Iterator[str], seconds: float) -> Row:
    used = server.processor
    return _http_row(name, await ask_at_rate(server.url, texts, RATE, seconds), seconds, server.processor - used)


def _http_row(name: str, answered: Sequence[Answered], seconds: float, processor: float) -> Row:
    right = [one.seconds for one in answered if one.status == 200]
    failed = len(answered) - len(right)
    return _show(Row(name, right, len(right) / seconds, processor / len(answered), failed))


class Echo(discord.Client):
    """The least that a bot can do."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )

    async def on_message(self, message: discord.Message) -> None:
        if self.user in message.mentions and not message.author.bot:
            await message.channel.send(message.content, reference=message)


async def on_discord(name: str, client: discord.Client, texts: Sequence[str]) -> Row:
    """Mentions by as many people, a few at once: from the message to the reply in the channel."""
    async with simcord.run(client) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("general")
        me = f"<@{env.bot.user.id if env.bot.user else 0}>"
        people = [guild.add_member(env.create_user(f"person{number}")) for number in range(len(texts))]
        seen = _Watched(env, channel.id)
        busy, used = 0.0, time.process_time()
        for start in range(0, len(texts), _BURST):
            began = time.perf_counter()
            for person, text in zip(people[start : start + _BURST], texts[start : start + _BURST], strict=True):
                seen.say(person.id, f"{me} {text}")
            await seen.all_answered()
            busy += time.perf_counter() - began
        used = time.process_time() - used
        await asyncio.sleep(0.5)  # what comes after a reply, such as marking it
        return _show(Row(name, list(seen.seconds.values()), len(texts) / busy, used / len(texts)))


class _Watched:
    """Notes when a message arrived and when its reply did."""

    def __init__(self, env: simcord.Env, channel_id: int) -> None:
        self._env, self._channel = env, channel_id
        self._began: dict[int, float] = {}
        self._done = asyncio.Event()
        self.seconds: dict[int, float] = {}
        backend: Any = env.backend
        self._create, self._commit = backend.create_message, backend.commit_message
        backend.commit_message = self._noted

    def say(self, person: int, text: str) -> None:
        message = self._create(self._channel, person, text)
        self._began[message.id] = time.perf_counter()
        self._done.clear()

    def _noted(self, message: Any, **options: Any) -> Any:
        message = self._commit(message, **options)
        asked = int((message.reference or {}).get("message_id") or 0)
        if asked in self._began:
            self.seconds[asked] = time.perf_counter() - self._began[asked]
        if len(self.seconds) == len(self._began):
            self._done.set()
        return message

    async def all_answered(self) -> None:
        async with asyncio.timeout(60):
            await self._done.wait()


async def beside_echo(answering: Answering, folder: Path, messages: int) -> list[Row]:
    """Echo before and after, as the machine may not be the same all the time; the cheaper of the two counts."""
    texts = all_texts()
    cold, warm = texts[-messages:], texts[:messages]
    for number, text in enumerate(warm):
        await answering.ask(Question(text=text, asker="x", conversation=f"warm:{number}", platform="bench"))

    async def ours(name: str, asked: Sequence[str]) -> Row:
        store = await SqlStore.open(folder / f"{name}.sqlite3")  # simulated ids begin anew, so claims must as well
        try:
            return await on_discord(name, build_client(answering, store, DiscordOptions(cooldown_seconds=0)), asked)
        finally:
            await store.close()

    first = await on_discord("Discord, bare echo bot", Echo(), warm)
    rows = [await ours("Discord, warm", warm), await ours("Discord, cold", cold)]
    second = await on_discord("Discord, bare echo bot", Echo(), warm)
    return [min(first, second, key=lambda row: row.processor), *rows]


async def left_behind(server: Server, few: int, many: int) -> str:
    """Memory, files, threads and tasks after some questions and after very many, a twentieth of them new."""
    texts = all_texts()
    mix = like_people(texts[:POPULAR], never_twice(texts[POPULAR:]), 0.05)
    rows = ["| after questions | memory MB | open files | threads | tasks |", "|---|---|---|---|---|"]
    asked = 0
    for number in (few, many):
        await _ask_all(server, mix, number - asked)
        asked = number
        await asyncio.sleep(2)
        tasks = await metric(server, "bot_tasks")
        rows.append(f"| {number} | {server.memory:.0f} | {server.files} | {server.threads} | {tasks:.0f} |")
    return "\n".join(rows)


async def _ask_all(server: Server, texts: Iterator[str], count: int) -> None:
    await ask_in_turns(server.url, itertools.islice(texts, count), _PEOPLE, 3600)


def _show(row: Row) -> Row:
    print(row, flush=True)
    return row


async def measure(parts: Sequence[str], seconds: float, messages: int, many: int) -> None:
    if {"core", "discord", "http"} & set(parts):
        print(HEADING, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        async with open_core(read_settings({"BOT_DATA_DIR": folder})) as opened:
            if "core" in parts:
                await core(opened.answering, seconds)
            if "discord" in parts:
                beside = await beside_echo(opened.answering, Path(folder), messages)
    if "http" in parts:
        async with serving() as server:
            await http(server, seconds)
    if "discord" in parts:
        print(_compared(*beside))
    if "start" in parts:
        starts = [await _start() for _ in range(3)]
        print(f"\nstart to ready: {min(starts):.2f} to {max(starts):.2f} s\n", flush=True)
    if "leaks" in parts:
        async with serving() as server:
            print(await left_behind(server, 1_000, many))


def _compared(echo: Row, warm: Row, cold: Row) -> str:
    ratios = (f"{one.processor / echo.processor:.1f}" for one in (warm, cold))
    return "\nprocessor time of an answer on Discord, in echoes: {} warm, {} cold".format(*ratios)


async def _start() -> float:
    async with serving() as server:
        return server.ready


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement")
    parser.add_argument("--messages", type=int, default=200, help="on the simulated Discord")
    parser.add_argument("--many", type=int, default=100_000, help="questions after which to look for leaks")
    parser.add_argument("--only", choices=PARTS, help="leave the rest out")
    options = parser.parse_args()
    parts = [options.only] if options.only else PARTS
    asyncio.run(measure(parts, options.seconds, options.messages, options.many))


if __name__ == "__main__":
    main()
