"""Who may read `/metrics`."""

import socket

import pytest

from bot.adapters.web.metrics import Metrics
from bot.adapters.web.server import WebOptions, build_app
from tests.adapters.web.conftest import Serve, all_well
from tests.adapters.web.standin import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOKEN = "0123456789abcdef"


async def document() -> bytes:
    return b"bot_up 1\n"


def metrics(token: str | None = None) -> Metrics:
    return Metrics(document, "text/plain; version=1.0.0", token)


async def test_a_program_on_the_same_machine_may_read(serve: Serve, bot: StandIn) -> None:
    client = await serve(bot, metrics=metrics())
    response = await client.get("/metrics")
    assert (response.status, await response.read()) == (200, b"bot_up 1\n")
    assert response.headers["Content-Type"] == "text/plain; version=1.0.0"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_a_proxy_on_the_same_machine_does_not_open_it_to_the_world(
    serve: Serve, bot: StandIn, header: str
) -> None:
    client = await serve(bot, metrics=metrics())
    response = await client.get("/metrics", headers={header: "127.0.0.1"})
    assert (response.status, (await response.json())["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 404),
        ("Bearer ", 404),
        ("Bearer ชื่อ", 404),
        (TOKEN, 404),
        (None, 404),
    ],
)
async def test_with_a_token_only_who_knows_it_may_read(
    serve: Serve, bot: StandIn, authorization: str | None, status: int
) -> None:
    client = await serve(bot, metrics=metrics(TOKEN))
    headers = {"Authorization": authorization} if authorization else {}
    assert (await client.get("/metrics", headers=headers)).status == status


async def test_other_machines_may_not_read_without_a_token(serve: Serve, bot: StandIn) -> None:
    client = await serve(bot, metrics=metrics(), host="0.0.0.0")
    address = own_address()
    if address.startswith("127."):
        pytest.skip("this machine has no address but its own")
    response = await client.session.get(f"http://{address}:{client.port}/metrics")
    assert response.status == 404


def own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        try:
            connection.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the way out
        except OSError:
            return "127.0.0.1"
        return str(connection.getsockname()[0])


async def test_without_metrics_there_is_no_such_address() -> None:
    paths = [
        route.resource.canonical
        for route in build_app(StandIn(), all_well, WebOptions()).router.routes()
        if route.resource
    ]
    assert "/metrics" not in paths
