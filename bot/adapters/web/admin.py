"""Reloading over HTTP: for operators and programs that hold the admin token. Without a token none of this exists."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from bot.adapters.web.metrics import raw_bytes
from bot.core.errors import BotError
from bot.core.reload_reports import (
    check_report,
    diff_report,
    outcome_report,
    rollback_report,
    status_report,
)
from bot.core.reloading import HeldBack, NoSuchVersion, Refused, Reloading

PREFIX = "/api/admin/"
_WHO = "http"  # whoever holds the token; programs that act for people name them in `why`
_MAX_TEXT = 500
Told = tuple[int, str, str]  # status, outcome, text
_Deed = Callable[[Reloading, dict[str, str]], Awaitable[Told]]


def admin_routes(reloading: Reloading, token: str) -> list[web.RouteDef]:
    """`token` has to arrive as `Authorization: Bearer TOKEN`."""
    return [
        web.post(f"{PREFIX}{name}", _guarded(deed, reloading, token))
        for name, deed in (
            ("reload", _reload),
            ("rollback", _rollback),
            ("check", _check),
            ("diff", _diff),
            ("status", _status),
        )
    ]


def _guarded(deed: _Deed, reloading: Reloading, token: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        if not _authorised(request, token):
            headers = {"WWW-Authenticate": "Bearer"}
            return _document(HTTPStatus.UNAUTHORIZED, "unauthorised", "Send the admin token.", headers)
        fields = await _fields(request)
        if fields is None:
            return _document(HTTPStatus.BAD_REQUEST, "malformed", "Send a JSON object of texts.")
        try:
            # A client that goes away must not stop a reload half way: it ends by itself, one way or the other.
            status, outcome, text = await asyncio.shield(asyncio.ensure_future(deed(reloading, fields)))
        except BotError as error:
            status, outcome, text = HTTPStatus.CONFLICT, "failed", str(error)
        return _document(status, outcome, text)

    return handle


def _authorised(request: web.Request, token: str) -> bool:
    """Takes as long for a token that is nearly right as for one that is all wrong."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(raw_bytes(sent.strip()), token.encode())


async def _fields(request: web.Request) -> dict[str, str] | None:
    if not request.can_read_body:
        return {}
    try:
        body: Any = await request.json()
    except (ValueError, RecursionError):  # also "[[[[..."
        return None
    if not isinstance(body, dict) or not all(isinstance(text, str) for text in body.values()):
        return None
    return {name: text[:_MAX_TEXT] for name, text in body.items()}


async def _reload(reloading: Reloading, fields: dict[str, str]) -> Told:
    override = fields.get("override_reason", "").strip()
    outcome = await reloading.reload(_WHO, override or fields.get("why", ""), override=bool(override))
    status = HTTPStatus.CONFLICT if isinstance(outcome, Refused | HeldBack) else HTTPStatus.OK
    return status, type(outcome).__name__.lower(), outcome_report(outcome)


async def _rollback(reloading: Reloading, fields: dict[str, str]) -> Told:
    outcome = await reloading.rollback(_WHO, fields.get("why", ""), fields.get("version") or None)
    status = HTTPStatus.NOT_FOUND if isinstance(outcome, NoSuchVersion) else HTTPStatus.OK
    return status, type(outcome).__name__.lower(), rollback_report(outcome)


async def _check(reloading: Reloading, _fields: dict[str, str]) -> Told:
    found = await reloading.check()
    return HTTPStatus.OK, type(found).__name__.lower(), check_report(found)


async def _diff(reloading: Reloading, _fields: dict[str, str]) -> Told:
    found = await reloading.check()
    return HTTPStatus.OK, type(found).__name__.lower(), diff_report(found)


async def _status(reloading: Reloading, _fields: dict[str, str]) -> Told:
    return HTTPStatus.OK, "status", status_report(await reloading.status())


def _document(status: int, outcome: str, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"outcome": outcome, "text": text}, status=status, headers=headers)
