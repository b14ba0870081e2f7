"""How long Discord takes for a request, and how it answers: rate limits are status 429."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import aiohttp

from bot.core.ports import Observer

_SERVICE = "discord"


def request_trace(observer: Observer, told: Callable[[int], None] = lambda _: None) -> aiohttp.TraceConfig:
    """For `discord.Client(http_trace=...)`, which also sees the requests that discord.py repeats by itself.

    `told` gets the status of each, 0 when there was no answer.
    """
    trace = aiohttp.TraceConfig()

    async def begun(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestStartParams) -> None:
        context.began = time.perf_counter()

    async def ended(_: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        told(end.response.status)
        observer.requested(_SERVICE, end.response.status, time.perf_counter() - context.began)

    async def failed(
        _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestExceptionParams
    ) -> None:
        told(0)
        observer.requested(_SERVICE, 0, time.perf_counter() - context.began)

    trace.on_request_start.append(begun)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace
