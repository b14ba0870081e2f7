"""Several processes with their own shards, against a gateway on a real local port."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord.client import DiscordClient, DiscordOptions, ShardedClient, build_client
from tests.adapters.discord.worlds import DATES, MemoryStore, make_answering, mark
from tests.faults.standin import BOT_ID, Standin

COUNT = 4
TOKEN = "x" * 24 + "." + "y" * 6 + "." + "z" * 27
ME = {"id": BOT_ID, "username": "bot", "discriminator": "0", "avatar": None, "bot": True}
TEXT_CHANNEL: dict[str, Any] = {
    "type": 0,
    "name": "ห้อง",
    "position": 0,
    "permission_overwrites": [],
    "nsfw": False,
    "topic": None,
}
ALICE = {"id": "42", "username": "alice", "discriminator": "0", "avatar": None}


def guild_of(shard: int) -> str:
    """A server that belongs to this shard of `COUNT`."""
    return str((COUNT * 1000 + shard) << 22)


def channel_of(shard: int) -> str:
    return str(int(guild_of(shard)) + 1)


def message_id(minutes_ago: float) -> str:
    return str((int((time.time() - 60 * minutes_ago) * 1000) - 1_420_070_400_000) << 22)


@dataclass
class Gateway:
    """Discord with one server a shard. `shards` of all IDENTIFYs; `last` is each channel's newest message."""

    standin: Standin = field(default_factory=Standin)
    shards: list[tuple[int, int]] = field(default_factory=list)
    sockets: dict[int, web.WebSocketResponse] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    address: str = ""

    def app(self) -> web.Application:
        app = self.standin.app()
        app.router.add_get("/gateway", self._connect)
        app.router.add_get("/api/v10/channels/{channel}", self._channel)
        app.router.add_get("/api/v10/channels/{channel}/messages/{message}", self._message)
        return app

    async def _channel(self, request: web.Request) -> web.Response:
        number = request.match_info["channel"]
        known = {"id": number, "guild_id": str(int(number) - 1), **TEXT_CHANNEL}
        return web.Response(body=json.dumps(known), content_type="application/json")

    async def _message(self, request: web.Request) -> web.Response:
        said = self.standin.messages[request.match_info["channel"]]
        found = next(one for one in said if one["id"] == request.match_info["message"])
        return web.Response(body=json.dumps(found), content_type="application/json")

    async def end_session(self, shard: int) -> None:
        """Discord closes the connection; what is said meanwhile is never delivered."""
        await self.sockets.pop(shard).close(code=4009)

    def say(self, shard: int, text: str) -> None:
        """Alice speaks to the bot while nobody is connected."""
        channel, number = channel_of(shard), message_id(0)
        said = {"id": number, "channel_id": channel, "author": ALICE, "content": f"<@{BOT_ID}> {text}"}
        rest = {"timestamp": "2024-10-29T01:00:00+00:00", "edited_timestamp": None, "tts": False, "type": 0}
        none: dict[str, Any] = {"mention_everyone": False, "mention_roles": [], "attachments": [], "embeds": []}
        self.standin.messages[channel] = [{**said, **rest, **none, "components": [], "pinned": False, "mentions": [ME]}]
        self.last[channel] = number

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 45000}})
        async for received in socket:
            await self._receive(socket, received.json())
        return socket

    async def _receive(self, socket: web.WebSocketResponse, sent: dict[str, Any]) -> None:
        if sent["op"] == 1:
            await socket.send_json({"op": 11})
        elif sent["op"] == 6:  # resume: that session is over
            await socket.send_json({"op": 9, "d": False})
        elif sent["op"] == 2:
            shard, count = sent["d"]["shard"]
            self.shards.append((shard, count))
            self.sockets[shard] = socket
            await self._greet(socket, shard, count)

    async def _greet(self, socket: web.WebSocketResponse, shard: int, count: int) -> None:
        ready = {
            "v": 10,
            "user": ME,
            "guilds": [{"id": guild_of(shard), "unavailable": True}],
            "session_id": f"session of {shard}",
            "resume_gateway_url": self.address,
            "shard": [shard, count],
            "application": {"id": BOT_ID, "flags": 0},
        }
        await socket.send_json({"op": 0, "s": 1, "t": "READY", "d": ready})
        await socket.send_json({"op": 0, "s": 2, "t": "GUILD_CREATE", "d": self._guild(shard)})

    def _guild(self, shard: int) -> dict[str, Any]:
        number, channel = guild_of(shard), channel_of(shard)
        everyone = {"id": number, "name": "@everyone", "permissions": "8", "position": 0, "color": 0, "hoist": False}
        lists: dict[str, Any] = {
            name: []
            for name in ("emojis", "stickers", "features", "threads", "voice_states", "presences", "stage_instances")
        }
        return {
            **lists,
            "id": number,
            "name": f"shard {shard}",
            "owner_id": "1",
            "unavailable": False,
            "member_count": 2,
            "preferred_locale": "th",
            "roles": [{**everyone, "managed": False, "mentionable": False}],
            "members": [
                {
                    "user": ME,
                    "roles": [],
                    "joined_at": "2024-10-29T01:00:00+00:00",
                    "deaf": False,
                    "mute": False,
                    "flags": 0,
                }
            ],
            "channels": [{**TEXT_CHANNEL, "id": channel, "last_message_id": self.last.get(channel)}],
        }


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    gateway = Gateway()
    server = TestServer(gateway.app())
    await server.start_server()
    gateway.address = str(server.make_url("/gateway")).replace("http", "ws", 1)
    yield gateway
    await server.close()


async def _nothing(*_: object, **__: object) -> None:
    """No commands to register, no pause between two shards."""


@contextlib.asynccontextmanager
async def connected(gateway: Gateway, store: MemoryStore, *shards: int) -> AsyncIterator[DiscordClient]:
    base = gateway.address.replace("ws", "http", 1).removesuffix("/gateway")
    options = DiscordOptions(
        shard_ids=shards,
        shard_count=COUNT,
        ready_timeout=0.1,
        api_base=f"{base}/api/v10",
        gateway_base=gateway.address,
    )
    client = build_client(make_answering(store), store, options)
    client.setup_hook = client.before_identify_hook = _nothing  # type: ignore[method-assign]
    running = asyncio.create_task(client.start(TOKEN))
    try:
        await until(lambda: client.is_ready() or running.done())
        assert not running.done(), running.exception()
        yield client
    finally:
        await client.close()
        await asyncio.wait([running])


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not done():  # noqa: ASYNC110 - a connection decides
            await asyncio.sleep(0.01)


async def test_each_process_connects_its_own_shards(gateway: Gateway, store: MemoryStore) -> None:
    """And knows the servers of these only."""
    async with connected(gateway, store, 0, 1) as first, connected(gateway, store, 2, 3) as second:
        known = [{str(guild.id) for guild in client.guilds} for client in (first, second)]

        assert sorted(gateway.shards) == [(shard, COUNT) for shard in range(COUNT)]
        assert known == [{guild_of(0), guild_of(1)}, {guild_of(2), guild_of(3)}]
        assert isinstance(first, ShardedClient)


async def test_announcements_reach_servers_of_other_processes(gateway: Gateway, store: MemoryStore) -> None:
    """They go over HTTP: no shard is needed."""
    async with connected(gateway, store, 3) as client:
        assert client.ready_to_send.is_set()

        await client.get_partial_messageable(int(channel_of(0))).send("ประกาศ")

        assert gateway.standin.texts(channel_of(0)) == ["ประกาศ"]


async def test_a_new_session_of_one_shard_answers_what_it_missed(gateway: Gateway, store: MemoryStore) -> None:
    """Also while the other shards of the process keep their sessions."""
    store.claims[message_id(10)] = f"discord:{channel_of(1)}"
    store.answered |= store.claims.keys()
    async with connected(gateway, store, 0, 1):
        gateway.say(1, DATES["th"])
        await gateway.end_session(1)

        await until(lambda: len(gateway.standin.texts(channel_of(1))) == 2)

        assert mark("th", "It was held") in gateway.standin.texts(channel_of(1))[1]
        assert gateway.shards == [(0, COUNT), (1, COUNT), (1, COUNT)]


@pytest.mark.parametrize(("shards", "answers"), [((1,), 2), ((0, 2), 1)], ids=["its process", "another process"])
async def test_what_a_run_died_over_is_finished_by_the_process_of_its_server(
    gateway: Gateway, store: MemoryStore, shards: tuple[int, ...], answers: int
) -> None:
    gateway.say(1, DATES["km"])
    store.claims[gateway.last[channel_of(1)]] = f"discord:{channel_of(1)}"

    async with connected(gateway, store, *shards):
        await until(lambda: len(gateway.standin.texts(channel_of(1))) == answers)
        await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "discord.py: on_ready"])

    assert len(gateway.standin.texts(channel_of(1))) == answers
