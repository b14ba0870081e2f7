"""What may be shown when."""

import datetime

import pytest

from bot.core.knowledge import holds_on
from bot.core.models import Confidence, Entry


def entry(valid_from: str | None, valid_until: str | None) -> Entry:
    return Entry(
        id="meeting.room",
        topic="meeting",
        question="Which room?",
        answer="The big one.",
        facts={},
        answers=(),
        sources=("mlit",),
        as_of="2026-01",
        confidence=Confidence.PRIMARY,
        valid_from=valid_from,
        valid_until=valid_until,
    )


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "day", "shown"),
    [
        (None, None, "2026-01-15", True),
        ("2026-01-15", None, "2026-01-15", True),
        ("2026-01-16", None, "2026-01-15", False),
        ("2026-02", None, "2026-01-31", False),
        ("2026", None, "2026-01-01", True),
        (None, "2026-01-15", "2026-01-15", True),
        (None, "2026-01-14", "2026-01-15", False),
        (None, "2026-01", "2026-01-31", True),
        (None, "2026-01", "2026-02-01", False),
        (None, "2025", "2026-01-01", False),
    ],
)
def test_an_entry_is_shown_from_its_first_to_its_last_day(
    valid_from: str | None, valid_until: str | None, day: str, shown: bool
) -> None:
    assert holds_on(entry(valid_from, valid_until), datetime.date.fromisoformat(day)) is shown
