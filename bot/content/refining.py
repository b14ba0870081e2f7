"""Teaches a model what is new in the phrasings, in a second instead of minutes.

Only the columns of entries with new phrasings move; all others stay exactly as they were fitted. So that the moved ones
do not claim questions of others, a rehearsal of phrasings learned before is asked along. What a removed phrasing taught
stays until `bot compile` fits everything anew.
"""

import hashlib
import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.content.compiler import Classes, start_from
from bot.content.gate_model import GateModel, is_held_out, phrasing_key
from bot.content.model_file import Compiled, Vectors
from bot.content.phrasing_pieces import PhrasingPieces
from bot.content.phrasings import Phrasing
from bot.content.stored_values import remembered
from bot.content.training_set import examples
from bot.core.classifier import Weights, softmax
from bot.core.features import Matrix, sketches
from bot.core.knowledge import Knowledge
from bot.core.ports import Encoder
from bot.core.retrieval import join_views

_REHEARSED = 4_000  # phrasings, spread over all entries
_HELD_OUT_EACH = 150  # phrasings a language that the gate asks
_EPOCHS, _BATCH = 12, 128
_MOMENTUM = 0.9
_STEP = 4.0  # over the mean squared length of a row: at twice that the descent would begin to swing


@dataclass(frozen=True, slots=True)
class Rows:
    """Phrasings with their features: one row for each text that is made of a phrasing, both views side by side."""

    phrasings: tuple[Phrasing, ...]
    texts: tuple[str, ...]
    features: Matrix

    def where(self, wanted: Callable[[Phrasing], bool]) -> "Rows":
        kept = [index for index, one in enumerate(self.phrasings) if wanted(one)]
        phrasings = tuple(self.phrasings[index] for index in kept)
        texts = tuple(self.texts[index] for index in kept)
        return Rows(phrasings, texts, self.features[kept])

    def and_also(self, others: "Rows") -> "Rows":
        features = np.vstack([self.features, others.features])
        return Rows((*self.phrasings, *others.phrasings), (*self.texts, *others.texts), features)


class FeatureMaker:
    """Features as `model` sees them; vectors come from `folders` where they are known, else from the encoder."""

    def __init__(self, model: Compiled, knowledge: Knowledge, folders: Sequence[Path], encoder: Encoder) -> None:
        self._model = model.model
        self._knowledge = knowledge
        self._folders = folders
        self._encoder = encoder

    def rows(self, phrasings: Sequence[Phrasing]) -> Rows:
        """One row or more for each phrasing, as it is learned: slots filled, marks dropped."""
        made = examples(self._knowledge, phrasings)
        made = [example for example in made if example.origin < len(phrasings)]  # without the titles
        texts = tuple(example.text for example in made)
        if not texts:
            return Rows((), (), np.zeros((0, len(self._model.hybrid.matrix)), np.float32))
        letters = sketches(texts, self._model.idf)
        found = tuple(phrasings[example.origin] for example in made)
        return Rows(found, texts, join_views(self._meanings(texts, found), letters, self._model.centre))

    def _meanings(self, texts: Sequence[str], phrasings: Sequence[Phrasing]) -> Matrix:
        if self._model.encoder != self._encoder.name:  # letters alone, or an encoder that was exchanged
            return np.tile(self._model.centre, (len(texts), 1))
        known: dict[str, Vectors] = {}
        rows, missing = np.zeros((len(texts), len(self._model.centre)), np.float32), []
        for index, (text, phrasing) in enumerate(zip(texts, phrasings, strict=True)):
            vectors = known.get(phrasing.locale) or known.setdefault(phrasing.locale, self._load(phrasing.locale))
            if text in vectors:
                rows[index] = vectors.get(text)
            else:
                missing.append(index)
        if missing:
            rows[missing] = self._encoder.encode([texts[index] for index in missing])
        return rows

    def _load(self, locale: str) -> Vectors:
        found = Vectors(self._encoder.name, {})
        for folder in self._folders:
            found = Vectors.load(folder / f"vectors-{locale}.npz", self._encoder.name).merged(found)
        return found


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is asked along. `learned` phrasings were seen by both models; `held_out` ones not by the gate's."""

    learned: Rows
    held_out: Rows


def rehearsal(
    model: Compiled, phrasings: Callable[[], Sequence[Phrasing]], maker: FeatureMaker, cache: Path
) -> Rehearsal:
    """Made once for each shipped model and kept in `cache`: 60 MB of features in half precision take 30 MB there."""
    features = hashlib.sha256(model.model.idf.tobytes() + model.model.centre.tobytes()).hexdigest()
    stored = remembered(cache, f"rehearsal {features}", lambda: _make_rehearsal(phrasings(), maker))
    return Rehearsal(*(_unpacked(part, len(model.model.hybrid.matrix)) for part in stored))


_Packed = tuple[tuple[Phrasing, ...], tuple[str, ...], bytes]


def _make_rehearsal(phrasings: Sequence[Phrasing], maker: FeatureMaker) -> tuple[_Packed, _Packed]:
    by_label: dict[str, list[Phrasing]] = {}
    by_locale: dict[str, list[Phrasing]] = {}
    for one in phrasings:
        if is_held_out(one):
            by_locale.setdefault(one.locale, []).append(one)
        else:
            by_label.setdefault(one.label, []).append(one)
    each = max(2, _REHEARSED // max(1, len(by_label)))
    learned = [one for group in by_label.values() for one in _sample(group, each)]
    held_out = [one for group in by_locale.values() for one in _sample(group, _HELD_OUT_EACH)]
    return _packed(maker.rows(learned[: 2 * _REHEARSED])), _packed(maker.rows(held_out))


def _sample(phrasings: Sequence[Phrasing], count: int) -> list[Phrasing]:
    """The same ones every time, whatever was added beside them, as far as possible."""
    return heapq.nsmallest(count, phrasings, key=phrasing_key)


def _packed(rows: Rows) -> _Packed:
    return rows.phrasings, rows.texts, rows.features.astype(np.float16).tobytes()


def _unpacked(packed: _Packed, width: int) -> Rows:
    phrasings, texts, raw = packed
    return Rows(phrasings, texts, np.frombuffer(raw, np.float16).reshape(len(phrasings), width).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Refined:
    """A model of the phrasings of now, and its gate's; `new` and `gone` count phrasings."""

    compiled: Compiled
    gate: GateModel
    new: int
    gone: int
    held_out: Rows


def refine(
    before: Compiled,
    gate: GateModel,
    digest: str,
    phrasings: PhrasingPieces,
    maker: FeatureMaker,
    cache: Path,
) -> Refined:
    """Both models taught what is new in `phrasings`.

    Args:
        digest: Of the files as they are now.
    """
    asked_along = rehearsal(before, phrasings.all, maker, cache)
    current = frozenset(phrasings.keys.tolist())
    learned = asked_along.learned.where(lambda one: phrasing_key(one) in current)
    held_out = asked_along.held_out.where(lambda one: phrasing_key(one) in current)
    new = maker.rows(phrasings.new_to(gate.learned))
    model, size = before.model, len(before.model.lexical.matrix)
    labels = phrasings.labels
    both = _taught(model.hybrid, model.classes, labels, learned, new)
    letters = _taught(model.lexical, model.classes, labels, _columns(learned, size), _columns(new, size))
    seen = new.where(lambda one: not is_held_out(one))
    return Refined(
        compiled=_with_weights(before, digest, labels, both, letters),
        gate=GateModel(digest, labels, _taught(gate.weights, gate.classes, labels, learned, seen), phrasings.keys),
        new=int((~np.isin(phrasings.keys, gate.learned)).sum()),
        gone=int((~np.isin(gate.learned, phrasings.keys)).sum()),
        held_out=held_out.and_also(new.where(is_held_out)),
    )


def _with_weights(before: Compiled, digest: str, labels: tuple[str, ...], both: Weights, letters: Weights) -> Compiled:
    model = replace(before.model, classes=labels, hybrid=both, lexical=letters)
    return Compiled(digest, model, before.identifier)


def _columns(rows: Rows, size: int) -> Rows:
    """The letters alone, which are the last `size` features."""
    return Rows(rows.phrasings, rows.texts, rows.features[:, -size:])


def _taught(weights: Weights, before: Sequence[str], labels: Sequence[str], learned: Rows, new: Rows) -> Weights:
    """Weights for `labels`: only the columns of labels with new phrasings move, by stochastic gradient descent.

    What was learned before is to be answered with the probabilities that it had, right or wrong: so nothing moves but
    for what is new, and what is new does not spread further than it must.
    """
    start = start_from(weights, before, labels)
    moving = np.array(sorted({labels.index(one.label) for one in new.phrasings}), dtype=np.intp)
    if not len(moving):
        return start
    scores = learned.features @ start.matrix + start.bias
    scores[:, [index for index, label in enumerate(labels) if label not in set(before)]] = -np.inf
    column = {label: index for index, label in enumerate(labels)}
    classes = np.array([column[one.label] for one in new.phrasings], dtype=np.intp)
    wanted = (classes[:, None] == moving[None]).astype(np.float32)
    rows = np.vstack([learned.features, new.features])
    return _descend(start, moving, rows, np.vstack([softmax(scores)[:, moving], wanted]))


def _descend(start: Weights, moving: Classes, rows: Matrix, wanted: Matrix) -> Weights:
    """Args: `wanted` has the probabilities that the `moving` columns should give each row."""
    matrix, bias = start.matrix.copy(), start.bias.copy()
    fixed = rows @ matrix + bias
    moved, offset = matrix[:, moving].copy(), bias[moving].copy()
    speed, speed_bias = np.zeros_like(moved), np.zeros_like(offset)
    order_maker = np.random.default_rng(0)
    steps, step = _EPOCHS * -(-len(rows) // _BATCH), 0
    longest_step = _STEP / float((rows * rows).sum(axis=1).mean())
    for _ in range(_EPOCHS):
        order = order_maker.permutation(len(rows))
        for begin in range(0, len(rows), _BATCH):
            batch = order[begin : begin + _BATCH]
            scores = fixed[batch].copy()
            scores[:, moving] = rows[batch] @ moved + offset
            error = softmax(scores)[:, moving] - wanted[batch]
            rate = np.float32(longest_step * (1 - step / steps))
            speed = _MOMENTUM * speed - rate * (rows[batch].T @ error) / np.float32(len(batch))
            speed_bias = _MOMENTUM * speed_bias - rate * error.mean(axis=0)
            moved += speed
            offset += speed_bias
            step += 1
    matrix[:, moving], bias[moving] = moved, offset
    return Weights(matrix.astype(np.float32), bias.astype(np.float32))
