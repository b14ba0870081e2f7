"""The phrasings to measure with: those of the knowledge base, split for a fair exam, and enlarged with made-up ones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.adapters.encoder import NanoEncoder
from bot.content.compiler import TrainingSet, training_set
from bot.content.loading import Folders, load_knowledge, load_phrasings
from bot.core.features import Matrix
from bot.core.knowledge import Knowledge
from bot.parts import show_progress

PARTS = 5  # one of five phrasings is held out
_NEGATIVE = ("far.", "near.")
_NOISE = 0.3  # length of the random part beside a unit vector: two ways to say one thing differ about so much
_CHUNK = 20_000  # vectors made at once


@dataclass(frozen=True, slots=True)
class Phrasings:
    """Folded texts with their entries, and unit vectors of meaning (float32, 1,536 bytes each), in one order."""

    texts: Sequence[str]
    labels: Sequence[str]
    meanings: Matrix


@dataclass(frozen=True, slots=True)
class Exam:
    """Indexes into a training set: the examples to learn from, and the phrasings of entries to ask, one per origin."""

    learned: Sequence[int]
    asked: Sequence[int]


def load(folders: Folders, encoder: NanoEncoder, every: int) -> tuple[Knowledge, TrainingSet]:
    """The knowledge base and every `every`-th phrasing with its vectors. Raises ContentError with every problem."""
    knowledge = load_knowledge(folders.knowledge)
    phrasings = load_phrasings(folders.knowledge, knowledge)
    places: tuple[Path, ...] = (folders.cache, folders.knowledge / "compiled")
    return knowledge, training_set(knowledge, phrasings[::every], places, encoder, show_progress)


def split(training: TrainingSet) -> Exam:
    """Every fifth phrasing is asked, with all its variants kept from every engine; negatives are never asked."""
    learned, asked, seen = [], [], set()
    for index, example in enumerate(training.examples):
        if example.origin % PARTS:
            learned.append(index)
        elif example.origin not in seen and not example.label.startswith(_NEGATIVE):
            seen.add(example.origin)
            asked.append(index)
    return Exam(learned, asked)


def phrasings_of_entries(training: TrainingSet, indexes: Iterable[int]) -> Phrasings:
    """Without the negatives: a nearest phrasing is then always one of an entry, which favours the alternatives."""
    kept = [index for index in indexes if not training.examples[index].label.startswith(_NEGATIVE)]
    examples = [training.examples[index] for index in kept]
    return Phrasings([one.text for one in examples], [one.label for one in examples], training.meanings[kept])


def enlarge(phrasings: Phrasings, factor: int, *, texts: bool = True, meanings: bool = True) -> Phrasings:
    """`factor` times as many: the head of one phrasing, the tail of another of the same entry, and a number.

    Args:
        texts, meanings: What is needed; the other is left empty. A million vectors are 1.5 GB.
    """
    mixed = [*phrasings.texts, *_mixtures(phrasings, factor - 1)] if texts else []
    rows = _neighbours(phrasings.meanings, factor) if meanings else phrasings.meanings[:0]
    return Phrasings(mixed, list(phrasings.labels) * factor, rows)


def thinned(phrasings: Phrasings, most: int) -> Phrasings:
    """At most `most`, evenly drawn."""
    chosen = np.linspace(0, len(phrasings.texts) - 1, min(most, len(phrasings.texts))).astype(np.intp)
    texts, labels = [phrasings.texts[at] for at in chosen], [phrasings.labels[at] for at in chosen]
    return Phrasings(texts, labels, phrasings.meanings[chosen])


def _mixtures(phrasings: Phrasings, copies: int) -> Iterator[str]:
    of_label: dict[str, list[str]] = {}
    for text, label in zip(phrasings.texts, phrasings.labels, strict=True):
        of_label.setdefault(label, []).append(text)
    for copy in range(copies):
        for index, (text, label) in enumerate(zip(phrasings.texts, phrasings.labels, strict=True)):
            siblings = of_label[label]
            yield f"{_mixed(text, siblings[(index + 7 * copy) % len(siblings)])} {copy * len(phrasings.texts) + index}"


def _mixed(head: str, tail: str) -> str:
    """By words where there are several, else by characters."""
    one, other = head.split(), tail.split()
    if len(one) > 1 and len(other) > 1:
        return " ".join(one[: (len(one) + 1) // 2] + other[len(other) // 2 :])
    return head[: (len(head) + 1) // 2] + tail[len(tail) // 2 :]


def _neighbours(meanings: Matrix, factor: int) -> Matrix:
    """The vectors, then `factor` - 1 times the vectors with random parts of length `_NOISE`, all of unit length."""
    rows = np.tile(meanings, (factor, 1))
    maker = np.random.default_rng(0)
    for start in range(len(meanings), len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        chunk += maker.standard_normal(chunk.shape, dtype=np.float32) * np.float32(_NOISE / np.sqrt(rows.shape[1]))
        chunk /= np.linalg.norm(chunk, axis=1, keepdims=True)
    return rows
