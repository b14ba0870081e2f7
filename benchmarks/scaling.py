"""How the bot grows: `python -m benchmarks.scaling` simulates 10 to 100,000 servers on a live meeting day.

Simulated: queues, caches, refusals and Discord's limits (`benchmarks.simulated_bot`), with costs that were measured
(`COSTS`, `HTTP`, `DISCORD`) and people as we imagine them (`People`). First the same simulation is held to what was
measured of one process; how far it is off there says how far to believe the rest. Nothing is random from run to run.
"""

import argparse
import bisect
import heapq
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.announcements import GLOBAL_LIMIT
from benchmarks.costs import Costs, Law, measure
from benchmarks.costs import table as costs_table
from benchmarks.performance import NEW, POPULAR, RATE
from benchmarks.serving import all_texts, percentile
from benchmarks.simulated_bot import (
    ANNOUNCED_A_SECOND,
    Asked,
    Machinery,
    Outcome,
    Simulation,
    at_random,
    evenly,
)
from bot.core.locales import LANGUAGES
from bot.core.text import fold

# Measured on 2026-11-23 on two quiet cores. Encoding: the batches of docs/performance.md (27 ms alone, 12.7 in eights),
# divided between texts and bytes as `python -m benchmarks.costs` found it; the rest by that command.
COSTS = Costs(
    encoding=Law(0.0164, 0.0070, 0.0000496),
    ranking=Law(0.0003, 0.0035, 0.0000153),
    core=0.0030,
    overheard=0.000034,
    guild=31_900,
    process=160e6,
    look=0.000033,
)
# Processor seconds of a question asked before, by `python -m benchmarks.performance` on the same day: over HTTP at
# 13:33; by a mention on a Discord of this machine at 14:17 (`--only discord`, on a busy machine).
HTTP, DISCORD = 0.0047, 0.0103
DECLINED = 0.4  # of that, for a question that is refused: ours, as no store and no reply of the core are in it
# Writing transactions of one question: tests/benchmarks/test_scaling.py counts them.
MENTION_WRITES, COMMAND_WRITES, UNANSWERED_WRITES, COPY_WRITES = 3, 1, 1, 2
SHARD = 1_000  # servers; Discord allows 2,500 and wants about this many
IDENTIFY_SECONDS, IDENTIFIES_A_DAY = 5, 1_000  # one session in so many seconds (max_concurrency 1)


@dataclass(frozen=True, slots=True)
class People:
    """How people ask. All of it is ours: no server has asked the bot yet.

    Args:
        a_day: Questions in one server on an ordinary day.
        peak: How many times more in the busiest minutes of a live meeting.
        moment: Times more again in the minute after an announcement.
        crowd: Questions a second in that minute in one channel more, where the meeting itself is discussed.
        new: Share that nobody has asked in these words.
        wordings: Known ways of asking, in each language; the most frequent is asked twice as often as the next (Zipf).
        mentions: Share asked by mentioning the bot; the rest by command.
        unanswered: Share that goes to the inbox.
        unevenness: Standard deviation of the logarithm of how much a server asks.
        overheard: Messages in one server on an ordinary day that are not for the bot; Discord tells it of each.
    """

    a_day: float = 20.0
    peak: float = 10.0
    moment: float = 3.0
    crowd: float = 5.0
    new: float = 0.3
    wordings: int = 500
    mentions: float = 0.3
    unanswered: float = 0.15
    unevenness: float = 1.5
    overheard: float = 1_000.0

    def rate(self, servers: int) -> float:
        """Questions a second of all servers in the busiest minutes, before a moment."""
        return servers * self.a_day / 86_400 * self.peak


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run. `encoders` 0: one in each process. `limit`: messages a second that Discord takes from the bot."""

    servers: int
    processes: int
    encoders: int = 0
    limit: int = GLOBAL_LIMIT

    @property
    def cores(self) -> int:
        """With shared encoders a process needs one core, and each of them two."""
        return self.processes + 2 * self.encoders if self.encoders else 2 * self.processes


PLANS = (
    Plan(10, 1),
    Plan(1_000, 1),
    Plan(1_000, 2),
    Plan(5_000, 1),
    Plan(10_000, 1),
    Plan(10_000, 4),
    Plan(100_000, 20),
    Plan(100_000, 20, encoders=8),
    Plan(100_000, 20, encoders=8, limit=500),
)
MEETING = 0  # the server in which the meeting itself is discussed
_FILLING, _FILLED_BY = 120.0, 2_000  # seconds and questions before anything counts: caches are as on any day
_BEFORE, MOMENT, _AFTER = 60.0, 60.0, 120.0  # seconds; only what is asked in the moment counts


def sizes_of_phrasings() -> list[int]:
    """Bytes of UTF-8, folded as the encoder gets them."""
    return [len(fold(text).encode()) for text in all_texts()]


def moment(plan: Plan, people: People) -> tuple[float, float]:
    """From when until when it lasts, in seconds of the simulation."""
    start = max(_FILLING, _FILLED_BY / people.rate(plan.servers)) + _BEFORE
    return start, start + MOMENT


def questions(plan: Plan, people: People, sizes: Sequence[int]) -> Iterator[Asked]:
    """At the peak, then a moment with its crowd, then at the peak again."""
    rate, (start, end) = people.rate(plan.servers), moment(plan, people)
    everywhere = at_random([(start, rate), (end, rate * people.moment), (end + _AFTER, rate)], seed=5)
    crowd = (start + at for at in at_random([(MOMENT, people.crowd)], seed=6))
    words, places, chance = _Words(people, sizes), _Places(plan.servers, people), random.Random(7)
    asked = ((at, places.any()) for at in everywhere)
    for at, server in heapq.merge(asked, ((at, MEETING) for at in crowd)):
        wording, size = words.any()
        yield Asked(at, wording, size, server, chance.random() < people.mentions)


class _Words:
    """What is asked: numbers of wordings and their sizes in bytes."""

    def __init__(self, people: People, sizes: Sequence[int]) -> None:
        self._people, self._sizes = people, sizes
        self._chance = random.Random(8)
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, people.wordings + 1)))
        self._known = people.wordings * len(LANGUAGES)
        self._new = itertools.count(self._known)

    def any(self) -> tuple[int, int]:
        wording = next(self._new) if self._chance.random() < self._people.new else self._one_known()
        return wording, self._sizes[wording % len(self._sizes)]

    def _one_known(self) -> int:
        rank = bisect.bisect(self._weights, self._chance.random() * self._weights[-1])
        return self._chance.randrange(len(LANGUAGES)) * self._people.wordings + rank


class _Places:
    """Where: some servers ask far more than others."""

    def __init__(self, servers: int, people: People) -> None:
        self._chance = random.Random(9)
        self._weights = list(
            itertools.accumulate(self._chance.lognormvariate(0, people.unevenness) for _ in range(servers))
        )

    def any(self) -> int:
        return bisect.bisect(self._weights, self._chance.random() * self._weights[-1])


def machinery(plan: Plan, people: People, costs: Costs) -> Machinery:
    heard = plan.servers * people.overheard / 86_400 * people.peak * costs.overheard / plan.processes
    return Machinery(
        question=DISCORD,
        declined=DISCORD * DECLINED,
        encoding=costs.encoding,
        ranking=costs.ranking,
        processes=plan.processes,
        encoders=plan.encoders,
        overheard=min(heard, 0.99),
        limit=plan.limit,
        announcing=True,
    )


def simulate(plan: Plan, people: People, costs: Costs, sizes: Sequence[int]) -> Outcome:
    simulation = Simulation(machinery(plan, people, costs), moment(plan, people))
    return simulation.run(questions(plan, people, sizes))


def announcement_minutes(servers: int, channels: int) -> float:
    """One copy in each of so many channels of each server. The outbox goes no faster where Discord allows more."""
    return servers * channels / ANNOUNCED_A_SECOND / 60


def writes(people: People, rate: float) -> float:
    """Writing transactions a second, with an announcement on its way."""
    by_way = people.mentions * MENTION_WRITES + (1 - people.mentions) * COMMAND_WRITES
    return rate * (by_way + people.unanswered * UNANSWERED_WRITES) + ANNOUNCED_A_SECOND * COPY_WRITES


def memory(plan: Plan, costs: Costs) -> float:
    """Bytes of one process; its share of the servers."""
    return costs.process + plan.servers / plan.processes * costs.guild


def shards(servers: int) -> int:
    return max(1, -(-servers // SHARD))


_COLUMNS = (
    "servers",
    "processes, encoders, limit",
    "q/s in a moment",
    "cores: busy of",
    "p50 ms",
    "p99 ms, commands",
    "p99 ms, mentions",
    "longest in the crowd's channel, s",
    "declined %",
    "dropped %",
    "announcement min, 1 and 13 channels",
    "writes/s",
    "MB a process",
    "start min",
)
HEADING = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


def row(plan: Plan, people: People, costs: Costs, outcome: Outcome) -> str:
    rate = people.rate(plan.servers) * people.moment + people.crowd
    encoders = f"{plan.encoders} shared" if plan.encoders else "own"
    busy = (outcome.lock + 2 * outcome.encoder) / MOMENT
    elsewhere = [wait for server, waits in outcome.mentions.items() if server != MEETING for wait in waits]
    one, all_ = (announcement_minutes(plan.servers, count) for count in (1, len(LANGUAGES)))
    cells = [
        f"{plan.servers:,}",
        f"{plan.processes}, {encoders}, {plan.limit}",
        f"{rate:.1f}",
        f"{busy:.1f} of {plan.cores}",
        f"{percentile(outcome.waits, 0.5) * 1000:.0f}",
        f"{percentile(outcome.commands, 0.99) * 1000:.0f}",
        f"{percentile(elsewhere, 0.99) * 1000:.0f}",
        f"{max(outcome.mentions.get(MEETING, [math.nan])):.0f}",
        f"{100 * outcome.declined / outcome.asked:.1f}",
        f"{100 * outcome.dropped / outcome.asked:.1f}",
        f"{one:.2g}, {all_:.2g}" if all_ < 100 else f"{one:.0f}, {all_:.0f}",
        f"{writes(people, rate):.0f}",
        f"{memory(plan, costs) / 1e6:.0f}",
        f"{shards(plan.servers) * IDENTIFY_SECONDS / 60:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of one process: as `python -m benchmarks.performance --seconds 15` measured it, and as the same asking
    comes out in the simulation.
    """

    name: str
    measured: float
    simulated: float

    @property
    def off(self) -> float:
        """Share of the measured; above zero when the simulation says more."""
        return self.simulated / self.measured - 1

    def __str__(self) -> str:
        return f"| {self.name} | {self.measured:g} | {self.simulated:.1f} | {self.off:+.0%} |"


def compared(costs: Costs, sizes: Sequence[int]) -> list[Compared]:
    """One process on two cores against the figures of 2026-11-23, 13:33; those who ask are not in the simulation."""

    def of(question: float) -> Machinery:
        return Machinery(question, question * DECLINED, costs.encoding, costs.ranking)

    turns = {name: Simulation(of(cost)).run_in_turns(8, _all_new(sizes), 60.0) for name, cost in _WAYS}
    mixed, cold, warm = (
        Simulation(of(HTTP), (10.0, 70.0)).run(evenly(RATE, 70.0, _mix(sizes, new))) for new in (NEW, 1.0, 0.0)
    )
    return [
        Compared("core, cold: questions/s", 46, len(turns["core"].waits) / turns["core"].last),
        Compared("HTTP, cold: questions/s", 38, len(turns["HTTP"].waits) / turns["HTTP"].last),
        Compared("HTTP at 100/s, cold: answered a second", 49, len(cold.waits) / 60.0),
        Compared("HTTP at 100/s, warm: p50 ms", 3.4, percentile(warm.waits, 0.5) * 1000),
        Compared("HTTP at 100/s, mixed: p50 ms", 3.7, percentile(mixed.waits, 0.5) * 1000),
        Compared("HTTP at 100/s, mixed: p99 ms", 116.8, percentile(mixed.waits, 0.99) * 1000),
    ]


_WAYS = (("core", COSTS.core), ("HTTP", HTTP))


def _mix(sizes: Sequence[int], new: float) -> Iterator[tuple[int, int]]:
    chance, fresh = random.Random(1), itertools.count(POPULAR)
    while True:
        wording = next(fresh) if chance.random() < new else chance.randrange(POPULAR)
        yield wording, sizes[wording % len(sizes)]


def _all_new(sizes: Sequence[int]) -> Iterator[Asked]:
    return (Asked(0.0, wording, sizes[wording % len(sizes)]) for wording in itertools.count())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="with the costs of this machine, measured first")
    parser.add_argument("--servers", type=int, help="one plan of your own instead")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--encoders", type=int, default=0, help="shared ones; 0: each process has its own")
    parser.add_argument("--limit", type=int, default=GLOBAL_LIMIT, help="messages a second that Discord allows")
    options = parser.parse_args()
    costs, sizes, people = measure() if options.measure else COSTS, sizes_of_phrasings(), People()
    plans: Sequence[Plan] = PLANS
    if options.servers:
        plans = (Plan(options.servers, options.processes, options.encoders, options.limit),)
    print(f"{costs_table(costs)}\n\n| one process | measured | simulated | off |\n|---|---|---|---|")
    print(*compared(costs, sizes), sep="\n")
    print(f"\n{HEADING}")
    for plan in plans:
        print(row(plan, people, costs, simulate(plan, people, costs, sizes)), flush=True)


if __name__ == "__main__":
    main()
