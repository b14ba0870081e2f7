"""How long Discord takes for a request, and how it answers: rate limits are status 429."""

import time
from types import SimpleNamespace

import aiohttp

from bot.core.ports import Observer

_SERVICE = "discord"


def request_trace(observer: Observer) -> aiohttp.TraceConfig:
    """For `discord.Client(http_trace=...)`, which also sees the requests that discord.py repeats by itself."""
    trace = aiohttp.TraceConfig()

    async def begun(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestStartParams) -> None:
        context.began = time.perf_counter()

    async def ended(_: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        observer.requested(_SERVICE, end.response.status, time.perf_counter() - context.began)

    async def failed(
        _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestExceptionParams
    ) -> None:
        observer.requested(_SERVICE, 0, time.perf_counter() - context.began)

    trace.on_request_start.append(begun)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace
