"""Secrets sent to the web side: compared in constant time, and no bytes make the comparison fail."""

import asyncio
import hmac
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.adapters.web import admin, metrics
from bot.adapters.web.admin import admin_routes
from bot.adapters.web.metrics import Metrics
from bot.adapters.web.server import WebOptions, build_app
from bot.core.reloading import Reloading
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.adapters.web.conftest import all_well
from tests.adapters.web.standin import StandIn
from tests.content.reload_worlds import ListedAudit
from tests.core.clocks import SimulatedClock
from tests.core.reload_shelf import ScriptedShelf

TOKEN = "0123456789abcdef0123456789abcdef"
GUARDED = [("POST", "/api/admin/status", 401), ("GET", "/metrics", 404)]


async def _figures() -> bytes:
    return b"figures"


@pytest.fixture
async def server():  # type: ignore[no-untyped-def]
    answering = make_answering(MemoryStore())
    reloading = Reloading(answering, ScriptedShelf(answering.snapshot), SimulatedClock(), ListedAudit())
    told = Metrics(_figures, "text/plain", TOKEN)
    app = build_app(StandIn(), all_well, WebOptions(), admin=admin_routes(reloading, TOKEN), metrics=told)
    async with TestServer(app, host="127.0.0.1") as server:
        yield server


async def status(server: TestServer, method: str, path: str, sent: bytes, body: bytes = b"") -> int:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nAuthorization: Bearer ".encode() + sent + b"\r\n\r\n" + body)
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return int(answer.split(b" ")[1])


@pytest.mark.parametrize(("method", "path", "refused"), GUARDED)
@pytest.mark.parametrize("sent", [b"\xff\xfe", b"\xed\xa0\x80", "ลับ".encode(), b"", b"x" * 6_000, TOKEN[:-1].encode()])
async def test_no_bytes_get_past_a_token(server: TestServer, method: str, path: str, refused: int, sent: bytes) -> None:
    """Also those that are no text are simply wrong."""
    assert await status(server, method, path, sent) == refused
    assert await status(server, method, path, TOKEN.encode()) == 200


@pytest.mark.parametrize(("method", "path", "refused"), GUARDED)
async def test_tokens_are_compared_in_constant_time(
    server: TestServer, method: str, path: str, refused: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the one function that promises it: as it is called, not by a clock."""
    compared: list[tuple[Any, Any]] = []

    def compare(sent: Any, expected: Any) -> bool:
        compared.append((sent, expected))
        return hmac_compare(sent, expected)

    hmac_compare = hmac.compare_digest
    assert admin.hmac is metrics.hmac  # type: ignore[attr-defined]
    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert await status(server, method, path, b"nearly") == refused
    assert compared == [(b"nearly", TOKEN.encode())]


async def test_a_body_nested_without_end_is_refused(server: TestServer) -> None:
    assert await status(server, "POST", "/api/admin/status", TOKEN.encode(), b"[" * 6_000) == 400


async def test_a_number_of_many_digits_is_refused(server: TestServer) -> None:
    """Reading it would take the square of its length."""
    assert await status(server, "POST", "/api/ask", b"", b'{"text": ' + b"9" * 6_000 + b"}") == 400
