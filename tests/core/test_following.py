"""What counts as a change of substance, who is told of it, and that nobody is told twice."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from bot.core.facts import Integer
from bot.core.following import Corrections, Followed, Following, substance
from bot.core.knowledge import Knowledge
from bot.core.models import Changed, ChangeKind, City, Entry
from bot.storage.following import SqlFollowStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import knowledge
from tests.core.clocks import SimulatedClock

KEY = "meeting.dates"
UNTIL = datetime.date(2024, 12, 31)
CITY = City("hue", "Huế", "VN", "2018", {}, (), ("mlit",))


def base(**changes: Any) -> Knowledge:
    """With one entry changed."""
    made = knowledge()
    one = replace(made.entries[KEY], facts={"days": Integer(2)})
    return with_entry(made, replace(one, **changes))


def with_entry(made: Knowledge, entry: Entry) -> Knowledge:
    return replace(made, entries={**made.entries, entry.id: entry})


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"days": Integer(3)}},
        {"facts": {"days": Integer(2), "halls": Integer(1)}},
        {"facts": {}},
        {"unknown": True},
        {"changed": Changed("2024-11-12", ChangeKind.SUBSTANCE)},
    ],
)
def test_facts_and_what_the_editor_calls_substance_are_substance(change: dict[str, Any]) -> None:
    assert substance(base(**change), KEY) != substance(base(), KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "It took place in Tokyo."},
        {"question": "When did it take place?"},
        {"sources": ("mlit",), "as_of": "2024-11-02"},
        {"changed": Changed("2024-11-12", ChangeKind.WORDING)},
    ],
)
def test_other_words_for_the_same_are_none(change: dict[str, Any]) -> None:
    assert substance(base(**change), KEY) == substance(base(), KEY)


def test_an_answer_that_is_no_more_states_nothing() -> None:
    assert substance(base(), "meeting.gone") == ""


def test_the_facts_of_a_city_are_those_of_the_answer_about_it() -> None:
    """Another city's are not."""
    slot = replace(knowledge().entries[KEY], slot="city", fallback="meeting.venue")
    made = replace(with_entry(knowledge(), slot), cities={"hue": CITY, "phuket": replace(CITY, id="phuket")})
    moved = replace(made, cities={**made.cities, "hue": replace(CITY, joined="2019")})

    assert substance(made, f"{KEY}:hue") != substance(moved, f"{KEY}:hue")
    assert substance(made, f"{KEY}:phuket") == substance(moved, f"{KEY}:phuket")


class Told:
    """Implements `Correspondent`; remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.broken = False
        self.away = False

    async def tell(self, one: Followed) -> bool:
        if self.broken:
            raise asyncio.CancelledError
        if not self.away:
            self.told.append((one.person, one.key))
        return not self.away


def snapshot(made: Knowledge) -> Any:
    return SimpleNamespace(knowledge=made, renderer=SimpleNamespace(label=lambda key, locale: f"{key} ({locale})"))


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest_asyncio.fixture
async def store(database: str, clock: SimulatedClock) -> AsyncIterator[SqlFollowStore]:
    opened = await SqlStore.open(database, now=clock.now)
    yield SqlFollowStore(opened)
    await opened.close()


@pytest.fixture
def following(store: SqlFollowStore, clock: SimulatedClock) -> Following:
    return Following(store, clock, until=UNTIL)


async def test_whoever_asked_for_it_is_told_once(
    store: SqlFollowStore, following: Following, clock: SimulatedClock
) -> None:
    """However often they asked, and however often it changes back and forth before they are told."""
    told, old, new = Told(), snapshot(base()), snapshot(base(unknown=True))
    for person in ("discord:1", "discord:2", "discord:1"):
        assert await following.follow(person, KEY, "km", old) == UNTIL
    await following.follow("discord:3", "meeting.venue", "ta", old)
    await following.follow("discord:4", KEY, "my", old)
    await following.unfollow("discord:4", KEY)

    assert await following.on_swapped(old, new) == 2
    assert await following.on_swapped(new, old) == 0
    for _ in range(2):
        await Corrections(store, told, clock).work()

    assert sorted(told.told) == [("discord:1", KEY), ("discord:2", KEY)]
    assert await following.on_swapped(old, new) == 0


async def test_other_words_are_told_to_nobody(
    store: SqlFollowStore, following: Following, clock: SimulatedClock
) -> None:
    told, old = Told(), snapshot(base())
    await following.follow("discord:1", KEY, "lo", old)

    assert await following.on_swapped(old, snapshot(base(answer="ในโตเกียว"))) == 0
    await Corrections(store, told, clock).work()
    assert told.told == []


async def test_an_answer_that_is_gone_is_told_with_its_question(store: SqlFollowStore, following: Following) -> None:
    old, made = snapshot(base()), base()
    await following.follow("discord:1", KEY, "th", old)
    without = replace(made, entries={key: one for key, one in made.entries.items() if key != KEY})

    assert await following.on_swapped(old, snapshot(without)) == 1
    (one,) = await store.changed(SimulatedClock().now())
    assert one.question == f"{KEY} (th)"


async def test_nobody_is_told_after_the_meeting_period(
    store: SqlFollowStore, following: Following, clock: SimulatedClock
) -> None:
    told, old, new = Told(), snapshot(base()), snapshot(base(unknown=True))
    await following.follow("discord:1", KEY, "vi", old)
    clock.advance(days=70)

    assert await following.on_swapped(old, new) == 0
    await Corrections(store, told, clock).work()
    assert told.told == []
    assert await following.follow("discord:1", KEY, "vi", old) is None


async def test_what_a_run_that_died_had_claimed_is_never_told_twice(
    store: SqlFollowStore, following: Following, clock: SimulatedClock
) -> None:
    """It may have been sent: losing one is better than doubling one. What it had not claimed is sent."""
    told, old = Told(), snapshot(base())
    for person in ("discord:1", "discord:2"):
        await following.follow(person, KEY, "pt", old)
    await following.on_swapped(old, snapshot(base(unknown=True)))
    told.broken = True
    with pytest.raises(asyncio.CancelledError):
        await Corrections(store, told, clock).work()

    told.broken = False
    task = asyncio.create_task(Corrections(store, told, clock).run())
    for _ in range(200):
        await asyncio.sleep(0.01)
        if told.told:
            break
    task.cancel()

    assert len(told.told) == 1


async def test_whoever_cannot_be_reached_now_is_told_later(
    store: SqlFollowStore, following: Following, clock: SimulatedClock
) -> None:
    """Discord was away; once it is back, each is told once."""
    told, old = Told(), snapshot(base())
    for person in ("discord:1", "discord:2"):
        await following.follow(person, KEY, "lo", old)
    await following.on_swapped(old, snapshot(base(unknown=True)))
    corrections, told.away = Corrections(store, told, clock), True
    await corrections.work()

    told.away = False
    await corrections.work()
    await corrections.work()

    assert sorted(told.told) == [("discord:1", KEY), ("discord:2", KEY)]


async def test_nothing_is_known_of_an_answer_that_never_was(following: Following) -> None:
    assert await following.follow("discord:1", "meeting.gone", "en", snapshot(base())) is None
