"""How fast, and what is left behind: `python -m benchmarks.performance`.

The same questions through the core, over HTTP, and on a Discord of this machine beside a bare bot that only echoes, in
the same run. Cold: every question is new and has to be encoded. Warm: every question was asked before. Mixed: people
ask what others asked, the popular questions most often, and a share of all is new. Rates and times belong to the
machine and its other jobs; processor time does so much less.
"""

import argparse
import asyncio
import itertools
import math
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

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
from benchmarks.wire import Wire, echo_bot, our_bot
from bot.adapters.encoder import load_encoder
from bot.core.answering import Answering
from bot.core.models import Question
from bot.parts import open_core
from bot.settings import read_settings

PARTS = ("core", "discord", "http", "start", "leaks")
RATE = 100  # questions a second, over HTTP
POPULAR = 300  # questions that people ask again
NEW = 0.1  # share of new questions in the mix
_PEOPLE = 8  # who ask again as soon as they are answered
ON_DISCORD = 10  # messages a second
ROUND_TRIPS = (0.0, 0.05)  # seconds of each request to Discord: none, and that of a near data centre
WANTED_ECHOES = 1.3
_ENCODED = 100  # texts, to time the encoder


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


async def discord(seconds: float, round_trip: float) -> None:
    """Beside a bare bot under the same load, each in a process of its own, on a Discord that takes `round_trip`."""
    texts = all_texts()
    popular, fresh = texts[:POPULAR], texts[POPULAR:]
    where = f"Discord at {ON_DISCORD}/s, round trip {round_trip * 1000:.0f} ms"
    async with Wire(round_trip).open() as wire, echo_bot(wire) as server:
        await _on_wire("", wire, server, popular, 3)  # warms up
        echo = await _on_wire(f"{where}: bare echo bot", wire, server, popular, seconds)
    async with Wire(round_trip).open() as wire, our_bot(wire) as server:
        await wire.ask_at_rate(iter(popular[: int(seconds * ON_DISCORD)]), ON_DISCORD, seconds)
        warm = await _on_wire(f"{where}: warm", wire, server, popular, seconds)
        cold = await _on_wire(f"{where}: cold", wire, server, fresh, seconds)
    print(_beside_echo(echo, warm, cold, await _encoding(fresh[-_ENCODED:])), flush=True)


async def _on_wire(name: str, wire: Wire, server: Server, texts: Sequence[str], seconds: float) -> Row:
    used = server.processor
    times = await wire.ask_at_rate(iter(texts), ON_DISCORD, seconds)
    answered = [one for one in times if one < math.inf]
    processor = (server.processor - used) / len(times)
    row = Row(name, answered, len(answered) / seconds, processor, len(times) - len(answered))
    return _show(row) if name else row


async def _encoding(texts: Sequence[str]) -> float:
    """Seconds of the median text with the encoder alone."""
    encoder, times = load_encoder(2), list[float]()
    assert encoder is not None
    for text in texts:
        began = time.perf_counter()
        await asyncio.to_thread(encoder.encode, [text])
        times.append(time.perf_counter() - began)
    return percentile(times, 0.5)


def _beside_echo(echo: Row, warm: Row, cold: Row, encoding: float) -> str:
    bare = percentile(echo.seconds, 0.5)
    own = percentile(warm.seconds, 0.5) / bare, (percentile(cold.seconds, 0.5) - encoding) / bare
    left = f"{own[0]:.2f} warm, {own[1]:.2f} cold without the encoder's {encoding * 1000:.1f} ms"
    return f"\np50 in those of the echo bot: {left}; wanted: at most {WANTED_ECHOES}\n"


async def left_behind(server: Server, few: int, many: int) -> str:
    """Memory, files, threads and tasks after some questions and after very many, a twentieth of them new."""
    texts = all_texts()
    mix = like_people(texts[:POPULAR], never_twice(texts[POPULAR:]), 0.05)
    rows = [
        "| after questions | memory MB | without files | open files | threads | tasks |",
        "|---|---|---|---|---|---|",
    ]
    asked = 0
    for number in (few, many):
        await _ask_all(server, mix, number - asked)
        asked = number
        await asyncio.sleep(2)
        tasks = await metric(server, "bot_tasks")
        memory = f"{server.memory:.0f} | {server.own_memory:.0f}"
        rows.append(f"| {number} | {memory} | {server.files} | {server.threads} | {tasks:.0f} |")
    return "\n".join(rows)


async def _ask_all(server: Server, texts: Iterator[str], count: int) -> None:
    await ask_in_turns(server.url, itertools.islice(texts, count), _PEOPLE, 3600)


def _show(row: Row) -> Row:
    print(row, flush=True)
    return row


async def measure(parts: Sequence[str], seconds: float, many: int) -> None:
    if {"core", "discord", "http"} & set(parts):
        print(HEADING, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        async with open_core(read_settings({"BOT_DATA_DIR": folder})) as opened:
            if "core" in parts:
                await core(opened.answering, seconds)
    if "http" in parts:
        async with serving() as server:
            await http(server, seconds)
    for round_trip in ROUND_TRIPS if "discord" in parts else ():
        await discord(seconds, round_trip)
    if "start" in parts:
        starts = [await _start() for _ in range(3)]
        print(f"\nstart to ready: {min(starts):.2f} to {max(starts):.2f} s\n", flush=True)
    if "leaks" in parts:
        async with serving() as server:
            print(await left_behind(server, 1_000, many))


async def _start() -> float:
    async with serving() as server:
        return server.ready


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement")
    parser.add_argument("--many", type=int, default=100_000, help="questions after which to look for leaks")
    parser.add_argument("--only", choices=PARTS, help="leave the rest out")
    options = parser.parse_args()
    parts = [options.only] if options.only else PARTS
    asyncio.run(measure(parts, options.seconds, options.many))


if __name__ == "__main__":
    main()
