"""Sending beside what Discord's rate limits allow, and answers meanwhile: `python -m benchmarks.announcements`.

Every copy goes the whole way: the sending loop, an SQLite file, the messenger, discord.py, HTTP; only Discord is a
stand-in, in a process of its own, which enforces 5 messages in 5 s per channel and 50 requests in 1 s over all. Copies
are in thirteen made-up languages; questions are asked of the shipped knowledge base, through the same database.
Absolute times belong to the machine; what counts are the ratios.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import datetime
import itertools
import json
import logging
import math
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from aiohttp import web

from bot.adapters.discord.announcements.messenger import DiscordMessenger
from bot.adapters.discord.client import DiscordOptions, build_client
from bot.adapters.encoder import NanoEncoder
from bot.content.loading import Folders, load_phrasings, load_snapshot
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.models import Actor, Announcement, Content, Delivery, Record, State, Target
from bot.core.announcements.outbox import Outbox
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import read_template
from bot.core.answering import Answering
from bot.core.locales import LANGUAGES
from bot.core.models import Question
from bot.core.snapshot import Snapshot
from bot.parts import SystemClock
from bot.settings import read_settings
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import make_answering
from tests.faults.standin import Standin

CHANNEL_LIMIT, CHANNEL_SECONDS = 5, 5.0
GLOBAL_LIMIT, GLOBAL_SECONDS = 50, 1.0
WANTED_SENDING, WANTED_ANSWERING = 1.10, 1.5
_PAUSE = 0.01  # seconds between an answer and the next question
_WARMING = 20  # questions asked before any is timed
_AT_MOST = 120.0  # seconds after which sending counts as stuck
_ZONE = "Asia/Tokyo"
_MODERATOR = Actor("discord:7", moderator=True, approver=True, server="discord:1")
_TOKEN = ".".join(("x" * 24, "y" * 6, "z" * 27))  # of the right form: the stand-in looks at none


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Args:
        channels: Each gets one announcement in every one of `locales`, in this order.
        rounds: How often answers are timed, idle and while sending in turn.
        delay: Seconds that the stand-in takes for each answer, for the way to Discord and back.
        everywhere: Messages allowed in `GLOBAL_SECONDS` over all channels.
    """

    channels: int
    locales: tuple[str, ...]
    rounds: int
    delay: float
    everywhere: int = GLOBAL_LIMIT

    @property
    def copies(self) -> int:
        return self.channels * len(self.locales)


class Window:
    """At most `limit` in `seconds`, counted from the first, as Discord counts. Moments are seconds of any clock."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self._seconds = seconds
        self._begun = -math.inf
        self._taken = 0

    def left(self, now: float) -> int:
        return self.limit if now >= self.ends(now) else self.limit - self._taken

    def ends(self, now: float) -> float:
        """When the window is over; `now` when there is none."""
        return max(now, self._begun + self._seconds)

    def take(self, now: float) -> None:
        if now >= self._begun + self._seconds:
            self._begun, self._taken = now, 0
        self._taken += 1


class Limits:
    """Discord's two limits on messages; `everywhere` is that on all channels together."""

    def __init__(self, everywhere: int) -> None:
        self.everywhere = Window(everywhere, GLOBAL_SECONDS)
        self._channels: dict[str, Window] = {}

    def channel(self, channel: str) -> Window:
        return self._channels.setdefault(channel, Window(CHANNEL_LIMIT, CHANNEL_SECONDS))

    def full(self, channel: str, now: float) -> Window | None:
        """The window that refuses a message; None when it may pass, and is then counted."""
        windows = (self.everywhere, self.channel(channel))
        for window in windows:
            if window.left(now) == 0:
                return window
        for window in windows:
            window.take(now)
        return None


def least_seconds(scale: Scale) -> float:
    """From the first message to the last, for a sender that loses no time: all channels in turn, as soon as allowed."""
    limits, now = Limits(scale.everywhere), 0.0
    missing = dict.fromkeys(map(str, range(scale.channels)), len(scale.locales))
    while refusing := _pass_in_turn(limits, missing, now):
        now = min(window.ends(now) for window in refusing)
    return now


def _pass_in_turn(limits: Limits, missing: dict[str, int], now: float) -> Sequence[Window]:
    """Count down what may be sent now; the windows that refuse the rest."""
    refusing: dict[str, Window] = {}
    while sending := [channel for channel, count in missing.items() if count and channel not in refusing]:
        for channel in sending:
            if window := limits.full(channel, now):
                refusing[channel] = window
            else:
                missing[channel] -= 1
    return [*refusing.values()]


@dataclass
class LimitedStandin(Standin):
    """Discord with its limits on messages. `refused` counts 429s: of a channel, and of all together (`global`)."""

    limits: Limits = field(default_factory=lambda: Limits(GLOBAL_LIMIT))
    refused: dict[str, int] = field(default_factory=lambda: {"channel": 0, "global": 0})

    def app(self) -> web.Application:
        app = super().app()
        app.middlewares.append(self._limit)
        app.router.add_get("/report", self._report)
        return app

    @web.middleware
    async def _limit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        channel = request.match_info.get("channel")
        if channel is None or request.method != "POST":
            return await handler(request)  # type: ignore[no-any-return]  # aiohttp's handlers are untyped
        now = time.monotonic()
        window = self.limits.full(channel, now)
        headers = _bucket(self.limits.channel(channel), now)
        if window:
            return self._refuse(window.ends(now) - now, headers, everywhere=window is self.limits.everywhere)
        response: web.StreamResponse = await handler(request)
        response.headers.update(headers)
        return response

    def _refuse(self, seconds: float, headers: Mapping[str, str], *, everywhere: bool) -> web.Response:
        scope = "global" if everywhere else "channel"
        self.refused[scope] += 1
        body = {"message": "You are being rate limited.", "retry_after": _thousandths(seconds), "global": everywhere}
        own = {"X-RateLimit-Global": "true"} if everywhere else headers
        extra = {**own, "Via": "1.1 google", "Retry-After": str(math.ceil(seconds))}
        # discord.py reads no JSON whose type names a character set.
        return web.Response(body=json.dumps(body).encode(), status=429, headers=extra, content_type="application/json")

    async def _report(self, _: web.Request) -> web.Response:
        messages = {
            channel: [[_copy_id(one), one["content"]] for one in all_] for channel, all_ in self.messages.items()
        }
        return web.json_response({"messages": messages, "refused": self.refused})


def _bucket(window: Window, now: float) -> dict[str, str]:
    """The headers that every answer carries."""
    seconds = _thousandths(window.ends(now) - now)
    return {
        "X-RateLimit-Limit": str(window.limit),
        "X-RateLimit-Remaining": str(window.left(now)),
        "X-RateLimit-Reset": f"{time.time() + seconds:.3f}",
        "X-RateLimit-Reset-After": f"{seconds:.3f}",
        "X-RateLimit-Bucket": "80c17d2f203122d936070c88c8d10f33",
    }


def _thousandths(seconds: float) -> float:
    """Rounded up, so that nobody comes back too early."""
    return math.ceil(1000 * seconds) / 1000


def _copy_id(message: Mapping[str, Any]) -> str:
    """The id of the delivery, which stands in the first button."""
    return str(message["components"][0]["components"][0]["custom_id"]).rpartition(":")[2]


def _serve(port: Connection, delay: float, everywhere: int) -> None:
    """The stand-in's process: tells its port, then serves until it is ended."""

    async def serve() -> None:
        runner = web.AppRunner(LimitedStandin(delay=delay, limits=Limits(everywhere)).app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextlib.asynccontextmanager
async def _discord(scale: Scale) -> AsyncIterator[str]:
    """A stand-in that knows nothing yet: its address."""
    spawning = multiprocessing.get_context("spawn")
    receiving, sending = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_serve, args=(sending, scale.delay, scale.everywhere), daemon=True)
    process.start()
    sending.close()  # so that a process that ends before it tells its port is noticed
    try:
        yield f"http://127.0.0.1:{await asyncio.to_thread(receiving.recv)}"
    finally:
        process.terminate()
        process.join()


class WatchedStore(SqlAnnouncementStore):
    """Args: `done` is called with the announcement whenever all of its copies have found their end."""

    def __init__(self, store: SqlStore, done: Callable[[str], None]) -> None:
        super().__init__(store)
        self._done = done

    async def settle(
        self, announcement_id: str, version: int, state: State, record: Record | None, report: Delivery | None
    ) -> bool:
        settled = await super().settle(announcement_id, version, state, record, report)
        self._done(announcement_id)
        return settled


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of all copies.

    Args:
        seconds: From the start of the sending loop to the last announcement being marked as sent; inf when it was not.
        wrong: Copies lost, doubled, out of order or in another language than they should be.
        refused: 429s, of channels and `global`.
    """

    seconds: float
    wrong: int
    refused: Mapping[str, int]


class Hall:
    """One run of the bot, complete but for the gateway. Opened by `open_hall`."""

    def __init__(self, scale: Scale, store: SqlStore, answering: Answering, address: str) -> None:
        self.answering = answering
        self._scale, self._store, self._address = scale, store, address
        self._unsettled: set[str] = set()
        self._settled = asyncio.Event()
        self._kept = WatchedStore(store, self._settle)

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[DiscordMessenger]:
        speaking = make_answering(self._store)  # all thirteen languages, whatever is shipped just now
        client = build_client(speaking, self._store, DiscordOptions(api_base=f"{self._address}/api/v10"))
        client.setup_hook = _nothing  # type: ignore[method-assign]  # commands are no matter here
        await client.login(_TOKEN)
        try:
            yield DiscordMessenger(client, speaking, "en")
        finally:
            await client.close()

    async def send(self, messenger: DiscordMessenger) -> Sending:
        """Everything is due at once, then the sending loop starts."""
        announcements = [await self._announce(number) for number in range(len(self._scale.locales))]
        self._unsettled = {one.id for one in announcements}
        started = time.perf_counter()
        running = asyncio.create_task(Outbox(self._kept, messenger, SystemClock()).run())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AT_MOST):
                await self._settled.wait()
        seconds = time.perf_counter() - started if self._settled.is_set() else math.inf
        running.cancel()
        report = await self._report()
        return Sending(seconds, self._wrong(announcements, report["messages"]), report["refused"])

    async def _announce(self, number: int) -> Announcement:
        """The announcement in language `number`, to be sent to every channel now."""
        announcing = Announcing(self._kept, SystemClock(), needs_approval=False, wake=lambda: None)
        locale = self._scale.locales[number]
        targets = tuple(Target(f"discord:{100 + channel}", locale) for channel in range(self._scale.channels))
        draft = await announcing.draft(
            content=_content(number), original="en", zone=_ZONE, targets=targets, actor=_MODERATOR
        )
        assert isinstance(draft, Announcement), draft
        sent = await announcing.send(draft.id, draft.version, _MODERATOR)
        assert isinstance(sent, Announcement), sent
        return sent

    def _settle(self, announcement_id: str) -> None:
        self._unsettled.discard(announcement_id)
        if not self._unsettled:
            self._settled.set()

    async def _report(self) -> dict[str, Any]:
        async with aiohttp.ClientSession() as session, session.get(f"{self._address}/report") as response:
            found: dict[str, Any] = await response.json()
            return found

    def _wrong(self, announcements: Sequence[Announcement], messages: Mapping[str, Sequence[Sequence[str]]]) -> int:
        """Places at which a channel does not show what it should."""
        wrong = 0
        for channel in range(self._scale.channels):
            wanted = [(f"{one.id}-{channel}", one.targets[channel].locale or "") for one in announcements]
            pairs = itertools.zip_longest(wanted, messages.get(str(100 + channel), []))
            wrong += sum(not _is_right(expected, found) for expected, found in pairs)
        return wrong


def _is_right(wanted: tuple[str, str] | None, found: Sequence[str] | None) -> bool:
    """Made-up translations begin with the language's own name; English is as it is in the source."""
    if wanted is None or found is None:
        return False
    (copy_id, locale), (found_id, text) = wanted, found
    return copy_id == found_id and (locale == "en" or LANGUAGES[locale].autonym in text)


async def _nothing() -> None:
    pass


def _content(number: int) -> Content:
    """A session moved to another room, tomorrow."""
    now = SystemClock().now()
    tomorrow = now.date() + datetime.timedelta(days=1)
    typed = {Slot.SESSION: f"GX 分科会 {number}", Slot.PLACE: "ห้อง ๕", Slot.TIME: f"{tomorrow} 14:30"}
    content = read_template(TEMPLATES["room-change"], typed, _ZONE, now)
    assert isinstance(content, Content), content
    return content


@dataclass(frozen=True, slots=True)
class Base:
    """What every hall shares: the shipped knowledge base, and questions for it in all languages."""

    snapshot: Snapshot
    encoder: NanoEncoder
    questions: Sequence[str]


def load_base() -> Base:
    settings = read_settings()
    folders = Folders(settings.knowledge_dir, settings.locales_dir, settings.data_dir / "compiled")
    encoder = NanoEncoder(settings.encoder_threads)
    snapshot = load_snapshot(folders, encoder, None, _say_progress)
    known = load_phrasings(folders.knowledge, snapshot.knowledge)
    drawn = [known[int(at)].text for at in np.linspace(0, len(known) - 1, 499)]
    return Base(snapshot, encoder, drawn)


def _say_progress(what: str, done: int, of: int) -> None:
    """The shipped model belongs to other files: this takes minutes."""
    if done >= of:
        print(f"{what}: {of}", file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def open_hall(scale: Scale, base: Base) -> AsyncIterator[Hall]:
    with tempfile.TemporaryDirectory() as folder:
        store = await SqlStore.open(Path(folder) / "bot.sqlite3")
        try:
            async with _discord(scale) as address:
                answering = Answering(base.snapshot, store=store, clock=SystemClock(), encoder=base.encoder)
                yield Hall(scale, store, answering, address)
        finally:
            await store.close()


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds of every answer, first with nothing else to do, then while `sending` ran."""

    idle: Sequence[float]
    busy: Sequence[float]
    sending: Sending

    @property
    def ratio(self) -> float:
        return _worst(self.busy) / _worst(self.idle)


async def measure_sending(scale: Scale, base: Base) -> Sending:
    """With nothing else to do."""
    async with open_hall(scale, base) as hall, hall.connected() as messenger:
        return await hall.send(messenger)


async def measure_answering(scale: Scale, base: Base) -> Round:
    """Idle for as long as sending takes, half of it before and half of it after: other jobs come and go."""
    half = least_seconds(scale) / 2
    async with open_hall(scale, base) as hall, hall.connected() as messenger:
        questions = itertools.cycle(base.questions)
        for _ in range(_WARMING):
            await _ask(hall.answering, next(questions))
        before = await _ask_during(asyncio.sleep(half), hall.answering, questions)
        sending = asyncio.create_task(hall.send(messenger))
        busy = await _ask_during(sending, hall.answering, questions)
        after = await _ask_during(asyncio.sleep(half), hall.answering, questions)
        return Round([*before, *after], busy, sending.result())


async def _ask_during(work: Awaitable[object], answering: Answering, questions: "itertools.cycle[str]") -> list[float]:
    """Milliseconds of each answer until `work` is done; one question after the other."""
    until, samples = asyncio.ensure_future(work), []
    while not until.done():
        samples.append(await _ask(answering, next(questions)))
        await asyncio.sleep(_PAUSE)
    return samples


async def _ask(answering: Answering, text: str) -> float:
    """Milliseconds of the whole answer, in a conversation of its own."""
    question = Question(text=text, asker="benchmark", conversation=uuid.uuid4().hex, platform="benchmark")
    started = time.perf_counter()
    await answering.ask(question)
    return 1000 * (time.perf_counter() - started)


def _worst(samples: Sequence[float]) -> float:
    """The 99th percentile."""
    return float(np.percentile(samples, 99))


def sending_lines(scale: Scale, runs: Sequence[tuple[str, float, Sending]]) -> list[str]:
    """Args: `runs` have a name and the seconds that the limits in force allow."""
    lines = [
        f"\nsending {scale.copies} copies, {len(scale.locales)} to each of {scale.channels} channels",
        f"seconds; {GLOBAL_LIMIT} a second over all channels alone would allow {scale.copies / GLOBAL_LIMIT:.1f}",
        "run                   measured   allowed   ratio   429 channel   429 global   wrong copies",
    ]
    return lines + [_sending_line(name, least, run) for name, least, run in runs]


def _sending_line(name: str, least: float, run: Sending) -> str:
    times = f"{run.seconds:7.2f} {least:9.1f} {run.seconds / least:7.2f}"
    return f"{name:22} {times} {run.refused['channel']:13} {run.refused['global']:12} {run.wrong:14}"


def answering_lines(rounds: Sequence[Round]) -> list[str]:
    idle, busy = [value for one in rounds for value in one.idle], [value for one in rounds for value in one.busy]
    rows = [(str(number), one) for number, one in enumerate(rounds, 1)]
    rows.append(("all", dataclasses.replace(rounds[0], idle=idle, busy=busy)))
    lines = [
        "\nwhole answers, ms, idle and while sending",
        "round    questions   p50 idle    sending   p99 idle    sending   ratio of p99",
    ]
    return lines + [_answering_line(name, one) for name, one in rows]


def _answering_line(name: str, one: Round) -> str:
    middle = f"{statistics.median(one.idle):10.1f} {statistics.median(one.busy):10.1f}"
    worst = f"{_worst(one.idle):10.1f} {_worst(one.busy):10.1f}"
    return f"{name:6} {len(one.idle) + len(one.busy):11} {middle} {worst} {one.ratio:14.2f}"


def wanted_lines(sending: float, rounds: Sequence[Round]) -> list[str]:
    """Whether sending (a ratio) is fast enough and questions do not feel it, by the median over rounds."""
    answering = statistics.median(one.ratio for one in rounds)
    met = (_met(sending <= WANTED_SENDING), _met(answering < WANTED_ANSWERING))
    return [
        f"\nwanted: sending at most {WANTED_SENDING:.2f} times what the limits allow: {sending:.2f}, {met[0]}",
        f"wanted: p99 of answers while sending below {WANTED_ANSWERING} times idle: {answering:.2f}, {met[1]}",
    ]


def _met(yes: bool) -> str:
    return "met" if yes else "MISSED"


async def _run(scale: Scale, base: Base) -> None:
    unbound, least = dataclasses.replace(scale, everywhere=scale.copies), least_seconds(scale)
    runs = [
        ("channel limits only", least_seconds(unbound), await measure_sending(unbound, base)),
        ("both limits", least, await measure_sending(scale, base)),
    ]
    rounds = []
    for number in range(1, scale.rounds + 1):
        print(f"answering while sending, round {number} of {scale.rounds}", file=sys.stderr, flush=True)
        rounds.append(await measure_answering(scale, base))
    worst = max(run.seconds / allowed for _, allowed, run in runs)
    runs += [(f"both, while asked, {number}", least, one.sending) for number, one in enumerate(rounds, 1)]
    print("\n".join([*sending_lines(scale, runs), *answering_lines(rounds), *wanted_lines(worst, rounds)]))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.announcements", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few copies, one round: shows that it runs, no more")
    parser.add_argument("--rounds", type=int, default=3, help="times that answers are measured while sending")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="of each request to Discord")
    options = parser.parse_args(arguments)
    scale = Scale(20, tuple(LANGUAGES), options.rounds, options.delay)
    if options.quick:
        scale = Scale(4, tuple(LANGUAGES)[:6], 1, options.delay)
        print("QUICK: a tenth of the copies; the figures say nothing about the bot.")
    logging.basicConfig(level=logging.ERROR)  # discord.py warns at every 429; here they are counted
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    asyncio.run(_run(scale, load_base()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
