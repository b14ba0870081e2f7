"""Composition root: builds every part, starts the adapters in order and stops them in the reverse order."""

import asyncio
import contextlib
import datetime
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.encoder import NanoEncoder, load_encoder
from bot.content import catalog_files
from bot.content.announcement_texts import read_texts
from bot.content.content_files import content_signature
from bot.content.library import Library, LibraryOptions
from bot.content.loading import Folders, load_knowledge, load_snapshot
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.outbox import Outbox
from bot.core.answering import Answering
from bot.core.errors import BotError, Problem, StoreError
from bot.core.locales import SOURCE_LOCALE
from bot.core.no_store import NoStore
from bot.core.ports import Store
from bot.core.reloading import Reloading
from bot.core.watching import Watching
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp.web import AppRunner

    from bot.adapters.console.administering import AdminWork
    from bot.adapters.discord.announcements.desks import Desks
    from bot.adapters.discord.client import DiscordClient, DiscordOptions
    from bot.adapters.discord.people import RoleIds
    from bot.storage.sql import SqlStore

_log = logging.getLogger(__name__)
_STOP_WITHIN = 4.0  # seconds for answers in flight; with the rest it keeps the promise of 5 s
_NICENESS = 5  # of the child of a reload: a third of the processor where somebody else wants it too
_DAY = 24 * 60 * 60


class SystemClock:
    """Implements `bot.core.ports.Clock`."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)


def folders(settings: Settings) -> Folders:
    return Folders(settings.knowledge_dir, settings.locales_dir, settings.data_dir / "compiled")


def show_progress(what: str, done: int, of: int) -> None:
    """Work that takes a while, on stderr: one line that is written over, in tenths where nobody watches."""
    last = done >= of
    if sys.stderr.isatty():
        print(f"\r{what}: {done} of {of}", end="\n" if last else "", file=sys.stderr, flush=True)
    elif last:
        print(f"{what}: {of}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Core:
    """The bot without any platform: what the web and Discord share."""

    answering: Answering
    store: "SqlStore"
    library: Library
    reloading: Reloading


@contextlib.asynccontextmanager
async def open_core(settings: Settings) -> AsyncIterator[Core]:
    """Raises ContentError when there is neither good content nor a version of it, StoreError."""
    from bot.storage.sql import SqlStore  # SQLAlchemy costs 0.25 s that commands without state need not pay

    clock = SystemClock()
    encoder = load_encoder(settings.encoder_threads)
    shelf = library(settings)
    snapshot = await shelf.start()
    store = await SqlStore.open(settings.database, now=clock.now)
    try:
        answering = Answering(snapshot, store=store, clock=clock, encoder=encoder)
        yield Core(answering, store, shelf, Reloading(answering, shelf, clock, audit=None))
    finally:
        await store.close()


def library(settings: Settings) -> Library:
    options = LibraryOptions(
        contact=settings.moderator_contact,
        encoder_threads=1,  # a reload takes a second longer for it, and questions keep the other core
        keep=settings.keep_versions,
        margin=settings.gate_margin,
        timeout=settings.reload_timeout,
    )
    return Library(folders(settings), settings.data_dir / "versions", SystemClock(), options)


def prepare_version() -> None:
    """The child process of a reload: an order on stdin, the outcome on stdout. Where a version is live already, those
    who ask come first on the processor.
    """
    from bot.content.preparing import WarmOrder, prepare, warm
    from bot.content.stored_values import freeze, thaw

    order, threads = thaw(sys.stdin.buffer.read())
    if order.live:
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    encoder = load_encoder(threads)
    if isinstance(order, WarmOrder):
        warm(order, encoder)
        return
    sys.stdout.buffer.write(freeze(prepare(order, encoder, show_progress)))


def open_unrecorded(settings: Settings) -> Answering:
    """The bot for commands that keep no state: nothing asked there is stored."""
    encoder = load_encoder(settings.encoder_threads)
    snapshot = load_snapshot(folders(settings), encoder, settings.moderator_contact, show_progress)
    return Answering(snapshot, store=NoStore(), clock=SystemClock(), encoder=encoder)


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises BotError when something needed cannot start."""
    stopped = _stop_event()
    async with contextlib.AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings))
        discord = _discord(settings, core)
        runner = await _start_web(settings, core, discord.client if discord else None)
        stack.push_async_callback(runner.cleanup)
        stack.enter_context(_background(_forget_daily(core.store, settings.retention_days)))
        if discord and settings.discord_token:
            stack.push_async_callback(discord.client.close)
            stack.enter_context(_background(_connect(discord.client, settings.discord_token)))
            stack.enter_context(_background(_send_announcements(discord)))
        stack.enter_context(_background(core.library.warm()))
        if settings.watch:
            stack.enter_context(_background(_watch(settings, core, discord)))
        await stopped.wait()
        _log.info("stopping")


def _stop_event() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _start_web(settings: Settings, core: Core, discord: "DiscordClient | None") -> "AppRunner":
    from aiohttp import web

    from bot.adapters.web.admin import admin_routes
    from bot.adapters.web.server import WebOptions, build_app

    async def readiness() -> Mapping[str, bool]:
        return await _readiness(core.store, discord)

    options = WebOptions(
        body_limit=settings.web_body_limit,
        requests_per_minute=settings.web_rate,
        handler_timeout=settings.web_timeout,
        trust_proxy=settings.web_trust_proxy,
    )
    admin = admin_routes(core.reloading, settings.admin_token) if settings.admin_token else []
    application = build_app(core.answering, readiness, options, admin)
    runner = web.AppRunner(application, shutdown_timeout=_STOP_WITHIN, access_log=None)
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


async def _readiness(store: Store, discord: "DiscordClient | None") -> Mapping[str, bool]:
    checks = {"knowledge": True, "store": True}
    try:
        await store.check()
    except StoreError:
        checks["store"] = False
    if discord is not None:
        checks["discord"] = discord.is_ready() and not discord.is_closed()
    return checks


@dataclass(frozen=True, slots=True)
class DiscordParts:
    """The client, and the loop that sends announcements through it."""

    client: "DiscordClient"
    outbox: Outbox


def _discord(settings: Settings, core: Core) -> DiscordParts | None:
    if settings.discord_token is None:
        return None
    answering, store = core.answering, core.store
    from bot.adapters.discord.announcements.messenger import DiscordMessenger
    from bot.adapters.discord.client import Announcements, build_client
    from bot.adapters.discord.knowledge.desk import KnowledgeDesk
    from bot.storage.announcements import SqlAnnouncementStore

    kept, clock = SqlAnnouncementStore(store), SystemClock()
    outbox_woken = asyncio.Event()
    announcing = Announcing(kept, clock, needs_approval=settings.announce_approval, wake=outbox_woken.set)
    client = build_client(
        answering,
        store,
        _discord_options(settings),
        Announcements(_desks(settings, announcing, answering), _role_ids(settings)),
        KnowledgeDesk(core.reloading, answering, _role_ids(settings)),
    )
    messenger = DiscordMessenger(client, answering, settings.server_locale or SOURCE_LOCALE)
    reports_to = f"discord:{settings.moderator_channel}" if settings.moderator_channel else None
    return DiscordParts(client, Outbox(kept, messenger, clock, woken=outbox_woken, reports_to=reports_to))


def _discord_options(settings: Settings) -> "DiscordOptions":
    from bot.adapters.discord.client import DiscordOptions

    return DiscordOptions(
        guild_ids=settings.discord_guilds,
        cooldown_seconds=settings.cooldown,
        ready_timeout=settings.discord_ready,
        api_base=settings.discord_api,
        gateway_base=settings.discord_gateway,
    )


def _role_ids(settings: Settings) -> "RoleIds":
    from bot.adapters.discord.people import RoleIds

    return RoleIds(
        moderators=settings.moderator_roles,
        approvers=settings.approver_roles,
        reviewers=settings.reviewer_roles,
        admins=settings.admin_roles,
        owners=settings.owners,
    )


def _desks(settings: Settings, announcing: Announcing, answering: Answering) -> "Desks":
    from bot.adapters.discord.announcements.counter import DeskOptions
    from bot.adapters.discord.announcements.desks import Desks

    options = DeskOptions(
        zone=settings.announce_zone,
        language_channels=settings.language_channels,
    )
    return Desks.open(announcing, answering, options, read_texts)


async def _watch(settings: Settings, core: Core, discord: DiscordParts | None) -> None:
    from bot.adapters.discord.knowledge.desk import post_report

    async def report(text: str) -> None:
        if discord and settings.moderator_channel:
            await post_report(discord.client, settings.moderator_channel, text)

    signature = partial(content_signature, settings.knowledge_dir, settings.locales_dir)
    await Watching(signature, core.reloading, report).run(settings.watch)


async def _send_announcements(discord: DiscordParts) -> None:
    """From the first connection on: before it there is nothing to send through."""
    await discord.client.ready_to_send.wait()
    await discord.outbox.run()


async def _connect(client: "DiscordClient", token: str) -> None:
    """Stay connected; the web page goes on when Discord refuses us."""
    import discord

    try:
        await client.start(token)
    except discord.LoginFailure:
        _log.error("Discord refuses the token: set DISCORD_TOKEN to the one on the Bot page of the developer portal")
    except discord.DiscordException:
        _log.exception("the connection to Discord ended")
    except OSError as error:
        _log.error("Discord cannot be reached: %s", error)


async def _forget_daily(store: Store, days: int) -> None:
    """Delete old texts of unanswered questions, at start and once a day; survives anything."""
    clock = SystemClock()
    while True:
        try:
            forgotten = await store.forget_before(clock.now() - datetime.timedelta(days=days))
            _log.info("forgot the texts of %d old unanswered questions", forgotten)
        except Exception:  # noqa: BLE001 - the loop must outlive every fault: a promise about people's data hangs on it
            _log.exception("old texts not deleted; trying again tomorrow")
        await asyncio.sleep(_DAY)


@contextlib.contextmanager
def _background(work: Coroutine[None, None, None]) -> Iterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()


def compile_shipped(settings: Settings) -> None:
    """Compile into knowledge/compiled, with thresholds found by cross-validation. Raises ContentError, EncoderError."""
    from bot.content.crossvalidation import compile_calibrated

    encoder = NanoEncoder(settings.encoder_threads)
    compile_calibrated(folders(settings), encoder, show_progress)


def cross_validate(settings: Settings, baseline: Path | None, write_to: Path | None, confusions: int) -> int:
    """Print the table of `bot test`; 1 when a language is worse than the baseline."""
    from bot.content.crossvalidation import report

    return report(
        folders(settings), NanoEncoder(settings.encoder_threads), show_progress, baseline, write_to, confusions
    )


def work_on_catalogs(settings: Settings, action: str, language: str | None) -> int:
    """The `catalogs` command; 1 when a catalog has problems."""
    locales = settings.locales_dir
    problems: list[Problem] = []
    match action:
        case "extract":
            catalog_files.extract(Path(__file__).parent, settings.knowledge_dir, locales, print)
        case "update":
            problems = catalog_files.update(locales, [language] if language else [], print)
        case "init":
            problems = catalog_files.init(locales, language or "", print)
        case _:
            catalog_files.print_report(catalog_files.report(locales, load_knowledge(settings.knowledge_dir)), print)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def work_on_knowledge(settings: Settings, wanted: "AdminWork") -> int:
    """The `knowledge` command; 1 when something is wrong or nothing was done about it.

    What changes the running bot goes to it over HTTP; everything else is read from disk and needs no running bot.
    """
    from bot.adapters.console.administering import Endpoint, look, send

    if wanted.action in ("reload", "rollback"):
        endpoint = Endpoint(settings.web_host, settings.web_port, settings.admin_token or "")
        return asyncio.run(send(endpoint, wanted, print))

    async def work() -> int:
        shelf = library(settings)
        await shelf.find_live()
        return await look(shelf, wanted, print)

    return asyncio.run(work())
