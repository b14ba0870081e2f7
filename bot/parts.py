"""The parts that every way of running the bot shares, wired: content, state, answering, reloading, the inbox."""

import asyncio
import contextlib
import datetime
import logging
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bot.adapters.encoder import NanoEncoder, load_encoder
from bot.adapters.remote_encoder import FallbackEncoder, RemoteEncoder
from bot.content.accuracy import read_accuracy
from bot.content.inbox_entries import KnowledgeFolder
from bot.content.library import Library, LibraryOptions
from bot.content.likeness import likeness_file, load_likeness
from bot.content.loading import Folders, load_snapshot
from bot.content.uploads import UploadedFiles
from bot.core.answering import Answering
from bot.core.coverage import CoverageBoard
from bot.core.encoders import BUILT_IN, EncoderChoice
from bot.core.errors import ContentError, Problem, StoreError
from bot.core.following import Following
from bot.core.inbox.clerk import Clerk
from bot.core.inbox.inboxing import Inbox
from bot.core.inbox.likeness import Fingerprinting
from bot.core.keeping_step import KeepingStep
from bot.core.no_store import NoStore
from bot.core.ports import KNOWLEDGE, Encoder, Notices
from bot.core.proposals.proposing import Proposing
from bot.core.reloading import HeldBack, Refused, Reloading, nobody_else
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.adapters.prometheus import PrometheusObserver
    from bot.storage.inbox import SqlInboxStore
    from bot.storage.sql import SqlStore
_log = logging.getLogger(__name__)


class SystemClock:
    """Implements `bot.core.ports.Clock`."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)


def folders(settings: Settings) -> Folders:
    return Folders(settings.knowledge_dir, settings.locales_dir, settings.data_dir / "compiled")


def open_encoder(choice: EncoderChoice) -> Encoder | None:
    """The endpoint, with the built-in encoder behind it where that is the same; without an endpoint the built-in one,
    and None where that cannot be installed.
    """
    if choice.endpoint is None:
        return load_encoder(choice.threads)
    remote = RemoteEncoder(choice.endpoint)
    may_stand_in = remote.name.startswith(BUILT_IN)
    return FallbackEncoder(remote, load_encoder(choice.threads) if may_stand_in else None, time.monotonic)


def needed_encoder(choice: EncoderChoice) -> Encoder:
    """For what makes no sense without one. Raises EncoderError."""
    return open_encoder(choice) or NanoEncoder(choice.threads)  # which tells why it cannot be loaded


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
    proposing: Proposing
    inbox: InboxParts
    following: Following
    changes_found: asyncio.Event
    board: CoverageBoard
    step: KeepingStep | None  # None where no other process shares the store
    observer: "PrometheusObserver"


@contextlib.asynccontextmanager
async def open_core(settings: Settings) -> AsyncIterator[Core]:
    """Raises ContentError when there is neither good content nor a version of it, StoreError."""
    from bot.adapters.prometheus import PrometheusObserver
    from bot.storage.notices import open_notices
    from bot.storage.sql import SqlStore  # SQLAlchemy costs 0.25 s that commands without state need not pay

    clock, observer = SystemClock(), PrometheusObserver()
    encoder = open_encoder(settings.encoder)
    shelf = library(settings, encoder)
    began = clock.now()
    snapshot = await shelf.start()
    store = await SqlStore.open(settings.database, now=clock.now)
    try:
        inbox = _inbox(settings, store, encoder)
        answering = Answering(
            snapshot, store=store, clock=clock, encoder=encoder, misses=inbox.inbox, observer=observer
        )
        async with open_notices(store) as notices:
            step = await _step(store, shelf, notices, began) if store.shared else None
            yield _core(settings, answering, store, notices, shelf, inbox, step, observer)
    finally:
        await store.close()


async def _step(store: "SqlStore", shelf: Library, notices: Notices, began: datetime.datetime) -> KeepingStep:
    from bot.storage.common_version import SqlCommonVersions

    live = await shelf.live()
    found = live if live and live.at >= began else None
    return KeepingStep(SqlCommonVersions(store), shelf, SystemClock(), partial(notices.publish, KNOWLEDGE), found)


def _core(
    settings: Settings,
    answering: Answering,
    store: "SqlStore",
    notices: Notices,
    shelf: Library,
    inbox: InboxParts,
    step: KeepingStep | None,
    observer: "PrometheusObserver",
) -> Core:
    from bot.storage.audit import SqlAuditLog
    from bot.storage.demand import SqlDemand
    from bot.storage.following import SqlFollowStore
    from bot.storage.proposals import SqlProposalStore

    clock, found = SystemClock(), asyncio.Event()
    following = Following(SqlFollowStore(store), clock, until=settings.follow_until, wake=found.set)

    announce, swapped = step.announce if step else nobody_else, partial(look_for_changes, following, answering)
    reloading = Reloading(answering, shelf, clock, SqlAuditLog(store), announce, swapped)
    inbox.publishing.reloading = reloading
    proposing = Proposing(SqlProposalStore(store), UploadedFiles(folders(settings)), reloading, clock)
    accuracy = read_accuracy(settings.knowledge_dir)
    board = CoverageBoard(lambda: answering.snapshot, SqlDemand(store), clock, accuracy)
    return Core(answering, store, notices, shelf, reloading, proposing, inbox, following, found, board, step, observer)


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


def library(settings: Settings, encoder: Encoder | None = None) -> Library:
    one_thread = replace(settings.encoder, threads=1)  # a reload takes a second longer, and questions keep a core
    options = LibraryOptions(
        contact=settings.moderator_contact,
        encoder=one_thread,
        keep=settings.keep_versions,
        margin=settings.gate_margin,
        timeout=settings.reload_timeout,
    )
    first = partial(load_snapshot, folders(settings), encoder, settings.moderator_contact, show_progress)
    return Library(folders(settings), settings.data_dir / "versions", SystemClock(), options, first=first)


def _inbox(settings: Settings, store: "SqlStore", encoder: Encoder | None) -> InboxParts:
    from bot.storage.inbox import SqlInboxStore

    kept, clock = SqlInboxStore(store), SystemClock()
    to_do, to_send = asyncio.Event(), asyncio.Event()

    def wake() -> None:
        to_do.set()
        to_send.set()

    publishing = _Publishing()
    folder = KnowledgeFolder(settings.knowledge_dir, settings.announce_zone, publishing)
    inbox = Inbox(kept, clock, files=folder, publisher=folder, wake=wake)
    channel = inbox_channel(settings)
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


def inbox_channel(settings: Settings) -> int | None:
    return settings.inbox_channel or settings.moderator_channel


def open_unrecorded(settings: Settings) -> Answering:
    """The bot for commands that keep no state: nothing asked there is stored."""
    encoder = open_encoder(settings.encoder)
    snapshot = load_snapshot(folders(settings), encoder, settings.moderator_contact, show_progress)
    return Answering(snapshot, store=NoStore(), clock=SystemClock(), encoder=encoder, patient=True)


async def look_for_changes(following: Following, answering: Answering) -> None:
    try:
        await following.look(answering.snapshot)
    except StoreError:
        _log.exception("changed answers not looked for; the next change of the knowledge base does")
