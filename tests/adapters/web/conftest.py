"""The web application on a real port, before a stand-in bot."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, async_playwright

from bot.adapters.web.door import Door
from bot.adapters.web.server import Metrics, Readiness, WebOptions, build_app
from bot.core.coverage import Board
from tests.adapters.web.browser import launch
from tests.adapters.web.standin import StandIn

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]
GENEROUS = WebOptions(requests_per_minute=100_000)


async def all_well() -> Mapping[str, bool]:
    return {"knowledge": True, "store": True}


async def empty_board() -> Board:
    return Board((), (), {})


@pytest.fixture
def bot() -> StandIn:
    return StandIn()


@pytest_asyncio.fixture(loop_scope="module")
async def serve() -> AsyncIterator[Serve]:
    """Starts servers on 127.0.0.1 and stops them after the test."""
    clients: list[Client] = []

    async def start(
        answering: Door,
        *,
        options: WebOptions = GENEROUS,
        readiness: Readiness = all_well,
        metrics: Metrics | None = None,
        board: Callable[[], Awaitable[Board]] = empty_board,
        host: str = "127.0.0.1",
    ) -> Client:
        app = build_app(answering, readiness, options, metrics=metrics, board=board)
        client = TestClient(TestServer(app, host=host))
        clients.append(client)
        await client.start_server()
        return client

    yield start
    for client in clients:
        await client.close()


@pytest_asyncio.fixture(loop_scope="module")
async def client(serve: Serve, bot: StandIn) -> Client:
    return await serve(bot)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await launch(playwright)
        yield chromium
        await chromium.close()
