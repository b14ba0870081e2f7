"""A stand-in for the part of Discord's HTTP API that `bot doctor` asks, on a real local port.

One server with a few channels; the bot has the role 30. It serves what Discord's documentation shows, and nothing else.
"""

import contextlib
import datetime
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import discord
from aiohttp import web

BOT_ID = 700000000000000001
SERVER = 200
EVERYONE, OTHERS, OURS = SERVER, 29, 30  # roles
TOKEN = "NzAwMDAwMDAwMDAwMDAwMDAx.GabcDe.f-_ghijklmnopqrstuvwxyz0123456789AB"  # nobody's: its id is BOT_ID
SEES, WRITES, READS = (
    discord.Permissions(view_channel=True).value,
    discord.Permissions(send_messages=True).value,
    discord.Permissions(read_message_history=True).value,
)


def role(number: int, permissions: int = 0) -> dict[str, Any]:
    return {"id": str(number), "name": f"บทบาท {number}", "permissions": str(permissions)}


def overwrite(number: int, *, allow: int = 0, deny: int = 0) -> dict[str, Any]:
    return {"id": str(number), "type": 0, "allow": str(allow), "deny": str(deny)}


def channel(number: int, *overwrites: dict[str, Any], kind: int = 0, **more: Any) -> dict[str, Any]:
    place = {"id": str(number), "type": kind, "guild_id": str(SERVER), "name": "お知らせ-ประกาศ"}
    return {**place, "permission_overwrites": list(overwrites), **more}


@dataclass
class Standin:
    """Args: `statuses` makes a path fail; `time` is what its clock says; `hidden` channels refuse to be seen."""

    channels: dict[int, dict[str, Any]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    roles: list[dict[str, Any]] = field(
        default_factory=lambda: [role(EVERYONE, SEES | READS), role(OURS, WRITES), role(OTHERS)]
    )
    statuses: dict[str, int] = field(default_factory=dict)
    starts_left: int = 998
    time: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    asked: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """The base of its addresses."""
        app = web.Application()
        app.router.add_route("*", "/api/v10/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        path = f"/{request.match_info['path']}"
        self.asked.append(f"{request.method} {path}")
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            return self._reply(401, {"message": "401: Unauthorized", "code": 0})
        if status := self.statuses.get(path):
            return self._reply(status, {"message": "oops", "retry_after": 1.0, "code": 0})
        return self._reply(*self._look_up(path))

    def _reply(self, status: int, body: Any) -> web.Response:
        date = format_datetime(self.time, usegmt=True)
        return web.Response(
            status=status, body=json.dumps(body).encode(), content_type="application/json", headers={"Date": date}
        )

    def _look_up(self, path: str) -> tuple[int, Any]:
        me = {"id": str(BOT_ID), "username": "bot", "bot": True}
        fixed: dict[str, Any] = {
            "/users/@me": me,
            "/users/@me/guilds": [{"id": str(SERVER), "name": "ASEAN–日本"}],
            "/applications/@me": {"id": str(BOT_ID), "flags": 0},
            "/gateway/bot": {"url": "wss://none.invalid", "shards": 1, "session_start_limit": self._limit()},
            f"/guilds/{SERVER}/roles": self.roles,
            f"/guilds/{SERVER}/members/{BOT_ID}": {"user": me, "roles": [str(OURS)]},
        }
        if path in fixed:
            return 200, fixed[path]
        number = int(path.removeprefix("/channels/")) if path.startswith("/channels/") else 0
        if number in self.hidden:
            return 403, {"message": "Missing Access", "code": 50001}
        return (
            (200, self.channels[number])
            if number in self.channels
            else (404, {"message": "Unknown Channel", "code": 10003})
        )

    def _limit(self) -> dict[str, int]:
        return {"total": 1000, "remaining": self.starts_left, "reset_after": 3 * 3_600_000, "max_concurrency": 1}
