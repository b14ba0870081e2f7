"""A thousand broken knowledge bases, each reloaded by a bot that answers meanwhile: `python -m benchmarks.mutations`.

Every mutation damages a file of a copy of the shipped content, as crashes, editors, merges and attackers do.
Looked for: an exception, a reload longer than 10 s, more than 500 MB in the process that reads, a live answer that
changes although nothing went live.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from bot.adapters.encoder import NanoEncoder, load_encoder
from bot.content.library import Library, LibraryOptions
from bot.content.loading import Folders
from bot.content.preparing import Order, prepare
from bot.core.answering import Answering
from bot.core.encoders import EncoderChoice
from bot.core.errors import BotError
from bot.core.models import Question
from bot.core.no_store import NoStore
from bot.core.reloading import Faulty, Prepared, Refused, Reloaded, Reloading, Same
from bot.parts import SystemClock
from bot.settings import content_folder

LONGEST, MOST_MEMORY = 10.0, 500  # seconds, MB
ASKED = (
    "When was the sixth meeting held?",
    "การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไหร่",
    "第6回のハイレベル会合って何日から何日まででしたっけ",
    "will it rain tomorrow?",
)
_HUGE = 100 * 1024 * 1024  # bytes
_WRONG = (
    "14:30",
    "null",
    "[a, b]",
    "{a: b}",
    "3.10",
    "no",
    "2024-10-29",
    "''",
    "&x y",
    "!!python/name:os.system x",
    "|",
    "~",
)

Mutate = Callable[[Path, random.Random], None]


def _bytes(change: Callable[[bytes, random.Random], bytes]) -> Mutate:
    def mutate(path: Path, rng: random.Random) -> None:
        path.write_bytes(change(path.read_bytes(), rng))

    return mutate


def _lines(change: Callable[[list[str], random.Random], list[str]]) -> Mutate:
    def mutate(path: Path, rng: random.Random) -> None:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(change(lines, rng)), encoding="utf-8")

    return mutate


def _at(lines: list[str], rng: random.Random) -> int:
    return rng.randrange(len(lines)) if lines else 0


def _truncate(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def _flip(raw: bytes, rng: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.randint(1, 40)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _insert(raw: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(raw))
    return raw[:place] + rng.randbytes(rng.randint(1, 200)) + raw[place:]


def _encoded(encoding: str) -> Mutate:
    return _bytes(lambda raw, _: raw.decode("utf-8").encode(encoding, errors="replace"))


def _duplicate_block(lines: list[str], rng: random.Random) -> list[str]:
    start = _at(lines, rng)
    block = lines[start : start + rng.randint(1, 30)]
    place = _at(lines, rng)
    return [*lines[:place], *block, *lines[place:]]


def _delete_block(lines: list[str], rng: random.Random) -> list[str]:
    start = _at(lines, rng)
    return lines[:start] + lines[start + rng.randint(1, 30) :]


def _indent(lines: list[str], rng: random.Random) -> list[str]:
    place = _at(lines, rng)
    return [*lines[:place], rng.choice((" ", "\t", "   ")) + lines[place], *lines[place + 1 :]]


def _wrong_type(lines: list[str], rng: random.Random) -> list[str]:
    valued = [number for number, line in enumerate(lines) if ": " in line]
    for number in rng.sample(valued, min(len(valued), rng.randint(1, 5))):
        lines[number] = lines[number].partition(": ")[0] + f": {rng.choice(_WRONG)}\n"
    return lines


def _swap_braces(lines: list[str], rng: random.Random) -> list[str]:
    old, new = rng.choice(
        (("{", "{{"), ("}", ""), ("{", "{9"), ('"', "'"), ("msgid", "msgidd"), ("msgstr", "msgstr[7]"))
    )
    place = rng.randint(0, 60)
    return [line.replace(old, new) if number % 61 == place else line for number, line in enumerate(lines)]


def _plural(lines: list[str], rng: random.Random) -> list[str]:
    rule = rng.choice(("n**n**n", "n/0", "(" * 200 + "n" + ")" * 200, "__import__", "n ? n : n ? n : n", ""))
    return [f'"Plural-Forms: nplurals=9; plural={rule};\\n"\n' if "Plural-Forms" in line else line for line in lines]


def _fuzzy(lines: list[str], rng: random.Random) -> list[str]:
    return [f"#, fuzzy\n{line}" if line.startswith("msgctxt") and rng.random() < 0.1 else line for line in lines]


def _replaced(text: Callable[[random.Random], bytes]) -> Mutate:
    return _bytes(lambda _, rng: text(rng))


def _bomb(_rng: random.Random) -> bytes:
    rows = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(rows).encode()


def _huge(path: Path, rng: random.Random) -> None:
    with path.open("r+b") as file:
        file.truncate(_HUGE)  # NULs
        if rng.random() < 0.5:
            file.seek(0)
            file.write(b"- a\n" * (_HUGE // 4))


def _loop(path: Path, rng: random.Random) -> None:
    path.unlink()
    other = path.with_name("loop" + path.suffix)
    path.symlink_to(rng.choice((path.name, other.name)))
    if not other.is_symlink():
        other.symlink_to(path.name)


def _folder_loop(path: Path, rng: random.Random) -> None:
    (path.parent / f"again{rng.randrange(9)}").symlink_to(path.parent, target_is_directory=True)
    shutil.rmtree(path.parent / "nothing", ignore_errors=True)
    path.write_bytes(_truncate(path.read_bytes(), rng))


def _no_file(path: Path, rng: random.Random) -> None:
    path.unlink()
    kind = rng.choice(("gone", "folder", "pipe", "device"))
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")


MUTATIONS: dict[str, Mutate] = {
    "truncated": _bytes(_truncate),
    "bytes flipped": _bytes(_flip),
    "bytes inserted": _bytes(_insert),
    "whole file twice": _bytes(lambda raw, _: raw + raw),
    "block twice": _lines(_duplicate_block),
    "block deleted": _lines(_delete_block),
    "lines shuffled": _lines(lambda lines, rng: rng.sample(lines, len(lines))),
    "indented": _lines(_indent),
    "wrong types": _lines(_wrong_type),
    "signs exchanged": _lines(_swap_braces),
    "plural rule": _lines(_plural),
    "fuzzy": _lines(_fuzzy),
    "alias bomb": _replaced(_bomb),
    "binary": _replaced(lambda rng: rng.randbytes(rng.choice((1, 1000, 300_000)))),
    "empty": _replaced(lambda _: b""),
    "deep nesting": _replaced(lambda rng: b"[" * rng.choice((50, 100_000))),
    "endless list": _replaced(lambda rng: b"- a\n" * rng.choice((150_000, 1_500_000))),
    "endless mapping": _replaced(lambda _: b"".join(b"k%d: v\n" % n for n in range(500_000))),
    "endless text": _replaced(lambda _: b'topic: "' + b"x" * 7_000_000 + b'"\n'),
    "endless messages": _replaced(
        lambda _: b"".join(b'msgctxt "c%d"\nmsgid "a"\nmsgstr "b"\n\n' % n for n in range(120_000))
    ),
    "UTF-16": _encoded("utf-16"),
    "Latin-1": _encoded("latin-1"),
    "Shift JIS": _encoded("shift_jis"),
    "byte order mark": _encoded("utf-8-sig"),
    "100 MB": _huge,
    "loop of links": _loop,
    "loop of folders": _folder_loop,
    "no file": _no_file,
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """What is done to which file; `number` seeds the rest."""

    number: int
    kind: str
    name: str

    def apply(self, root: Path) -> None:
        MUTATIONS[self.kind](root / self.name, random.Random(self.number))


def plan(root: Path, count: int) -> list[Mutation]:
    """The same every time for the same files: every kind in turn, on files drawn at random."""
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in (".yaml", ".po"))
    rng, kinds = random.Random(5), list(MUTATIONS)
    return [Mutation(number, kinds[number % len(kinds)], rng.choice(files)) for number in range(count)]


def copy_content(knowledge: Path, locales: Path, into: Path) -> None:
    """Without the compiled model, which is no content."""
    shutil.copytree(knowledge, into / "knowledge", ignore=shutil.ignore_patterns("compiled"))
    shutil.copytree(locales, into / "locales")


@dataclass(slots=True)
class Tally:
    """What became of all mutations."""

    outcomes: Counter[str]
    seconds: list[float]
    faults: list[str]
    memory: int = 0
    processor: list[float] = field(default_factory=list)


class ForkedWorker:
    """Prepares in a process of its own as a reload does, forked from one that has imported everything already: a
    thousand starts of Python would take most of the time. `memory` is the most that any of them took, in MB, and
    `processor` the seconds of processor time of each: on a machine that others use too, the clock tells little.
    """

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["bot.content.preparing", "bot.adapters.encoder"])
        self.memory = 0
        self.processor: list[float] = []

    async def __call__(self, order: Order, encoder: EncoderChoice, at_most: float) -> Prepared | Faulty | Same:
        return await asyncio.to_thread(self._run, order, encoder, at_most)

    def _run(self, order: Order, encoder: EncoderChoice, at_most: float) -> Prepared | Faulty | Same:
        here, there = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_prepare_there, args=(order, encoder.threads, there))
        process.start()
        there.close()
        try:
            if not here.poll(at_most):
                raise BotError(f"took longer than {at_most:g} s")
            outcome, memory, processor = here.recv()
        except EOFError:
            raise BotError("the process died") from None
        finally:
            process.kill()
            process.join()
        self.memory = max(self.memory, memory)
        self.processor.append(processor)
        found: Prepared | Faulty | Same = outcome
        return found


def _prepare_there(order: Order, threads: int, answer: Connection) -> None:
    outcome = prepare(order, load_encoder(threads), lambda *_: None)
    used = resource.getrusage(resource.RUSAGE_SELF)
    answer.send((outcome, used.ru_maxrss // 1024, used.ru_utime + used.ru_stime))


async def _answers(answering: Answering) -> list[str]:
    replies = [
        await answering.ask(Question(text=text, asker="m", conversation=f"m:{text}", platform="benchmark"))
        for text in ASKED
    ]
    return [reply.plain for reply in replies]


async def _one(
    mutation: Mutation, root: Path, good: Path, reloading: Reloading, answering: Answering, tally: Tally
) -> None:
    mutation.apply(root)
    before, snapshot = await _answers(answering), answering.snapshot
    started = time.perf_counter()
    try:
        outcome = await reloading.reload("benchmark", mutation.kind)
        found = type(outcome).__name__
        if isinstance(outcome, Refused) and not all(problem.what for problem in outcome.problems):
            tally.faults.append(f"{mutation}: refused without a word")
    except BotError as error:
        outcome, found = None, "BotError"
        tally.faults.append(f"{mutation}: {error}")
    took = time.perf_counter() - started
    tally.seconds.append(took)
    tally.outcomes[found] += 1
    if not isinstance(outcome, Reloaded):
        if answering.snapshot is not snapshot or await _answers(answering) != before:
            tally.faults.append(f"{mutation}: live answers changed")
    else:
        await reloading.rollback("benchmark")
        if await _answers(answering) != before:
            tally.faults.append(f"{mutation}: not as before after the rollback")
    _restore(root, good)


def _restore(root: Path, good: Path) -> None:
    for path in sorted(root.rglob("*"), reverse=True):
        if not (good / path.relative_to(root)).exists():
            path.unlink() if path.is_symlink() or not path.is_dir() else path.rmdir()
    for path in good.rglob("*"):
        target = root / path.relative_to(good)
        if path.is_dir():
            continue
        if target.is_dir() and not target.is_symlink():
            target.rmdir()
        if target.is_symlink() or not target.is_file() or target.read_bytes() != path.read_bytes():
            target.unlink(missing_ok=True)
            shutil.copyfile(path, target)


async def measure(count: int) -> Tally:
    tally = Tally(Counter(), [], [])
    with tempfile.TemporaryDirectory() as folder:
        root, good = Path(folder) / "content", Path(folder) / "good"
        copy_content(Path(content_folder("knowledge")), Path(content_folder("locales")), root)
        shutil.copytree(root, good)
        shutil.copytree(Path(content_folder("knowledge")) / "compiled", root / "knowledge" / "compiled")
        shutil.copytree(root / "knowledge" / "compiled", good / "knowledge" / "compiled")
        folders = Folders(root / "knowledge", root / "locales", Path(folder) / "compiled")
        options = LibraryOptions(contact=None, timeout=120)
        worker = ForkedWorker()
        library = Library(folders, Path(folder) / "versions", SystemClock(), options, worker)
        answering = Answering(await library.start(), store=NoStore(), clock=SystemClock(), encoder=NanoEncoder(1))
        reloading = Reloading(answering, library, SystemClock(), None)
        await library.warm()
        worker.processor.clear()
        worker.memory = 0  # the start compiles what the reloads find ready
        for mutation in plan(root, count):
            await _one(mutation, root, good, reloading, answering, tally)
            if mutation.number % 50 == 49:
                tally.memory, tally.processor = worker.memory, worker.processor
                print("\n".join(report(tally)), file=sys.stderr, flush=True)
        tally.memory, tally.processor = worker.memory, worker.processor
    return tally


def report(tally: Tally) -> Sequence[str]:
    memory = tally.memory
    ranked, used = sorted(tally.seconds), sorted(tally.processor)
    lines = [
        f"mutations: {len(ranked)}; {', '.join(f'{name} {count}' for name, count in sorted(tally.outcomes.items()))}",
        f"processor time: median {used[len(used) // 2]:.2f} s, most {used[-1]:.2f} s (at most {LONGEST:g})",
        f"by the clock: median {ranked[len(ranked) // 2]:.2f} s, longest {ranked[-1]:.2f} s",
        f"memory of the reading process: at most {memory} MB (at most {MOST_MEMORY})",
        f"faults: {len(tally.faults)}",
    ]
    return [*lines, *tally.faults]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    tally = asyncio.run(measure(options.count))
    print("\n".join(report(tally)))
    return 1 if tally.faults or tally.memory > MOST_MEMORY or max(tally.processor) > LONGEST else 0


if __name__ == "__main__":
    sys.exit(main())
