"""Discord's gateway and HTTP API together on a real local port: one server with one text channel for each shard.

It outlives the bot's processes, as Discord does.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.faults.standin import BOT_ID, Standin, as_json

TOKEN = "x" * 24 + "." + "y" * 6 + "." + "z" * 27
_ME = {"id": BOT_ID, "username": "bot", "discriminator": "0", "avatar": None, "bot": True}
_TEXT_CHANNEL: dict[str, Any] = {
    "type": 0,
    "name": "ห้อง",
    "position": 0,
    "permission_overwrites": [],
    "nsfw": False,
    "topic": None,
}
_ALICE = "42"


def message_id(minutes_ago: float) -> str:
    return str((int((time.time() - 60 * minutes_ago) * 1000) - 1_420_070_400_000) << 22)


@dataclass
class Gateway:
    """`shards` of all IDENTIFYs; `last` is each channel's newest message.

    Args:
        count: How many shards there are in all.
    """

    count: int = 1
    standin: Standin = field(default_factory=Standin)
    shards: list[tuple[int, int]] = field(default_factory=list)
    sockets: dict[int, web.WebSocketResponse] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    address: str = ""
    accepting: bool = True  # connections to the gateway
    commands: list[Any] = field(default_factory=list)  # as they were last registered
    resumable: bool = False  # whether a session outlives its connection
    events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    _newest: int = 0
    _port: int = 0
    _server: TestServer | None = None

    def __post_init__(self) -> None:
        self.standin.next_id = self._next_id

    async def leave(self) -> None:
        """Be gone: every connection is cut, and new ones are refused."""
        assert self._server is not None
        self.cut()
        await self._server.close()

    def cut(self) -> None:
        """Every session's connection breaks, and nobody says goodbye."""
        for socket in self.sockets.values():
            _abort(socket)
        self.sockets.clear()

    async def come_back(self) -> None:
        await self.start(self._port)

    async def start(self, port: int = 0) -> TestServer:
        """Open the door; close the server to be gone, and start again at its port to be back."""
        self._server = server = TestServer(self.app(), port=port)
        await server.start_server(shutdown_timeout=0.1)
        self._port = server.port or 0
        self.address = str(server.make_url("/gateway")).replace("http", "ws", 1)
        return server

    @property
    def api(self) -> str:
        return self.address.replace("ws", "http", 1).removesuffix("/gateway") + "/api/v10"

    def guild_of(self, shard: int) -> str:
        """A server that belongs to this shard of `count`."""
        return str((self.count * 1000 + shard) << 22)

    def channel_of(self, shard: int) -> str:
        return str(int(self.guild_of(shard)) + 1)

    def app(self) -> web.Application:
        app = self.standin.app()
        app.router.add_get("/gateway", self._connect)
        app.router.add_get("/api/v10/channels/{channel}", self._channel)
        app.router.add_get("/api/v10/channels/{channel}/messages/{message}", self._message)
        app.router.add_put("/api/v10/applications/{rest:.*}", self._commands)
        return app

    async def _channel(self, request: web.Request) -> web.Response:
        number = request.match_info["channel"]
        return as_json({"id": number, "guild_id": str(int(number) - 1), **_TEXT_CHANNEL})

    async def _message(self, request: web.Request) -> web.Response:
        said = self.standin.messages[request.match_info["channel"]]
        return as_json(next(one for one in said if one["id"] == request.match_info["message"]))

    async def _commands(self, request: web.Request) -> web.Response:
        self.commands = await request.json()
        return as_json([])

    async def end_session(self, shard: int) -> None:
        """Discord closes the connection; what is said meanwhile is never delivered."""
        await self.sockets.pop(shard).close(code=4009)

    def say(self, shard: int, text: str) -> str:
        """Alice speaks to the bot while nobody is connected; the id of the message."""
        return str(self._keep(shard, text, _ALICE)["id"])

    def replies(self, message: str) -> list[str]:
        """What the bot replied to a message."""
        return self.standin.replies.get(message, [])

    def _next_id(self) -> int:
        self._newest = max(self._newest + 1, int(message_id(0)))
        return self._newest

    async def deliver(self, shard: int, text: str, person: str = _ALICE) -> str:
        """Somebody speaks to the bot, which is connected; the id of the message."""
        message = self._keep(shard, text, person)
        member = {"roles": [], "joined_at": "2024-10-29T01:00:00+00:00", "deaf": False, "mute": False, "flags": 0}
        await self._send(shard, "MESSAGE_CREATE", {**message, "guild_id": self.guild_of(shard), "member": member})
        return str(message["id"])

    async def _send(self, shard: int, kind: str, data: dict[str, Any]) -> None:
        """Nobody hears it where there is no connection; a session that is resumed is told then."""
        sent = self.events.setdefault(shard, [])
        sent.append({"op": 0, "s": len(sent) + 1, "t": kind, "d": data})
        if (socket := self.sockets.get(shard)) is not None and not socket.closed:
            await socket.send_json(sent[-1])

    def _keep(self, shard: int, text: str, person: str) -> dict[str, Any]:
        channel, number = self.channel_of(shard), str(self._next_id())
        author = {"id": person, "username": "alice", "discriminator": "0", "avatar": None}
        said = {"id": number, "channel_id": channel, "author": author, "content": f"<@{BOT_ID}> {text}"}
        rest = {"timestamp": "2024-10-29T01:00:00+00:00", "edited_timestamp": None, "tts": False, "type": 0}
        none: dict[str, Any] = {"mention_everyone": False, "mention_roles": [], "attachments": [], "embeds": []}
        message = {**said, **rest, **none, "components": [], "pinned": False, "mentions": [_ME]}
        self.standin.messages.setdefault(channel, []).append(message)
        self.last[channel] = number
        return message

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        if not self.accepting:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 45000}})
        async for received in socket:
            await self._receive(socket, received.json())
        return socket

    async def _receive(self, socket: web.WebSocketResponse, sent: dict[str, Any]) -> None:
        if sent["op"] == 1:
            await socket.send_json({"op": 11})
        elif sent["op"] == 6 and self.resumable:
            await self._resume(socket, sent["d"])
        elif sent["op"] == 6:  # that session is over
            await socket.send_json({"op": 9, "d": False})
        elif sent["op"] == 2:
            shard, count = sent["d"].get("shard", (0, 1))
            self.shards.append((shard, count))
            self.sockets[shard] = socket
            await self._greet(shard, count)

    async def _resume(self, socket: web.WebSocketResponse, sent: dict[str, Any]) -> None:
        shard = int(sent["session_id"].rpartition(" ")[2])
        for event in self.events[shard][sent["seq"] :]:
            await socket.send_json(event)
        self.sockets[shard] = socket
        await self._send(shard, "RESUMED", {})

    async def _greet(self, shard: int, count: int) -> None:
        ready = {
            "v": 10,
            "user": _ME,
            "guilds": [{"id": self.guild_of(shard), "unavailable": True}],
            "session_id": f"session of {shard}",
            "resume_gateway_url": self.address,
            "shard": [shard, count],
            "application": {"id": BOT_ID, "flags": 0},
        }
        self.events[shard] = []
        await self._send(shard, "READY", ready)
        await self._send(shard, "GUILD_CREATE", self._guild(shard))

    def _guild(self, shard: int) -> dict[str, Any]:
        number, channel = self.guild_of(shard), self.channel_of(shard)
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
                    "user": _ME,
                    "roles": [],
                    "joined_at": "2024-10-29T01:00:00+00:00",
                    "deaf": False,
                    "mute": False,
                    "flags": 0,
                }
            ],
            "channels": [{**_TEXT_CHANNEL, "id": channel, "last_message_id": self.last.get(channel)}],
        }


def _abort(socket: web.WebSocketResponse) -> None:
    request = socket._req  # aiohttp tells it no other way
    if request is not None and request.transport is not None:
        request.transport.abort()
