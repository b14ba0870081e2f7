"""Hours of mixed use with faults in between: `python -m benchmarks.soak --minutes 10`.

A bot in a process of its own is asked what people ask: popular and new questions, answers to open, votes, topics, the
page. All the while something goes wrong: another process locks the database for longer than the bot waits for it,
clients hang up in the middle, one floods it, one sends what is no HTTP. In the end everything must be answered as in
the beginning, and memory, files and tasks must not have grown.
"""

import argparse
import asyncio
import contextlib
import itertools
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from benchmarks.serving import (
    Server,
    all_texts,
    ask_at_rate,
    like_people,
    metric,
    never_twice,
    percentile,
    serving,
)

RATE = 10.0  # requests a second between the faults
_PAUSE = 20.0  # seconds between faults
_LOCKED = 6.0  # seconds; the bot waits two
_WARM_UP = 60.0  # seconds before the first look at memory
_MORE_MEMORY, _MORE_FILES, _MORE_TASKS = 1.25, 5, 5  # what may have grown, at most: memory until caches are full


@dataclass(frozen=True, slots=True)
class Look:
    """At the process, while it is idle. Megabytes, and milliseconds of the slowest in a hundred questions."""

    memory: float
    files: int
    tasks: float
    p99: float


Fault = Callable[["Soak"], Awaitable[None]]


class Soak:
    """One run. `statuses` counts how requests ended, apart from those that were meant to fail."""

    def __init__(self, server: Server, database: Path) -> None:
        self.server = server
        self.database = database
        self.statuses: Counter[int] = Counter()
        texts = all_texts()
        self.texts = like_people(texts[:200], never_twice(texts[200:]), 0.1)
        self._chance = random.Random(7)

    async def run(self, seconds: float) -> tuple[Look, Look]:
        """What it looked like after the warm-up and at the end."""
        await self._use(min(_WARM_UP, seconds / 3))
        first = await self._look()
        using = asyncio.create_task(self._use(seconds))
        for fault in itertools.cycle(FAULTS):
            await asyncio.wait({using}, timeout=_PAUSE)
            if using.done():
                break
            print(f"{time.strftime('%H:%M:%S')} {fault.__name__}", file=sys.stderr, flush=True)
            await fault(self)
        await using
        return first, await self._look()

    async def _use(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while time.monotonic() < end:
                await asyncio.gather(self._request(session), asyncio.sleep(1 / RATE))

    async def _request(self, session: aiohttp.ClientSession) -> None:
        method, path, body = self._chance.choices(*zip(*self._requests(), strict=True))[0]
        try:
            async with session.request(method, f"{self.server.url}{path}", json=body) as response:
                await response.read()
                self.statuses[response.status] += 1
        except (aiohttp.ClientError, TimeoutError):
            self.statuses[0] += 1

    def _requests(self) -> Iterator[tuple[tuple[str, str, dict[str, object] | None], float]]:
        """What may be asked next, and how often it is."""
        yield ("POST", "/api/ask", {"text": next(self.texts)}), 70
        yield ("POST", "/api/open", {"key": "meeting.dates", "language": "th"}), 8
        yield ("POST", "/api/feedback", {"question_id": "0123456789ab", "helpful": True}), 4
        yield ("GET", "/api/topics?language=km", None), 4
        yield ("GET", "/api/summary?language=ja&length=page", None), 4
        yield ("GET", "/", None), 5
        yield ("GET", "/readyz", None), 5

    async def _look(self) -> Look:
        asked = await ask_at_rate(self.server.url, self.texts, RATE, 10)
        await asyncio.sleep(3)
        p99 = percentile([one.seconds * 1000 for one in asked], 0.99)
        return Look(self.server.memory, self.server.files, await metric(self.server, "bot_tasks"), p99)


async def the_database_is_locked(soak: Soak) -> None:
    connection = sqlite3.connect(soak.database, isolation_level=None, timeout=10)
    with contextlib.closing(connection):
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(_LOCKED)
        connection.execute("ROLLBACK")


async def clients_hang_up(soak: Soak) -> None:
    impatient = aiohttp.ClientTimeout(total=0.01)
    async with aiohttp.ClientSession(timeout=impatient) as session:
        for _ in range(50):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await session.post(f"{soak.server.url}/api/ask", json={"text": next(soak.texts)})


async def somebody_floods(soak: Soak) -> None:
    texts = (f"{text} {number}" for number, text in enumerate(soak.texts))
    await ask_at_rate(soak.server.url, texts, 300, 3)


async def somebody_sends_nonsense(soak: Soak) -> None:
    address = urlsplit(soak.server.url)
    for number in range(50):
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(random.Random(number).randbytes(500))
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()


FAULTS: tuple[Fault, ...] = (the_database_is_locked, clients_hang_up, somebody_floods, somebody_sends_nonsense)


# What asyncio and aiohttp log of an exception that nobody expected. What our code expects, it names.
_UNHANDLED = ("never retrieved", "Error handling request", "Unhandled exception", "Exception in callback")


def unhandled(log: str) -> int:
    """Lines that tell of exceptions nobody has dealt with."""
    return sum(any(mark in line for mark in _UNHANDLED) for line in log.splitlines())


def faults_found(first: Look, last: Look, statuses: Mapping[int, int], log: str = "") -> list[str]:
    """What is not as it should be."""
    found = []
    if last.memory > first.memory * _MORE_MEMORY:
        found.append(f"memory grew from {first.memory:.0f} to {last.memory:.0f} MB")
    if last.files > first.files + _MORE_FILES:
        found.append(f"open files grew from {first.files} to {last.files}")
    if last.tasks > first.tasks + _MORE_TASKS:
        found.append(f"tasks grew from {first.tasks:.0f} to {last.tasks:.0f}")
    if wrong := {status: count for status, count in statuses.items() if status not in (200, 503)}:
        found.append(f"requests ended with {wrong}")
    if exceptions := unhandled(log):
        found.append(f"the log has {exceptions} unhandled exceptions")
    return found


async def soak(minutes: float) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with serving(BOT_DATA_DIR=folder) as server:
            run = Soak(server, Path(folder) / "bot.sqlite3")
            first, last = await run.run(minutes * 60)
            log = server.log.read_text(encoding="utf-8", errors="replace") if server.log else ""
    print("| | memory MB | open files | tasks | p99 ms |\n|---|---|---|---|---|")
    for name, look in (("after warming up", first), (f"after {minutes:g} minutes", last)):
        print(f"| {name} | {look.memory:.0f} | {look.files} | {look.tasks:.0f} | {look.p99:.0f} |")
    print(f"\nstatuses: {dict(sorted(run.statuses.items()))}; lines in the log: {len(log.splitlines())}")
    return faults_found(first, last, run.statuses, log)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    found = asyncio.run(soak(parser.parse_args().minutes))
    print(*found or ["nothing found"], sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
