"""The coverage board: the state of every text, the most wanted first, and no count that could tell of one person."""

import csv
import datetime
import io

import pytest

from bot.content.accuracy import read_accuracy
from bot.core.catalog import Catalogs, KnowledgeCatalog, Translation
from bot.core.coverage import Accuracy, Counts, Demanded, as_csv, make_board, visible
from bot.core.locales import LANGUAGES
from bot.core.models import Review
from tests.adapters.discord.worlds import knowledge
from tests.conftest import ROOT

TODAY = datetime.date(2024, 11, 11)
CATALOGS = Catalogs(
    {},
    {
        "km": KnowledgeCatalog({"meeting.dates|answer": Translation("នៅតូក្យូ", reviewed=True)}, frozenset()),
        "ta": KnowledgeCatalog({"meeting.dates|answer": Translation("டோக்கியோவில்", reviewed=False)}, frozenset()),
        "my": KnowledgeCatalog({}, frozenset({"meeting.dates|answer"})),
    },
)


def test_tells_the_state_of_a_text_in_every_language() -> None:
    board = make_board(knowledge(), CATALOGS, [], {}, TODAY)

    row = next(row for row in board.rows if row.entry == "meeting.dates")
    states = {locale: cell.state for locale, cell in row.cells.items()}
    named = {"en": Review.SOURCE, "km": Review.REVIEWED, "ta": Review.UNREVIEWED, "my": Review.OUTDATED}
    assert states == {**dict.fromkeys(LANGUAGES, Review.MISSING), **named}
    assert (row.as_of, row.age) == ("2024-11-01", 10)


def test_the_most_wanted_stands_first() -> None:
    """In all languages together."""
    demand = [
        Demanded("meeting.venue", "th", 9, 0),
        Demanded("many.e7", "lo", 6, 0),
        Demanded("many.e7", "ja", 6, 6),
        Demanded("gone.entry", "ja", 99, 0),
    ]
    rows = make_board(knowledge(), CATALOGS, demand, {}, TODAY).rows

    assert [row.entry for row in rows[:2]] == ["many.e7", "meeting.venue"]
    assert len(rows) == len(knowledge().entries)


@pytest.mark.parametrize(
    ("asked", "missed", "shown"),
    [
        (4, 0, Counts()),
        (5, 0, Counts(5)),
        (30, 0, Counts(30)),
        (30, 4, Counts(30)),
        (30, 5, Counts(30, 25, 5)),
        (30, 26, Counts(30)),
        (30, 30, Counts(30)),
    ],
)
def test_no_count_below_five_is_shown_nor_can_be_worked_out(asked: int, missed: int, shown: Counts) -> None:
    """What was asked and what was answered would together tell what was missed."""
    assert visible(Demanded("meeting.dates", "vi", asked, missed)) == shown


def test_the_file_has_a_line_for_each_entry_and_language() -> None:
    demand = [Demanded("meeting.dates", "my", 12, 6), Demanded("meeting.venue", "my", 3, 1)]
    text = as_csv(make_board(knowledge(), CATALOGS, demand, {}, TODAY))

    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == len(knowledge().entries) * len(LANGUAGES)
    first = next(line for line in lines if line["language"] == "my")
    assert first == {
        "entry": "meeting.dates",
        "language": "my",
        "state": "outdated",
        "as_of": "2024-11-01",
        "age_days": "10",
        "asked": "12",
        "answered": "6",
        "missed": "6",
    }
    venue = next(line for line in lines if line["entry"] == "meeting.venue" and line["language"] == "my")
    assert (venue["asked"], venue["answered"], venue["missed"]) == ("", "", "")


def test_the_published_accuracy_is_that_of_the_baseline() -> None:
    """After a new baseline: `cp tests/baseline.json knowledge/accuracy.json`."""
    published, measured = ROOT / "knowledge" / "accuracy.json", ROOT / "tests" / "baseline.json"
    assert published.read_bytes() == measured.read_bytes()
    accuracy = read_accuracy(ROOT / "knowledge")
    assert set(accuracy) == set(LANGUAGES)
    assert isinstance(accuracy["km"], Accuracy)
