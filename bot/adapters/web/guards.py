"""What stands before every handler: headers, origin, rate and time."""

import asyncio
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.adapters.web.admin import PREFIX as ADMIN_PREFIX
from bot.adapters.web.faults import CROSS_ORIGIN, TIMEOUT, TOO_MANY, RequestError
from bot.adapters.web.options import OPTIONS, RATE_LIMIT
from bot.core.tracing import traced

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_OWN_SITES = {"same-origin", "none"}
_RETRY_AFTER_TIMEOUT = "5"  # seconds


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.popall("Server", None)  # versions are nobody's business


@web.middleware
async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lines that are logged for a request, and an apology for it, carry the same reference."""
    with traced():
        return await handler(request)


@web.middleware
async def limit_rate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only the API counts: the page and its assets are cheap, and probes must always be answered."""
    if request.path.startswith("/api/") and (seconds := request.app[RATE_LIMIT].wait(_address(request))):
        raise RequestError(TOO_MANY, count=seconds, headers={"Retry-After": str(seconds)})
    return await handler(request)


@web.middleware
async def refuse_other_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No other site may make a visitor's browser ask, vote or refuse. Programs send neither header and may."""
    if request.method not in ("GET", "HEAD") and not _from_own_page(request):
        raise RequestError(CROSS_ORIGIN)
    return await handler(request)


@web.middleware
async def limit_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith(ADMIN_PREFIX):  # a reload has a limit of its own
        return await handler(request)
    try:
        async with asyncio.timeout(request.app[OPTIONS].handler_timeout):
            return await handler(request)
    except TimeoutError:
        raise RequestError(TIMEOUT, headers={"Retry-After": _RETRY_AFTER_TIMEOUT}) from None


def _from_own_page(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:  # the browser writes it, scripts cannot
        return site in _OWN_SITES
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == _host(request)


def _host(request: web.Request) -> str:
    if request.app[OPTIONS].trust_proxy:
        return request.headers.get("X-Forwarded-Host", request.host)
    return request.host


def _address(request: web.Request) -> str:
    if request.app[OPTIONS].trust_proxy:
        # The proxy appends the address it saw; what stands before was written by the client.
        last = ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2].strip()
        return last or request.remote or ""
    return request.remote or ""
