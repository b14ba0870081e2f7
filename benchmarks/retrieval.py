"""Accuracy and latency of our engine beside those of other ways to find an entry: `python -m benchmarks.retrieval`.

Absolute times belong to the machine; what counts are the ratios, all measured in one run. See benchmarks/README.md.
"""

import argparse
import asyncio
import functools
import gc
import os
import resource
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.engines import (
    Bm25,
    Engine,
    Nearest,
    Ours,
    RapidFuzz,
    Remembered,
    fit_ours,
    refit,
    with_more_entries,
)
from benchmarks.phrasing_sets import Exam, Phrasings, enlarge, load, phrasings_of_entries, split, thinned
from bot.adapters.encoder import NanoEncoder
from bot.content.catalog_files import read_catalogs
from bot.content.compiler import TrainingSet, fit_identifier
from bot.content.crossvalidation import serves
from bot.content.loading import Folders, retriever_of, slots_of
from bot.content.phrasings import read_phrasings
from bot.core.answering import Answering
from bot.core.knowledge import Knowledge
from bot.core.models import Question
from bot.core.no_store import NoStore
from bot.core.retrieval import Model, Retriever
from bot.core.snapshot import Snapshot
from bot.parts import SystemClock
from bot.settings import read_settings

OURS = "ours"
NAMES = ("rapidfuzz", "bm25", "e5 nearest")
MORE_ENTRIES = 10
# Bytes per phrasing while indexing and asking, measured; BM25's include one part of 200,000 being built.
_BYTES = {"rapidfuzz": 400, "bm25": 1500, "e5 nearest": 1700}
_MEMORY = 7 * 2**30  # beside 0.5 GiB of everything else: below 8 GiB in all
WANTED_RATIO, WANTED_GROWTH = 1.15, 3.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Args:
        every: Take every n-th phrasing of the knowledge base.
        questions: Asked for the latency of our engine; others may get fewer.
        rounds: How often each is asked.
        budget: Seconds after which an alternative is asked no more (it is asked five times at least).
        refit: Enlarged phrasings our engine goes on learning from.
    """

    every: int
    questions: int
    rounds: int
    budget: float
    refit: int


FULL = Scale(every=1, questions=60, rounds=5, budget=15.0, refit=10_000)
QUICK = Scale(every=10, questions=8, rounds=2, budget=0.5, refit=300)


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds of one engine at one size, one list per question; none, and why, when it could not be measured."""

    name: str
    size: str
    samples: Sequence[Sequence[float]]
    reason: str = ""

    @property
    def middle(self) -> float:
        """The median over questions of the median over rounds."""
        return statistics.median(statistics.median(one) for one in self.samples)

    @property
    def worst(self) -> float:
        """The 99th percentile of all."""
        return float(np.percentile([value for one in self.samples for value in one], 99))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the phrasings: shows that it runs, no more")
    parser.add_argument("--sizes", type=_sizes, metavar="1,10,100", help="times the phrasings (quick: 1,10)")
    options = parser.parse_args(arguments)
    scale = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as cache:
        settings = read_settings()
        folders = Folders(settings.knowledge_dir, settings.locales_dir, Path(cache))
        _run(
            folders,
            NanoEncoder(settings.encoder_threads),
            scale,
            options.sizes or ((1, 10) if options.quick else (1, 10, 100)),
        )
    return 0


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _run(folders: Folders, encoder: NanoEncoder, scale: Scale, sizes: Sequence[int]) -> None:
    knowledge, training = load(folders, encoder, scale.every)
    exam = split(training)
    known = phrasings_of_entries(training, exam.learned)
    model = fit_ours(training, exam.learned, encoder.name)
    if scale is QUICK:
        print("QUICK: a tenth of the phrasings; the figures say nothing about the bot.")
    print(
        f"{len(known.texts)} phrasings of {len(set(known.labels))} entries known, {len(exam.asked)} others asked; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    _examine(knowledge, training, exam, known, model, encoder)
    bench = Bench(folders, knowledge, encoder, scale, _questions(training, exam, scale.questions))
    _print_latency(bench.measure(model, known, sizes), sizes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # Linux counts in KiB
    print(f"peak memory of this process: {peak:.1f} GiB")


def _examine(
    knowledge: Knowledge, training: TrainingSet, exam: Exam, known: Phrasings, model: Model, encoder: NanoEncoder
) -> None:
    """Print how often each engine's first entry serves the one asked for, in percent."""
    memory = Remembered(training, encoder)
    engines: dict[str, Engine] = {OURS: Ours(retriever_of(model, knowledge), memory)}
    engines |= {name: build(known) for name, build in _alternatives(memory).items()}
    table = {name: accuracy(engine, knowledge, training, exam.asked) for name, engine in engines.items()}
    print("\ntop-1 right, % of held-out phrasings")
    print("\n".join(accuracy_lines(table)))


def _alternatives(encoder: Remembered | NanoEncoder) -> Mapping[str, Callable[[Phrasings], Engine]]:
    return dict(zip(NAMES, (RapidFuzz, Bm25, lambda known: Nearest(known, encoder)), strict=True))


def accuracy(engine: Engine, knowledge: Knowledge, training: TrainingSet, asked: Sequence[int]) -> dict[str, float]:
    """Percent right per locale; a slot entry is resolved for every engine as the bot does it."""
    slots = slots_of(knowledge)
    verdicts: dict[str, list[bool]] = {}
    for index in asked:
        example = training.examples[index]
        found = engine.find(example.text)
        slot = slots.get(found)
        given = (slot.resolve(found, example.text) if slot else found).partition(":")[0]
        verdicts.setdefault(example.locale, []).append(serves(knowledge, given, example.label))
    return {locale: 100 * statistics.fmean(right) for locale, right in sorted(verdicts.items())}


def accuracy_lines(table: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One line per locale, then the worst locale of each engine."""
    lines = ["lang  " + "".join(name.rjust(12) for name in table) + "   ours ahead by"]
    of_locale = ({name: scores[locale] for name, scores in table.items()} for locale in table[OURS])
    lines += [_accuracy_line(locale, scores) for locale, scores in zip(table[OURS], of_locale, strict=True)]
    lines.append(_accuracy_line("worst", {name: min(scores.values()) for name, scores in table.items()}))
    return lines


def _accuracy_line(title: str, scores: Mapping[str, float]) -> str:
    lead = scores[OURS] - max(score for name, score in scores.items() if name != OURS)
    said = f"{lead:.1f}" if lead > 0 else f"NOT AHEAD ({lead:.1f})"
    return title.ljust(6) + "".join(f"{score:.1f}".rjust(12) for score in scores.values()) + said.rjust(16)


def _questions(training: TrainingSet, exam: Exam, count: int) -> list[str]:
    """Held-out phrasings, evenly drawn over languages and entries."""
    return [training.examples[exam.asked[int(at)]].text for at in np.linspace(0, len(exam.asked) - 1, count)]


class Bench:
    """Measures whole answers: from the text of a question to the reply."""

    def __init__(
        self, folders: Folders, knowledge: Knowledge, encoder: NanoEncoder, scale: Scale, questions: Sequence[str]
    ) -> None:
        catalogs, _ = read_catalogs(folders.locales, knowledge)
        phrasings, _ = read_phrasings(folders.knowledge, knowledge)
        identifier = fit_identifier(folders.knowledge, phrasings[:: scale.every], knowledge.courtesy)
        self._knowledge, self._encoder, self._scale, self._asked = knowledge, encoder, scale, questions
        self._catalogs, self._identifier = catalogs, identifier

    def measure(self, model: Model, known: Phrasings, sizes: Sequence[int]) -> list[Row]:
        """First the alternatives, one size at a time, then ours at all sizes in turn with the bare embedding."""
        rows: list[Row] = []
        ours: dict[str, Retriever] = {}
        for size in sizes:
            print(f"measuring at {size}x: {size * len(known.texts)} phrasings", file=sys.stderr, flush=True)
            rows += [self._measure_alternative(name, known, size) for name in NAMES]
            more = enlarge(thinned(known, self._scale.refit // size), size)
            ours[f"{size}x"] = retriever_of(refit(model, more) if size > 1 else model, self._knowledge)
        ours[f"{MORE_ENTRIES}x entries"] = with_more_entries(model, self._knowledge, MORE_ENTRIES)
        return [*asyncio.run(self._ask_ours(ours)), *rows]

    def _measure_alternative(self, name: str, known: Phrasings, size: int) -> Row:
        """An alternative with its own enlarged phrasings, forgotten before the next one comes."""
        needed = size * len(known.texts) * _BYTES[name]
        if needed > _MEMORY:
            return Row(name, f"{size}x", [], f"needs about {needed / 2**30:.0f} GiB of memory")
        meanings = name == "e5 nearest"
        many = enlarge(known, size, texts=not meanings, meanings=meanings)
        samples = self._ask_in_turn(_alternatives(self._encoder)[name](many))
        gc.collect()
        return Row(name, f"{size}x", samples)

    def _ask_in_turn(self, engine: Engine) -> list[list[float]]:
        samples: list[list[float]] = []
        until = time.perf_counter() + self._scale.budget
        for text in self._asked:
            if len(samples) >= 5 and time.perf_counter() > until:
                break
            samples.append([_milliseconds(functools.partial(engine.find, text)) for _ in range(2)])
        return samples

    async def _ask_ours(self, ours: Mapping[str, Retriever]) -> list[Row]:
        """One thread for everything that computes: each thread that calls the encoder has OpenMP threads of its own."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        answering = {size: self._answering(ranks) for size, ranks in ours.items()}
        samples: dict[str, list[list[float]]] = {name: [[] for _ in self._asked] for name in ("bare", *answering)}
        for _ in range(self._scale.rounds):
            for number, text in enumerate(self._asked):
                await self._ask_all(answering, text, {name: lists[number] for name, lists in samples.items()})
        bare = Row("e5 embedding", "-", samples.pop("bare"))
        return [bare, *(Row(OURS, size, lists) for size, lists in samples.items())]

    async def _ask_all(self, answering: Mapping[str, Answering], text: str, samples: Mapping[str, list[float]]) -> None:
        """The bare embedding, then each answer, beginning elsewhere each time: what runs after what must not matter."""
        names = [*samples]
        turn = len(samples["bare"]) % len(names)
        for name in names[turn:] + names[:turn]:
            if name == "bare":
                # Timed inside the thread: the way there and back is part of our answer, not of the embedding.
                samples[name].append(
                    await asyncio.to_thread(_milliseconds, functools.partial(self._encoder.encode, [text]))
                )
                continue
            started = time.perf_counter()
            await answering[name].ask(_question(text))
            samples[name].append(1000 * (time.perf_counter() - started))

    def _answering(self, ranks: Retriever) -> Answering:
        snapshot = Snapshot.of(self._knowledge, self._catalogs, ranks, self._identifier, None)
        return Answering(snapshot, store=NoStore(), clock=SystemClock(), encoder=self._encoder, patient=True)


def _question(text: str) -> Question:
    """In a conversation of its own: nothing was said before."""
    return Question(text=text, asker="benchmark", conversation=uuid.uuid4().hex, platform="benchmark")


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def _print_latency(rows: Sequence[Row], sizes: Sequence[int]) -> None:
    bare, *others = rows
    print("\nlatency of the whole answer, ms; ratio: median over questions to the bare embedding of the same question")
    print("engine        size            p50       p99   questions   ratio")
    for row in rows:
        print(_latency_line(row, bare))
    print(f"\ngrowth of p50 from {sizes[0]}x to {sizes[-1]}x")
    for name in (OURS, *NAMES):
        print(f"{name:13} {_growth_or_dash([row for row in others if row.name == name], sizes):>6}")
    print("\n" + "\n".join(wanted_lines(bare, [row for row in others if row.name == OURS], sizes)))


def _latency_line(row: Row, bare: Row) -> str:
    if not row.samples:
        return f"{row.name:13} {row.size:12} {'-':>8} {'-':>9}   {row.reason}"
    ratio = f"{ratio_to(row, bare):.2f}" if row.name == OURS else ""
    return f"{row.name:13} {row.size:12} {row.middle:8.2f} {row.worst:9.2f} {len(row.samples):11} {ratio:>7}"


def _growth_or_dash(rows: Sequence[Row], sizes: Sequence[int]) -> str:
    return f"{growth(rows, sizes):.2f}" if all(row.samples for row in rows) else "-"


def ratio_to(row: Row, bare: Row) -> float:
    """Question by question, the median of the rounds against the median of the bare rounds; then the median."""
    pairs = zip(row.samples, bare.samples, strict=True)
    return statistics.median(statistics.median(one) / statistics.median(other) for one, other in pairs)


def growth(rows: Sequence[Row], sizes: Sequence[int]) -> float:
    middle = {row.size: row.middle for row in rows}
    return middle[f"{sizes[-1]}x"] / middle[f"{sizes[0]}x"]


def wanted_lines(bare: Row, ours: Sequence[Row], sizes: Sequence[int]) -> list[str]:
    """Whether issue 2's wishes are met."""
    ratio = max(ratio_to(row, bare) for row in ours if "entries" not in row.size)
    grown = growth(ours, sizes)
    return [
        f"wanted: whole answer at most {WANTED_RATIO} times the embedding: {ratio:.2f}, {_met(ratio <= WANTED_RATIO)}",
        f"wanted: growth at most {WANTED_GROWTH}: {grown:.2f}, {_met(grown <= WANTED_GROWTH)}",
    ]


def _met(yes: bool) -> str:
    return "met" if yes else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
