"""How often each entry is wanted in each language, counted from real outcomes."""

from bot.core.coverage import Demanded
from bot.core.ports import OutcomeRecord
from bot.storage.demand import SqlDemand
from bot.storage.sql import SqlStore
from tests.storage.contract import NOON


def outcome(number: int, key: str | None, locale: str, kind: str = "answer") -> OutcomeRecord:
    return OutcomeRecord(
        id=f"q{number}",
        asked_at=NOON,
        outcome=kind,
        key=key,
        probability=0.9,
        locale=locale,
        platform="web",
        milliseconds=9,
    )


async def test_counts_what_was_asked_and_what_missed(database: str) -> None:
    """A choice and an answer that did not help are missed; what fitted no entry counts for none."""
    store = await SqlStore.open(database)
    asked = [
        outcome(1, "meeting.dates", "km"),
        outcome(2, "meeting.dates", "km"),
        outcome(3, "meeting.dates", "km", "choice"),
        outcome(4, "meeting.dates", "lo"),
        outcome(5, "city.focus:phuket", "th"),
        outcome(6, "city.focus:hue", "th"),
        outcome(7, None, "th", "abstain"),
    ]
    for one in asked:
        await store.record_outcome(one)
    await store.record_feedback("q1", helpful=False)
    await store.record_feedback("q2", helpful=True)

    found = await SqlDemand(store).demand()
    await store.close()

    assert sorted(found, key=lambda one: (one.entry, one.locale)) == [
        Demanded("city.focus", "th", 2, 0),
        Demanded("meeting.dates", "km", 3, 2),
        Demanded("meeting.dates", "lo", 1, 0),
    ]
