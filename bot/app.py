"""Composition root: starts the adapters in order and stops them in the reverse order."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING

from bot.content.content_files import content_signature
from bot.core.errors import BotError, StoreError
from bot.core.keeping_step import KeepingStep
from bot.core.ports import KNOWLEDGE, Store
from bot.core.retention import Aging, forget_all
from bot.core.watching import Watching
from bot.parts import Core, SystemClock, open_core
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp.web import AppRunner

    from bot.adapters.discord.client import DiscordClient
    from bot.adapters.web.metrics import Metrics
    from bot.discord_parts import DiscordParts
_log = logging.getLogger(__name__)
_STOP_WITHIN = 4.0  # seconds for answers in flight; with the rest it keeps the promise of 5 s
_HOUR = 60 * 60
_OUT_OF_STEP = 60.0  # seconds between attempts to follow other processes: the files may be on their way


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises BotError when something needed cannot start."""
    from bot.storage.backup import in_use

    stopped = _stop_event()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(in_use(settings.database))
        core = await stack.enter_async_context(open_core(settings))
        _tell_other_encoder(core)
        discord = _open_discord(settings, core)
        runner = await _start_web(settings, core, discord)
        stack.push_async_callback(runner.cleanup)
        await stack.enter_async_context(background(_forget_daily(settings, core)))
        await stack.enter_async_context(background(core.inbox.clerk.run()))
        await stack.enter_async_context(background(core.proposing.run()))
        if discord and settings.discord_token:
            stack.push_async_callback(discord.client.close)
            for loop in discord.loops(core, settings.discord_token):
                await stack.enter_async_context(background(loop))
        await stack.enter_async_context(background(core.library.stay_ready()))
        if core.step:
            await stack.enter_async_context(background(_follow_other_processes(core, core.step)))
        if settings.watch:
            await stack.enter_async_context(background(_watch(settings, core, discord)))
        await stopped.wait()
        _log.info("stopping")


def _tell_other_encoder(core: Core) -> None:
    if (learned_with := core.answering.other_encoder) is not None:
        _log.error(
            "THE ENCODER IS NOT IN USE: it is %s, but the compiled model was learned with %s, so answers come from "
            "letters alone; run `python -m bot compile`, or correct BOT_ENCODER_...; see docs/scaling.md",
            core.answering.encoder_name,
            learned_with,
        )


def _open_discord(settings: Settings, core: Core) -> "DiscordParts | None":
    if settings.discord_token is None:
        return None
    from bot.discord_parts import open_discord

    return open_discord(settings, core)


def _stop_event() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _start_web(settings: Settings, core: Core, discord: "DiscordParts | None") -> "AppRunner":
    from aiohttp import web

    from bot.adapters.web.admin import admin_routes
    from bot.adapters.web.server import WebOptions, build_app

    async def readiness() -> Mapping[str, bool]:
        checks = await _readiness(core.store, discord.client if discord else None, core.step)
        return {**checks, "encoder": core.answering.other_encoder is None} if settings.encoder.endpoint else checks

    options = WebOptions(
        body_limit=settings.web_body_limit,
        requests_per_minute=settings.web_rate,
        handler_timeout=settings.web_timeout,
        trust_proxy=settings.web_trust_proxy,
    )
    app = build_app(
        core.answering,
        readiness,
        options,
        metrics=_metrics(settings, core, discord),
        board=core.board.board,
        admin=admin_routes(core.reloading, settings.admin_token) if settings.admin_token else [],
    )
    runner = web.AppRunner(app, shutdown_timeout=_STOP_WITHIN, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.web_host, settings.web_port).start()
    except OSError as error:
        await runner.cleanup()
        raise BotError(
            f"cannot listen on {settings.web_host}:{settings.web_port} ({error.strerror}); "
            "set BOT_WEB_PORT to a free port"
        ) from error
    host, port = runner.addresses[0][:2]
    print(f"Ask at http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    return runner


def _metrics(settings: Settings, core: Core, discord: "DiscordParts | None") -> "Metrics":
    from bot.adapters.prometheus import CONTENT_TYPE, Gauges
    from bot.adapters.web.metrics import Metrics

    answering = core.answering
    now: dict[str, Callable[[], float]] = {
        "bot_questions_in_work": lambda: answering.in_work,
        "bot_texts_waiting": lambda: answering.waiting,
        "bot_tasks": lambda: len(asyncio.all_tasks()),
    }
    stored: dict[str, Callable[[], Awaitable[float]]] = {}
    if discord:
        client = discord.client
        now["bot_discord_latency_seconds"] = lambda: client.latency
        now["bot_discord_connected"] = lambda: client.is_there
        stored["bot_outbox_due"] = discord.outbox.backlog
    gauges = Gauges(lambda: answering.snapshot.knowledge.version, now, stored)
    return Metrics(lambda: core.observer.exposition(gauges), CONTENT_TYPE, settings.metrics_token)


async def _readiness(
    store: Store, discord: "DiscordClient | None", step: KeepingStep | None = None
) -> Mapping[str, bool]:
    """Who answers from what was rolled back from is no longer asked; who is only behind others still is."""
    checks = {"knowledge": not (step and step.overruled), "store": True}
    try:
        await store.check()
    except StoreError:
        checks["store"] = False
    if discord is not None:
        checks["discord"] = discord.is_there
    return checks


async def _follow_other_processes(core: Core, step: KeepingStep) -> None:
    """To the version that any of them has reloaded or rolled back to."""
    noticed = asyncio.Event()
    core.notices.subscribe(KNOWLEDGE, noticed.set)
    while True:
        noticed.clear()
        in_step = await step.look(core.reloading)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if in_step else _OUT_OF_STEP):
                await noticed.wait()


async def _watch(settings: Settings, core: Core, discord: "DiscordParts | None") -> None:
    from bot.adapters.discord.knowledge.desk import post_report

    async def report(text: str) -> None:
        if discord and settings.moderator_channel:
            await post_report(discord.client, settings.moderator_channel, text)

    signature = partial(content_signature, settings.knowledge_dir, settings.locales_dir)
    await Watching(signature, core.reloading, report).run(settings.watch)


async def _forget_daily(settings: Settings, core: Core) -> None:
    from bot.storage.retention import SqlForgetting

    days = retention(settings)
    # The days are in the job's name: a shorter time must not wait for tomorrow.
    name = "forget-" + "-".join(str(days[kind]) for kind in Aging)
    await _once_a_day(core.store, name, partial(forget_all, SqlForgetting(core.store), SystemClock(), days))


async def _once_a_day(store: Store, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """At the start and every day, in one process of all that share the store; survives anything."""
    while True:
        today = SystemClock().now().date()
        try:
            if await store.claim_job(name, today):
                await work()
                await store.finish_job(name, today)
                _log.info("daily job %s done", name)
        except Exception:  # noqa: BLE001 - the loop must outlive every fault: a promise about people's data hangs on it
            _log.exception("daily job %s failed; trying again in an hour", name)
        await asyncio.sleep(_HOUR)


def retention(settings: Settings) -> Mapping[Aging, int]:
    """Days that each kind of data is kept."""
    return {
        Aging.UNANSWERED: settings.retention_days,
        Aging.OUTCOMES: settings.retention_outcomes,
        Aging.MESSAGES: settings.retention_messages,
        Aging.REMINDERS: settings.retention_reminders,
        Aging.LANGUAGES: settings.retention_languages,
        Aging.FOLLOWED: 0,  # each has its own end
        Aging.PROPOSALS: settings.retention_deeds,
        Aging.DEEDS: settings.retention_deeds,
    }


@contextlib.asynccontextmanager
async def background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Stopped, and waited for: a database that is closed under one at work would keep the process from ending."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=_STOP_WITHIN)
