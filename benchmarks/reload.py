"""What a reload costs those who ask meanwhile, and how soon an edit is live: `python -m benchmarks.reload`.

Questions of the golden set come 50 a second, in turn while nothing happens and while content is reloaded again and
again; the phases alternate, so that whatever else the machine does meets both alike. Then one entry is edited, again
and again: its answer, and a way of asking; the same on content ten times as large, which is the shipped content ten
times over with other ids, and a model whose columns are those of the shipped one.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import regex
import yaml

from bot.adapters.encoder import NanoEncoder
from bot.app import background
from bot.content.compiler import input_digest
from bot.content.gate_model import GateModel, keys_of, load_gate, save_gate, titles
from bot.content.library import Library, LibraryOptions
from bot.content.loading import Folders, load_knowledge, load_phrasings
from bot.content.model_file import Vectors, load_compiled, save_compiled
from bot.content.nearest import by_label, joined
from bot.content.phrasings import Phrasing
from bot.content.refining import to_rehearse
from bot.content.remembering import RememberingEncoder
from bot.content.training_set import examples
from bot.core.answering import Answering
from bot.core.classifier import Weights
from bot.core.knowledge import Knowledge
from bot.core.models import Question
from bot.core.neighbours import Neighbours
from bot.core.no_store import NoStore
from bot.core.reloading import Reloaded, Reloading
from bot.parts import SystemClock
from bot.settings import content_folder

RATE = 50  # questions a second
WANTED_ADDED, WANTED_LIVE, WANTED_LIVE_LARGE = 0.050, 2.0, 5.0  # seconds
LARGE = 10
_PHASES = 6
_BETWEEN = 1.5  # seconds between edits: nobody edits faster, and the child of the next reload is ready then


@dataclass(slots=True)
class Phase:
    """Seconds from asking to the reply, and how many questions failed."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    def p99(self) -> float:
        return float(np.percentile(self.seconds, 99)) if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Bot:
    root: Path
    answering: Answering
    reloading: Reloading

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{old!r} is not in {name}")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@contextlib.asynccontextmanager
async def running(root: Path, *, known: bool) -> AsyncIterator[Bot]:
    folders = Folders(root / "knowledge", root / "locales", root / "compiled")
    options = LibraryOptions(contact=None, margin=100.0, keep=4)
    library = Library(folders, root / "versions", SystemClock(), options)
    encoder = RememberingEncoder(NanoEncoder(1), root / "remembered") if known else NanoEncoder(1)
    answering = Answering(await library.start(), store=NoStore(), clock=SystemClock(), encoder=encoder)
    await library.warm()
    async with background(library.keep_child()):
        yield Bot(root, answering, Reloading(answering, library, SystemClock(), None))


async def ask_for(bot: Bot, texts: list[str], seconds: float, phase: Phase) -> None:
    """At a fixed rate, whether or not earlier questions were answered: a slow answer must not slow the asking."""
    asking = []
    start = time.perf_counter()
    for number in range(int(seconds * RATE)):
        await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
        asking.append(asyncio.create_task(_ask(bot, texts[number % len(texts)], phase)))
    await asyncio.gather(*asking)


async def _ask(bot: Bot, text: str, phase: Phase) -> None:
    began = time.perf_counter()
    try:
        reply = await bot.answering.ask(Question(text=text, asker="b", conversation=f"b:{text}", platform="benchmark"))
        phase.failed += not reply.text
    except Exception:  # noqa: BLE001 - whatever it is, it is what is counted
        phase.failed += 1
    phase.seconds.append(time.perf_counter() - began)


async def under_load(bot: Bot, seconds: float) -> tuple[Phase, Phase, int]:
    """Quiet phases, phases with reloads, and how many reloads there were."""
    golden = yaml.safe_load((bot.root / "knowledge" / "golden.yaml").read_text(encoding="utf-8"))["golden"]
    texts = [one["question"] for one in golden]
    quiet, busy, reloads = Phase(), Phase(), 0
    await ask_for(bot, texts, len(texts) / RATE, Phase())
    for number in range(_PHASES):
        if number % 2 == 0:
            await ask_for(bot, texts, seconds, quiet)
            continue
        asking = asyncio.create_task(ask_for(bot, texts, seconds, busy))
        while not asking.done():
            toggle(bot)
            reloads += isinstance(await bot.reloading.reload("benchmark"), Reloaded)
        await asking
    return quiet, busy, reloads


def toggle(bot: Bot) -> None:
    """Edit the answer of one entry, or edit it back."""
    path = bot.root / "knowledge" / "meeting.yaml"
    plain, other = "was hosted by MLIT", "was, as announced, hosted by MLIT"
    there = other in path.read_text(encoding="utf-8")
    bot.edit("knowledge/meeting.yaml", *((other, plain) if there else (plain, other)))


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds from the command to the edit being live, and of the processor, the bot's and its child's."""

    clock: float
    processor: float


async def until_live(bot: Bot, times: int) -> tuple[list[Took], list[Took]]:
    """Of an answer, and of a new way of asking."""
    answers, phrasings = [], []
    for number in range(times):
        toggle(bot)
        answers.append(await _timed(bot))
        line = f'  meeting.dates:\n    - "benchmark question {number} about the days"\n'
        bot.edit("knowledge/phrasings/en.meeting.yaml", "  meeting.dates:\n", line)
        phrasings.append(await _timed(bot))
    return answers, phrasings


def _processor() -> float:
    """Seconds of this process and of its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


async def _timed(bot: Bot) -> Took:
    await asyncio.sleep(_BETWEEN)
    started, processor = time.perf_counter(), _processor()
    outcome = await bot.reloading.reload("benchmark")
    if not isinstance(outcome, Reloaded):
        raise TypeError(str(outcome)[:2000])
    return Took(time.perf_counter() - started, _processor() - processor)


def copy_shipped(root: Path) -> None:
    shutil.copytree(content_folder("knowledge"), root / "knowledge")
    shutil.copytree(content_folder("locales"), root / "locales")


_ENTRY_ID = regex.compile(r"(?m)^(  - id: )(\S+)$")


def enlarge(root: Path, times: int) -> None:
    """Ten times the entries, translations and phrasings; copies differ by a number in ids and phrasings."""
    knowledge = root / "knowledge"
    plain = load_knowledge(knowledge)
    compiled, gate = load_compiled(knowledge / "compiled" / "model.npz"), load_gate(knowledge / "compiled" / "gate.npz")
    if compiled is None or gate is None:
        raise ValueError("compile first")
    ids = [entry.id for entry in plain.entries.values() if not entry.slot]
    for number in range(1, times):
        _copy_entries(knowledge, ids, number)
        for path in root.glob("locales/*/LC_MESSAGES/knowledge.po"):
            _copy_messages(path, ids, number)
    for path in sorted((knowledge / "phrasings").glob("*.yaml")):
        _copy_phrasings(path, ids, times)
    enlarged = load_knowledge(knowledge)
    phrasings = load_phrasings(knowledge, enlarged)
    labels = tuple(sorted({one.label for one in phrasings} | set(enlarged.entries)))
    digest = input_digest(knowledge, enlarged)
    model = compiled.model

    def wide(weights: Weights, classes: tuple[str, ...]) -> Weights:
        columns = [classes.index(_plain(label)) for label in labels]
        return Weights(weights.matrix[:, columns], weights.bias[columns])

    hybrid, lexical = wide(model.hybrid, model.classes), wide(model.lexical, model.classes)
    neighbours = _copied(model.neighbours, labels) if model.neighbours else None
    model = dataclasses.replace(model, classes=labels, hybrid=hybrid, lexical=lexical, neighbours=neighbours)
    save_compiled(knowledge / "compiled" / "model.npz", dataclasses.replace(compiled, digest=digest, model=model))
    learned = keys_of([*phrasings, *titles(enlarged)])
    save_gate(knowledge / "compiled" / "gate.npz", GateModel(digest, labels, wide(gate.weights, gate.classes), learned))
    _copy_vectors(knowledge, enlarged, phrasings, model.encoder)


def _copied(known: Neighbours, labels: tuple[str, ...]) -> Neighbours:
    """Copies of entries have the neighbours of the shipped ones, but for the number at their end."""
    own = dict(by_label(known))
    return joined({label: [own[_plain(label)]] for label in labels if _plain(label) in own}, known.weights)


def _plain(label: str) -> str:
    return regex.sub(r"^x[0-9]+\.", "", label)


def _copy_vectors(folder: Path, knowledge: Knowledge, phrasings: list[Phrasing], encoder: str) -> None:
    """Copies of phrasings get the vectors of the shipped ones, where a reload looks for them: those asked along."""
    made = examples(knowledge, [one for group in to_rehearse(phrasings) for one in group])
    for locale in {one.locale for one in made}:
        path = folder / "compiled" / f"vectors-{locale}.npz"
        vectors = Vectors.load(path, encoder)
        for one in made:
            plain = regex.sub(r" x[0-9]+$", "", one.text)
            if one.locale == locale and one.text not in vectors and plain in vectors:
                vectors.add(one.text, vectors.get(plain))
        vectors.save(path)


def _copy_entries(knowledge: Path, ids: list[str], number: int) -> None:
    for path in sorted(knowledge.glob("*.yaml")):
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        if "topic" not in document or path.name.startswith("x"):
            continue
        document["topic"], document["position"] = f"x{number}.{document['topic']}", "9"
        document["entries"] = [_renamed(one, ids, number) for one in document["entries"] if "slot" not in one]
        text = yaml.dump(document, allow_unicode=True, sort_keys=False, default_style='"')
        text = text.replace('"unknown": "true"', '"unknown": true')
        (knowledge / f"x{number}-{path.name}").write_text(text, encoding="utf-8")


def _renamed(entry: dict[str, object], ids: list[str], number: int) -> dict[str, object]:
    related = [f"x{number}.{one}" for one in entry.get("related", ()) if one in ids]  # type: ignore[attr-defined]
    return {**entry, "id": f"x{number}.{entry['id']}", "related": related}


def _copy_messages(path: Path, ids: list[str], number: int) -> None:
    known = set(ids)
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    copies = []
    for block in blocks:
        match = regex.search(r'msgctxt "([^|"]+)\|(?:question|answer)"', block)
        if match and match[1] in known and not block.startswith("#~"):
            copies.append(block.replace(f'msgctxt "{match[1]}|', f'msgctxt "x{number}.{match[1]}|'))
    obsolete = next((index for index, block in enumerate(blocks) if "\n#~" in f"\n{block}"), len(blocks))
    joined = [*blocks[:obsolete], *copies, *blocks[obsolete:]]
    path.write_text("\n\n".join(block.strip("\n") for block in joined) + "\n", encoding="utf-8")


def _copy_phrasings(path: Path, ids: list[str], times: int) -> None:
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)["phrasings"]
    known = set(ids)
    lines = [path.read_text(encoding="utf-8").rstrip("\n")]
    for number in range(1, times):
        for label, texts in document.items():
            if label in known:
                lines.append(f"  x{number}.{label}:")
                lines += [f"    - {json.dumps(f'{text} x{number}', ensure_ascii=False)}" for text in texts]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _told(name: str, took: list[Took], at_most: float) -> str:
    """The processor tells what it costs where the machine is shared and the clock tells what others do."""
    seconds, processor = [one.clock for one in took], statistics.median(one.processor for one in took)
    shown = f"{name}: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s (at most {at_most:g})"
    return f"{shown}; of the processor {processor:.2f} s"


async def measure(seconds: float, times: int, *, large: bool, known: bool) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy_shipped(root)
        if large:
            enlarge(root, LARGE)
        async with running(root, known=known) as bot:
            entries = len(bot.answering.snapshot.knowledge.entries)
            answers, phrasings = await until_live(bot, times)
            limit = WANTED_LIVE_LARGE if large else WANTED_LIVE
            lines = [
                _told(f"{entries} entries: an edited answer is live after", answers, limit),
                _told(f"{entries} entries: a new way of asking is live after", phrasings, limit),
            ]
            if not large:
                quiet, busy, reloads = await under_load(bot, seconds)
                added = busy.p99() - quiet.p99()
                lines.append(
                    f"{RATE} questions/s: p99 {quiet.p99() * 1000:.0f} ms quiet, {busy.p99() * 1000:.0f} ms during "
                    f"{reloads} reloads: {added * 1000:+.0f} ms (at most {WANTED_ADDED * 1000:+.0f}); medians "
                    f"{statistics.median(quiet.seconds) * 1000:.0f} and {statistics.median(busy.seconds) * 1000:.0f} ms"
                )
                lines.append(
                    f"questions: {len(quiet.seconds) + len(busy.seconds)}, failed {quiet.failed + busy.failed}"
                )
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="length of a phase")
    parser.add_argument("--times", type=int, default=5, help="edits timed of each kind")
    parser.add_argument(
        "--known",
        action="store_true",
        help="questions whose vectors are remembered: what a reload adds where the encoder is not the limit",
    )
    parser.add_argument("--only", choices=["shipped", "large"])
    options = parser.parse_args()
    for large in (False, True):
        if options.only in (None, "large" if large else "shipped"):
            print(
                "\n".join(asyncio.run(measure(options.seconds, options.times, large=large, known=options.known))),
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
