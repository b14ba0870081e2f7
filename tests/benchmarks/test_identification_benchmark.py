"""The tables of the identification benchmark, on three made-up systems; nothing is learned, no package is needed."""

import pytest

from benchmarks.identification import Row, accuracy, measure, pair_scores, split, table_lines
from benchmarks.identifiers import PACKAGES, Identifier, installed
from bot.content.phrasings import Phrasing

TEXTS = {
    "id": ["siapa saja yang ikut", "kapan rapatnya"],
    "ms": ["siapa yang hadir", "bilakah mesyuarat itu"],
    "th": ["ประชุมเมื่อไหร่", "ใครมาบ้าง"],
    "ja": ["開催日時", "誰が来たの"],
}
ANSWERS = {text: locale for locale, texts in TEXTS.items() for text in texts}

# Knows all, takes one Malay line for Indonesian; knows no Indonesian, so that Malay is easy; never knows anything.
OURS = Identifier("ours", frozenset(TEXTS), lambda text: ["id", "ms"] if "hadir" in text else [ANSWERS[text]])
NO_TWIN = Identifier("no twin", frozenset({"ms", "th"}), lambda text: ["th"] if ANSWERS[text] == "th" else ["ms"])
SILENT = Identifier("silent", frozenset({"ja"}), lambda _: [])


@pytest.fixture
def rows() -> list[Row]:
    return [measure(system, TEXTS, OURS) for system in (OURS, NO_TWIN, SILENT)]


@pytest.fixture
def table(rows: list[Row]) -> dict[str, list[str]]:
    """The cells behind each title of a line."""
    return {line[:10].strip(): line[10:].split() for line in table_lines(rows)}


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("id", ["100.0", "-", "-"]),
        ("ms", ["50.0", "100.0", "-"]),
        ("th", ["100.0", "100.0", "-"]),
        ("ja", ["100.0", "-", "0.0"]),
        ("mean", ["87.5", "50.0", "0.0"]),
        ("of known", ["87.5", "100.0", "0.0"]),
        ("ours there", ["87.5", "100.0", "100.0"]),
        ("worst", ["50.0", "0.0", "0.0"]),
    ],
)
def test_a_line_of_the_table(table: dict[str, list[str]], title: str, cells: list[str]) -> None:
    assert table[title] == cells


def test_every_system_has_a_time(rows: list[Row], table: dict[str, list[str]]) -> None:
    assert all(row.milliseconds >= 0 for row in rows)
    assert len(table["time, ms"]) == len(rows)


def test_of_two_languages_the_likelier_one_counts() -> None:
    assert pair_scores(Identifier("x", frozenset(TEXTS), lambda _: ["ja", "ms", "id"]), TEXTS) == {"id": 0, "ms": 100}
    assert accuracy(lambda _: [], {"th": ["ใคร"]}, ["th"]) == {"th": 0}


def test_what_is_asked_is_not_learned_in_any_language_or_group() -> None:
    texts = [f"{word} {number}" for word in ("ประชุม {city}", "smart city", "スマートシティ") for number in range(40)]
    phrasings = [Phrasing(locale, label, text) for text in texts for locale, label in (("th", "a"), ("ja", "far.x"))]
    exam = split(phrasings, 10)
    assert len(exam.asked["th"]) == 10
    assert "ja" not in exam.asked
    assert not {one.text.replace("{city}", "") for one in exam.learned} & set(exam.asked["th"])
    assert 60 < len(exam.learned) / 2 < 110


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # langidentify leaves its model's files open
def test_a_package_is_found_or_named_as_missing() -> None:
    found, missing = installed()
    assert len(found) + len(missing) == len(PACKAGES)
    assert all(one.languages for one in found)
