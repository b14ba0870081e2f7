"""What the API answers when all is well."""

import asyncio
import html
import json

import aiohttp
import pytest
from aiohttp import web

from bot.adapters.web.server import WebOptions, build_app
from tests.adapters.web.conftest import Client, Serve, all_well
from tests.adapters.web.standin import StandIn
from tests.adapters.web.words import ANSWERS, ASKED, INTERFACE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("locale", ASKED)
async def test_answers_in_the_language_of_the_question(client: Client, locale: str) -> None:
    response = await client.post("/api/ask", json={"text": ASKED[locale]})

    reply = await response.json()
    assert response.status == 200
    assert (reply["locale"], reply["text"]) == (locale, ANSWERS["meeting.dates"][locale])
    assert reply["sources"][0]["url"].startswith("https://www.meti.go.jp/")
    assert reply["question_id"]


async def test_dates_of_sources_are_written_for_the_reader(client: Client) -> None:
    reply = await (await client.post("/api/ask", json={"text": ASKED["th"]})).json()

    dated, undated = reply["sources"]
    assert (dated["published"], undated["published"]) == ("2024-10-31", None)
    assert "ตุลาคม" in dated["date"]
    assert undated["date"] == "no date given"  # the stand-in has no Thai for it


async def test_passes_on_what_is_known_about_the_asker(client: Client, bot: StandIn) -> None:
    """The core sees platform-qualified names and our own tag for the language that was chosen."""
    body = {"text": "When?", "language": "zsm-MY", "conversation": "c-1", "asker": "a_1"}
    await client.post("/api/ask", json=body, headers={"Accept-Language": "tlh, de;q=0.9, th-TH;q=0.8, ja;q=0.7"})

    (question,) = bot.asked
    assert (question.platform, question.asker, question.conversation) == ("web", "web:a_1", "web:c-1")
    assert (question.option_locale, question.client_locale) == ("ms", "th-TH")


async def test_nameless_askers_share_nothing(client: Client, bot: StandIn) -> None:
    for _ in range(2):
        await client.post("/api/ask", json={"text": "When?"})

    first, second = bot.asked
    assert first.asker != second.asker
    assert first.conversation != second.conversation


async def test_half_an_emoji_is_replaced(client: Client, bot: StandIn) -> None:
    """A browser may cut a surrogate pair in half; no store could keep the half."""
    response = await client.post(
        "/api/ask", data=b'{"text": "When? \\ud83d \\u0000"}', headers={"Content-Type": "application/json"}
    )

    assert response.status == 200
    assert bot.asked[0].text == "When? \ufffd \ufffd"


async def test_notice_of_a_fallback_names_its_own_language(client: Client) -> None:
    """The answer is English, the line above it is in the reader's language: a screen reader has to be told."""
    reply = await (await client.post("/api/ask", json={"text": "untranslated", "language": "th"})).json()
    plain = await (await client.post("/api/ask", json={"text": "When?", "language": "en"})).json()

    assert (reply["locale"], reply["notice_locale"]) == ("en", "th")
    assert (plain["notice"], plain["notice_locale"]) == (None, None)


async def test_opens_a_choice_in_the_language_asked_for(client: Client, bot: StandIn) -> None:
    body = {"key": "meeting.dates", "language": "ja", "conversation": "c1"}
    reply = await (await client.post("/api/open", json=body)).json()

    assert reply["text"] == ANSWERS["meeting.dates"]["ja"]
    assert bot.opened == [("meeting.dates", "ja", "web:c1")]


async def test_keeps_feedback_and_refusals(client: Client, bot: StandIn) -> None:
    thanks = await client.post("/api/feedback", json={"question_id": "abc", "helpful": False})
    kept = await client.post("/api/refuse", json={"question_id": "abc", "text": "where?", "language": "th"})

    assert await thanks.json() == {
        "locale": "en",
        "text": "Thank you for telling me. The moderators will see it.",
    }
    assert (await kept.json())["locale"] == "th"
    assert bot.votes == [("abc", False)]
    assert bot.refused == [("abc", "where?")]


@pytest.mark.parametrize("path", ["/api/feedback", "/api/refuse"])
async def test_what_nobody_asked_does_not_come_before_moderators(client: Client, bot: StandIn, path: str) -> None:
    bot.forgotten = {"abc"}
    body = {"question_id": "abc", "language": "th", **({"helpful": False} if "feedback" in path else {"text": "ที่ไหน"})}

    response = await client.post(path, json=body)

    assert response.status == 404
    assert (await response.json())["error"]["code"] == "expired"
    assert (bot.votes, bot.refused) == ([], [])


async def test_lists_topics_and_their_summaries(client: Client) -> None:
    document = await (await client.get("/api/topics?language=ja")).json()

    assert document["locale"] == "ja"
    assert document["topics"][0]["questions"][0]["label"] == "第6回会合はいつ開かれましたか。"
    assert [option["key"] for option in document["summaries"]] == ["meeting", "network"]


@pytest.mark.parametrize(("length", "sections"), [("line", 1), ("paragraph", 1), ("page", 4)])
async def test_summarises(client: Client, length: str, sections: int) -> None:
    document = await (await client.get("/api/summary", params={"language": "th", "length": length})).json()

    assert len(document["sections"]) == sections
    assert all(section["sources"] for section in document["sections"])


async def test_names_languages_in_themselves(client: Client) -> None:
    document = await (await client.get("/api/languages")).json()

    assert {"tag": "km", "name": "ខ្មែរ"} in document["languages"]


@pytest.mark.parametrize(("header", "locale"), [("th-TH, en;q=0.5", "th"), ("de, fr", "en"), ("en;q=0.1, ja", "ja")])
async def test_the_page_arrives_in_the_browsers_language(client: Client, header: str, locale: str) -> None:
    response = await client.get("/", headers={"Accept-Language": header})

    page = await response.text()
    assert f'<html lang="{locale}"' in page
    assert response.headers["Vary"] == "Accept-Language"
    title = INTERFACE.get(locale, {}).get("page.title", "Smart cities meeting: questions and answers")
    assert f'<title data-say="title">{title}</title>' in page


async def test_page_and_interface_carry_the_same_words(client: Client) -> None:
    page = await (await client.get("/", headers={"Accept-Language": "my"})).text()
    interface = await (await client.get("/api/interface?language=my")).json()

    carried = page.partition('data-interface="')[2].partition('"')[0]
    assert json.loads(html.unescape(carried)) == interface


async def test_assets_are_sent_once(client: Client) -> None:
    first = await client.get("/static/chat.js")
    again = await client.get("/static/chat.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.content_type, first.status) == ("text/javascript", 200)
    assert (again.status, await again.read()) == (304, b"")


async def test_alive_and_ready(client: Client) -> None:
    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (alive.status, ready.status) == (200, 200)
    assert await ready.json() == {"ready": True, "checks": {"knowledge": True, "store": True}}


async def test_not_ready_while_a_check_fails(serve: Serve, bot: StandIn) -> None:
    async def store_broken() -> dict[str, bool]:
        return {"knowledge": True, "store": False}

    response = await (await serve(bot, readiness=store_broken)).get("/readyz")

    assert response.status == 503
    assert await response.json() == {"ready": False, "checks": {"knowledge": True, "store": False}}


async def test_stopping_lets_a_question_in_flight_finish(bot: StandIn) -> None:
    runner = web.AppRunner(build_app(bot, all_well, WebOptions()), shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]

    async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
        asking = asyncio.create_task(session.post("/api/ask", json={"text": "wait a moment"}))
        await bot.begun.wait()
        stopping = asyncio.create_task(runner.cleanup())
        await asyncio.sleep(0.05)
        bot.released.set()

        assert (await asking).status == 200
        await stopping
