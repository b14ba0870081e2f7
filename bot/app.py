"""Composition root: builds every part, starts the adapters in order and stops them in the reverse order."""

import asyncio
import contextlib
import datetime
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.encoder import NanoEncoder, load_encoder
from bot.content import catalog_files
from bot.content.accuracy import read_accuracy
from bot.content.announcement_texts import read_texts
from bot.content.content_files import content_signature
from bot.content.inbox_entries import KnowledgeFolder
from bot.content.library import Library, LibraryOptions
from bot.content.likeness import compile_likeness, likeness_file, load_likeness
from bot.content.loading import Folders, load_knowledge, load_snapshot
from bot.content.reviewing import PoTranslations
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.outbox import Outbox
from bot.core.answering import Answering
from bot.core.audit import AUDIT_EXPORTED, AuditRecord, exported_line, first_difference
from bot.core.coverage import CoverageBoard
from bot.core.errors import BotError, ContentError, Problem, StoreError
from bot.core.following import Corrections, Following
from bot.core.inbox.clerk import Clerk
from bot.core.inbox.inboxing import Inbox
from bot.core.inbox.likeness import Fingerprinting
from bot.core.inbox.sending import InboxSending
from bot.core.locales import SOURCE_LOCALE
from bot.core.no_store import NoStore
from bot.core.permissions import CONSOLE, permissions_page
from bot.core.ports import KNOWLEDGE, OUTBOX, Notices, Store
from bot.core.reloading import HeldBack, Refused, Reloading, Version
from bot.core.retention import Aging, forget_all
from bot.core.reviewing import Reviewing
from bot.core.watching import Watching
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp.web import AppRunner

    from bot.adapters.console.administering import AdminWork
    from bot.adapters.discord.announcements.desks import Desks
    from bot.adapters.discord.client import DiscordClient, DiscordOptions
    from bot.adapters.discord.offices import Office
    from bot.adapters.discord.people import RoleIds
    from bot.adapters.prometheus import PrometheusObserver
    from bot.adapters.web.metrics import Metrics
    from bot.storage.inbox import SqlInboxStore
    from bot.storage.sql import SqlStore

_log = logging.getLogger(__name__)
_STOP_WITHIN = 4.0  # seconds for answers in flight; with the rest it keeps the promise of 5 s
_HOUR = 60 * 60
_NICENESS = 5  # of the child of a reload: a third of the processor where somebody else wants it too


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
    publishing: "_Publishing"


@dataclass(frozen=True, slots=True)
class Core:
    """The bot without any platform: what the web and Discord share. `changes_found` wakes the loop of corrections."""

    answering: Answering
    store: "SqlStore"
    notices: Notices
    library: Library
    reloading: Reloading
    inbox: InboxParts
    following: Following
    changes_found: asyncio.Event
    observer: "PrometheusObserver"


@contextlib.asynccontextmanager
async def open_core(settings: Settings) -> AsyncIterator[Core]:
    """Raises ContentError when there is neither good content nor a version of it, StoreError."""
    from bot.adapters.prometheus import PrometheusObserver
    from bot.storage.notices import open_notices
    from bot.storage.sql import SqlStore  # SQLAlchemy costs 0.25 s that commands without state need not pay

    clock, observer = SystemClock(), PrometheusObserver()
    encoder, shelf = load_encoder(settings.encoder_threads), library(settings)
    snapshot = await shelf.start()
    store = await SqlStore.open(settings.database, now=clock.now)
    try:
        inbox = _inbox(settings, store, encoder)
        answering = Answering(
            snapshot, store=store, clock=clock, encoder=encoder, misses=inbox.inbox, observer=observer
        )
        async with open_notices(store) as notices:
            yield _core(settings, answering, store, notices, shelf, inbox, observer)
    finally:
        await store.close()


def _core(
    settings: Settings,
    answering: Answering,
    store: "SqlStore",
    notices: Notices,
    shelf: Library,
    inbox: InboxParts,
    observer: "PrometheusObserver",
) -> Core:
    from bot.storage.audit import SqlAuditLog
    from bot.storage.following import SqlFollowStore

    clock, found = SystemClock(), asyncio.Event()
    following = Following(SqlFollowStore(store), clock, until=settings.follow_until, wake=found.set)

    async def swapped(_version: Version) -> None:
        notices.publish(KNOWLEDGE)
        await _look_for_changes(following, answering)

    reloading = Reloading(answering, shelf, clock, SqlAuditLog(store), swapped)
    inbox.publishing.reloading = reloading
    return Core(answering, store, notices, shelf, reloading, inbox, following, found, observer)


class _Publishing:
    """What the inbox wrote into the knowledge folder goes live as any edit does."""

    reloading: Reloading  # set once both exist: each needs the other

    async def __call__(self) -> None:
        """Raises ContentError when it does not go live."""
        outcome = await self.reloading.reload("bot", "an answer of the inbox was approved")
        if isinstance(outcome, Refused):
            raise ContentError(outcome.problems)
        if isinstance(outcome, HeldBack):
            what, remedy = "; ".join(outcome.findings), "see /knowledge diff; an admin can override"
            raise ContentError([Problem("knowledge", 0, what, remedy)])


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


def _inbox(settings: Settings, store: "SqlStore", encoder: NanoEncoder | None) -> InboxParts:
    from bot.storage.inbox import SqlInboxStore

    kept, clock = SqlInboxStore(store), SystemClock()
    to_do, to_send = asyncio.Event(), asyncio.Event()

    def wake() -> None:
        to_do.set()
        to_send.set()

    publishing = _Publishing()
    folder = KnowledgeFolder(settings.knowledge_dir, settings.announce_zone, publishing)
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
    return InboxParts(kept, inbox, clerk, to_send, publishing)


def _inbox_channel(settings: Settings) -> int | None:
    return settings.inbox_channel or settings.moderator_channel


def open_unrecorded(settings: Settings) -> Answering:
    """The bot for commands that keep no state: nothing asked there is stored."""
    encoder = load_encoder(settings.encoder_threads)
    snapshot = load_snapshot(folders(settings), encoder, settings.moderator_contact, show_progress)
    return Answering(snapshot, store=NoStore(), clock=SystemClock(), encoder=encoder, patient=True)


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises BotError when something needed cannot start."""
    from bot.storage.backup import in_use

    stopped = _stop_event()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(in_use(settings.database))
        core = await stack.enter_async_context(open_core(settings))
        discord = _discord(settings, core)
        runner = await _start_web(settings, core, discord)
        stack.push_async_callback(runner.cleanup)
        await stack.enter_async_context(_background(_forget_daily(settings, core)))
        await stack.enter_async_context(_background(core.inbox.clerk.run()))
        if discord and settings.discord_token:
            stack.push_async_callback(discord.client.close)
            await stack.enter_async_context(_background(_connect(discord.client, settings.discord_token)))
            for loop in (discord.outbox, discord.inbox):
                await stack.enter_async_context(_background(_send(discord, loop)))
            await stack.enter_async_context(_background(_send_corrections(discord, core)))
        await stack.enter_async_context(_background(core.library.warm()))
        if core.store.shared:
            await stack.enter_async_context(_background(_follow_other_processes(core)))
        if settings.watch:
            await stack.enter_async_context(_background(_watch(settings, core, discord)))
        await stopped.wait()
        _log.info("stopping")


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
        return await _readiness(core.store, discord.client if discord else None)

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
        board=_coverage(settings, core).board,
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
        now["bot_discord_connected"] = lambda: client.is_ready() and not client.is_closed()
        stored["bot_outbox_due"] = discord.outbox.backlog
    gauges = Gauges(lambda: answering.snapshot.knowledge.version, now, stored)
    return Metrics(lambda: core.observer.exposition(gauges), CONTENT_TYPE, settings.metrics_token)


def _coverage(settings: Settings, core: Core) -> CoverageBoard:
    from bot.storage.demand import SqlDemand

    accuracy = read_accuracy(settings.knowledge_dir)
    return CoverageBoard(lambda: core.answering.snapshot, SqlDemand(core.store), SystemClock(), accuracy)


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
    """The client, and what sends through it: the loops for announcements, for the inbox and for corrections."""

    client: "DiscordClient"
    outbox: Outbox
    inbox: InboxSending
    corrections: Corrections


def _discord(settings: Settings, core: Core) -> DiscordParts | None:
    if settings.discord_token is None:
        return None
    from bot.adapters.discord.announcements.messenger import DiscordMessenger
    from bot.adapters.discord.client import Announcements, build_client
    from bot.adapters.discord.following import DiscordCorrespondent
    from bot.storage.announcements import SqlAnnouncementStore
    from bot.storage.following import SqlFollowStore

    answering, store, clock = core.answering, core.store, SystemClock()
    kept, outbox_woken = SqlAnnouncementStore(store), asyncio.Event()
    core.notices.subscribe(OUTBOX, outbox_woken.set)
    announcing = Announcing(
        kept, clock, needs_approval=settings.announce_approval, wake=partial(core.notices.publish, OUTBOX)
    )
    client = build_client(
        answering,
        store,
        _discord_options(settings),
        Announcements(_desks(settings, announcing, answering), _role_ids(settings)),
        _offices(settings, core),
        core.observer,
    )
    messenger = DiscordMessenger(client, answering, settings.server_locale or SOURCE_LOCALE)
    reports_to = f"discord:{settings.moderator_channel}" if settings.moderator_channel else None
    return DiscordParts(
        client,
        Outbox(kept, messenger, clock, woken=outbox_woken, alone=not store.shared, reports_to=reports_to),
        _inbox_sending(settings, core, client),
        Corrections(SqlFollowStore(store), DiscordCorrespondent(client, answering), clock, woken=core.changes_found),
    )


def _inbox_sending(settings: Settings, core: Core, client: "DiscordClient") -> InboxSending:
    from bot.adapters.discord.inbox.messenger import InboxMessenger

    messenger = InboxMessenger(client, core.answering, core.inbox.inbox, settings.server_locale or SOURCE_LOCALE)
    alone = not core.store.shared
    return InboxSending(core.inbox.store, messenger, SystemClock(), woken=core.inbox.to_send, alone=alone)


def _discord_options(settings: Settings) -> "DiscordOptions":
    from bot.adapters.discord.client import DiscordOptions

    shard_ids, shard_count = settings.shards or ((), 0)
    return DiscordOptions(
        shard_ids=tuple(shard_ids),
        shard_count=shard_count,
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


def _offices(settings: Settings, core: Core) -> Sequence["Office"]:
    from bot.adapters.discord.auditing import audit_office
    from bot.adapters.discord.following import following_office
    from bot.adapters.discord.inbox.office import inbox_office
    from bot.adapters.discord.knowledge.office import knowledge_office
    from bot.adapters.discord.privacy import privacy_office
    from bot.adapters.discord.reviewing import review_office
    from bot.storage.audit import SqlAuditLog
    from bot.storage.personal_data import SqlPersonalData

    roles, clock, answering = _role_ids(settings), SystemClock(), core.answering
    personal, log = SqlPersonalData(core.store, clock), SqlAuditLog(core.store)
    return (
        privacy_office(answering, personal, roles, retention_days=settings.retention_days),
        audit_office(answering, log, clock, roles),
        review_office(answering, Reviewing(PoTranslations(settings.locales_dir), log, clock), roles),
        following_office(answering, core.following),
        inbox_office(answering, core.inbox.inbox, _inbox_channel(settings), roles),
        knowledge_office(answering, core.reloading, _coverage(settings, core), roles),
    )


async def _send(discord: DiscordParts, loop: Outbox | InboxSending) -> None:
    """From the first connection on: before it there is nothing to send through."""
    await discord.client.ready_to_send.wait()
    await loop.run()


async def _send_corrections(discord: DiscordParts, core: Core) -> None:
    """What changed while the bot was not running is found at the start."""
    await _look_for_changes(core.following, core.answering)
    await discord.client.ready_to_send.wait()
    await discord.corrections.run()


async def _look_for_changes(following: Following, answering: Answering) -> None:
    try:
        await following.look(answering.snapshot)
    except StoreError:
        _log.exception("changed answers not looked for; the next change of the knowledge base does")


async def _follow_other_processes(core: Core) -> None:
    """Another process has reloaded: the files that both read are new."""
    noticed = asyncio.Event()
    core.notices.subscribe(KNOWLEDGE, noticed.set)
    while True:
        await noticed.wait()
        noticed.clear()
        try:
            await core.reloading.reload("bot", "another process reloaded")
        except BotError as error:
            _log.error("what another process reloaded does not go live here: %s", error)


async def _watch(settings: Settings, core: Core, discord: DiscordParts | None) -> None:
    from bot.adapters.discord.knowledge.desk import post_report

    async def report(text: str) -> None:
        if discord and settings.moderator_channel:
            await post_report(discord.client, settings.moderator_channel, text)

    signature = partial(content_signature, settings.knowledge_dir, settings.locales_dir)
    await Watching(signature, core.reloading, report).run(settings.watch)


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
        Aging.DEEDS: settings.retention_deeds,
    }


@contextlib.asynccontextmanager
async def _background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Stopped, and waited for: a database that is closed under one at work would keep the process from ending."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=_STOP_WITHIN)


def back_up(settings: Settings, target: Path) -> None:
    """The `backup` command. Raises StoreError."""
    from bot.storage.backup import back_up as write

    write(settings.database, target)
    print(f"The database is backed up in {target}")


def restore(settings: Settings, source: Path) -> None:
    """The `restore` command. Raises StoreError."""
    from bot.storage.backup import restore as put_back

    aside = put_back(settings.database, source, settings.data_dir, SystemClock().now())
    print(f"The database is that of {source}")
    if aside:
        print(f"What was there before is kept in {aside}")


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


def permissions_document() -> str:
    """docs/permissions.md, from what the adapters ask of everybody."""
    from bot.adapters.discord.requirements import ACTIONS, COMMANDS
    from bot.adapters.web.requirements import ENDPOINTS

    commands = {name if name[0].isupper() else f"/{name}": needed for name, needed in COMMANDS.items()}
    controls = {action.name.lower().replace("_", " "): needed for action, needed in ACTIONS.items()}
    return permissions_page(commands, controls, ENDPOINTS)


async def export_audit(settings: Settings, file: Path) -> int:
    """Write the audit log as JSON lines; that is on record too. Raises StoreError."""
    from bot.storage.audit import SqlAuditLog
    from bot.storage.sql import SqlStore

    store = await SqlStore.open(settings.database)
    try:
        log = SqlAuditLog(store)
        await log.append(AuditRecord(at=SystemClock().now(), who=CONSOLE.id, deed=AUDIT_EXPORTED, subject=file.name))
        lines = await log.lines()
        await asyncio.to_thread(file.write_text, "".join(f"{exported_line(line)}\n" for line in lines), "utf-8")
    except OSError as error:
        raise BotError(f"{file}: cannot be written ({error.strerror}); name another file") from error
    finally:
        await store.close()
    print(f"{len(lines)} lines; keep the last hash elsewhere: {lines[-1].hash}")
    return 0


async def verify_audit(settings: Settings, against: Path | None) -> int:
    """Print the first line that was tampered with; 1 when there is one. Raises BotError."""
    from bot.storage.audit import SqlAuditLog
    from bot.storage.sql import SqlStore

    exported = _exported_hashes(against) if against else {}
    store = await SqlStore.open(settings.database)
    try:
        log = SqlAuditLog(store)
        broken = await log.verify()
        lines = await log.lines()
    finally:
        await store.close()
    if broken := broken or first_difference(lines, exported):
        print(f"line {broken.number} was changed, removed or put in; compare it with a backup or an earlier export")
        return 1
    print(f"{len(lines)} lines, none changed")
    return 0


def _exported_hashes(file: Path) -> Mapping[int, str]:
    try:
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        return {int(line["number"]): str(line["hash"]) for line in lines}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BotError(f"{file}: is no export of the audit log; name a file made by `audit export`") from error


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
