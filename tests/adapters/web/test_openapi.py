"""openapi.json tells the truth: every operation, parameter and response against the real server."""

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

import bot.adapters.web
from bot.adapters.web.server import WebOptions, build_app
from bot.core.locales import LANGUAGES
from tests.adapters.web.conftest import Client, Serve, all_well
from tests.adapters.web.standin import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOCUMENT: dict[str, Any] = json.loads((Path(bot.adapters.web.__file__).parent / "openapi.json").read_text("utf-8"))
BODIES: Mapping[str, dict[str, Any]] = {
    "/api/ask": {"text": "When?", "language": "th", "conversation": "c1", "asker": "a1"},
    "/api/open": {"key": "meeting.dates", "language": "th", "conversation": "c1"},
    "/api/feedback": {"question_id": "abc", "helpful": True, "language": "th"},
    "/api/refuse": {"question_id": "abc", "language": "th", "text": "When?"},
}
JSON = {"Content-Type": "application/json"}
ODD_VALUES: list[Any] = [None, 1, 0.5, True, "", "a b", "é", "a" * 65, "a" * 201, "a" * 2_001, [], {}, ["a"]]


class BrokenBot(StandIn):
    """Fails at everything but words."""

    async def _fail(self, *_: object, **__: object) -> Any:
        raise RuntimeError

    def _fail_now(self, *_: object, **__: object) -> Any:
        raise RuntimeError

    ask = open = refuse = feedback = _fail
    languages = topics = summary_topics = summary = _fail_now


class SlowBot(StandIn):
    """Never gets anything done."""

    async def _wait(self, *_: object, **__: object) -> Any:
        await self.released.wait()

    ask = open = refuse = feedback = _wait


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


class Contract:
    """Checks each response against the description and remembers what was seen."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str, str]] = set()

    async def check(self, client: Client, method: str, path: str, template: str | None = None, **request: Any) -> None:
        template = template or path.partition("?")[0]
        response = await client.request(method, path, **request)
        operation = DOCUMENT["paths"][template].get(method) or next(iter(DOCUMENT["paths"][template].values()))
        described = _resolve(operation["responses"][str(response.status)])
        for name, header in described.get("headers", {}).items():
            _validate(header["schema"], response.headers[name])
        if content := described.get("content"):
            schema = content[response.content_type].get("schema")
            if schema:
                _validate(schema, await response.json())
        self.seen.add((next(iter(DOCUMENT["paths"][template])), template, str(response.status)))


def _resolve(item: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in item:
        return item
    found = DOCUMENT
    for part in item["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def _validate(schema: dict[str, Any], value: object) -> None:
    _validator(schema).validate(value)


async def test_is_valid_openapi() -> None:
    validate(DOCUMENT)


async def test_is_served(client: Client) -> None:
    assert await (await client.get("/api/openapi.json")).json() == DOCUMENT


async def test_describes_every_route_and_no_other() -> None:
    app = build_app(StandIn(), all_well, WebOptions())
    routes = {(route.method.lower(), route.resource.canonical) for route in app.router.routes() if route.resource}

    described = {(method, path) for method, path, _ in _operations()}
    assert {(method, path) for method, path in routes if method != "head"} == described


async def test_every_described_response_occurs_as_described(serve: Serve, bot: StandIn) -> None:
    contract = Contract()
    await _meet_successes(contract, await serve(bot))
    await _meet_refusals(contract, serve, bot)
    await _meet_failures(contract, serve)

    described = {
        (method, path, status) for method, path, operation in _operations() for status in operation["responses"]
    }
    assert contract.seen == described


async def _meet_successes(contract: Contract, client: Client) -> None:
    for path, body in BODIES.items():
        await contract.check(client, "post", path, json=body)
    for word in ("unclear", "weather", "hostile", "foreign", "untranslated"):
        await contract.check(client, "post", "/api/ask", json={"text": word})
    for path in (
        "/",
        "/coverage",
        "/api/topics",
        "/api/languages",
        "/api/interface",
        "/api/openapi.json",
        "/healthz",
        "/readyz",
    ):
        await contract.check(client, "get", path)
    for length in ("line", "paragraph", "page"):
        await contract.check(client, "get", f"/api/summary?length={length}&topic=network&language=th")
    for name in ("chat.css", "chat.js", "icon.svg"):
        await contract.check(client, "get", f"/static/{name}", "/static/{name}")


async def _meet_refusals(contract: Contract, serve: Serve, bot: StandIn) -> None:
    client = await serve(bot, options=WebOptions(requests_per_minute=10_000, body_limit=500))
    for path, body in BODIES.items():
        await contract.check(client, "post", path, data=b"{", headers=JSON)
        await contract.check(client, "post", path, data=b"{", headers={"Content-Type": "text/plain"})
        await contract.check(client, "post", path, data=b" " * 600, headers=JSON)
        await contract.check(client, "post", path, json=body, headers={"Sec-Fetch-Site": "cross-site"})
    await contract.check(client, "post", "/api/open", json={"key": "gone"})
    bot.forgotten.add("gone")
    await contract.check(client, "post", "/api/feedback", json={"question_id": "gone", "helpful": False})
    await contract.check(client, "post", "/api/refuse", json={"question_id": "gone"})
    for path in ("/api/topics", "/api/summary", "/api/interface"):
        await contract.check(client, "get", f"{path}?language=tlh")
    await contract.check(client, "get", "/api/summary?topic=weather")
    await contract.check(client, "get", "/static/nothing", "/static/{name}")
    for path in ("/static/chat.css", "/api/openapi.json"):
        tag = (await client.get(path)).headers["ETag"]
        template = path.replace("chat.css", "{name}")
        await contract.check(client, "get", path, template, headers={"If-None-Match": tag})
    for _, path, _ in _operations():
        await contract.check(client, "delete", path.replace("{name}", "chat.css"), path)


async def _meet_failures(contract: Contract, serve: Serve) -> None:
    async def unready() -> Any:
        raise RuntimeError

    broken = await serve(BrokenBot(), readiness=unready, board=unready)
    slow = await serve(SlowBot(), options=WebOptions(requests_per_minute=10_000, handler_timeout=0.02))
    busy = await serve(StandIn(), options=WebOptions(requests_per_minute=1))
    await busy.get("/api/languages")
    for method, path, operation in _operations():
        request: dict[str, Any] = {"json": BODIES[path]} if path in BODIES else {}
        if "429" in operation["responses"]:
            await contract.check(busy, method, path, **request)
        if "500" in operation["responses"]:
            await contract.check(broken, method, path, **request)
        if "503" in operation["responses"] and path in BODIES:
            await contract.check(slow, method, path, **request)
    await contract.check(await serve(StandIn(), readiness=_one_check_fails), "get", "/readyz")


async def _one_check_fails() -> Mapping[str, bool]:
    return {"store": False}


def _mutations(path: str) -> Iterator[dict[str, Any]]:
    """A body that is right, and ones that are wrong or unusual in one place each."""
    right = BODIES[path]
    yield right
    yield {**right, "unheard_of": 1}
    for name in right:
        yield {key: value for key, value in right.items() if key != name}
        for value in ODD_VALUES:
            if not (name == "language" and isinstance(value, str)):  # which tags mean a language no schema can say
                yield {**right, name: value}


@pytest.mark.parametrize("path", BODIES)
async def test_server_accepts_exactly_the_bodies_described(client: Client, path: str) -> None:
    reference = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = _validator(reference)

    for body in _mutations(path):
        status = (await client.post(path, json=copy.deepcopy(body))).status
        assert (status != 400) == validator.is_valid(body), body


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_is_a_value_of_every_language_parameter(client: Client, language: str) -> None:
    for method, path, operation in _operations():
        names = [_resolve(parameter)["name"] for parameter in operation.get("parameters", [])]
        if "language" in names:
            assert (await client.request(method, path, params={"language": language})).status == 200
    assert (await client.post("/api/ask", json={"text": "When?", "language": language})).status == 200


async def test_lengths_are_those_described(client: Client) -> None:
    parameters = DOCUMENT["paths"]["/api/summary"]["get"]["parameters"]
    lengths = next(each["schema"]["enum"] for each in parameters if each.get("name") == "length")

    statuses = {length: (await client.get(f"/api/summary?length={length}")).status for length in [*lengths, "book"]}
    assert statuses == dict.fromkeys(lengths, 200) | {"book": 400}
