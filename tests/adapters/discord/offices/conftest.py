"""A server on the real database, with every office open."""

import datetime
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
import simcord

from bot.adapters.discord.announcements.counter import DeskOptions
from bot.adapters.discord.announcements.desks import Desks
from bot.adapters.discord.auditing import audit_office
from bot.adapters.discord.client import Announcements, DiscordClient, DiscordOptions, build_client
from bot.adapters.discord.following import following_office
from bot.adapters.discord.inbox.office import inbox_office
from bot.adapters.discord.knowledge.office import knowledge_office
from bot.adapters.discord.knowledge.proposals import CardPlace
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.privacy import privacy_office
from bot.adapters.discord.reviewing import review_office
from bot.content.announcement_texts import read_texts
from bot.content.inbox_entries import KnowledgeFolder
from bot.content.loading import Folders
from bot.content.reviewing import PoTranslations
from bot.content.uploads import UploadedFiles
from bot.core.announcements.announcing import Announcing
from bot.core.coverage import CoverageBoard
from bot.core.following import Following
from bot.core.inbox.inboxing import Inbox
from bot.core.proposals.proposing import Proposing
from bot.core.reloading import Reloading
from bot.core.reviewing import Reviewing
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.audit import SqlAuditLog
from bot.storage.demand import SqlDemand
from bot.storage.following import SqlFollowStore
from bot.storage.inbox import SqlInboxStore
from bot.storage.personal_data import SqlPersonalData
from bot.storage.proposals import SqlProposalStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.announcements.conftest import Hall
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.conftest import ROOT
from tests.content.folders import make_knowledge
from tests.core.clocks import SimulatedClock
from tests.core.reload_shelf import ScriptedShelf

RETENTION = 30
MEETING_ENDS = datetime.date(2024, 12, 31)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest_asyncio.fixture
async def database(tmp_path: Path, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(tmp_path / "bot.sqlite3", now=clock.now)
    yield store
    await store.close()


@pytest.fixture
def catalogs(tmp_path: Path) -> Path:
    """A folder of message catalogs that a test may write to."""
    shutil.copytree(ROOT / "locales" / "km", tmp_path / "locales" / "km")
    return tmp_path / "locales"


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


async def _no_reload() -> None:
    pass


@pytest.fixture
def build(
    database: SqlStore, options: DiscordOptions, clock: SimulatedClock, catalogs: Path, knowledge: Path
) -> Callable[[], DiscordClient]:
    def make() -> DiscordClient:
        answering, roles, log = make_answering(database), RoleIds(), SqlAuditLog(database)
        announcing = Announcing(SqlAnnouncementStore(database), clock, needs_approval=False, wake=lambda: None)
        desks = Desks.open(announcing, answering, DeskOptions(language_channels={}), read_texts)
        shelf: Any = KnowledgeFolder(knowledge, "Asia/Tokyo", _no_reload)
        inbox = Inbox(SqlInboxStore(database), clock, files=shelf, publisher=shelf, wake=lambda: None)
        shelf_of_versions = ScriptedShelf(answering.snapshot)
        reloading = Reloading(answering, shelf_of_versions, clock, log)
        files = UploadedFiles(Folders(knowledge, catalogs, knowledge / "compiled"))
        proposing = Proposing(SqlProposalStore(database), files, reloading, clock)
        board = CoverageBoard(lambda: answering.snapshot, SqlDemand(database), clock, {})
        offices = (
            privacy_office(answering, SqlPersonalData(database, clock), roles, retention_days=RETENTION),
            following_office(answering, Following(SqlFollowStore(database), clock, until=MEETING_ENDS)),
            audit_office(answering, log, clock, roles),
            inbox_office(answering, inbox, None, roles),
            knowledge_office(answering, reloading, proposing, board, roles, CardPlace(None, "en")),
            review_office(answering, Reviewing(PoTranslations(catalogs), log, clock), roles),
        )
        return build_client(answering, database, options, Announcements(desks, roles), offices)

    return make


@pytest.fixture
def hall(simcord_env: simcord.Env, database: SqlStore, clock: SimulatedClock) -> Hall:
    """As for announcements; Mira moderates, Noor is an admin."""
    guild = simcord_env.create_guild()
    moderators = guild.create_role("moderators", permissions=discord.Permissions(manage_messages=True))
    admins = guild.create_role("admins", permissions=discord.Permissions(manage_guild=True))
    return Hall(
        env=simcord_env,
        guild=guild,
        news=guild.create_text_channel("news"),
        lobby=guild.create_text_channel("lobby"),
        mira=guild.add_member(simcord_env.create_user("mira"), roles=[moderators]),
        noor=guild.add_member(simcord_env.create_user("noor"), roles=[admins]),
        alice=guild.add_member(simcord_env.create_user("alice")),
        kept=SqlAnnouncementStore(database),
        clock=clock,
        store=MemoryStore(),
    )
