"""`/metrics`: for whoever runs the bot, and for nobody else."""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.adapters.web.faults import NOT_FOUND, RequestError

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class Metrics:
    """What is shown, and to whom.

    Args:
        read: Gives the document.
        content_type: What the document is, as Prometheus wants to be told.
        token: Who sends it as a bearer token may read. None: only programs on this very machine may.
    """

    read: Callable[[], Awaitable[bytes]]
    content_type: str
    token: str | None


def metrics_handler(metrics: Metrics) -> Handler:
    async def show(request: web.Request) -> web.Response:
        if not _may_read(request, metrics.token):
            raise RequestError(NOT_FOUND)  # as if there were none
        return web.Response(body=await metrics.read(), headers={"Content-Type": metrics.content_type})

    return show


def _may_read(request: web.Request, token: str | None) -> bool:
    if token is None:
        return _is_local(request)
    sent = request.headers.get("Authorization", "")
    return sent.startswith(_BEARER) and hmac.compare_digest(raw_bytes(sent.removeprefix(_BEARER)), token.encode())


def raw_bytes(header: str) -> bytes:
    """A header as it came: aiohttp keeps bytes that are no UTF-8 as surrogates, which do not encode by themselves."""
    return header.encode("utf-8", "surrogateescape")


def _is_local(request: web.Request) -> bool:
    """From this machine, and not brought here by a proxy on it, behind which the whole world would be local."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
