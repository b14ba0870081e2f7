"""ISO dates of which only a part may be known."""

import datetime

import pytest

from bot.core.facts import Date
from bot.core.partial_dates import parse_partial_date


@pytest.mark.parametrize(
    ("iso", "first_day", "precision"),
    [
        ("2024-10-29", (2024, 10, 29), "day"),
        ("2024-10", (2024, 10, 1), "month"),
        ("2024", (2024, 1, 1), "year"),
        ("2024-02-29", (2024, 2, 29), "day"),
    ],
)
def test_what_is_known_is_kept(iso: str, first_day: tuple[int, int, int], precision: str) -> None:
    assert parse_partial_date(iso) == Date(datetime.date(*first_day), precision)


@pytest.mark.parametrize(
    "iso",
    [
        "",
        "2023-02-29",
        "2024-13",
        "2024-00",
        "0000",
        "24-10-29",
        "2024-10-29T10:00",
        "2024/10/29",
        "๒๐๒๔",
        "２０２４",
        "2024-1",
    ],
)
def test_what_is_no_date_is_none(iso: str) -> None:
    assert parse_partial_date(iso) is None
