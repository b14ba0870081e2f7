"""What Prometheus reads, after real questions."""

import asyncio
import math
from collections.abc import Mapping

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.discord.requests import request_trace
from bot.adapters.prometheus import NUMBERS, Gauges, PrometheusObserver
from bot.core.answering import Answering
from bot.core.errors import StoreError
from bot.core.models import Question
from bot.core.ports import Stage
from tests.adapters.discord.worlds import BROKEN, DATES, OFF_TOPIC, VAGUE, MemoryStore, make_answering

NOTHING = Gauges(lambda: "0", {}, {})


def ask(text: str, platform: str = "web") -> Question:
    return Question(text=text, asker="web:secret-asker", conversation=f"web:{text}", platform=platform)


async def read(observer: PrometheusObserver, gauges: Gauges = NOTHING) -> Mapping[str, float]:
    """`name{label=value}` and its number; labels in the order of their names."""
    families = text_string_to_metric_families((await observer.exposition(gauges)).decode())
    samples = (sample for family in families for sample in family.samples)
    return {
        sample.name + "".join(f"{{{label}={value}}}" for label, value in sorted(sample.labels.items())): sample.value
        for sample in samples
    }


@pytest.fixture
def observer() -> PrometheusObserver:
    return PrometheusObserver()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def answering(store: MemoryStore, observer: PrometheusObserver) -> Answering:
    return make_answering(store, observer=observer)


async def test_questions_are_counted_by_outcome_language_and_platform(
    answering: Answering, observer: PrometheusObserver
) -> None:
    for text in (DATES["km"], DATES["km"], DATES["my"], OFF_TOPIC, VAGUE):
        await answering.ask(ask(text))
    await answering.ask(ask(DATES["ta"], platform="discord"))

    seen = await read(observer)
    counted = {name: number for name, number in seen.items() if name.startswith("bot_questions_total")}
    assert counted == {
        "bot_questions_total{language=km}{outcome=answer}{platform=web}": 2,
        "bot_questions_total{language=my}{outcome=answer}{platform=web}": 1,
        "bot_questions_total{language=en}{outcome=abstain}{platform=web}": 1,
        "bot_questions_total{language=en}{outcome=choice}{platform=web}": 1,
        "bot_questions_total{language=ta}{outcome=answer}{platform=discord}": 1,
    }
    assert seen["bot_question_seconds_count{platform=web}"] == 5


async def test_every_stage_of_a_question_is_timed(answering: Answering, observer: PrometheusObserver) -> None:
    await answering.ask(ask(DATES["th"]))
    seen = await read(observer)
    assert {stage: seen[f"bot_stage_seconds_count{{stage={stage}}}"] for stage in Stage} == dict.fromkeys(Stage, 1)
    whole = seen["bot_question_seconds_sum{platform=web}"]
    assert 0 < sum(seen[f"bot_stage_seconds_sum{{stage={stage}}}"] for stage in Stage) <= whole


async def test_what_is_remembered_is_not_encoded_again(answering: Answering, observer: PrometheusObserver) -> None:
    for _ in range(3):
        await answering.ask(ask(DATES["ja"]))
    seen = await read(observer)
    assert (seen["bot_batch_texts_sum"], seen["bot_batch_seconds_count"], seen["bot_texts_remembered_total"]) == (
        1,
        1,
        2,
    )


async def test_declined_questions_are_counted_apart(
    store: MemoryStore, observer: PrometheusObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.core.answering._MOST_AT_ONCE", 0)
    await make_answering(store, observer=observer).ask(ask(DATES["id"], platform="discord"))
    seen = await read(observer)
    assert seen["bot_questions_shed_total{platform=discord}"] == 1
    assert not [name for name in seen if name.startswith("bot_questions_total")]


async def test_a_store_that_fails_is_counted(
    answering: Answering, store: MemoryStore, observer: PrometheusObserver
) -> None:
    store.broken = True
    assert (await answering.ask(ask(DATES["th"]))).outcome == "answer"
    assert (await read(observer))["bot_store_errors_total"] == 2  # the stored language, and the outcome


async def test_a_question_that_fails_stays_out_of_the_answers(
    answering: Answering, observer: PrometheusObserver
) -> None:
    with pytest.raises(RuntimeError):
        await answering.ask(ask(BROKEN))
    assert not [name for name in await read(observer) if name.startswith("bot_questions_total")]
    assert answering.in_work == answering.waiting == 0


async def test_nothing_of_a_person_is_published(answering: Answering, observer: PrometheusObserver) -> None:
    await answering.ask(ask(DATES["my"]))
    document = (await observer.exposition(NOTHING)).decode()
    assert DATES["my"] not in document
    assert "secret-asker" not in document


async def test_gauges_are_looked_up_when_asked_for(observer: PrometheusObserver) -> None:
    async def seven() -> float:
        return 7

    async def broken() -> float:
        raise StoreError("disk full")

    working = Gauges(lambda: "abc", {"bot_discord_latency_seconds": lambda: math.nan}, {"bot_outbox_due": seven})
    seen = await read(observer, working)
    assert (seen["bot_knowledge_info{version=abc}"], seen["bot_outbox_due"]) == (1, 7)
    assert math.isnan(seen["bot_discord_latency_seconds"])

    failing = await read(observer, Gauges(lambda: "def", {}, {"bot_outbox_due": broken}))
    assert "bot_outbox_due" not in failing
    assert "bot_knowledge_info{version=abc}" not in failing
    assert (await read(observer))["bot_store_errors_total"] == 1


async def test_two_bots_in_one_process_count_for_themselves(observer: PrometheusObserver) -> None:
    observer.shed("web")
    assert not [name for name in await read(PrometheusObserver()) if name.startswith("bot_questions_shed_total")]


def test_every_gauge_says_what_it_is() -> None:
    assert all(text.endswith(".") for text in NUMBERS.values())


async def test_requests_to_discord_are_timed_with_how_they_were_answered(observer: PrometheusObserver) -> None:
    async def limited(_: web.Request) -> web.Response:
        return web.Response(status=429)

    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        await asyncio.sleep(5)
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/limited", limited), web.get("/cut", cut)])
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(trace_configs=[request_trace(observer)]) as session,
    ):
        await session.get(server.make_url("/limited"))
        with pytest.raises(aiohttp.ClientError):
            await session.get(server.make_url("/cut"))

    seen = await read(observer)
    counted = {name: number for name, number in seen.items() if name.startswith("bot_request_seconds_count")}
    assert counted == {
        "bot_request_seconds_count{service=discord}{status=429}": 1,
        "bot_request_seconds_count{service=discord}{status=0}": 1,
    }
