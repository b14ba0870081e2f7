"""Phrasings as examples to learn from: slots filled in, titles added, texts folded."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.content.phrasings import Phrasing
from bot.core.formatting import territory_name
from bot.core.knowledge import Knowledge
from bot.core.text import fold, strip_marks

_SUBJECTS_PER_TEMPLATE = 2


@dataclass(frozen=True, slots=True)
class Example:
    """One folded text to learn. `origin` is equal for examples made from one phrasing: they must not be split apart
    between training and testing."""

    locale: str
    label: str
    text: str
    origin: int


def examples(knowledge: Knowledge, phrasings: Sequence[Phrasing]) -> list[Example]:
    """Every phrasing, Latin ones also without diacritics, templates with some subjects, plus the English titles."""
    made: list[Example] = []
    titles = [Phrasing("en", entry.id, entry.question) for entry in knowledge.entries.values() if not entry.slot]
    for origin, phrasing in enumerate([*phrasings, *titles]):
        for text in _filled(knowledge, phrasing):
            folded = fold(text)
            made += [Example(phrasing.locale, phrasing.label, variant, origin) for variant in _variants(folded)]
    return [example for example in made if example.text]


def _variants(folded: str) -> Iterable[str]:
    return dict.fromkeys((folded, strip_marks(folded)))


def _filled(knowledge: Knowledge, phrasing: Phrasing) -> list[str]:
    for slot in ("city", "country"):
        if f"{{{slot}}}" in phrasing.text:
            names = _names(knowledge, slot, phrasing.locale)
            start = zlib.crc32(phrasing.text.encode())  # the same subjects every time: compiling is reproducible
            chosen = [names[(start + 7 * number) % len(names)] for number in range(_SUBJECTS_PER_TEMPLATE)]
            return [phrasing.text.replace(f"{{{slot}}}", name) for name in chosen]
    return [phrasing.text]


def _names(knowledge: Knowledge, slot: str, locale: str) -> list[str]:
    if slot == "city":
        return [city.names.get(locale, city.name) for city in knowledge.cities.values()]
    return [territory_name(code, locale) for code in knowledge.subjects("country")]
