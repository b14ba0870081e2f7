"""Catalogs: which text is shown, in which language, and how values are put in."""

import gettext

import pytest

from bot.core.catalog import Catalogs, KnowledgeCatalog, Text, Translation, fill, fill_facts
from bot.core.facts import Fact, Integer, Names, Territories
from bot.core.messages import COOLDOWN, Message
from bot.core.models import Review


@pytest.fixture
def catalogs() -> Catalogs:
    thai = KnowledgeCatalog(
        current={
            "meeting.dates|answer": Translation("จัดขึ้นเมื่อ {period}", reviewed=True),
            "meeting.host|answer": Translation("เจ้าภาพคือ {host}", reviewed=False),
        },
        outdated=frozenset({"meeting.venue|answer"}),
    )
    return Catalogs({"th": gettext.NullTranslations()}, {"th": thai})


@pytest.mark.parametrize(
    ("locale", "context", "text"),
    [
        ("en", "meeting.dates|answer", Text("Held on {period}", "en", Review.SOURCE)),
        ("th", "meeting.dates|answer", Text("จัดขึ้นเมื่อ {period}", "th", Review.REVIEWED)),
        ("th", "meeting.host|answer", Text("เจ้าภาพคือ {host}", "th", Review.UNREVIEWED)),
        ("th", "meeting.venue|answer", Text("Held on {period}", "en", Review.OUTDATED)),
        ("th", "meeting.aim|answer", Text("Held on {period}", "en", Review.MISSING)),
        ("km", "meeting.dates|answer", Text("Held on {period}", "en", Review.MISSING)),
    ],
    ids=["source", "reviewed", "unreviewed", "outdated", "missing", "no catalog"],
)
def test_a_text_says_how_trustworthy_it_is(catalogs: Catalogs, locale: str, context: str, text: Text) -> None:
    assert catalogs.text(locale, context, "Held on {period}") == text


def test_english_needs_no_catalog(catalogs: Catalogs) -> None:
    assert catalogs.shipped == {"en", "th"}
    assert catalogs.say("en", Message("x", "Source: {sources}"), sources="METI") == "Source: METI"


@pytest.mark.parametrize(("count", "text"), [(1, "1 second "), (2, "2 seconds ")])
def test_counts_choose_the_plural(catalogs: Catalogs, count: int, text: str) -> None:
    assert text in catalogs.say_count("en", COOLDOWN, count)


def test_a_value_is_never_a_template() -> None:
    assert fill("{a} {b}", {"a": "{b}", "b": "ไทย"}) == "{b} ไทย"


def test_an_unknown_placeholder_stays_visible() -> None:
    assert fill("held on {period}", {}) == "held on {period}"


@pytest.mark.parametrize("template", ["{", "}", "{}", "{0}", "{A}", "{a.b}", "{a!r}", "{{a}}"])
def test_only_plain_placeholders_are_filled(template: str) -> None:
    assert fill(template, {"a": "x", "b": "y"}) == template.replace("{a}", "x")


NAMES = {"tokyo": {"en": "Tokyo", "th": "โตเกียว"}, "miraikan": {"en": "Miraikan"}}


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (Names(("tokyo",)), "จัดที่โตเกียว วันนี้"),
        (Names(("miraikan",)), "จัดที่ Miraikan วันนี้"),
        (Territories(("JP",)), "จัดที่ญี่ปุ่น วันนี้"),
        (Integer(31), "จัดที่ 31 วันนี้"),
    ],
    ids=["thai name", "foreign name", "thai territory", "number"],
)
def test_thai_puts_a_space_before_foreign_words_only(fact: Fact, words: str) -> None:
    text = Text("จัดที่ {place} วันนี้", "th", Review.REVIEWED)
    assert fill_facts(text, {"place": fact}, NAMES) == words
