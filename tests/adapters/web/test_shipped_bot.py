"""The page before the bot that is shipped: real questions, answers and catalogs."""

import re

import pytest
from playwright.async_api import Browser

from bot.core.answering import Answering
from bot.parts import open_unrecorded
from bot.settings import read_settings
from tests.adapters.web.browser import PHONE, visiting
from tests.adapters.web.conftest import Serve

pytestmark = pytest.mark.asyncio(loop_scope="module")
OCTOBER = {"en": "October 2024", "id": "Oktober 2024", "ja": "2024年10月29", "th": "ตุลาคม 2024"}


@pytest.fixture(scope="module")
def shipped() -> Answering:
    return open_unrecorded(read_settings())


@pytest.mark.parametrize("locale", OCTOBER)
async def test_answers_with_source_in_each_language(
    serve: Serve, browser: Browser, shipped: Answering, locale: str
) -> None:
    """Asked, answered, sourced, accessible; then an off-topic remark gets a line and no source."""
    client = await serve(shipped)
    question = next(option.label for option in shipped.suggest("", locale, 1_000) if option.key == "meeting.dates")
    async with visiting(browser, str(client.make_url("/")), locale=locale, size=PHONE) as visit:
        reply = await visit.ask(question)
        assert await reply.get_attribute("lang") == locale
        assert OCTOBER[locale] in await reply.locator(".text").inner_text()
        assert re.search("METI", await reply.locator(".attribution").inner_text())
        assert await (await visit.ask("😀 👍")).locator(".attribution").count() == 0
        assert await visit.violations() == []
        for panel, content in (("topics", "#topic-list details"), ("summary", "#summary-text section")):
            await visit.page.click(f"#open-{panel}")
            await visit.page.locator(content).first.wait_for()
            assert await visit.violations() == []
            await visit.page.keyboard.press("Escape")


async def test_every_language_shipped_has_every_word_of_the_page(serve: Serve, shipped: Answering) -> None:
    client = await serve(shipped)
    english = (await (await client.get("/api/interface?language=en")).json())["messages"]

    for option in shipped.languages():
        interface = await (await client.get(f"/api/interface?language={option.key}")).json()
        assert interface["locale"] == option.key
        assert all(interface["messages"].values())
        if option.key != "en":
            same = {name for name, text in interface["messages"].items() if text == english[name]}
            assert len(same) <= 2, same  # a word may be the same in two languages; most are not
