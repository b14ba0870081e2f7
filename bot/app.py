"""Composition root: builds every part, starts the adapters in order and stops them in the reverse order."""

import asyncio
import contextlib
import datetime
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.encoder import NanoEncoder, load_encoder
from bot.content import catalog_files
from bot.content.announcement_texts import read_texts
from bot.content.inbox_entries import KnowledgeFolder
from bot.content.likeness import compile_likeness, likeness_file, load_likeness
from bot.content.loading import Folders, load_knowledge, load_snapshot
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.outbox import Outbox
from bot.core.answering import Answering
from bot.core.errors import BotError, Problem, StoreError
from bot.core.inbox.clerk import Clerk
from bot.core.inbox.inboxing import Inbox
from bot.core.inbox.likeness import Fingerprinting
from bot.core.inbox.sending import InboxSending
from bot.core.locales import SOURCE_LOCALE
from bot.core.no_store import NoStore
from bot.core.ports import Store
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp.web import AppRunner

    from bot.adapters.discord.announcements.desks import Desks
    from bot.adapters.discord.client import DiscordClient, DiscordOptions
    from bot.adapters.discord.people import RoleIds
    from bot.storage.inbox import SqlInboxStore
    from bot.storage.sql import SqlStore

_log = logging.getLogger(__name__)
_STOP_WITHIN = 4.0  # seconds for answers in flight; with the rest it keeps the promise of 5 s
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
class InboxParts:
    """What was not answered: the deeds, what nobody orders, and what wakes the sending of cards and answers."""

    store: "SqlInboxStore"
    inbox: Inbox
    clerk: Clerk
    to_send: asyncio.Event


@dataclass(frozen=True, slots=True)
class Parts:
    """The bot without any platform: what the web and Discord share."""

    answering: Answering
    store: "SqlStore"
    inbox: InboxParts


@contextlib.asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Raises ContentError, StoreError."""
    from bot.storage.sql import SqlStore  # SQLAlchemy costs 0.25 s that commands without state need not pay

    clock = SystemClock()
    encoder = load_encoder(settings.encoder_threads)
    snapshot = await asyncio.to_thread(
        load_snapshot, folders(settings), encoder, settings.moderator_contact, show_progress
    )
    store = await SqlStore.open(settings.database, now=clock.now)
    try:
        live: list[Answering] = []

        async def reload() -> None:
            snapshot = await asyncio.to_thread(
                load_snapshot, folders(settings), encoder, settings.moderator_contact, show_progress
            )
            live[0].replace(snapshot)

        inbox = _inbox(settings, store, encoder, reload)
        answering = Answering(snapshot, store=store, clock=clock, encoder=encoder, misses=inbox.inbox)
        live.append(answering)
        yield Parts(answering, store, inbox)
    finally:
        await store.close()


def _inbox(
    settings: Settings, store: "SqlStore", encoder: NanoEncoder | None, reload: Callable[[], Awaitable[None]]
) -> InboxParts:
    """Args: `reload` makes live what was written into the knowledge folder."""
    from bot.storage.inbox import SqlInboxStore

    kept, clock = SqlInboxStore(store), SystemClock()
    to_do, to_send = asyncio.Event(), asyncio.Event()

    def wake() -> None:
        to_do.set()
        to_send.set()

    folder = KnowledgeFolder(settings.knowledge_dir, settings.announce_zone, reload)
    inbox = Inbox(kept, clock, files=folder, publisher=folder, wake=wake)
    channel = _inbox_channel(settings)
    clerk = Clerk(
        kept,
        inbox,
        clock,
        fingerprinting=Fingerprinting(encoder, load_likeness(likeness_file(folders(settings)))),
        files=folder,
        publisher=folder,
        cards=f"discord:{channel}" if channel and settings.discord_token else None,
        woken=to_do,
        done=to_send.set,
    )
    return InboxParts(kept, inbox, clerk, to_send)


def _inbox_channel(settings: Settings) -> int | None:
    return settings.inbox_channel or settings.moderator_channel


def open_unrecorded(settings: Settings) -> Answering:
    """The bot for commands that keep no state: nothing asked there is stored."""
    encoder = load_encoder(settings.encoder_threads)
    snapshot = load_snapshot(folders(settings), encoder, settings.moderator_contact, show_progress)
    return Answering(snapshot, store=NoStore(), clock=SystemClock(), encoder=encoder)


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises BotError when something needed cannot start."""
    stopped = _stop_event()
    async with contextlib.AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(settings))
        discord = _discord(settings, parts)
        runner = await _start_web(settings, parts.answering, parts.store, discord.client if discord else None)
        stack.push_async_callback(runner.cleanup)
        stack.enter_context(_background(_forget_daily(parts, settings.retention_days)))
        stack.enter_context(_background(parts.inbox.clerk.run()))
        if discord and settings.discord_token:
            stack.push_async_callback(discord.client.close)
            stack.enter_context(_background(_connect(discord.client, settings.discord_token)))
            stack.enter_context(_background(_send(discord, discord.outbox)))
            stack.enter_context(_background(_send(discord, discord.inbox)))
        await stopped.wait()
        _log.info("stopping")


def _stop_event() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _start_web(
    settings: Settings, answering: Answering, store: Store, discord: "DiscordClient | None"
) -> "AppRunner":
    from aiohttp import web

    from bot.adapters.web.server import WebOptions, build_app

    async def readiness() -> Mapping[str, bool]:
        return await _readiness(store, discord)

    options = WebOptions(
        body_limit=settings.web_body_limit,
        requests_per_minute=settings.web_rate,
        handler_timeout=settings.web_timeout,
        trust_proxy=settings.web_trust_proxy,
    )
    runner = web.AppRunner(build_app(answering, readiness, options), shutdown_timeout=_STOP_WITHIN, access_log=None)
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
    """The client, and the loops that send announcements, and what belongs to the inbox, through it."""

    client: "DiscordClient"
    outbox: Outbox
    inbox: InboxSending


def _discord(settings: Settings, parts: Parts) -> DiscordParts | None:
    if settings.discord_token is None:
        return None
    from bot.adapters.discord.announcements.messenger import DiscordMessenger
    from bot.adapters.discord.client import Announcements, Inboxes, build_client
    from bot.adapters.discord.inbox.desk import InboxDesk
    from bot.storage.announcements import SqlAnnouncementStore

    answering, store = parts.answering, parts.store
    kept, clock, roles = SqlAnnouncementStore(store), SystemClock(), _role_ids(settings)
    outbox_woken = asyncio.Event()
    announcing = Announcing(kept, clock, needs_approval=settings.announce_approval, wake=outbox_woken.set)
    client = build_client(
        answering,
        store,
        _discord_options(settings),
        Announcements(_desks(settings, announcing, answering), roles),
        Inboxes(InboxDesk(parts.inbox.inbox, answering, _inbox_channel(settings)), roles),
    )
    messenger = DiscordMessenger(client, answering, settings.server_locale or SOURCE_LOCALE)
    reports_to = f"discord:{settings.moderator_channel}" if settings.moderator_channel else None
    outbox = Outbox(kept, messenger, clock, woken=outbox_woken, reports_to=reports_to)
    return DiscordParts(client, outbox, _inbox_sending(settings, parts, client))


def _inbox_sending(settings: Settings, parts: Parts, client: "DiscordClient") -> InboxSending:
    from bot.adapters.discord.inbox.messenger import InboxMessenger

    locale = settings.server_locale or SOURCE_LOCALE
    messenger = InboxMessenger(client, parts.answering, parts.inbox.inbox, locale)
    return InboxSending(parts.inbox.store, messenger, SystemClock(), woken=parts.inbox.to_send)


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


async def _send(discord: DiscordParts, loop: "Outbox | InboxSending") -> None:
    """From the first connection on: before it there is nothing to send through."""
    await discord.client.ready_to_send.wait()
    await loop.run()


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


async def _forget_daily(parts: Parts, days: int) -> None:
    """Delete old texts of unanswered questions and who asked them, at start and once a day; survives anything."""
    clock = SystemClock()
    while True:
        try:
            before = clock.now() - datetime.timedelta(days=days)
            await parts.inbox.store.forget_before(before)
            forgotten = await parts.store.forget_before(before)  # last: it also empties the log of the database
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
    """Compile into knowledge/compiled, with thresholds found by cross-validation, and what makes questions alike.

    Raises ContentError, EncoderError.
    """
    from bot.content.crossvalidation import compile_calibrated

    encoder = NanoEncoder(settings.encoder_threads)
    compile_calibrated(folders(settings), encoder, show_progress)
    compile_likeness(folders(settings), encoder, show_progress)


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
