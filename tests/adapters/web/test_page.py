"""The chat page in a real browser: what people see, hear and can do."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from bot.core.catalog import Catalogs
from tests.adapters.web.browser import DESKTOP, PHONE, Visit, visiting
from tests.adapters.web.conftest import Client, Serve
from tests.adapters.web.standin import HOSTILE, MarkedWords, StandIn
from tests.adapters.web.words import ANSWERS, ASKED, INTERFACE, QUESTIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")
Visiting = Callable[..., AbstractAsyncContextManager[Visit]]
FAILED_LOAD = "Failed to load resource"  # how Chromium reports any status from 400 on


@pytest.fixture
def visit_page(browser: Browser, client: Client) -> Visiting:
    return partial(visiting, browser, str(client.make_url("/")))


async def _converse(visit: Visit) -> None:
    """One of everything: an answer with its original and sources, a choice, an abstention, a failure."""
    visit.tolerated = (FAILED_LOAD,)
    answer = await visit.ask(ASKED["th"])
    await answer.get_by_role("button", name="แสดงต้นฉบับ").click()
    await answer.locator(".sources summary").click()
    await answer.locator(".original").wait_for()
    for text in ("unclear " + ASKED["ja"], "weather", "foreign " + ASKED["my"], "untranslated", "explode"):
        await visit.ask(text)


# --- Everybody can use it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_axe_finds_nothing(visit_page: Visiting, size: tuple[int, int], scheme: str) -> None:
    async with visit_page(size=size, color_scheme=scheme, reduced_motion="reduce") as visit:
        assert await visit.violations() == []
        await _converse(visit)
        assert await visit.violations() == []

        for panel, content in (("topics", "#topic-list details"), ("summary", "#summary-text section")):
            await visit.page.click(f"#open-{panel}")
            await visit.page.locator(content).first.wait_for()
            assert await visit.violations() == []
            await visit.page.keyboard.press("Escape")


async def test_keyboard_alone_is_enough(visit_page: Visiting, bot: StandIn) -> None:
    """Skip link, question, answer's buttons, a vote, topics and back, without a pointer."""
    async with visit_page() as visit:
        page, keys = visit.page, visit.page.keyboard
        await keys.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the question")).to_be_focused()
        await keys.press("Enter")
        await keys.type("When was it?")
        await keys.press("Enter")
        await page.locator(".told").wait_for()
        await expect(page.locator("#question")).to_be_focused()

        await keys.press("Shift+Tab")
        await expect(page.get_by_role("button", name="No", exact=True)).to_be_focused()
        await keys.press("Enter")
        await expect(page.get_by_text("Thank you for telling me")).to_be_focused()

        await page.locator("#open-topics").focus()
        await keys.press("Enter")
        await page.locator("#topic-list summary").first.wait_for()
        await keys.press("Escape")
        await expect(page.locator("#open-topics")).to_be_focused()
    assert [question.text for question in bot.asked] == ["When was it?"]
    assert [helpful for _, helpful in bot.votes] == [False]


async def test_focus_is_always_visible(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        await visit.ask("When?")
        outlines = """() => {
            const seen = [];
            for (const each of document.querySelectorAll("button, select, textarea, summary, a")) {
              if (!each.checkVisibility() || each.closest("dialog")) continue;
              each.focus({ focusVisible: true });
              const style = getComputedStyle(each);
              if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) seen.push(each.outerHTML);
            }
            return seen;
        }"""
        assert await visit.page.evaluate(outlines) == []


async def test_the_page_speaks_to_screen_readers(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        page = visit.page
        log = page.get_by_role("log", name="Conversation")
        await expect(log).to_have_attribute("aria-live", "polite")
        await expect(page.get_by_role("banner")).to_have_count(1)
        await expect(page.get_by_role("main")).to_have_count(1)
        await expect(page.get_by_role("textbox", name="Your question")).to_have_count(1)
        await expect(page.get_by_role("combobox", name="Language")).to_have_count(1)
        reply = await visit.ask("When?")
        await expect(reply.get_by_role("group", name="Did this help?")).to_have_count(1)
        await expect(reply.get_by_role("heading", name="Bot")).to_have_count(1)


@pytest.mark.parametrize("locale", sorted({"en", *INTERFACE}))
async def test_fits_the_smallest_phone(visit_page: Visiting, locale: str) -> None:
    """320 px wide: nothing scrolls sideways, and a finger hits every control."""
    async with visit_page(size=(320, 568), locale=locale) as visit:
        await _converse(visit)
        edges = "Array.from(document.querySelectorAll('main *'), (each) => each.getBoundingClientRect().right)"
        assert max(await visit.page.evaluate(edges)) <= 320
        assert await visit.page.evaluate("document.documentElement.scrollWidth") <= 320
        small = """Array.from(document.querySelectorAll("button, select, textarea, summary, .sources a"))
            .filter((each) => each.checkVisibility() && !each.closest("dialog:not([open])"))
            .filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.outerHTML)"""
        assert await visit.page.evaluate(small) == []


async def test_nothing_moves_for_those_who_ask_for_rest(visit_page: Visiting) -> None:
    for motion, animation in (("reduce", "none"), ("no-preference", "breathe")):
        async with visit_page(reduced_motion=motion) as visit:
            await visit.page.fill("#question", "wait")
            await visit.page.press("#question", "Enter")
            dot = visit.page.locator(".dots i").first
            await expect(dot).to_have_css("animation-name", animation)


async def test_without_script_the_page_says_so_in_the_readers_language(visit_page: Visiting) -> None:
    async with visit_page(java_script_enabled=False, locale="ja") as visit:
        await expect(visit.page.locator("noscript .trouble")).to_contain_text("This page needs JavaScript")
        await expect(visit.page.locator("h1")).to_have_text(INTERFACE["ja"]["page.title"])


# --- Languages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ASKED)
async def test_answers_in_the_language_of_the_question(visit_page: Visiting, locale: str) -> None:
    """Question, answer and the words around it carry their language, from which fonts and line breaks follow."""
    async with visit_page() as visit:
        reply = await visit.ask(ASKED[locale])

        await expect(reply.locator(".text")).to_have_text(ANSWERS["meeting.dates"][locale])
        await expect(reply).to_have_attribute("lang", locale)
        await expect(visit.page.locator(".asked .text")).to_have_attribute("lang", locale)
        button = INTERFACE[locale].get("button.original", "Show original")
        await expect(reply.get_by_role("button", name=button)).to_be_visible()
        await expect(reply.get_by_role("button", name=QUESTIONS["meeting.venue"][locale])).to_be_visible()


FONTS = {"km": "Khmer", "my": "Myanmar", "th": "Thai", "ta": "Tamil", "ja": "Hiragino"}


@pytest.mark.parametrize(("locale", "font"), FONTS.items())
async def test_each_script_has_its_fonts_and_room(visit_page: Visiting, locale: str, font: str) -> None:
    async with visit_page() as visit:
        text = (await visit.ask(ASKED[locale])).locator(".text")
        await expect(text).to_have_css("font-family", re.compile(font))
        roomy = "(each) => parseFloat(getComputedStyle(each).lineHeight) / parseFloat(getComputedStyle(each).fontSize)"
        assert await text.evaluate(roomy) >= 1.7


async def test_language_menu_names_languages_in_themselves(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        read = "Array.from(document.querySelectorAll('#language option'), each => [each.value, each.lang, each.text])"
        options = await visit.page.evaluate(read)
        assert options[0] == ["", "", "Language of the question"]
        assert ["km", "km", "ខ្មែរ"] in options


async def test_choosing_a_language_changes_the_page_and_is_kept(visit_page: Visiting, bot: StandIn) -> None:
    async with visit_page() as visit:
        page = visit.page
        await page.get_by_role("combobox", name="Language").select_option("th")
        await expect(page.locator("html")).to_have_attribute("lang", "th")
        await expect(page).to_have_title(INTERFACE["th"]["page.title"])
        await visit.ask("When was it?")
        await page.reload()
        await expect(page.locator("h1")).to_have_text(INTERFACE["th"]["page.title"])
        await visit.ask("And where?")

        await page.locator("#language").select_option("")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await visit.ask("Who?")
    assert [question.option_locale for question in bot.asked] == ["th", "th", None]
    assert len({question.asker for question in bot.asked}) == 1
    assert len({question.conversation for question in bot.asked}) == 2


async def test_every_visible_word_is_from_the_catalogs(serve: Serve, browser: Browser, bot: StandIn) -> None:
    """In a catalog whose every text is marked, nothing on the page is unmarked."""
    bot.catalogs = Catalogs({"fil": MarkedWords()}, {})
    client = await serve(bot)
    async with visiting(browser, str(client.make_url("/")), locale="fil") as visit:
        reply = await visit.ask("unclear")
        await reply.get_by_role("button", name="None of these").click()
        await visit.page.locator(".told .prompt").wait_for()
        chrome = """() => {
            const own = "option:not([data-say]), .text, #examples li, .told li:not(:last-child)";
            const texts = [];
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
              const parent = walk.currentNode.parentElement;
              if (!parent.closest(own + ", noscript")) texts.push(walk.currentNode.data.trim());
            }
            for (const name of ["aria-label", "title", "placeholder", "alt"])
              for (const each of document.querySelectorAll(`[${name}]`)) texts.push(each.getAttribute(name));
            return [...texts, document.title].filter((text) => text && !/^⟦.*⟧$/s.test(text));
        }"""
        assert await visit.page.evaluate(chrome) == []


async def test_offers_the_language_of_the_question(visit_page: Visiting) -> None:
    async with visit_page(locale="th") as visit:
        reply = await visit.ask("foreign")
        await reply.get_by_role("button", name="อ่านเป็นภาษา 日本語").click()
        await expect(visit.page.locator(".told").nth(1)).to_contain_text(ANSWERS["meeting.dates"]["ja"])


# --- A conversation -------------------------------------------------------------------------------------------------


async def test_an_answer_shows_where_it_comes_from(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        reply = await visit.ask(ASKED["ja"])
        await expect(reply.locator(".notice")).to_have_text(INTERFACE["ja"]["notice.unreviewed"])
        await reply.get_by_text("出典 (2)").click()
        link = reply.get_by_role("link").first
        await expect(link).to_have_attribute("href", re.compile("^https://www.meti.go.jp/"))
        await expect(link).to_have_attribute("rel", "noopener noreferrer")

        toggle = reply.get_by_role("button", name="原文を表示")
        await toggle.click()
        await expect(reply.locator(".original .text")).to_have_text(ANSWERS["meeting.dates"]["en"])
        await expect(reply.locator(".original .text")).to_have_attribute("lang", "en")
        await expect(toggle).to_have_attribute("aria-expanded", "true")
        await toggle.click()
        await expect(reply.locator(".original")).to_be_hidden()
        await expect(toggle).to_have_attribute("aria-expanded", "false")


async def test_a_choice_is_opened_or_refused(visit_page: Visiting, bot: StandIn) -> None:
    async with visit_page() as visit:
        first = await visit.ask("unclear one")
        await first.get_by_role("button", name="Who hosted the meeting?").click()
        await expect(visit.page.locator(".told").nth(1)).to_contain_text("hosted the meeting")

        second = await visit.ask("unclear two")
        await second.get_by_role("button", name="None of these").click()
        await expect(second).to_contain_text("I have kept your question")
        await second.get_by_role("button", name="None of these").click(force=True)
    assert bot.opened[0][:2] == ("meeting.host", "en")
    assert bot.refused == [("000000000002", "unclear two")]


async def test_topics_and_examples_open_answers(visit_page: Visiting, bot: StandIn) -> None:
    async with visit_page(locale="ja") as visit:
        page = visit.page
        await page.locator("#examples button").first.click()
        await page.locator(".told").wait_for()
        await page.click("#open-topics")
        await page.locator("#topic-list summary").first.click()
        await page.locator("#topic-list").get_by_role("button", name=QUESTIONS["meeting.host"]["ja"]).first.click()
        await expect(page.locator("dialog")).to_have_count(2)
        await expect(page.locator(".told").nth(1)).to_contain_text(ANSWERS["meeting.host"]["ja"])
        await expect(page.locator("#topics")).to_be_hidden()
    assert [key for key, _, _ in bot.opened] == ["meeting.dates", "meeting.host"]


async def test_summary_comes_in_three_lengths(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        await visit.page.click("#open-summary")
        for length, sections in (("paragraph", 1), ("page", 4), ("line", 1)):
            await visit.page.locator("#summary-length").select_option(length)
            await expect(visit.page.locator("#summary-text section")).to_have_count(sections)
            await expect(visit.page.locator("#summary-text")).to_contain_text(f"Section of {length}")


async def test_summary_length_picked_before_the_topics_come_is_the_one_shown(visit_page: Visiting) -> None:
    async with visit_page(locale="km") as visit:
        page, topics = visit.page, asyncio.Event()

        async def late(route: Route) -> None:
            await topics.wait()
            await route.continue_()

        await page.route("**/api/topics*", late)
        await page.click("#open-summary")
        await page.locator("#summary-length").select_option("page")
        topics.set()
        await expect(page.locator("#summary-text section")).to_have_count(4)
        await expect(page.locator("#summary-text")).to_contain_text("Section of page")


async def test_nothing_is_asked_twice(visit_page: Visiting, bot: StandIn) -> None:
    async with visit_page() as visit:
        page = visit.page
        await page.fill("#question", "wait")
        await page.press("#question", "Enter")
        await page.locator(".waiting").wait_for()
        await page.fill("#question", "another")
        await page.press("#question", "Enter")
        await page.click("#composer button", force=True)
        await page.locator("#examples button").first.click()
        bot.released.set()
        await page.locator(".told").wait_for()
        await expect(page.locator("#question")).to_have_value("another")
        await expect(page.locator(".asked")).to_have_count(1)
    assert len(bot.asked) == 1
    assert not bot.opened


async def test_enter_that_picks_a_word_does_not_send(visit_page: Visiting, bot: StandIn) -> None:
    """Japanese and Chinese input methods use Enter for that; Shift with Enter makes a new line."""
    async with visit_page() as visit:
        await visit.page.fill("#question", "とうきょう")
        press = "(options) => document.getElementById('question').dispatchEvent(new KeyboardEvent('keydown', options))"
        for options in ({"key": "Enter", "isComposing": True}, {"key": "Enter", "keyCode": 229}):
            await visit.page.evaluate(press, {**options, "bubbles": True, "cancelable": True})
        await visit.page.press("#question", "Shift+Enter")
        await expect(visit.page.locator("#question")).to_have_value("とうきょう\n")
    assert not bot.asked


async def test_a_broken_connection_loses_nothing(visit_page: Visiting, bot: StandIn) -> None:
    async with visit_page() as visit:
        visit.tolerated = (FAILED_LOAD,)
        await visit.page.route("**/api/ask", lambda route: route.abort())
        failure = await visit.ask("When was it?")
        await expect(failure).to_contain_text("did not arrive")
        await expect(visit.page.locator("#question")).to_have_value("When was it?")

        await visit.page.unroute("**/api/ask")
        await failure.get_by_role("button", name="Try again").click()
        await expect(visit.page.locator(".told .text")).to_contain_text("29–30 October 2024")
        await expect(visit.page.locator("#question")).to_have_value("")
        await expect(visit.page.locator(".asked")).to_have_count(1)
    assert [question.text for question in bot.asked] == ["When was it?"]


async def test_a_failure_inside_is_told_with_its_reference(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        visit.tolerated = (FAILED_LOAD,)
        failure = await visit.ask("explode")
        await expect(failure).to_contain_text(re.compile("Reference: [0-9a-f]{8}"))
        await expect(await visit.ask("When?")).to_contain_text("29–30 October 2024")


async def test_markup_is_shown_never_obeyed(visit_page: Visiting) -> None:
    """Neither what a person types nor what a server sends becomes part of the page."""
    async with visit_page() as visit:
        typed = "hostile " + HOSTILE
        reply = await visit.ask(typed)
        await reply.locator(".sources summary").click()

        await expect(visit.page.locator(".asked .text")).to_have_text(typed)
        await expect(reply.locator(".text")).to_have_text(HOSTILE)
        await expect(visit.page.locator("#log :is(img, script)")).to_have_count(0)
        await expect(reply.get_by_role("link")).to_have_count(0)
        await expect(visit.page).to_have_title("Smart cities meeting: questions and answers")


async def test_works_where_storage_is_forbidden(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        deny = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } })"
        await visit.page.add_init_script(deny)
        await visit.page.reload()
        await expect(await visit.ask("When?")).to_contain_text("29–30 October 2024")


async def test_keeps_nothing_but_a_name_and_a_choice(visit_page: Visiting) -> None:
    async with visit_page() as visit:
        await visit.page.locator("#language").select_option("th")
        await visit.ask("When?")
        kept: dict[str, Any] = json.loads(await visit.page.evaluate("JSON.stringify({ ...localStorage })"))
        assert sorted(kept) == ["asker", "chosen-language"]
        assert await visit.page.context.cookies() == []
