"""A bot in simulated time: the queues, caches and refusals of `bot`, with what its work costs as parameters.

The rules are those of `bot.core.ranking`, `bot.core.answering` and `bot.adapters.discord.listening`, with their own
constants; tests compare them. One process has one lock of Python, which answering and the Python part of ranking take
in turns, and an encoder, its own or one of several that are shared. Nothing here looks at a clock.
"""

import inspect
import itertools
import math
import random
from collections import OrderedDict, deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import simpy

from benchmarks.announcements import CHANNEL_LIMIT, CHANNEL_SECONDS, GLOBAL_LIMIT, GLOBAL_SECONDS
from benchmarks.costs import Law
from bot.adapters.discord import listening
from bot.core import answering, ranking
from bot.core.announcements.outbox import Outbox

ANNOUNCED_A_SECOND = float(inspect.signature(Outbox).parameters["per_second"].default)
_INSTANT = 1e-5  # seconds
_THREADS = 2  # of the encoder, for which `encoding` holds
Steps = Generator[simpy.Event, Any, Any]  # one of simpy's processes


class Asked(NamedTuple):
    """One question.

    Args:
        at: Seconds.
        wording: Same wording, same ranking.
        size: Bytes.
        server: Which server it is asked in; its process answers.
        mention: Answered by a message, which Discord's limits hold for; else a command, for which they do not.
    """

    at: float
    wording: int
    size: int
    server: int = 0
    mention: bool = False


@dataclass(frozen=True, slots=True)
class Machinery:
    """What there is, and what the work costs in seconds.

    Args:
        question: On Python's lock, for a question asked before.
        declined: The same, for one that is refused.
        encoding, ranking: Of a batch: in the encoder, and on Python's lock.
        overheard: Share of Python's lock that messages for others take, of each process.
        cores: Of each process.
        encoders: How many the processes share; 0 for one of its own in each.
        network: Seconds to a shared encoder and back.
        limit: Messages a second that Discord takes from all processes together.
        announcing: An announcement is on its way all the time.
    """

    question: float
    declined: float
    encoding: Law
    ranking: Law
    processes: int = 1
    encoders: int = 0
    network: float = 0.002
    overheard: float = 0.0
    cores: int = 2
    limit: float = GLOBAL_LIMIT / GLOBAL_SECONDS
    announcing: bool = False

    @property
    def disturbance(self) -> float:
        """Seconds that an encoder of the process itself loses for each second in which Python works beside it: its
        threads and Python's are three, and it waits for its slowest.
        """
        return min(max(_THREADS + 1 - self.cores, 0) / _THREADS, 1.0)


@dataclass(slots=True)
class Outcome:
    """What became of the questions.

    Args:
        commands: Seconds from question to reply, of those answered that were asked by command.
        mentions: The same by server, of those asked by mentioning the bot.
        declined: Told at once that the bot is too busy.
        dropped: Left alone without a word: too many replies in the making.
        encoded: Texts that had to be encoded.
        lock, encoder: Seconds of work, of all processes and of all encoders.
    """

    asked: int = 0
    commands: list[float] = field(default_factory=list)
    mentions: dict[int, list[float]] = field(default_factory=dict)
    declined: int = 0
    dropped: int = 0
    encoded: int = 0
    lock: float = 0.0
    encoder: float = 0.0
    last: float = 0.0

    @property
    def waits(self) -> list[float]:
        return [*self.commands, *itertools.chain(*self.mentions.values())]

    def answered(self, asked: Asked, seconds: float) -> None:
        (self.mentions.setdefault(asked.server, []) if asked.mention else self.commands).append(seconds)


class SlidingWindow:
    """At most `limit` in any `seconds`: stricter than Discord, whose windows stand side by side."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._seconds = seconds
        self._taken: deque[float] = deque(maxlen=limit)

    def reserve(self, now: float) -> float:
        """The moment of the next one that may pass, in the order of calls; `now` never goes back."""
        full = len(self._taken) == self._taken.maxlen
        moment = max(now, self._taken[0] + self._seconds) if full else now
        self._taken.append(moment)
        return moment


class Waiting:
    """What waits for the ranker: `Ranker.submit`, `_next_batch` and `_learn_pace` without asyncio."""

    def __init__(self) -> None:
        self.pace = ranking._FIRST_PACE
        self.size = 0
        self.queue: deque[tuple[int, int]] = deque()
        self.events: dict[int, simpy.Event] = {}
        self._known: OrderedDict[int, None] = OrderedDict()

    def knows(self, wording: int) -> bool:
        if wording in self._known:
            self._known.move_to_end(wording)
            return True
        return False

    def has_room(self, wording: int, size: int) -> bool:
        if wording in self.events or len(self.events) < ranking._MOST_TOGETHER:
            return True
        return (self.size + size) * self.pace <= ranking.LONGEST_WAIT

    def add(self, wording: int, size: int, event: simpy.Event) -> None:
        self.queue.append((wording, size))
        self.events[wording] = event
        self.size += size

    def next_batch(self) -> list[tuple[int, int]]:
        batch = [self.queue.popleft()]
        size = batch[0][1]
        while self.queue and len(batch) < ranking._MOST_TOGETHER:
            size += self.queue[0][1]
            if size > ranking._LONGEST_TOGETHER:
                break
            batch.append(self.queue.popleft())
        return batch

    def learn(self, seconds: float, size: int) -> None:
        measured = min(seconds / size, ranking._MOST_BELIEVED * self.pace)
        self.pace += ranking._SMOOTHING * (measured - self.pace)

    def settle(self, batch: Sequence[tuple[int, int]]) -> None:
        for wording, size in batch:
            self.size -= size
            self.events.pop(wording).succeed()
            self._known[wording] = None
        while len(self._known) > ranking._KEPT:
            self._known.popitem(last=False)


class Simulation:
    """Ask all questions, then look at `outcome`.

    Args:
        counted: From when until when what is asked, and what is worked, counts; in seconds.
    """

    def __init__(self, machinery: Machinery, counted: tuple[float, float] = (0.0, math.inf)) -> None:
        self.environment = simpy.Environment()
        self.outcome = Outcome()
        self._counted = counted
        self._machinery = machinery
        count = machinery.encoders or machinery.processes
        pools = [simpy.Resource(self.environment, count)] if machinery.encoders else None
        own = pools or [simpy.Resource(self.environment) for _ in range(count)]
        self._everywhere = SlidingWindow(round(machinery.limit), GLOBAL_SECONDS)
        self._channels: dict[int, SlidingWindow] = {}
        self._processes = [Process(self, machinery, own[number % len(own)]) for number in range(machinery.processes)]

    @property
    def counts(self) -> bool:
        begin, end = self._counted
        return begin <= self.environment.now < end

    def run(self, questions: Iterable[Asked]) -> Outcome:
        """Until the last one is answered."""
        people = self.environment.process(self._people(questions))
        if self._machinery.announcing:
            self.environment.process(self._announce(people))
        self.environment.run()
        self.outcome.last = self.environment.now
        return self.outcome

    def run_in_turns(self, people: int, questions: Iterator[Asked], seconds: float) -> Outcome:
        """Each asks again as soon as there is an answer; the moments of `questions` are not looked at."""

        def person() -> Steps:
            while self.environment.now < seconds:
                yield self.environment.process(self.one(next(questions)))

        for _ in range(people):
            self.environment.process(person())
        self.environment.run()
        self.outcome.last = self.environment.now
        return self.outcome

    def one(self, asked: Asked) -> Steps:
        """From a question to whatever becomes of it."""
        process = self._processes[asked.server % len(self._processes)]
        counted, began = self.counts, self.environment.now
        self.outcome.asked += counted
        if asked.mention and process.hearing >= listening._MOST_AT_ONCE:
            self.outcome.dropped += counted
            return
        process.hearing += asked.mention
        answered = yield from process.answer(asked, counted=counted)
        if asked.mention:
            yield from self._send(asked.server)
        process.hearing -= asked.mention
        if answered and counted:
            self.outcome.answered(asked, self.environment.now - began)
        self.outcome.declined += counted and not answered

    def _people(self, questions: Iterable[Asked]) -> Steps:
        for asked in questions:
            if asked.at > self.environment.now:
                yield self.environment.timeout(asked.at - self.environment.now)
            self.environment.process(self.one(asked))

    def _send(self, server: int) -> Steps:
        """A reply in the one channel of the server in which people ask."""
        channel = self._channels.setdefault(server, SlidingWindow(CHANNEL_LIMIT, CHANNEL_SECONDS))
        for window in (channel, self._everywhere):
            if (wait := window.reserve(self.environment.now) - self.environment.now) > 0:
                yield self.environment.timeout(wait)

    def _announce(self, people: simpy.Process) -> Steps:
        """Copies into channels in which nobody asks, for as long as people do."""
        while people.is_alive:
            self._everywhere.reserve(self.environment.now)  # the outbox waits for no copy before it sends the next
            yield self.environment.timeout(1 / ANNOUNCED_A_SECOND)


class Process:
    """One process of the bot. `hearing` counts replies to mentions in the making."""

    def __init__(self, simulation: Simulation, machinery: Machinery, encoder: simpy.Resource) -> None:
        self._environment = simulation.environment
        self._simulation = simulation
        self._outcome = simulation.outcome
        self._machinery = machinery
        self._encoder = encoder
        self._lock = simpy.Resource(self._environment)
        self._waiting = Waiting()
        self._in_work = 0
        self._working = False
        self._busy = 0.0  # seconds of the lock so far
        self.hearing = 0

    def answer(self, asked: Asked, *, counted: bool) -> Steps:
        """Ends with whether it was answered."""
        costs, waiting = self._machinery, self._waiting
        known = waiting.knows(asked.wording)
        if self._in_work >= answering._MOST_AT_ONCE or not (known or waiting.has_room(asked.wording, asked.size)):
            yield from self._python(costs.declined)
            return False
        self._in_work += 1
        ranked = None if known else self._ranked(asked)
        yield from self._python(costs.question / 2)
        if ranked is not None:
            self._outcome.encoded += counted
            yield ranked
        yield from self._python(costs.question / 2)
        self._in_work -= 1
        return True

    def _ranked(self, asked: Asked) -> simpy.Event:
        if asked.wording in self._waiting.events:
            return self._waiting.events[asked.wording]
        event = self._environment.event()
        self._waiting.add(asked.wording, asked.size, event)
        if not self._working:
            self._working = True
            self._environment.process(self._work())
        return event

    def _work(self) -> Steps:
        while self._waiting.queue:
            batch = self._waiting.next_batch()
            sizes, began = [size for _, size in batch], self._environment.now
            yield from self._rank(sizes)
            self._waiting.learn(self._environment.now - began, sum(sizes))
            self._waiting.settle(batch)
        self._working = False

    def _rank(self, sizes: Sequence[int]) -> Steps:
        """Python hands its lock on after some milliseconds, so the texts of a batch do not hold it in one go."""
        costs = self._machinery
        with self._encoder.request() as turn:
            yield turn
            seconds = costs.encoding.seconds(sizes)
            yield from self._encode(seconds)
        share = costs.ranking.seconds(sizes) / len(sizes)
        for _ in sizes:
            yield from self._python(share)

    def _encode(self, seconds: float) -> Steps:
        """On the cores that Python works on as well, unless the encoder is shared: then it has its own."""
        self._outcome.encoder += seconds * self._simulation.counts
        if self._machinery.encoders:
            yield self._environment.timeout(seconds + self._machinery.network)
            return
        while seconds > _INSTANT:
            before = self._busy
            yield self._environment.timeout(seconds)
            seconds = (self._busy - before) * self._machinery.disturbance

    def _python(self, seconds: float) -> Steps:
        """Work on the lock, slower by what messages for others take of it."""
        with self._lock.request() as turn:
            yield turn
            taken = seconds / (1 - self._machinery.overheard)
            yield self._environment.timeout(taken)
            self._busy += taken
            self._outcome.lock += taken * self._simulation.counts


def evenly(rate: float, seconds: float, wordings: Iterator[tuple[int, int]]) -> Iterator[Asked]:
    """As `benchmarks.serving.ask_at_rate` asks."""
    for number in range(int(rate * seconds)):
        wording, size = next(wordings)
        yield Asked(number / rate, wording, size)


def at_random(rates: Sequence[tuple[float, float]], seed: int) -> Iterator[float]:
    """Moments: (until when, how many a second) in order, each as independent of the others as people are."""
    chance, now = random.Random(seed), 0.0
    for until, rate in rates:
        while (now := now + chance.expovariate(rate)) < until:
            yield now
        now = until
