"""Everything that the bot is on Discord, wired. Imported only where there is a token: discord.py costs 0.3 s."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import partial

from bot.adapters.discord.announcements.counter import DeskOptions
from bot.adapters.discord.announcements.desks import Desks
from bot.adapters.discord.announcements.messenger import DiscordMessenger
from bot.adapters.discord.auditing import audit_office
from bot.adapters.discord.client import Announcements, DiscordClient, DiscordOptions, build_client
from bot.adapters.discord.connection import stay_connected
from bot.adapters.discord.following import CorrectionMessenger, following_office
from bot.adapters.discord.inbox.messenger import InboxMessenger
from bot.adapters.discord.inbox.office import inbox_office
from bot.adapters.discord.knowledge.office import knowledge_office
from bot.adapters.discord.knowledge.proposals import CardPlace
from bot.adapters.discord.offices import Office
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.privacy import privacy_office
from bot.adapters.discord.reviewing import review_office
from bot.content.announcement_texts import read_texts
from bot.content.reviewing import PoTranslations
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.outbox import Outbox
from bot.core.answering import Answering
from bot.core.following import Corrections
from bot.core.inbox.sending import InboxSending
from bot.core.locales import SOURCE_LOCALE
from bot.core.ports import OUTBOX
from bot.core.reviewing import Reviewing
from bot.parts import Core, SystemClock, inbox_channel, look_for_changes
from bot.settings import Settings
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.audit import SqlAuditLog
from bot.storage.following import SqlFollowStore
from bot.storage.personal_data import SqlPersonalData

_ANNOUNCING = 0.9  # share of the requests that Discord allows; the rest is for answers


@dataclass(frozen=True, slots=True)
class DiscordParts:
    """The client, and what sends through it: the loops for announcements, for the inbox and for corrections."""

    client: DiscordClient
    outbox: Outbox
    inbox: InboxSending
    corrections: Corrections

    def loops(self, core: Core, token: str) -> Sequence[Coroutine[None, None, None]]:
        """What is to run for as long as the bot does."""
        return (
            stay_connected(self.client, token),
            _send(self, self.outbox),
            _send(self, self.inbox),
            _send_corrections(self, core),
        )


def open_discord(settings: Settings, core: Core) -> DiscordParts:
    """A client that is complete but not connected, and what sends through it."""

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
        Outbox(
            kept,
            messenger,
            clock,
            woken=outbox_woken,
            alone=not store.shared,
            reports_to=reports_to,
            per_second=_ANNOUNCING * settings.discord_rate,
        ),
        _inbox_sending(settings, core, client),
        Corrections(
            SqlFollowStore(store),
            CorrectionMessenger(client, answering),
            clock,
            lambda: answering.snapshot,
            woken=core.changes_found,
            alone=not store.shared,
        ),
    )


def _inbox_sending(settings: Settings, core: Core, client: DiscordClient) -> InboxSending:

    messenger = InboxMessenger(client, core.answering, core.inbox.inbox, settings.server_locale or SOURCE_LOCALE)
    alone = not core.store.shared
    return InboxSending(core.inbox.store, messenger, SystemClock(), woken=core.inbox.to_send, alone=alone)


def _discord_options(settings: Settings) -> DiscordOptions:

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


def _role_ids(settings: Settings) -> RoleIds:

    return RoleIds(
        moderators=settings.moderator_roles,
        approvers=settings.approver_roles,
        reviewers=settings.reviewer_roles,
        admins=settings.admin_roles,
        owners=settings.owners,
    )


def _desks(settings: Settings, announcing: Announcing, answering: Answering) -> Desks:

    options = DeskOptions(
        zone=settings.announce_zone,
        language_channels=settings.language_channels,
    )
    return Desks.open(announcing, answering, options, read_texts)


def _offices(settings: Settings, core: Core) -> Sequence[Office]:

    roles, clock, answering = _role_ids(settings), SystemClock(), core.answering
    cards = CardPlace(settings.moderator_channel, settings.server_locale or SOURCE_LOCALE)
    personal, log = SqlPersonalData(core.store, clock), SqlAuditLog(core.store)
    return (
        privacy_office(answering, personal, roles, retention_days=settings.retention_days),
        audit_office(answering, log, clock, roles),
        review_office(answering, Reviewing(PoTranslations(settings.locales_dir), log, clock), roles),
        following_office(answering, core.following),
        inbox_office(answering, core.inbox.inbox, inbox_channel(settings), roles),
        knowledge_office(answering, core.reloading, core.proposing, core.board, roles, cards),
    )


async def _send(discord: DiscordParts, loop: Outbox | InboxSending | Corrections) -> None:
    """From the first connection on: before it there is nothing to send through."""
    await discord.client.ready_to_send.wait()
    await loop.run()


async def _send_corrections(discord: DiscordParts, core: Core) -> None:
    """What changed while the bot was not running is found at the start."""
    await look_for_changes(core.following, core.answering)
    await _send(discord, discord.corrections)
