"""Typed facts: the only carriers of figures, dates, places and names in an answer.

A template says where a fact goes, a fact says what it is, and `bot.core.formatting` says how a locale writes it. So a
figure can never differ between two languages.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Date:
    """A day, month or year: `precision` is how much of `first_day` is known."""

    first_day: datetime.date
    precision: str  # "day", "month" or "year"


@dataclass(frozen=True, slots=True)
class DateRange:
    """Two days, both inclusive."""

    start: datetime.date
    end: datetime.date


@dataclass(frozen=True, slots=True)
class Moment:
    """A date-time at a place: `at` is aware, in the IANA zone `zone`."""

    at: datetime.datetime
    zone: str

    @classmethod
    def seen_from(cls, zone: str, at: datetime.datetime) -> Self:
        """The aware `at` on the clock of `zone`, which must exist."""
        return cls(at.astimezone(ZoneInfo(zone)), zone)


@dataclass(frozen=True, slots=True)
class Integer:
    value: int


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The number of an edition; languages other than English write the plain figure with a word of their own."""

    value: int


@dataclass(frozen=True, slots=True)
class Fraction:
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole units of an ISO 4217 currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Territories:
    """ISO 3166 alpha-2 codes; one or many, rendered as a list."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Keys of knowledge/names.yaml (people, places, venues) or of cities.yaml; one or many, rendered as a list."""

    keys: tuple[str, ...]


Fact = Date | DateRange | Moment | Integer | Ordinal | Fraction | Money | Territories | Names
