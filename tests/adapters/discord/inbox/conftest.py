"""A server with moderators and admins, on the real inbox store in a file, with clerk and sending loop run by hand."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.adapters.discord.inbox.messenger import InboxMessenger
from bot.adapters.discord.inbox.office import inbox_office
from bot.adapters.discord.people import RoleIds
from bot.content.inbox_entries import KnowledgeFolder
from bot.content.knowledge_reader import read_knowledge
from bot.core.answering import Answering
from bot.core.inbox.clerk import Clerk
from bot.core.inbox.inboxing import Inbox
from bot.core.inbox.sending import InboxSending
from bot.core.knowledge import Knowledge
from bot.storage.inbox import SqlInboxStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import MemoryStore, knowledge, make_answering, make_snapshot
from tests.content.folders import make_knowledge
from tests.core.clocks import SimulatedClock
from tests.core.inbox.worlds import PARKING, WIFI, ByMatter

ASKED = (WIFI, PARKING)


def with_folder(folder: Path) -> Knowledge:
    """The made-up knowledge base together with what is in a folder."""
    base, (read, problems) = knowledge(), read_knowledge(folder)
    assert read is not None, problems
    return dataclasses.replace(
        base,
        entries={**read.entries, **base.entries},
        sources={**read.sources, **base.sources},
        topics=(*base.topics, *(topic for topic in read.topics if topic.id == "inbox")),
        names=read.names,
        cities=read.cities,
    )


@dataclass
class Desk:
    """The inbox of one run of the bot, wired as `bot.app` does it."""

    inbox: Inbox
    clerk: Clerk
    answering: Answering


@dataclass
class World:
    """What survives a restart: the database and the knowledge folder. `cards` is the channel for cards."""

    kept: SqlInboxStore
    clock: SimulatedClock
    store: MemoryStore
    folder: Path
    cards: int | None = None

    def desk(self) -> Desk:
        async def reload() -> None:
            desk.answering.replace(make_snapshot(with_folder(self.folder), known=ASKED))

        shelf: Any = KnowledgeFolder(self.folder, "Asia/Tokyo", reload)
        inbox = Inbox(self.kept, self.clock, files=shelf, publisher=shelf, wake=lambda: None)
        fingerprinting: Any = ByMatter()
        clerk = Clerk(
            self.kept,
            inbox,
            self.clock,
            fingerprinting=fingerprinting,
            files=shelf,
            publisher=shelf,
            cards=f"discord:{self.cards}" if self.cards else None,
            woken=asyncio.Event(),
            done=lambda: None,
        )
        answering = make_answering(self.store, unanswered=ASKED, misses=inbox)
        answering.replace(make_snapshot(with_folder(self.folder), known=ASKED))
        desk = Desk(inbox, clerk, answering)
        return desk


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest_asyncio.fixture
async def world(tmp_path: Path, clock: SimulatedClock, store: MemoryStore) -> AsyncIterator[World]:
    opened = await SqlStore.open(tmp_path / "bot.sqlite3", now=clock.now)
    yield World(SqlInboxStore(opened), clock, store, make_knowledge(tmp_path / "knowledge"))
    await opened.close()


@dataclass
class Built:
    """The desk of the run that is alive."""

    desk: Desk | None = None


@pytest.fixture
def built() -> Built:
    return Built()


@pytest.fixture
def build(world: World, options: DiscordOptions, built: Built) -> Callable[[], DiscordClient]:
    """A new client on the same stores, as after a restart."""

    def make() -> DiscordClient:
        built.desk = world.desk()
        office = inbox_office(built.desk.answering, built.desk.inbox, world.cards, RoleIds())
        return build_client(built.desk.answering, world.store, options, offices=(office,))

    return make


@dataclass
class Office:
    """A server in which `mira` and `noor` moderate, `ada` is an admin, and three people ask."""

    env: simcord.Env
    guild: GuildHandle
    cards: ChannelHandle
    lobby: ChannelHandle
    mira: MemberActor
    noor: MemberActor
    ada: MemberActor
    askers: dict[str, MemberActor]
    world: World
    built: Built
    build: Callable[[], DiscordClient]

    @property
    def desk(self) -> Desk:
        assert self.built.desk is not None
        return self.built.desk

    def moderate_here(self) -> None:
        """Cards go to the moderators' channel from now on."""
        self.world.cards = self.cards.id

    async def restart(self) -> None:
        await self.env.restart_bot(self.build())

    async def settle(self) -> None:
        """What happens in the background: sorting, publishing, sending."""
        for _ in range(3):
            await self.desk.clerk.work()
            client: Any = self.env.bot
            messenger = InboxMessenger(client, self.desk.answering, self.desk.inbox, "en")
            await InboxSending(self.world.kept, messenger, self.world.clock, per_second=10_000).work()
            await self.env.settle()

    async def ask_everyone(self, texts: dict[str, str] = WIFI) -> None:
        """Each asker asks in their language, in the lobby."""
        assert self.env.bot.user is not None
        for (locale, text), asker in zip(texts.items(), self.askers.values(), strict=True):
            await asker.send(self.lobby, f"<@{self.env.bot.user.id}> {text}")
            assert locale
        await self.settle()

    def posts(self, channel: ChannelHandle) -> list[Any]:
        """What the bot said in a channel, oldest first."""
        return [message for message in channel.history() if message.author.bot]

    def direct_messages(self, member: MemberActor) -> list[Any]:
        """What the bot wrote to a person."""
        return self.posts(ChannelHandle(self.env, None, self.env.backend.get_dm_channel(member.id)))

    def close_direct_messages(self, member: MemberActor) -> None:
        """As Discord answers for people who take none."""
        channel = self.env.backend.get_dm_channel(member.id)
        self.env.inject_error("POST", f"/channels/{channel.id}/messages", status=403, code=50007, times=None)


@pytest_asyncio.fixture
async def office(simcord_env: simcord.Env, world: World, built: Built, build: Callable[[], DiscordClient]) -> Office:
    guild = simcord_env.create_guild()
    moderators = guild.create_role("moderators", permissions=discord.Permissions(manage_messages=True))
    admins = guild.create_role("admins", permissions=discord.Permissions(manage_messages=True, manage_guild=True))
    made = Office(
        env=simcord_env,
        guild=guild,
        cards=guild.create_text_channel("moderators"),
        lobby=guild.create_text_channel("lobby"),
        mira=guild.add_member(simcord_env.create_user("mira"), roles=[moderators]),
        noor=guild.add_member(simcord_env.create_user("noor"), roles=[moderators]),
        ada=guild.add_member(simcord_env.create_user("ada"), roles=[admins]),
        askers={locale: guild.add_member(simcord_env.create_user(f"asker-{locale}")) for locale in WIFI},
        world=world,
        built=built,
        build=build,
    )
    made.moderate_here()
    await made.restart()  # the run that knows the channel
    return made
