from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import simcord
import simcord.interactions
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from bot.adapters.discord import delivery
from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from tests.adapters.discord.worlds import MemoryStore, make_answering


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between attempts; as many as there really are."""
    monkeypatch.setattr(delivery, "_PAUSES", tuple(0.01 for _ in delivery._PAUSES))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def options() -> DiscordOptions:
    """Without a cooldown: tests ask faster than people."""
    return DiscordOptions(cooldown_seconds=0)


@pytest.fixture
def build(store: MemoryStore, options: DiscordOptions) -> Callable[[], DiscordClient]:
    """A new client on the same store, as after a restart. The place to put the shipped knowledge base in."""
    return lambda: build_client(make_answering(store), store, options)


@pytest.fixture
def simcord_bot(build: Callable[[], DiscordClient]) -> DiscordClient:
    return build()


@dataclass
class ClientLocale:
    """What the person's Discord client and the server are set to."""

    client: str = "en-US"
    server: str = "en-US"


@pytest.fixture
def client_locale(monkeypatch: pytest.MonkeyPatch) -> ClientLocale:
    """simcord knows only en-US: set the fields of this to speak from another client."""
    setting = ClientLocale()
    original = simcord.interactions.base_payload

    def localised(*args: Any, **kwargs: Any) -> Any:
        record, payload = original(*args, **kwargs)
        payload["locale"] = setting.client
        if "guild_locale" in payload:
            payload["guild_locale"] = setting.server
        return record, payload

    monkeypatch.setattr(simcord.interactions, "base_payload", localised)
    return setting


@dataclass
class Place:
    """A server with one channel and one person in it."""

    env: simcord.Env
    guild: GuildHandle
    channel: ChannelHandle
    alice: MemberActor

    @property
    def me(self) -> str:
        return f"<@{self.env.bot.user.id}>" if self.env.bot.user else ""

    def from_bot(self) -> list[Any]:
        """What the bot said in the channel, oldest first."""
        bot_id = self.env.bot.user.id if self.env.bot.user else 0
        return [message for message in self.channel.history() if message.author.id == bot_id]

    def sent(self) -> list[dict[str, Any]]:
        """Bodies of the messages that the bot tried to send to channels."""
        requests = [each for each in self.env.http_requests if each.method == "POST"]
        return [each.json for each in requests if each.path.endswith("/messages") and isinstance(each.json, dict)]


@pytest.fixture
def place(simcord_env: simcord.Env) -> Place:
    guild = simcord_env.create_guild()
    channel = guild.create_text_channel("general")
    return Place(simcord_env, guild, channel, guild.add_member(simcord_env.create_user("alice")))
