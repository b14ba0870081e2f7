"""Reloading over HTTP: with the token, and not otherwise."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.adapters.console.administering import AdminWork, Endpoint, send
from bot.adapters.web.admin import admin_routes
from bot.adapters.web.server import WebOptions, build_app
from bot.core.errors import Problem
from bot.core.reloading import Faulty, Reloading
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.adapters.web.conftest import all_well
from tests.adapters.web.standin import StandIn
from tests.content.reload_worlds import ListedAudit
from tests.core.clocks import SimulatedClock
from tests.core.reload_shelf import FIRST, ScriptedShelf

TOKEN = "0123456789abcdef0123456789abcdef"
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def audit() -> ListedAudit:
    return ListedAudit()


@pytest.fixture
def shelf() -> ScriptedShelf:
    return ScriptedShelf(make_answering(MemoryStore()).snapshot)


@pytest.fixture
def reloading(shelf: ScriptedShelf, audit: ListedAudit) -> Reloading:
    return Reloading(make_answering(MemoryStore()), shelf, SimulatedClock(), audit)


@pytest.fixture
async def client(reloading: Reloading):  # type: ignore[no-untyped-def]
    app = build_app(StandIn(), all_well, WebOptions(), admin=admin_routes(reloading, TOKEN))
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


@pytest.mark.parametrize("action", ["reload", "rollback", "check", "diff", "status"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Basic {TOKEN}"},
     {"Authorization": "Bearer ไทย"}],
)  # fmt: skip
async def test_without_the_token_nothing_is_done(
    client: Client, shelf: ScriptedShelf, action: str, headers: dict[str, str]
) -> None:
    shelf.edited()
    response = await client.post(f"/api/admin/{action}", headers=headers)
    assert response.status == 401
    assert (await response.json())["outcome"] == "unauthorised"
    assert shelf.now == FIRST


async def test_without_a_token_set_there_is_no_endpoint() -> None:
    app = build_app(StandIn(), all_well, WebOptions())
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        assert (await client.post("/api/admin/reload", headers=ALLOWED)).status == 404


async def test_a_reload_is_done_and_told(client: Client, shelf: ScriptedShelf, audit: ListedAudit) -> None:
    shelf.edited()
    response = await client.post("/api/admin/reload", headers=ALLOWED, json={"why": "วันที่ผิด"})
    document = await response.json()
    assert (response.status, document["outcome"]) == (200, "reloaded")
    assert "after:  29–31 ตุลาคม" in document["text"]
    assert (audit.kept[0].who, audit.kept[0].detail) == ("http", {"why": "วันที่ผิด"})


async def test_faults_are_told_with_their_lines(client: Client, shelf: ScriptedShelf) -> None:
    shelf.found = Faulty((Problem("knowledge/km.yaml", 3, "`ភ្នំពេញ` stands twice", "keep one of them"),))
    response = await client.post("/api/admin/reload", headers=ALLOWED)
    assert response.status == 409
    assert "knowledge/km.yaml:3: `ភ្នំពេញ` stands twice; keep one of them" in (await response.json())["text"]


async def test_the_gate_is_overridden_only_with_a_reason(
    client: Client, shelf: ScriptedShelf, audit: ListedAudit
) -> None:
    shelf.edited("ta: wrong rose from 3.0 to 9.0 %")
    refused = await client.post("/api/admin/reload", headers=ALLOWED, json={"why": "x", "override_reason": "  "})
    assert (refused.status, (await refused.json())["outcome"]) == (409, "heldback")
    passed = await client.post("/api/admin/reload", headers=ALLOWED, json={"override_reason": "agreed in the meeting"})
    assert passed.status == 200
    assert [one.deed for one in audit.kept] == ["knowledge.gate-overridden", "knowledge.reloaded"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"why": 3}', b"\xff"])
async def test_a_body_that_cannot_be_read_is_refused(client: Client, shelf: ScriptedShelf, body: bytes) -> None:
    shelf.edited()
    response = await client.post("/api/admin/reload", headers=ALLOWED, data=body)
    assert response.status == 400
    assert shelf.now == FIRST


async def test_another_site_cannot_reload(client: Client, shelf: ScriptedShelf) -> None:
    shelf.edited()
    response = await client.post("/api/admin/reload", headers={**ALLOWED, "Sec-Fetch-Site": "cross-site"})
    assert response.status == 403
    assert shelf.now == FIRST


async def test_the_terminal_reaches_the_running_bot(client: Client, shelf: ScriptedShelf, audit: ListedAudit) -> None:
    shelf.edited()
    said: list[str] = []
    endpoint = Endpoint("127.0.0.1", client.port or 0, TOKEN)
    done = await send(endpoint, _work("reload", why="typing error"), said.append)
    again = await send(endpoint, _work("rollback", version="20990101-000000-000000000000"), said.append)
    assert (done, again) == (0, 1)
    assert "is live" in said[0]
    assert "There is no such version" in said[1]


async def test_the_terminal_tells_when_no_bot_runs() -> None:
    said: list[str] = []
    assert await send(Endpoint("127.0.0.1", 1, TOKEN), _work("reload"), said.append) == 1
    assert await send(Endpoint("127.0.0.1", 1, ""), _work("reload"), said.append) == 1
    assert "is it running" in said[0]
    assert "set BOT_ADMIN_TOKEN" in said[1]


def _work(action: str, *, version: str | None = None, why: str = "") -> AdminWork:
    return AdminWork(action, version, why, "", Path("unused"))
