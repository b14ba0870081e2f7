"""Asks Discord what `bot doctor` wants to know: is the token good, are channels open, roles there. Changes nothing."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from discord.http import Route

from bot.adapters.discord.client import INTENTS
from bot.adapters.discord.permissions import THREADS, missing_permissions, no_place_for_messages
from bot.core.diagnosis import Finding, not_checked, ok, problem, refused_token

_WITHIN = aiohttp.ClientTimeout(total=10)  # seconds for one answer
_INVITE = "invite the bot there with the scopes bot and applications.commands"
# The flags of an application that let it have a privileged intent: the intent, and its two flags (few, many servers).
_PRIVILEGED = {"presences": (1 << 12, 1 << 13), "members": (1 << 14, 1 << 15), "message_content": (1 << 18, 1 << 19)}


@dataclass(frozen=True, slots=True)
class Named:
    """What the settings name; the values say which setting names it."""

    servers: Mapping[int, str]
    channels: Mapping[int, str]
    roles: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Examination:
    """Args: `time` is Discord's, None when it was not reached."""

    findings: Sequence[Finding]
    time: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: Any
    time: datetime.datetime | None


async def examine(token: str, api_base: str | None, named: Named) -> Examination:
    """Never raises for what Discord or the network does."""
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (asean-smart-cities-bot, doctor)"}
    async with aiohttp.ClientSession(headers=headers, timeout=_WITHIN) as session:
        examiner = _Examiner(session, (api_base or Route.BASE).rstrip("/"), named)
        me = await examiner.get("/users/@me")
        return Examination(await examiner.findings(me), me.time)


class _Examiner:
    def __init__(self, session: aiohttp.ClientSession, base: str, named: Named) -> None:
        self._session = session
        self._base = base
        self._named = named

    async def get(self, path: str) -> _Reply:
        """Status 0 when there was no answer, or none that can be read."""
        try:
            async with self._session.get(self._base + path) as response:
                body = await response.json(content_type=None)
                return _Reply(response.status, body, _time(response.headers.get("Date")))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return _Reply(0, None, None)

    async def findings(self, me: _Reply) -> list[Finding]:
        if me.status == 401:
            return [refused_token(), not_checked("Discord", "it answers nothing without a good token")]
        if me.status != 200:
            return [not_checked("Discord", _unanswered(me))]
        # After one another: a burst at each doctor would be the first thing that Discord limits.
        findings = [ok("Discord", "reached; it accepts the token"), await self._intents(), await self._starts()]
        servers = await self.get("/users/@me/guilds")
        if servers.status != 200:
            return [*findings, not_checked("servers", _unanswered(servers))]
        joined = {int(server["id"]) for server in servers.body}
        findings += [_server_finding(number, joined, setting) for number, setting in self._named.servers.items()]
        findings += await self._roles(joined)
        for number, setting in self._named.channels.items():
            findings.append(await self._channel(number, f"channel {number} ({setting})", me.body))
        return findings

    async def _intents(self) -> Finding:
        wanted = [name for name in _PRIVILEGED if getattr(INTENTS, name)]
        if not wanted:
            return ok("intents", "the bot needs no privileged one")
        application = await self.get("/applications/@me")
        if application.status != 200:
            return not_checked("intents", _unanswered(application))
        return intents_finding(wanted, int(application.body.get("flags", 0)))

    async def _starts(self) -> Finding:
        gateway = await self.get("/gateway/bot")
        if gateway.status != 200:
            return not_checked("connections", _unanswered(gateway))
        limit = gateway.body["session_start_limit"]
        if limit["remaining"]:
            return ok("connections", f"{limit['remaining']} of {limit['total']} are left for today")
        hours = max(1, round(limit["reset_after"] / 3_600_000))
        return problem(
            "connections", f"all of today are used up; new ones come in about {hours} h", "end what restarts it"
        )

    async def _roles(self, joined: set[int]) -> list[Finding]:
        """Which roles the settings name that no server has: they would make nobody a moderator."""
        if not self._named.roles:
            return []
        known: set[int] = set()
        for server in sorted(joined):
            roles = await self.get(f"/guilds/{server}/roles")
            if roles.status != 200:
                return [not_checked("roles", _unanswered(roles))]
            known |= {int(role["id"]) for role in roles.body}
        return [_role_finding(number, known, setting) for number, setting in self._named.roles.items()]

    async def _channel(self, number: int, subject: str, me: Mapping[str, Any]) -> Finding:
        channel = await self.get(f"/channels/{number}")
        if channel.status in (403, 404):
            return _unseen(subject, channel.status)
        if channel.status != 200:
            return not_checked(subject, _unanswered(channel))
        if kind := no_place_for_messages(channel.body):
            return problem(subject, f"it is {kind}, where no message can be written", "name a text channel")
        if "guild_id" not in channel.body:
            return problem(subject, "it is on no server", "name a text channel of a server")
        where = channel.body
        if where["type"] in THREADS:
            parent = await self.get(f"/channels/{where['parent_id']}")
            if parent.status != 200:
                return not_checked(subject, _unanswered(parent))
            where = {**where, "permission_overwrites": parent.body["permission_overwrites"]}
        return await self._permissions(where, subject, me)

    async def _permissions(self, channel: Mapping[str, Any], subject: str, me: Mapping[str, Any]) -> Finding:
        server = channel["guild_id"]
        roles, member = (
            await self.get(f"/guilds/{server}/roles"),
            await self.get(f"/guilds/{server}/members/{me['id']}"),
        )
        for reply in (roles, member):
            if reply.status != 200:
                return not_checked(subject, _unanswered(reply))
        missing = missing_permissions(channel, roles.body, member.body)
        if missing:
            return problem(subject, f"the bot lacks {', '.join(missing)}", "grant it in the channel's permissions")
        return ok(subject, "the bot may see it, write there and read what was written")


def intents_finding(wanted: Sequence[str], flags: int) -> Finding:
    """Args: `wanted` are privileged intents that the bot asks for; `flags` are those of its application."""
    missing = [name for name in wanted if not any(flags & flag for flag in _PRIVILEGED[name])]
    if missing:
        return problem("intents", f"not granted: {', '.join(missing)}", "switch them on at the portal's Bot page")
    return ok("intents", f"granted: {', '.join(wanted)}")


def _server_finding(number: int, joined: set[int], setting: str) -> Finding:
    subject = f"server {number} ({setting})"
    return ok(subject, "the bot is there") if number in joined else problem(subject, "the bot is not there", _INVITE)


def _role_finding(number: int, known: set[int], setting: str) -> Finding:
    subject = f"role {number} ({setting})"
    if number in known:
        return ok(subject, "it exists")
    return problem(subject, "no server of the bot has it", f"correct {setting}; nobody gets rights from it")


def _unseen(subject: str, status: int) -> Finding:
    if status == 404:
        return problem(subject, "there is none", "correct the setting; copy the id from Discord in developer mode")
    return problem(subject, "the bot cannot see it", f"grant it View Channel there, or {_INVITE}")


def _unanswered(reply: _Reply) -> str:
    if reply.status == 0:
        return "Discord cannot be reached"
    if reply.status == 429:
        return "Discord asks to wait; try again in a minute"
    return f"Discord answered with status {reply.status}"


def _time(date: str | None) -> datetime.datetime | None:
    try:
        return parsedate_to_datetime(date).astimezone(datetime.UTC) if date else None
    except ValueError:
        return None
