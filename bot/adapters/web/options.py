"""What an operator can set about the web server, and under which keys the application keeps its parts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.adapters.web.door import Door
from bot.adapters.web.rate_limit import RateLimit

Readiness = Callable[[], Awaitable[Mapping[str, bool]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """Limits of the server.

    Args:
        body_limit: Largest request body, in bytes.
        requests_per_minute: For each address, to the API.
        handler_timeout: Seconds until an unfinished request is refused with status 503.
        trust_proxy: Take the client's address from the last entry of `X-Forwarded-For` and the host from
            `X-Forwarded-Host`. Only right behind a proxy that sets both: anybody else can write them.
    """

    body_limit: int = 16 * 1024
    requests_per_minute: int = 60
    handler_timeout: float = 20.0
    trust_proxy: bool = False


DOOR = web.AppKey("door", Door)
OPTIONS = web.AppKey("options", WebOptions)
READINESS: web.AppKey[Readiness] = web.AppKey("readiness")
RATE_LIMIT = web.AppKey("rate_limit", RateLimit)
