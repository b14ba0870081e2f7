"""What counts as a change of substance, who is told of it, and that nobody is told twice."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from bot.core.announcements.models import Delivery, Trouble
from bot.core.announcements.ports import Posted, Unclear, Unposted
from bot.core.facts import Integer
from bot.core.following import Corrections, Followed, Following, substance
from bot.core.knowledge import Knowledge
from bot.core.models import Changed, ChangeKind, City, Entry
from bot.core.personal import Identity
from bot.core.retention import Aging
from bot.storage.following import SqlFollowStore
from bot.storage.personal_data import SqlPersonalData
from bot.storage.retention import SqlForgetting
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import knowledge
from tests.core.clocks import SimulatedClock
from tests.postgresql import run

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
    """Implements `Messenger`; remembers who was told what, and does what it is told before."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.standing: set[str] = set()
        self.answers: list[Posted | Unposted | Unclear | BaseException] = []

    async def post(self, subject: Followed, delivery: Delivery) -> Posted | Unposted | Unclear:
        answer = self.answers.pop(0) if self.answers else Posted(delivery.recipient, "1")
        if isinstance(answer, Posted) and delivery.id not in self.standing:
            self.standing.add(delivery.id)
            self.told.append((delivery.recipient, subject.key))
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def find(self, subject: Followed, delivery: Delivery) -> Posted | None:
        return Posted(delivery.recipient, "1") if delivery.id in self.standing else None

    async def reachable(self) -> bool:
        return True

    async def correct(self, subject: Followed, delivery: Delivery) -> Posted:
        raise AssertionError("what was told is forgotten")


def snapshot(made: Knowledge) -> Any:
    return SimpleNamespace(knowledge=made, renderer=SimpleNamespace(label=lambda key, locale: f"{key} ({locale})"))


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest_asyncio.fixture
async def state(database: str, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(database, now=clock.now)
    yield opened
    await opened.close()


@pytest.fixture
def store(state: SqlStore) -> SqlFollowStore:
    return SqlFollowStore(state)


@pytest.fixture
def following(store: SqlFollowStore, clock: SimulatedClock) -> Following:
    return Following(store, clock, until=UNTIL)


Loop = Callable[..., Corrections]
OLD, NEW = snapshot(base()), snapshot(base(unknown=True))


@pytest.fixture
def loop(store: SqlFollowStore, clock: SimulatedClock) -> Loop:
    """A sending loop of a process that answers from NEW unless told otherwise."""

    def make(told: Told, *, now: Any = NEW, alone: bool = True, kept: SqlFollowStore = store) -> Corrections:
        return Corrections(kept, told, clock, lambda: now, alone=alone, per_second=10_000)

    return make


async def left(database: str) -> int:
    """Rows about people that are still there."""
    counts = await run(database, "select count(*) from followed_answers", "select count(*) from deliveries")
    return sum(int(str(count)) for (count,) in counts)


async def test_whoever_asked_for_it_is_told_once(following: Following, loop: Loop, database: str) -> None:
    """However often they asked, and however often it is looked for; then nothing is kept of them."""
    told = Told()
    for person in ("discord:1", "discord:2", "discord:1"):
        assert await following.follow(person, KEY, "km", OLD) == UNTIL
    await following.follow("discord:4", KEY, "my", OLD)
    await following.unfollow("discord:4", KEY)

    assert await following.on_swapped(OLD, NEW) == 2
    assert await following.on_swapped(OLD, NEW) == 0
    for _ in range(2):
        await loop(told).work()

    assert sorted(told.told) == [("discord:1", KEY), ("discord:2", KEY)]
    assert await following.on_swapped(OLD, NEW) == 0
    assert await left(database) == 0


async def test_other_words_are_told_to_nobody(following: Following, loop: Loop) -> None:
    told, reworded = Told(), snapshot(base(answer="ในโตเกียว"))
    await following.follow("discord:1", KEY, "lo", OLD)

    assert await following.on_swapped(OLD, reworded) == 0
    await loop(told, now=reworded).work()
    assert told.told == []


async def test_an_answer_that_is_gone_is_told_with_its_question(store: SqlFollowStore, following: Following) -> None:
    made = base()
    await following.follow("discord:1", KEY, "th", OLD)
    without = replace(made, entries={key: one for key, one in made.entries.items() if key != KEY})

    assert await following.on_swapped(OLD, snapshot(without)) == 1
    (correction,) = await store.due(SimulatedClock().now())
    one = await store.followed_as(correction.announcement)
    assert one is not None
    assert one.question == f"{KEY} (th)"


async def test_nobody_is_told_after_the_meeting_period(
    following: Following, loop: Loop, clock: SimulatedClock, database: str
) -> None:
    """Neither who is found to be told then, nor who could not be reached until then."""
    told = Told()
    await following.follow("discord:1", KEY, "vi", OLD)
    await following.follow("discord:2", "meeting.venue", "vi", OLD)
    await following.on_swapped(OLD, NEW)
    clock.advance(days=70)

    assert await following.on_swapped(OLD, snapshot(with_entry(base(), replace(base().entries[KEY])))) == 0
    await loop(told).work()
    assert told.told == []
    assert await following.follow("discord:1", KEY, "vi", OLD) is None
    assert await run(database, "select person from followed_answers") == [("discord:2",)]


async def test_what_was_claimed_by_a_process_that_died_is_told_once(
    following: Following, loop: Loop, database: str
) -> None:
    """It died before the message was sent, and after."""
    told, killed = Told(), asyncio.CancelledError()
    for person in ("discord:1", "discord:2"):
        await following.follow(person, KEY, "pt", OLD)
    await following.on_swapped(OLD, NEW)
    told.answers = [killed, killed]
    await loop(told).work()
    assert told.told == []
    ((sent,),) = await run(database, "select min(id) from deliveries")
    told.standing = {str(sent)}

    await loop(told).work()

    assert len(told.told) == 1
    assert await left(database) == 0


async def test_is_tried_until_discord_is_back(following: Following, loop: Loop, clock: SimulatedClock) -> None:
    """A day of outage, and nobody is forgotten."""
    told = Told()
    await following.follow("discord:1", KEY, "ms", OLD)
    await following.on_swapped(OLD, NEW)
    told.answers = [Unclear()] * 1_440
    sending = loop(told)
    while told.answers:
        clock.advance(minutes=1)
        await sending.work()

    clock.advance(minutes=1)
    await sending.work()

    assert told.told == [("discord:1", KEY)]


async def test_who_takes_no_messages_is_forgotten(following: Following, loop: Loop, database: str) -> None:
    told = Told()
    await following.follow("discord:1", KEY, "id", OLD)
    await following.on_swapped(OLD, NEW)
    told.answers = [Unposted(Trouble.FORBIDDEN)]

    await loop(told).work()

    assert await left(database) == 0


async def test_who_stops_or_is_erased_before_it_is_sent_is_not_told(
    following: Following, loop: Loop, state: SqlStore, clock: SimulatedClock, database: str
) -> None:
    """Also while it waits for another attempt; following anew begins anew."""
    told = Told()
    for person in ("discord:1", "discord:2", "discord:3"):
        await following.follow(person, KEY, "zh", OLD)
    await following.on_swapped(OLD, NEW)
    told.answers = [Unclear()] * 3
    await loop(told).work()

    await following.unfollow("discord:1", KEY)
    await SqlPersonalData(state, clock).erase(Identity("discord:2"))
    await following.follow("discord:3", KEY, "zh", NEW)
    clock.advance(minutes=5)
    await loop(told).work()

    assert told.told == []
    assert await left(database) == 1


async def test_what_has_changed_back_is_told_only_when_it_changes_again(
    following: Following, loop: Loop, clock: SimulatedClock
) -> None:
    """And it holds up nothing else that the same person is to be told."""
    told, third = Told(), snapshot(base(facts={"days": Integer(3)}))
    await following.follow("discord:1", KEY, "my", OLD)
    await following.on_swapped(OLD, NEW)

    sending = loop(told, now=OLD)
    await sending.work()
    assert told.told == []

    clock.advance(minutes=1)
    await loop(told, now=third).work()
    assert told.told == [("discord:1", KEY)]


async def test_processes_that_share_a_store_tell_each_person_once(
    following: Following, loop: Loop, database: str, clock: SimulatedClock
) -> None:
    """All find the change, all order, all send; one of them has not changed yet and would tell what is old."""
    people = {f"discord:{number}" for number in range(40)}
    for person in people:
        await following.follow(person, KEY, "ta", OLD)
    stores = [await SqlStore.open(database, now=clock.now) for _ in range(3)]
    kept = [SqlFollowStore(one) for one in stores]
    told, late = Told(), Told()

    found = await asyncio.gather(*(Following(one, clock, until=UNTIL).look(NEW) for one in kept))
    behind = loop(late, now=OLD, alone=False)
    await asyncio.gather(*(loop(told, alone=False, kept=one).work() for one in kept), behind.work())
    for _ in range(5):
        clock.advance(seconds=20)
        await asyncio.gather(*(loop(told, alone=False, kept=one).work() for one in kept))

    assert sum(found) == len(people)
    assert sorted(told.told) == sorted((person, KEY) for person in people)
    assert late.told == []
    assert await left(database) == 0
    for one in stores:
        await one.close()


async def test_corrections_end_with_what_they_are_of(
    following: Following, store: SqlFollowStore, state: SqlStore, clock: SimulatedClock, database: str
) -> None:
    """When its time is over, and when somebody stopped in the very moment in which it was ordered."""
    for number in (1, 2, 3):
        await following.follow(f"discord:{number}", KEY, "th", OLD)
    held = await store.followed(clock.now())
    await following.look(NEW)
    await run(database, "delete from followed_answers where person = 'discord:1'")

    assert await SqlForgetting(state).forget(Aging.FOLLOWED, clock.now()) == 0
    assert len(await store.due(clock.now())) == 2
    clock.advance(days=70)
    assert await SqlForgetting(state).forget(Aging.FOLLOWED, clock.now()) == 2
    assert await left(database) == 0
    assert await store.order([one.correction(clock.now()) for one in held]) == 0


async def test_nothing_is_known_of_an_answer_that_never_was(following: Following) -> None:
    assert await following.follow("discord:1", "meeting.gone", "en", snapshot(base())) is None
