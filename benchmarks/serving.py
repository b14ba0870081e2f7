"""A bot served by a process of its own, and people who ask it over HTTP at a given rate, whether it keeps up or not."""

import asyncio
import contextlib
import itertools
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.content.loading import load_knowledge, load_phrasings
from bot.core.text import fold
from bot.settings import read_settings

ROOT = Path(__file__).parent.parent
_PAGE = 4096  # bytes; /proc counts memory in pages
_PATIENCE = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True)
class Server:
    """`ready` is the time in seconds from the start of the process to its first ready `/readyz`; `log`: its stderr."""

    url: str
    pid: int
    ready: float
    log: Path | None = None

    @property
    def memory(self) -> float:
        """Resident megabytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * _PAGE / 1e6

    @property
    def own_memory(self) -> float:
        """Resident megabytes without pages of files: the system reads the model's as they are used."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")) / 1e3

    @property
    def files(self) -> int:
        """Open file descriptors."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    @property
    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    @property
    def processor(self) -> float:
        """Seconds of processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Answered:
    """One request: when it was sent (seconds since the first), its status (0 for none), and how long it took."""

    at: float
    status: int
    seconds: float


@contextlib.asynccontextmanager
async def serving(**settings: str) -> AsyncIterator[Server]:
    """`python -m bot run` on a free port with state of its own, ready to answer; stopped afterwards."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=ROOT,
            env=_environment(folder, settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            assert process.stdout is not None
            url = (await process.stdout.readline()).decode().removeprefix("Ask at ").strip()
            await _ready(url)
            yield Server(url, process.pid, time.perf_counter() - started, Path(folder) / "log")
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


def _environment(folder: str, settings: dict[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "DISCORD_"))}
    limits = {"BOT_WEB_PORT": "0", "BOT_WEB_RATE": "1000000", "BOT_DATA_DIR": folder, "BOT_LOG_LEVEL": "ERROR"}
    return {**own, "PYTHONPATH": str(ROOT), **limits, **settings}


async def _ready(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/readyz") as response:
                if response.status == 200:
                    return
            await asyncio.sleep(0.02)


async def metric(server: Server, name: str) -> float:
    """One number of `/metrics` that has no labels."""
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    return next(float(line.removeprefix(f"{name} ")) for line in lines if line.startswith(f"{name} "))


async def ask_at_rate(url: str, texts: Iterator[str], rate: float, seconds: float) -> list[Answered]:
    """Ask `rate` questions a second, evenly, never waiting for answers; returns when the last one has come."""
    start, pending = time.perf_counter(), set[asyncio.Task[Answered]]()
    done: list[Answered] = []
    async with _session() as session:
        for number in range(int(rate * seconds)):
            if (early := start + number / rate - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            task = asyncio.create_task(_ask(session, url, next(texts), start))
            pending.add(task)
            task.add_done_callback(pending.discard)
            task.add_done_callback(lambda task: done.append(task.result()))
        if pending:
            await asyncio.wait(pending)
    return sorted(done, key=lambda one: one.at)


async def ask_in_turns(url: str, texts: Iterator[str], people: int, seconds: float) -> list[Answered]:
    """As many as the server can take: `people`, each of whom asks again as soon as there is an answer.

    Until the time is over or the texts are.
    """
    start, done = time.perf_counter(), list[Answered]()

    async def person(session: aiohttp.ClientSession) -> None:
        for text in texts:
            done.append(await _ask(session, url, text, start))
            if time.perf_counter() - start > seconds:
                return

    async with _session() as session:
        await asyncio.gather(*(person(session) for _ in range(people)))
    return done


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=_PATIENCE)


async def _ask(session: aiohttp.ClientSession, url: str, text: str, start: float) -> Answered:
    began = time.perf_counter()
    try:
        async with session.post(f"{url}/api/ask", json={"text": text}) as response:
            await response.read()
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        status = 0
    return Answered(began - start, status, time.perf_counter() - began)


def all_texts() -> list[str]:
    """Every phrasing of the knowledge base in every language, in an order of its own that is always the same."""
    settings = read_settings({})
    phrasings = load_phrasings(settings.knowledge_dir, load_knowledge(settings.knowledge_dir))
    texts = list({fold(one.text): one.text for one in phrasings}.values())
    random.Random(0).shuffle(texts)
    return texts


def never_twice(texts: Sequence[str]) -> Iterator[str]:
    """Texts that no cache knows: each once, then again with numbers."""
    yield from texts
    for number in itertools.count(2):
        yield from (f"{text} {number}" for text in texts)


def like_people(texts: Sequence[str], fresh: Iterator[str], share: float) -> Iterator[str]:
    """Some ask what others asked, the popular questions most often (Zipf); `share` of all is new."""
    chance = random.Random(1)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(texts) + 1)))
    while True:
        yield next(fresh) if chance.random() < share else chance.choices(texts, cum_weights=weights)[0]


def percentile(values: Sequence[float], share: float) -> float:
    """By the nearest rank; nan without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
