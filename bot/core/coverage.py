"""The coverage board: every entry in every language, with its state and how much it is wanted.

Counts below five are blank, and where one of a pair would tell the other, both are: from what is shown nobody can tell
what a single person asked.
"""

import csv
import datetime
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.catalog import Catalogs
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES
from bot.core.models import Review
from bot.core.partial_dates import parse_partial_date
from bot.core.ports import Clock
from bot.core.snapshot import Snapshot

FEWEST = 5  # a smaller count is not shown


@dataclass(frozen=True, slots=True)
class Demanded:
    """How often one entry was asked for in one language.

    `missed` are those that got only a choice of which it was the first, or whose reader said that it did not help.
    """

    entry: str
    locale: str
    asked: int
    missed: int


class Demand(Protocol):
    """Implemented by the store."""

    async def demand(self) -> Sequence[Demanded]:
        """One for each entry and language that was asked for. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Counts:
    """None where the count is too small to be shown, or would tell one that is."""

    asked: int | None = None
    answered: int | None = None
    missed: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry in one language."""

    state: Review
    counts: Counts = Counts()


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `question` is English, `as_of` ISO, `age` in days since its first day; `cells` are by locale."""

    entry: str
    question: str
    as_of: str
    age: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well a language is understood, in percent of questions that learning never saw."""

    right: float
    offered: float
    wrong: float
    missed: float


@dataclass(frozen=True, slots=True)
class Board:
    """Rows by demand, the most wanted first. `accuracy` by locale, where it was measured."""

    rows: tuple[Row, ...]
    locales: tuple[str, ...]
    accuracy: Mapping[str, Accuracy]


def make_board(
    knowledge: Knowledge,
    catalogs: Catalogs,
    demand: Iterable[Demanded],
    accuracy: Mapping[str, Accuracy],
    today: datetime.date,
) -> Board:
    wanted: dict[str, dict[str, Demanded]] = {}
    for one in demand:
        wanted.setdefault(one.entry, {})[one.locale] = one
    locales = tuple(LANGUAGES)
    rows = []
    for entry in knowledge.entries.values():
        asked = wanted.get(entry.id, {})
        cells = {
            locale: Cell(catalogs.text(locale, f"{entry.id}|answer", entry.answer).review, visible(asked.get(locale)))
            for locale in locales
        }
        rows.append(Row(entry.id, entry.question, entry.as_of, _age(entry.as_of, today), cells))
    rows.sort(key=lambda row: (-sum(one.asked for one in wanted.get(row.entry, {}).values()), row.entry))
    return Board(tuple(rows), locales, accuracy)


def visible(one: Demanded | None) -> Counts:
    """What of it may be shown."""
    if one is None or one.asked < FEWEST:
        return Counts()
    answered = one.asked - one.missed
    if answered < FEWEST or one.missed < FEWEST:
        return Counts(one.asked)
    return Counts(one.asked, answered, one.missed)


def as_csv(board: Board) -> str:
    """One line for each entry and language."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["entry", "language", "state", "as_of", "age_days", "asked", "answered", "missed"])
    for row in board.rows:
        for locale, cell in row.cells.items():
            counts = cell.counts
            writer.writerow(
                [row.entry, locale, cell.state, row.as_of, row.age, counts.asked, counts.answered, counts.missed]
            )
    return text.getvalue()


class CoverageBoard:
    """Args:
    snapshot: Gives the one that is in use.
    accuracy: By locale, as it was measured for the knowledge base that is in use.
    """

    def __init__(
        self, snapshot: Callable[[], Snapshot], demand: Demand, clock: Clock, accuracy: Mapping[str, Accuracy]
    ) -> None:
        self._snapshot = snapshot
        self._demand = demand
        self._clock = clock
        self._accuracy = accuracy

    async def board(self) -> Board:
        """As it is now. Raises StoreError."""
        snapshot = self._snapshot()
        demand = await self._demand.demand()
        return make_board(snapshot.knowledge, snapshot.catalogs, demand, self._accuracy, self._clock.now().date())


def _age(as_of: str, today: datetime.date) -> int:
    date = parse_partial_date(as_of)
    return max(0, (today - date.first_day).days) if date else 0
