"""ISO dates of which only the year, or year and month, may be known."""

import datetime

import regex

from bot.core.facts import Date

_ISO = regex.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")


def parse_partial_date(iso: str) -> Date | None:
    """`2024`, `2024-10` or `2024-10-29`; None when it is not one of these or no such day exists."""
    match = _ISO.fullmatch(iso)
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        first_day = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return Date(first_day, "day" if day else "month" if month else "year")
