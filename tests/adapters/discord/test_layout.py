from functools import partial
from typing import Any

import pytest
import regex

from bot.adapters.discord.custom_ids import MAX_LENGTH, Action, ControlId
from bot.adapters.discord.layout import reply_page
from bot.adapters.discord.pages import Button, Menu, Page, button, menu, page
from bot.adapters.discord.replies import Replies
from bot.adapters.discord.views import make_view
from bot.core.models import Length, Option, Reply, Review
from bot.core.text import utf16_length
from tests.adapters.discord.worlds import CLUSTERS, MemoryStore, make_answering, mark

ANSWERING = make_answering(MemoryStore())
CONTROL = ControlId(Action.TOPICS, "en", "0")


def reply(**values: Any) -> Reply:
    basics: dict[str, Any] = {"locale": "en", "text": "Text.", "outcome": "answer", "question_id": "ab12cd34ef56"}
    return Reply(**(basics | values))


def laid_out(given: Reply, **options: Any) -> Page:
    return reply_page(given, partial(ANSWERING.say, given.locale), **options)


def buttons(shown: Page) -> list[Button]:
    return [each for row in shown.rows if isinstance(row, tuple) for each in row]


def test_is_complete_without_controls() -> None:
    """Notice, text, source and date, in this order; nothing is in an embed."""
    given = reply(notice="Notice.", attribution="Source: X\nAs of Y", review=Review.UNREVIEWED)

    assert laid_out(given).texts == ("Notice.\n\nText.\n\nSource: X\nAs of Y\n\nDid this help?",)


@pytest.mark.parametrize("cluster", CLUSTERS, ids=["thai", "khmer", "burmese", "tamil", "emoji"])
@pytest.mark.parametrize("filler", range(5))
def test_splits_between_characters_that_people_see(cluster: str, filler: int) -> None:
    """At most 2,000 UTF-16 units each, and no vowel, tone mark or skin tone is torn from its letter."""
    text = "x" * filler + cluster * 1_000
    texts = laid_out(reply(text=text, question_id=None)).texts

    assert len(texts) > 1
    assert all(utf16_length(piece) <= 2_000 for piece in texts)
    assert "".join(texts) == text
    assert [each for piece in texts for each in regex.findall(r"\X", piece)] == regex.findall(r"\X", text)


def test_offers_the_question_again_where_there_is_no_answer_to_open() -> None:
    """A choice or an abstention has no key."""
    with_key = laid_out(reply(key="meeting.dates", offer_locale="th"))
    without = laid_out(reply(outcome="choice", choices=(Option("a", "A"),), offer_locale="th"))

    assert str(buttons(with_key)[-1].control) == "v1:read:th:meeting.dates"
    assert str(buttons(without)[-1].control) == "v1:again:th:ab12cd34ef56"


def test_opens_what_comes_next_in_the_language_of_the_reader() -> None:
    """An answer in English for want of a translation must not make everything after it English."""
    shown = laid_out(reply(key="k", related=(Option("r", "R"),)), reader="km")

    [related] = [row for row in shown.rows if isinstance(row, Menu)]
    assert related.control.locale == "km"


def test_leaves_out_controls_whose_id_discord_would_refuse() -> None:
    """One long id would cost the whole message."""
    key = "x" * MAX_LENGTH

    shown = laid_out(reply(key=key, choices=(Option(key, "Long"),), related=(Option(key + "x", "Longer"),)))

    assert all(each.control.fits for each in buttons(shown))
    assert not [row for row in shown.rows if isinstance(row, Menu)]


def test_cuts_labels_to_what_discord_takes() -> None:
    """Counted in UTF-16 units, cut between characters."""
    label = "👩🏽‍💻" * 100

    assert utf16_length(button(label, CONTROL).label) <= 80
    [option] = menu(label, CONTROL, (Option("k", label),)).options
    assert utf16_length(option.label) <= 100


def test_sends_no_empty_menu() -> None:
    """Discord refuses one, with the message around it."""
    assert page("x", menu("p", CONTROL, ()), ()).rows == ()


@pytest.mark.parametrize("locale", ["en", "th", "my"])
async def test_pages_stay_within_the_limits(locale: str) -> None:
    """Rows, buttons in a row, options and ids, for every kind of page there is."""
    replies = Replies(ANSWERING)
    shown = [
        await replies.topics(locale),
        await replies.questions("many", locale, 1),
        await replies.language_menu(locale, "meeting.dates"),
        await replies.help(locale),
        await replies.summary(locale, None, Length.PAGE),
        await replies.sources("meeting.dates", locale),
    ]
    for each in shown:
        ids = [row.control for row in each.rows if isinstance(row, Menu)] + [item.control for item in buttons(each)]
        assert len(each.rows) <= 5
        assert all(len(row) <= 5 for row in each.rows if isinstance(row, tuple))
        assert all(1 <= len(row.options) <= 25 for row in each.rows if isinstance(row, Menu))
        assert len({str(control) for control in ids}) == len(ids)
        assert all(control.fits for control in ids)
        assert all(utf16_length(text) <= 2_000 for text in each.texts)


async def test_writes_the_whole_summary_as_markdown() -> None:
    """Every section names its sources with links; one missing translation makes all of it English, and says so."""
    attachment = (await Replies(ANSWERING).summary("th", None, Length.PAGE)).attachment

    assert attachment is not None
    assert attachment.name == "summary-meeting-en.md"
    assert attachment.text.startswith(f"# Summary: The meeting\n\n> {mark('th', 'There is no text')}")
    assert attachment.text.count("\n## ") == 3
    assert "- [The 6th High Level Meeting \\[press\\]](<https://www.mlit.go.jp/a_b_c.html>), " in attachment.text


async def test_leaves_nothing_of_a_sent_message_in_memory() -> None:
    """A view that discord.py keeps has a timer of 15 minutes; thousands are sent in a day of a meeting."""
    assert make_view([(button("x", CONTROL),)]).is_finished()
