"""A server with moderators, on the real announcement store in a file, with the sending loop run by hand."""

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
from simcord.results import InteractionResult, ResponseMessage

from bot.adapters.discord.announcements.counter import DeskOptions
from bot.adapters.discord.announcements.desks import Desks
from bot.adapters.discord.announcements.messenger import DiscordMessenger
from bot.adapters.discord.client import Announcements, DiscordClient, DiscordOptions, build_client
from bot.adapters.discord.people import RoleIds
from bot.content.announcement_texts import read_texts
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.outbox import Outbox
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.core.clocks import SimulatedClock


@dataclass
class Rules:
    """What a test may set before the bot is built."""

    needs_approval: bool = False
    roles: RoleIds = RoleIds()
    language_channels: dict[int, str] | None = None


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest_asyncio.fixture
async def kept(tmp_path: Path, clock: SimulatedClock) -> AsyncIterator[SqlAnnouncementStore]:
    store = await SqlStore.open(tmp_path / "bot.sqlite3", now=clock.now)
    yield SqlAnnouncementStore(store)
    await store.close()


@pytest.fixture
def build(
    store: MemoryStore, options: DiscordOptions, kept: SqlAnnouncementStore, clock: SimulatedClock, rules: Rules
) -> Callable[[], DiscordClient]:
    """A new client on the same stores, as after a restart."""

    def make() -> DiscordClient:
        answering = make_answering(store)
        announcing = Announcing(kept, clock, needs_approval=rules.needs_approval, wake=lambda: None)
        options_of_desks = DeskOptions(language_channels=rules.language_channels or {})
        desks = Desks.open(announcing, answering, options_of_desks, read_texts)
        return build_client(answering, store, options, Announcements(desks, rules.roles))

    return make


def shown(result: InteractionResult) -> ResponseMessage:
    """The page that answered an interaction."""
    assert result.response is not None
    return result.response


def text_of(result: InteractionResult) -> str:
    return shown(result).content


@dataclass
class Hall:
    """A server in which `mira` and `noor` moderate, and `alice` reads."""

    env: simcord.Env
    guild: GuildHandle
    news: ChannelHandle
    lobby: ChannelHandle
    mira: MemberActor
    noor: MemberActor
    alice: MemberActor
    kept: SqlAnnouncementStore
    clock: SimulatedClock
    store: MemoryStore

    async def deliver(self) -> None:
        """One pass of the sending loop."""
        await self.outbox().work()
        await self.env.settle()

    def outbox(self) -> Outbox:
        client: Any = self.env.bot
        return Outbox(self.kept, DiscordMessenger(client, make_answering(self.store), "en"), self.clock)

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

    async def room_change(self, moderator: MemberActor | None = None, **typed: str) -> Any:
        """A draft made from a template; the page that the moderator sees."""
        moderator = moderator or self.mira
        form = await moderator.slash(self.lobby, "announce new", template="room-change")
        values = {"session": "GX 分科会", "place": "ห้องประชุม 5", "time": "2024-10-29 14:30"} | typed
        return await moderator.submit_modal(form, values)


@pytest.fixture
def hall(simcord_env: simcord.Env, kept: SqlAnnouncementStore, clock: SimulatedClock, store: MemoryStore) -> Hall:
    guild = simcord_env.create_guild()
    moderators = guild.create_role("moderators", permissions=discord.Permissions(manage_messages=True))
    return Hall(
        env=simcord_env,
        guild=guild,
        news=guild.create_text_channel("news"),
        lobby=guild.create_text_channel("lobby"),
        mira=guild.add_member(simcord_env.create_user("mira"), roles=[moderators]),
        noor=guild.add_member(simcord_env.create_user("noor"), roles=[moderators]),
        alice=guild.add_member(simcord_env.create_user("alice")),
        kept=kept,
        clock=clock,
        store=store,
    )
