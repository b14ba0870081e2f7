"""The simulated bot keeps the real one's rules, loses no question, and is near what was measured of one process."""

import dataclasses
import itertools
import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import simcord
import simpy
from sqlalchemy import event

from benchmarks.announcements import _MODERATOR, _ZONE, _content
from benchmarks.costs import Law, batches_of, fitted
from benchmarks.scaling import (
    COMMAND_WRITES,
    COPY_WRITES,
    COSTS,
    DISCORD,
    MENTION_WRITES,
    PLANS,
    UNANSWERED_WRITES,
    Compared,
    People,
    Plan,
    announcement_minutes,
    compared,
    machinery,
    moment,
    questions,
    row,
    shards,
    simulate,
    sizes_of_phrasings,
)
from benchmarks.simulated_bot import Asked, Machinery, Outcome, Simulation, SlidingWindow, Waiting, at_random, evenly
from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.core import ranking
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.models import Announcement, Delivery, DeliveryState, Target
from bot.core.announcements.outbox import Outbox
from bot.core.announcements.ports import Posted
from bot.core.inbox.models import Miss
from bot.core.no_observer import NoObserver
from bot.core.ranking import Ranker
from bot.parts import SystemClock
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.inbox import SqlInboxStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import DATES, ScriptedRetriever, make_answering
from tests.conftest import ROOT

SIZES = [20, 45, 70, 95, 160, 230]  # bytes of a question, as Latin, Thai and Burmese letters need them
PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
SMALL = People(a_day=2.0)
UNKNOWN = {"th": "จอดรถได้ที่ไหน", "ta": "வாகனங்களை எங்கே நிறுத்துவது"}


def in_all(outcome: Outcome) -> int:
    return len(outcome.waits) + outcome.declined + outcome.dropped


def new_questions(rate: float, seconds: float, *, mention: bool = False) -> Iterator[Asked]:
    wordings = ((number, SIZES[number % len(SIZES)]) for number in itertools.count())
    return (one._replace(mention=mention) for one in evenly(rate, seconds, wordings))


def machine(**changes: Any) -> Machinery:
    return dataclasses.replace(Machinery(0.005, 0.002, COSTS.encoding, COSTS.ranking), **changes)


@pytest.mark.parametrize("rate", [5, 40, 400])
@pytest.mark.parametrize("mention", [False, True])
def test_no_question_is_lost_and_none_answered_twice(rate: float, mention: bool) -> None:
    outcome = Simulation(machine()).run(new_questions(rate, 20, mention=mention))
    assert in_all(outcome) == outcome.asked == rate * 20


def test_the_same_run_has_the_same_outcome() -> None:
    plan = Plan(500, 2)
    first, second = (simulate(plan, SMALL, COSTS, SIZES) for _ in range(2))
    assert first == second


def test_a_plan_counts_every_question_of_its_moment() -> None:
    plan = Plan(500, 2)
    begin, end = moment(plan, SMALL)
    asked = sum(begin <= one.at < end for one in questions(plan, SMALL, SIZES))
    outcome = simulate(plan, SMALL, COSTS, SIZES)
    assert outcome.asked == asked == in_all(outcome) > 0


def test_work_takes_the_time_it_costs() -> None:
    """One question after another, on an idle machine: nothing but its own work."""
    law, rest = Law(0.016, 0.007, 0.0001), Law(0.0, 0.004, 0.0)
    quiet = machine(encoding=law, ranking=rest, cores=3)
    outcome = Simulation(quiet).run([Asked(0.0, 1, 50), Asked(10.0, 1, 50)])
    assert outcome.waits == pytest.approx([0.016 + 0.007 + 0.005 + 0.004 + 0.0025, 0.005])


def test_more_processes_decline_no_more_and_answer_no_later_once_one_is_too_few() -> None:
    outcomes = [simulate(Plan(12_000, count), People(), COSTS, SIZES) for count in (1, 2, 6)]
    declined = [one.declined / one.asked for one in outcomes]
    slowest = [sorted(one.commands)[int(len(one.commands) * 0.99)] for one in outcomes]
    assert declined == sorted(declined, reverse=True)
    assert declined[0] > declined[2] == 0
    assert slowest == sorted(slowest, reverse=True)


def test_each_process_has_to_encode_for_itself() -> None:
    """More processes are no faster for few people: they remember less each."""
    one, many = (simulate(Plan(8_000, count, encoders=40), People(), COSTS, SIZES) for count in (4, 32))
    assert many.encoded / many.asked > one.encoded / one.asked


def test_nobody_waits_much_longer_for_the_encoder_than_the_bot_promises() -> None:
    """The pace foretells the wait of those who are let in; what it does not foretell is one batch."""
    outcome = Simulation(machine()).run(new_questions(400, 30))
    assert outcome.declined > outcome.asked / 2
    assert max(outcome.waits) < ranking.LONGEST_WAIT * 1.5


def test_replies_keep_within_the_limits_of_discord() -> None:
    """Asked in one channel, then in many: five in five seconds, fifty in one."""
    known = [Asked(0.0, 1, 50, mention=True)] * 20
    assert Simulation(machine()).run(known).last >= 15
    spread = [Asked(0.0, 1, 50, server=number, mention=True) for number in range(200)]
    assert 3 <= Simulation(machine()).run(spread).last < 5


def test_commands_wait_for_no_limit_of_discord() -> None:
    assert Simulation(machine()).run([Asked(0.0, 1, 50)] * 200).last < 2


def test_a_flood_of_mentions_is_dropped_rather_than_kept() -> None:
    outcome = Simulation(machine(announcing=True)).run(new_questions(100, 30, mention=True))
    assert outcome.dropped > 0
    assert in_all(outcome) == outcome.asked


def test_an_announcement_leaves_little_of_the_limit_for_replies() -> None:
    def slowest(*, announcing: bool) -> float:
        asked = (Asked(at, 1, 50, number, True) for number, at in enumerate(at_random([(60, 10)], seed=1)))
        return max(Simulation(machine(announcing=announcing)).run(asked).waits)

    assert slowest(announcing=False) < 1 < slowest(announcing=True)


def test_no_window_of_any_start_holds_more_than_allowed() -> None:
    window, chance, now = SlidingWindow(5, 5.0), random.Random(2), 0.0
    passed = []
    for _ in range(300):
        now += chance.expovariate(1.2)
        passed.append(window.reserve(now))
    assert passed == sorted(passed)
    assert all(later - earlier > 4.999_999 for earlier, later in zip(passed, passed[5:], strict=False))


def test_the_simulated_ranker_lets_in_and_takes_together_what_the_real_one_does() -> None:
    """Texts in Khmer and Burmese letters, so that bytes and characters differ."""
    chance, retriever = random.Random(4), ScriptedRetriever()
    refused = 0
    for _ in range(300):
        real, simulated = Ranker(None, NoObserver()), Waiting()
        real._pace = simulated.pace = chance.choice([0.0001, 0.0005, 0.004])
        texts = [f"{number} " + "ប្រជុំ" * chance.randrange(1, 40) for number in range(chance.randrange(1, 30))]
        for number, text in enumerate(texts):
            size = len(text.encode())
            room = real._has_room([text], retriever)  # type: ignore[arg-type]  # compared only
            assert simulated.has_room(number, size) == room
            refused += not room
            job = (retriever, text)
            real._queue.append(job)  # type: ignore[arg-type]
            real._futures[job] = None  # type: ignore[index, assignment]
            real._size += size
            simulated.add(number, size, simpy.Environment().event())
        batches = []
        while real._queue:
            batches.append(len(real._next_batch()))
            assert len(simulated.next_batch()) == batches[-1]
        real._learn_pace(0.3, 500)
        simulated.learn(0.3, 500)
        assert simulated.pace == real._pace
    assert refused > 100


def test_what_was_not_used_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_KEPT", 2)
    asked = [Asked(float(at), wording, 50) for at, wording in enumerate([1, 2, 1, 3, 1, 2])]
    assert Simulation(machine()).run(asked).encoded == 4  # 1, 2, 3, and 2 again


@pytest.fixture(scope="module")
def held_to_measured() -> dict[str, Compared]:
    return {one.name: one for one in compared(COSTS, sizes_of_phrasings())}


def test_one_process_is_simulated_as_it_was_measured(held_to_measured: dict[str, Compared]) -> None:
    """Within 40 %: who asked shared the two cores when it was measured, and is not simulated."""
    assert len(held_to_measured) == 6
    assert {name: one.off for name, one in held_to_measured.items() if not -0.4 < one.off < 0.4} == {}


def test_new_questions_cost_far_more_than_known_ones_in_the_simulation_too(
    held_to_measured: dict[str, Compared],
) -> None:
    mixed = {name: one for name, one in held_to_measured.items() if "mixed" in name}
    p50, p99 = (one.simulated for one in mixed.values())
    assert p99 > 10 * p50


def test_announcements_and_shards_are_plain_arithmetic() -> None:
    assert announcement_minutes(1_000, 13) == pytest.approx(1_000 * 13 / 45 / 60)
    assert [shards(servers) for servers in (10, 1_000, 1_001, 100_000)] == [1, 1, 2, 100]


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_the_published_arithmetic_is_that_of_the_code(plan: Plan) -> None:
    """The columns that no simulation is needed for; the others change with every phrasing."""
    wanted = _cells(row(plan, People(), COSTS, Outcome(asked=1)))
    published = [_cells(line) for line in PAGE.splitlines() if line.startswith(f"| {wanted[0]} | {wanted[1]} |")]
    columns = [2, *range(10, len(wanted))]
    assert [[cells[at] for at in columns] for cells in published] == [[wanted[at] for at in columns]]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_messages_for_others_take_their_share_of_each_process() -> None:
    few, many = (machinery(Plan(100_000, count), People(), COSTS) for count in (20, 2))
    assert many.overheard == pytest.approx(10 * few.overheard)
    assert (few.question, few.processes) == (DISCORD, 20)


def test_a_law_is_found_again_in_what_it_makes() -> None:
    law = Law(0.02, 0.01, 0.0001)
    batches = [[len(text.encode()) for text in batch] for batch in batches_of([*"ก" * 3, *map(str, range(500))], 40)]
    found = fitted(batches, [law.seconds(sizes) for sizes in batches])
    assert found.seconds([50, 80]) == pytest.approx(law.seconds([50, 80]), rel=0.2)


class Kept:
    """An inbox that only keeps."""

    def __init__(self, store: SqlInboxStore) -> None:
        self._store = store

    async def take(self, miss: Miss) -> None:
        await self._store.add(miss)


@dataclasses.dataclass
class Counted:
    """Writing transactions since the last look."""

    transactions: int = 0
    dirty: bool = False

    def watch(self, store: SqlStore) -> None:
        engine = store._engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._executed)
        event.listen(engine, "commit", self._committed)

    def _executed(self, *arguments: Any) -> None:
        self.dirty |= str(arguments[2]).lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))

    def _committed(self, _: Any) -> None:
        self.transactions += self.dirty
        self.dirty = False

    def look(self) -> int:
        found, self.transactions = self.transactions, 0
        return found


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(tmp_path / "bot.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
def build(store: SqlStore) -> Callable[[], DiscordClient]:
    answering = make_answering(store, unanswered=[UNKNOWN], misses=Kept(SqlInboxStore(store)))
    return lambda: build_client(answering, store, DiscordOptions(cooldown_seconds=0))


async def test_writes_of_a_question_are_those_that_are_reckoned_with(
    store: SqlStore, build: Callable[[], DiscordClient]
) -> None:
    counted = Counted()
    async with simcord.run(build()) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("ห้อง")
        alice, botum = (guild.add_member(env.create_user(name)) for name in ("alice", "botum"))
        assert env.bot.user is not None
        counted.watch(store)

        await alice.send(channel, f"<@{env.bot.user.id}> {DATES['my']}")
        assert counted.look() == MENTION_WRITES
        await alice.slash(channel, "ask", question=DATES["km"])
        assert counted.look() == COMMAND_WRITES
        await botum.send(channel, f"<@{env.bot.user.id}> {UNKNOWN['ta']}")
        assert counted.look() == MENTION_WRITES + UNANSWERED_WRITES


class Posting:
    """Posts everything at once."""

    async def find(self, *_: Any) -> None:
        return None

    async def post(self, _: Any, delivery: Delivery) -> Posted:
        return Posted(delivery.lane, "1")


async def test_writes_of_a_copy_are_those_that_are_reckoned_with(store: SqlStore) -> None:
    counted, kept, clock = Counted(), SqlAnnouncementStore(store), SystemClock()
    announcing = Announcing(kept, clock, needs_approval=False, wake=lambda: None)
    counted.watch(store)

    async def writes_of(copies: int) -> int:
        content, actor = _content(copies), _MODERATOR
        targets = tuple(Target(f"discord:{100 + number}", "km") for number in range(copies))
        draft = await announcing.draft(content=content, original="en", zone=_ZONE, targets=targets, actor=actor)
        assert isinstance(draft, Announcement)
        await announcing.send(draft.id, draft.version, actor)
        counted.look()
        messenger: Any = Posting()
        await Outbox(kept, messenger, clock, per_second=10_000).work()
        assert {one.state for one in await kept.deliveries(draft.id)} == {DeliveryState.SENT}
        return counted.look()

    assert await writes_of(9) - await writes_of(4) == 5 * COPY_WRITES
