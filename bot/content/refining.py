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
from bot.content.gate_model import GateModel, is_held_out, not_among, phrasing_key
from bot.content.model_file import Compiled, Vectors, digest_of
from bot.content.nearest import extended
from bot.content.phrasing_pieces import PhrasingPieces
from bot.content.phrasings import Phrasing
from bot.content.stored_values import remembered
from bot.content.training_set import examples
from bot.core.classifier import Weights
from bot.core.features import Matrix, Vector, sketches
from bot.core.knowledge import Knowledge
from bot.core.ports import Encoder
from bot.core.retrieval import Places, join_views

_REHEARSED = 4_000  # phrasings, spread over all entries
_HELD_OUT_EACH = 150  # phrasings a language that the gate asks
_EPOCHS, _BATCH = 12, 128
_MOMENTUM = 0.9
_NEARLY_ALL = np.float32(1 - 1e-6)  # of a probability
_LEAST = np.float32(-1e30)  # of scores that are not there
_STEP = 4.0  # over the mean squared length of a row: at twice that the descent would begin to swing


@dataclass(frozen=True, slots=True)
class Rows:
    """Phrasings with their features: one row for each text that is made of a phrasing, both views side by side."""

    phrasings: tuple[Phrasing, ...]
    texts: tuple[str, ...]
    features: Matrix

    def where(self, wanted: Callable[[Phrasing], bool]) -> "Rows":
        kept = [index for index, one in enumerate(self.phrasings) if wanted(one)]
        if len(kept) == len(self.phrasings):  # as nearly always: features are many megabytes
            return self
        phrasings = tuple(self.phrasings[index] for index in kept)
        texts = tuple(self.texts[index] for index in kept)
        return Rows(phrasings, texts, self.features[kept])

    def digest(self) -> str:
        """Names the phrasings and texts, in their order."""
        return hashlib.sha256(repr((self.phrasings, self.texts)).encode()).hexdigest()

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
    """Made once for each shipped model and kept in `cache`, where it takes 60 MB."""
    features = digest_of(model.model.idf, model.model.centre)
    stored = remembered(cache, f"rehearsal {features}", lambda: _make_rehearsal(phrasings(), maker))
    return Rehearsal(*(_unpacked(part, len(model.model.hybrid.matrix)) for part in stored))


_Packed = tuple[tuple[Phrasing, ...], tuple[str, ...], bytes]


def _make_rehearsal(phrasings: Sequence[Phrasing], maker: FeatureMaker) -> tuple[_Packed, _Packed]:
    learned, held_out = to_rehearse(phrasings)
    return _packed(maker.rows(learned)), _packed(maker.rows(held_out))


def to_rehearse(phrasings: Sequence[Phrasing]) -> tuple[list[Phrasing], list[Phrasing]]:
    """Which of them are asked along: those that both models learn, and those held out."""
    by_label: dict[str, list[Phrasing]] = {}
    by_locale: dict[str, list[Phrasing]] = {}
    for one in phrasings:
        if is_held_out(one):
            by_locale.setdefault(one.locale, []).append(one)
        else:
            by_label.setdefault(one.label, []).append(one)
    each = max(2, _REHEARSED // max(1, len(by_label)))
    learned = [one for group in by_label.values() for one in _sample(group, each)]
    return learned[: 2 * _REHEARSED], [one for group in by_locale.values() for one in _sample(group, _HELD_OUT_EACH)]


def _sample(phrasings: Sequence[Phrasing], count: int) -> list[Phrasing]:
    """The same ones every time, whatever was added beside them, as far as possible."""
    return heapq.nsmallest(count, phrasings, key=phrasing_key)


def _packed(rows: Rows) -> _Packed:
    """Rounded to half precision, in which models are kept; stored unfolded, which is read ten times as fast."""
    return rows.phrasings, rows.texts, rows.features.astype(np.float16).astype(np.float32).tobytes()


def _unpacked(packed: _Packed, width: int) -> Rows:
    phrasings, texts, raw = packed
    return Rows(phrasings, texts, np.frombuffer(raw, np.float32).reshape(len(phrasings), width))


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
    lesson, labels, model = _Lesson.of(learned, new), phrasings.labels, before.model
    totals = _Totals(cache, learned)
    both = _Learner(model.hybrid, model.classes, labels, lesson, totals)
    letters = _Learner(model.lexical, model.classes, labels, lesson, totals)
    seen = new.where(lambda one: not is_held_out(one))
    own = lesson if seen is new else _Lesson.of(learned, seen)
    second = _Learner(gate.weights, gate.classes, labels, own, totals)
    _teach(lesson, [both, letters, second] if own is lesson else [both, letters])
    if own is not lesson:
        _teach(own, [second])
    return Refined(
        compiled=_with_neighbours(_with_weights(before, digest, labels, both.weights(), letters.weights()), new),
        gate=GateModel(digest, labels, second.weights(), phrasings.keys),
        new=len(not_among(phrasings.keys, gate.learned)),
        gone=len(not_among(gate.learned, phrasings.keys)),
        held_out=held_out.and_also(new.where(is_held_out)),
    )


def _with_weights(before: Compiled, digest: str, labels: tuple[str, ...], both: Weights, letters: Weights) -> Compiled:
    model = replace(before.model, classes=labels, hybrid=both, lexical=letters)
    return Compiled(digest, model, before.identifier)


def _with_neighbours(compiled: Compiled, new: Rows) -> Compiled:
    model = compiled.model
    if model.neighbours is None:
        return compiled
    pairs = [(one.label, text) for one, text in zip(new.phrasings, new.texts, strict=True)]
    neighbours = extended(model.neighbours, pairs, frozenset(model.classes))
    return replace(compiled, model=replace(model, neighbours=neighbours))


@dataclass(frozen=True, slots=True)
class _Lesson:
    """Rows to learn from: the `learned` first ones were learned before, the others are new ways to ask for `labels`.

    Args:
        squares: The mean square of each feature.
    """

    features: Matrix
    squares: Vector
    learned: int
    labels: tuple[str, ...]

    @classmethod
    def of(cls, learned: Rows, new: Rows) -> "_Lesson":
        labels = tuple(one.label for one in new.phrasings)
        features = np.vstack([learned.features, new.features])
        squares = np.einsum("ij,ij->j", features, features) / np.float32(max(1, len(features)))
        return cls(features, squares, len(learned.phrasings), labels)


class _Totals:
    """For the rows of a rehearsal the logarithms of the sums that a softmax divides by, known by weights and rows:
    to take them costs a product of thousands of rows with all columns, and the next reload begins where one ended.
    """

    def __init__(self, cache: Path, rows: Rows) -> None:
        self._cache = cache
        self._rows = rows.digest()

    def of(self, weights: Weights, columns: Places, make: Callable[[], Vector]) -> Vector:
        """The stored ones over these columns, else what `make` makes, which is stored."""
        key = f"totals {self._rows} {digest_of(weights.matrix, weights.bias, columns)}"
        raw = remembered(self._cache, key, lambda: make().tobytes())
        return np.frombuffer(raw, np.float32)


class _Learner:
    """Weights for `labels` that learn a lesson: only the columns of labels with new phrasings move.

    What was learned before is to be answered with the probabilities that it had, right or wrong: so nothing moves but
    for what is new, and what is new does not spread further than it must.

    Args:
        before: The columns of `weights`, which see the last features of the lesson's, as many as they have rows.
    """

    def __init__(
        self, weights: Weights, before: Sequence[str], labels: Sequence[str], lesson: _Lesson, totals: _Totals
    ) -> None:
        self._start = start_from(weights, before, labels)
        self._size = len(weights.matrix)
        column = {label: index for index, label in enumerate(labels)}
        classes = np.array([column[label] for label in lesson.labels], dtype=np.intp)
        self._moving = np.array(sorted(set(classes.tolist())), dtype=np.intp)
        self._moved, self._offset = self._start.matrix[:, self._moving], self._start.bias[self._moving]
        self._speed, self._speed_bias = np.zeros_like(self._moved), np.zeros_like(self._offset)
        self._lesson, self._totals = lesson, totals
        if not len(classes):
            return
        known = frozenset(before)
        kept = np.array([index for index, label in enumerate(labels) if label in known], dtype=np.intp)
        self._covered = np.union1d(kept, self._moving)  # all but new ones that nothing is learned for
        moving = lesson.features[:, -self._size :] @ self._moved + self._offset
        moving[:, ~np.isin(self._moving, kept)] = -np.inf
        sums = self._sums(kept)
        had = np.exp(moving - sums[:, None])
        # Of the columns that stay. Where hardly anything is left for them it does not matter how little.
        self._others = sums + np.log1p(-np.minimum(had.sum(axis=1), _NEARLY_ALL))
        self._wanted = np.vstack([had[: lesson.learned], (classes[:, None] == self._moving).astype(np.float32)])
        self._longest_step = _STEP / float(lesson.squares[-self._size :].sum())

    def _sums(self, kept: Places) -> Vector:
        """Over the columns `kept` from before, row by row."""
        start, features, learned = self._start, self._lesson.features[:, -self._size :], self._lesson.learned

        def make(rows: Matrix) -> Vector:
            return _log_sums(start.scores(rows)[:, kept])

        return np.concatenate(
            [self._totals.of(start, kept, lambda: make(features[:learned])), make(features[learned:])]
        )

    def learn(self, rows: Matrix, batch: Classes, remaining: float) -> None:
        """One step of stochastic gradient descent from the `rows` of `batch`; `remaining` falls from one to zero."""
        rows = rows[:, -self._size :]
        error = _shares(rows @ self._moved + self._offset, self._others[batch]) - self._wanted[batch]
        rate = np.float32(self._longest_step * remaining)
        self._speed = _MOMENTUM * self._speed - rate * (rows.T @ error) / np.float32(len(batch))
        self._speed_bias = _MOMENTUM * self._speed_bias - rate * error.mean(axis=0)
        self._moved += self._speed
        self._offset += self._speed_bias

    def weights(self) -> Weights:
        """In half precision, as they are stored: the gate asks what will answer, to the bit."""
        matrix, bias = self._start.matrix.copy(), self._start.bias.copy()
        matrix[:, self._moving], bias[self._moving] = self._moved.astype(np.float16), self._offset
        taught = Weights(matrix, bias)
        if len(self._moving):
            self._totals.of(taught, self._covered, lambda: self._sums_after(taught))
        return taught

    def _sums_after(self, taught: Weights) -> Vector:
        """Over the columns `_covered`, for the rows learned before."""
        rows = self._lesson.features[: self._lesson.learned, -self._size :]
        moved = rows @ taught.matrix[:, self._moving] + taught.bias[self._moving]
        stay = self._others[: self._lesson.learned, None]
        return _log_sums(np.hstack([stay, moved]).astype(np.float32))


def _log_sums(scores: Matrix) -> Vector:
    """Logarithms of the sums that a softmax divides by, row by row; `scores` are lost. Minus infinity of no columns."""
    highest = scores.max(axis=1, initial=_LEAST)
    scores -= highest[:, None]
    with np.errstate(divide="ignore"):
        return np.asarray(highest + np.log(np.exp(scores, out=scores).sum(axis=1)), dtype=np.float32)


def _shares(moving: Matrix, others: Vector) -> Matrix:
    """Of a softmax over all columns those that move; `others` are the `_log_sums` of the rest."""
    highest = np.maximum(moving.max(axis=1), others)
    grown = np.exp(moving - highest[:, None])
    return np.asarray(grown / (grown.sum(axis=1) + np.exp(others - highest))[:, None], dtype=np.float32)


def _teach(lesson: _Lesson, learners: Sequence[_Learner]) -> None:
    """All of them side by side: fetching the rows from memory costs more than learning from them."""
    if not lesson.labels:
        return
    order_maker = np.random.default_rng(0)
    count, width = lesson.features.shape
    steps, step = _EPOCHS * -(-count // _BATCH), 0
    fetched = np.empty((_BATCH, width), np.float32)
    for _ in range(_EPOCHS):
        order = order_maker.permutation(count)
        for begin in range(0, count, _BATCH):
            batch = order[begin : begin + _BATCH]
            rows = fetched[: len(batch)]
            np.take(lesson.features, batch, axis=0, out=rows, mode="clip")  # "raise" would fetch into a copy first
            for learner in learners:
                learner.learn(rows, batch, 1 - step / steps)
            step += 1
