"""What is refused, with which status, and in words the reader understands."""

import asyncio
import gzip
import io
import json
import logging

import pytest

from bot.adapters.logs import JsonFormatter
from bot.adapters.web.server import WebOptions
from tests.adapters.web.conftest import Client, Serve
from tests.adapters.web.standin import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        pytest.param(b"", "malformed", None, id="empty"),
        pytest.param(b'{"text": "When?"', "malformed", None, id="cut"),
        pytest.param(b"[]", "malformed", None, id="no-object"),
        pytest.param(b'{"text": "\xff"}', "malformed", None, id="not-utf-8"),
        pytest.param(b"[" * 15_000, "malformed", None, id="deeply-nested"),
        pytest.param(b'{"text": ' + b"9" * 9_000 + b"}", "malformed", None, id="huge-number"),
        pytest.param(b'{"text": 1}', "malformed", "text", id="wrong-type"),
        pytest.param(b'{"text": null}', "malformed", "text", id="null"),
        pytest.param(b"{}", "malformed", "text", id="missing"),
        pytest.param(b'{"text": "a", "mood": "b"}', "malformed", "mood", id="unknown-member"),
        pytest.param(b'{"text": "a", "asker": "../../etc"}', "malformed", "asker", id="impossible-id"),
        pytest.param(b'{"text": "a", "language": 5}', "malformed", "language", id="language-no-text"),
        pytest.param(b'{"text": "a", "language": "tlh"}', "unknown_language", "language", id="klingon"),
        pytest.param(b'{"text": "%s"}' % (b"a" * 2_001), "too_long", "text", id="too-long"),
    ],
)
async def test_refuses_a_faulty_body(client: Client, bot: StandIn, body: bytes, code: str, field: str | None) -> None:
    response = await client.post("/api/ask", data=body, headers=JSON)

    error = (await response.json())["error"]
    assert (response.status, error["code"], error.get("field")) == (400, code, field)
    assert not bot.asked


@pytest.mark.parametrize(
    ("headers", "language"),
    [({"Accept-Language": "th-TH"}, None), ({"Accept-Language": "ja"}, "th")],
    ids=["browser", "choice-before-browser"],
)
async def test_errors_are_told_in_the_readers_language(
    client: Client, headers: dict[str, str], language: str | None
) -> None:
    response = await client.post("/api/ask", json={"language": language}, headers=headers)

    assert (await response.json())["error"]["message"] == "อ่านคำขอนี้ไม่ได้"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/static/server.py", 404, "not_found"),
        ("GET", "/static/..%2fserver.py", 404, "not_found"),
        ("GET", "/api/ask", 405, "method_not_allowed"),
        ("DELETE", "/", 405, "method_not_allowed"),
        ("GET", "/api/summary?length=novel", 400, "malformed"),
        ("GET", "/api/summary?topic=weather", 404, "not_found"),
        ("GET", "/api/topics?language=tlh", 400, "unknown_language"),
    ],
)
async def test_refuses_what_is_not_there(client: Client, method: str, path: str, status: int, code: str) -> None:
    response = await client.request(method, path)

    assert (response.status, (await response.json())["error"]["code"]) == (status, code)
    assert ("Allow" in response.headers) == (status == 405)


async def test_a_button_that_leads_nowhere_says_so(client: Client) -> None:
    response = await client.post("/api/open", json={"key": "meeting.gone"})

    assert (response.status, (await response.json())["error"]["code"]) == (404, "expired")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b'{"text": "When?"}', {"Content-Type": "text/plain"}, id="text"),
        pytest.param(b"text=When?", {"Content-Type": "application/x-www-form-urlencoded"}, id="form"),
        pytest.param(gzip.compress(b'{"text": "When?"}'), JSON | {"Content-Encoding": "gzip"}, id="compressed"),
    ],
)
async def test_requires_plain_json(client: Client, body: bytes, headers: dict[str, str]) -> None:
    response = await client.post("/api/ask", data=body, headers=headers)

    assert (response.status, (await response.json())["error"]["code"]) == (415, "unsupported_media_type")


async def test_refuses_a_body_over_the_limit(serve: Serve, bot: StandIn) -> None:
    client = await serve(bot, options=WebOptions(body_limit=1_000))

    response = await client.post("/api/ask", json={"text": "a" * 1_500})

    assert (response.status, (await response.json())["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        pytest.param({}, True, id="program"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "https://proxied.example"}, True, id="own-page"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="cross-site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="neighbour"),
        pytest.param({"Origin": "https://evil.example"}, False, id="old-browser"),
        pytest.param({"Origin": "null"}, False, id="sandboxed"),
    ],
)
async def test_refuses_other_websites(client: Client, bot: StandIn, headers: dict[str, str], passes: bool) -> None:
    response = await client.post("/api/ask", json={"text": "When?"}, headers=headers)

    assert response.status == (200 if passes else 403)
    assert bool(bot.asked) == passes


async def test_old_browsers_may_ask_from_our_own_page(client: Client) -> None:
    origin = str(client.make_url("/")).rstrip("/")

    response = await client.post("/api/ask", json={"text": "When?"}, headers={"Origin": origin})

    assert response.status == 200


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/api/languages", "/healthz", "/nowhere"])
async def test_every_response_is_guarded(client: Client, path: str) -> None:
    headers = (await client.get(path, headers={"Origin": "https://evil.example"})).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert not [name for name in headers if name.startswith("Access-Control")]
    assert "Server" not in headers


async def test_limits_the_rate_of_an_address(serve: Serve, bot: StandIn) -> None:
    client = await serve(bot, options=WebOptions(requests_per_minute=2))

    statuses = [(await client.get("/api/languages")).status for _ in range(3)]
    refused = await client.get("/api/languages")

    assert statuses == [200, 200, 429]
    assert refused.headers["Retry-After"] == "30"
    assert "30 seconds" in (await refused.json())["error"]["message"]
    assert (await client.get("/healthz")).status == 200


@pytest.mark.parametrize(("trusted", "statuses"), [(True, [200, 200, 429]), (False, [200, 429, 429])])
async def test_believes_only_a_trusted_proxy_about_addresses(
    serve: Serve, bot: StandIn, trusted: bool, statuses: list[int]
) -> None:
    """The last entry counts: all others come from the client."""
    client = await serve(bot, options=WebOptions(requests_per_minute=1, trust_proxy=trusted))

    chains = ("9.9.9.9, 192.0.2.1", "9.9.9.9, 192.0.2.2", "8.8.8.8, 192.0.2.1")
    seen = [(await client.get("/api/languages", headers={"X-Forwarded-For": chain})).status for chain in chains]

    assert seen == statuses


async def test_gives_up_on_an_answer_that_takes_too_long(serve: Serve, bot: StandIn) -> None:
    client = await serve(bot, options=WebOptions(handler_timeout=0.05))

    response = await client.post("/api/ask", json={"text": "wait"})

    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert (await response.json())["error"]["code"] == "timeout"


async def test_a_failure_has_a_reference_and_no_question_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonFormatter())
    logging.getLogger("bot").addHandler(handler)
    with caplog.at_level(logging.DEBUG):
        response = await client.post("/api/ask", json={"text": "explode on my secret"})
    logging.getLogger("bot").removeHandler(handler)

    error = (await response.json())["error"]
    assert (response.status, error["code"]) == (500, "internal")
    assert error["reference"] in error["message"]
    assert error["reference"] in caplog.text
    assert json.loads(lines.getvalue())["reference"] == error["reference"]
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text
    assert (await client.post("/api/ask", json={"text": "When?"})).status == 200


async def test_survives_nonsense(client: Client) -> None:
    """Bytes that are no HTTP cost one connection, never the server."""
    url = client.make_url("/")
    for nonsense in (
        b"\x16\x03\x01\x02\x00",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        await _send(url.host, url.port, nonsense)

    assert (await client.get("/healthz")).status == 200


async def _send(host: str | None, port: int | None, data: bytes) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(data)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
