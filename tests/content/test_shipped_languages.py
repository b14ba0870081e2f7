"""The promise of thirteen first-class languages, kept by counting."""

from collections import Counter

import pytest

from bot.content.catalog_files import read_catalogs
from bot.content.extraction import interface_english, knowledge_english
from bot.content.phrasings import Phrasing, read_phrasings
from bot.core.catalog import Catalogs
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES
from bot.core.messages import Message
from tests.conftest import ROOT

LEAST_PHRASINGS = 10
TRANSLATED = [tag for tag in LANGUAGES if tag != "en"]


@pytest.fixture(scope="module")
def phrasings(shipped_knowledge: Knowledge) -> list[Phrasing]:
    found, problems = read_phrasings(ROOT / "knowledge", shipped_knowledge)
    assert not problems
    return list(found)


@pytest.fixture(scope="module")
def catalogs(shipped_knowledge: Knowledge) -> Catalogs:
    return read_catalogs(ROOT / "locales", shipped_knowledge)[0]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_entry_is_asked_for_in_many_ways(
    phrasings: list[Phrasing], shipped_knowledge: Knowledge, locale: str
) -> None:
    ways = Counter(phrasing.label for phrasing in phrasings if phrasing.locale == locale)

    assert [entry for entry in shipped_knowledge.entries if ways[entry] < LEAST_PHRASINGS] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_text_of_the_knowledge_base_is_translated(
    catalogs: Catalogs, shipped_knowledge: Knowledge, locale: str
) -> None:
    """And belongs to today's English: an edit of an answer has to reach twelve translators."""
    english = knowledge_english(shipped_knowledge)

    assert [
        context for context, (text, *_) in english.items() if catalogs.text(locale, context, text).locale == "en"
    ] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_the_interface_speaks_the_language(catalogs: Catalogs, locale: str) -> None:
    """Complete, else it would not be offered at all; and hardly a text is the English one."""
    assert locale in catalogs.shipped
    english = {context: texts[0] for context, texts in interface_english().items() if len(texts) == 1}
    same = [context for context, text in english.items() if catalogs.say(locale, Message(context, text)) == text]

    assert len(same) <= len(english) // 20, same
