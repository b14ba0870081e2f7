"""A stand-in for Discord's HTTP API on a real local port, which fails as it is told and counts what it was sent.

It outlives the bot's processes, as Discord does. Only what announcements need is there.
"""

import asyncio
import contextlib
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

BOT_ID = "700000000000000001"
_FIRST_ID = (1_730_163_660_000 - 1_420_070_400_000) << 22  # Discord's ids hold their time: a minute after the start


class Fault(Enum):
    """What happens to a request; `AFTER` means that it took effect all the same."""

    ERROR = "500"
    ERROR_AFTER = "500 after taking effect"
    UNAVAILABLE = "503"
    UNAVAILABLE_AFTER = "503 after taking effect"
    LIMITED = "429"
    CUT = "connection cut"
    CUT_AFTER = "connection cut after taking effect"


_EFFECTLESS = {Fault.ERROR, Fault.UNAVAILABLE, Fault.LIMITED, Fault.CUT}
_STATUS = {Fault.ERROR: 500, Fault.ERROR_AFTER: 500, Fault.UNAVAILABLE: 503, Fault.UNAVAILABLE_AFTER: 503}


@dataclass
class Standin:
    """Args: `faults` are used up one a request, None lets it through; `closed` channels refuse with 403."""

    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    replies: dict[str, list[str]] = field(default_factory=dict)  # contents by the message they reply to
    closed: set[str] = field(default_factory=set)
    nonces: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    requests: int = 0
    paths: Counter[str] = field(default_factory=Counter)
    delay: float = 0.0  # seconds before each answer
    away: Fault | None = None  # befalls every request, until it is None again
    next_id: Callable[[], int] | None = None  # of a message; counted from the start when None

    def requests_to(self, channel: str) -> int:
        """However they ended."""
        return self.paths[f"/api/v10/channels/{channel}/messages"]

    def texts(self, channel: str) -> list[str]:
        return [message["content"] for message in self.messages.get(channel, [])]

    def copies(self) -> list[str]:
        """The id of the delivery in the first button of every message, over all channels."""
        found = []
        for messages in self.messages.values():
            found += [one["components"][0]["components"][0]["custom_id"].rpartition(":")[2] for one in messages]
        return found

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """On a port of this machine; the base of the API."""
        server = TestServer(self.app())
        await server.start_server()
        try:
            yield str(server.make_url("/api/v10"))
        finally:
            await server.close()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._misbehave])
        base = "/api/v10"
        app.router.add_get(f"{base}/users/@me", self._me)
        app.router.add_get(f"{base}/oauth2/applications/@me", self._application)
        app.router.add_post(f"{base}/users/@me/channels", self._direct)
        app.router.add_post(base + "/channels/{channel}/messages", self._create)
        app.router.add_get(base + "/channels/{channel}/messages", self._history)
        app.router.add_patch(base + "/channels/{channel}/messages/{message}", self._edit)
        return app

    @web.middleware
    async def _misbehave(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests += 1
        self.paths[request.path] += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        fault = self.away if "/api/" in request.path else None
        if fault is None and self.faults and "/channels/" in request.path:
            fault = self.faults.popleft()
        if fault is None:
            return await handler(request)  # type: ignore[no-any-return]  # aiohttp's handlers are untyped
        if fault not in _EFFECTLESS:
            await handler(request)
        if fault in (Fault.CUT, Fault.CUT_AFTER):
            assert request.transport is not None
            request.transport.close()
        if fault is Fault.LIMITED:
            body = {"message": "slow down", "retry_after": 0.01, "global": False}
            return as_json(body, status=429, headers={"Via": "1.1 google", "Retry-After": "1"})
        return as_json({"message": "oops", "code": 0}, status=_STATUS.get(fault, 500))

    async def _me(self, _: web.Request) -> web.Response:
        return as_json(_user())

    async def _application(self, _: web.Request) -> web.Response:
        whole = {"id": BOT_ID, "name": "bot", "icon": None, "description": "", "bot_public": True, "flags": 0}
        return as_json({**whole, "bot_require_code_grant": False, "owner": _user(), "verify_key": "", "summary": ""})

    async def _direct(self, request: web.Request) -> web.Response:
        person = str((await request.json())["recipient_id"])
        recipient = {"id": person, "username": "someone", "discriminator": "0", "avatar": None}
        return as_json({"id": f"9{person}", "type": 1, "recipients": [recipient]})

    async def _create(self, request: web.Request) -> web.Response:
        channel, body = request.match_info["channel"], await request.json()
        if channel in self.closed:
            return as_json({"message": "Missing Access", "code": 50001}, status=403)
        nonce = (channel, str(body.get("nonce")))
        if body.get("enforce_nonce") and nonce in self.nonces:
            return as_json(self.nonces[nonce])
        message = _message(self.next_id() if self.next_id else _FIRST_ID + self._count(), channel, body)
        self.messages.setdefault(channel, []).append(message)
        if asked := body.get("message_reference"):
            self.replies.setdefault(str(asked["message_id"]), []).append(message["content"])
        self.nonces[nonce] = message
        return as_json(message)

    async def _history(self, request: web.Request) -> web.Response:
        channel, limit = request.match_info["channel"], int(request.query.get("limit", 50))
        after, before = int(request.query.get("after", 0)), int(request.query.get("before", 2**63))
        found = [one for one in self.messages.get(channel, []) if after < int(one["id"]) < before]
        return as_json((found[:limit] if after else found[-limit:])[::-1])  # Discord gives the newest first

    async def _edit(self, request: web.Request) -> web.Response:
        wanted, body = request.match_info["message"], await request.json()
        for message in self.messages.get(request.match_info["channel"], []):
            if message["id"] == wanted:
                message["content"] = body["content"]
                return as_json(message)
        return as_json({"message": "Unknown Message", "code": 10008}, status=404)

    def _count(self) -> int:
        return sum(map(len, self.messages.values()))


def as_json(data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """As Discord sends it: discord.py reads no JSON whose type names a character set."""
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _user() -> dict[str, Any]:
    return {"id": BOT_ID, "username": "bot", "discriminator": "0", "avatar": None, "bot": True}


def _message(number: int, channel: str, body: dict[str, Any]) -> dict[str, Any]:
    asked = body.get("message_reference")
    reference = {"message_reference": {**asked, "channel_id": channel}} if asked else {}
    return {
        **reference,
        "id": str(number),
        "channel_id": channel,
        "author": _user(),
        "content": body.get("content", ""),
        "timestamp": "2024-10-29T01:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": json.loads(json.dumps(body.get("components", []))),
        "pinned": False,
        "type": 0,
    }
