"""What is compared: our retriever, and three ways to find the nearest phrasing that a bot may use instead."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from benchmarks.phrasing_sets import Phrasings
from bot.content.compiler import EPOCHS, SHRINK, TrainingSet, add_lexical
from bot.content.loading import known_facts, slots_of
from bot.core.classifier import Weights, fit
from bot.core.features import sketches
from bot.core.knowledge import Knowledge
from bot.core.ports import Encoder
from bot.core.retrieval import Model, Retriever, Slot, Thresholds, join_views
from bot.core.subjects import SubjectFinder
from bot.core.text import character_ngrams

_SHORTEST, _LONGEST = 2, 4  # characters; the best of the BM25 variants measured before (docs/quality.md)
_SHARD = 200_000  # phrasings per BM25 index: building one needs about 52 bytes per n-gram and phrasing, for a while
_NO_FINDER = SubjectFinder({})
_THRESHOLDS = Thresholds(answer=0.6, choose=0.15, leave=0.5)  # decide what is rendered, not how long ranking takes


class Engine(Protocol):
    """Names the entry that a question asks for."""

    def find(self, folded: str) -> str:
        """The entry of the best match for folded text."""
        ...


class RapidFuzz:
    """`token_set_ratio` against every phrasing: what most FAQ bots do."""

    def __init__(self, phrasings: Phrasings) -> None:
        self._phrasings = phrasings
        self._texts = list(phrasings.texts)

    def find(self, folded: str) -> str:
        match = process.extractOne(folded, self._texts, scorer=fuzz.token_set_ratio)
        return self._phrasings.labels[match[2]]


class Bm25:
    """BM25 (bm25s, Lucene's variant, k1 1.5, b 0.75) over character 2- to 4-grams of words with marked edges."""

    def __init__(self, phrasings: Phrasings) -> None:
        self._labels = phrasings.labels
        self._vocabulary: dict[str, int] = {}
        starts = range(0, len(phrasings.texts), _SHARD)
        self._shards = [(start, self._index(phrasings.texts[start : start + _SHARD])) for start in starts]

    def find(self, folded: str) -> str:
        best, where = -1.0, 0
        for start, (index, known) in self._shards:
            scores = index.get_scores_from_ids([number for number in self._numbers(folded) if number < known])
            first = int(scores.argmax())
            if scores[first] > best:
                best, where = float(scores[first]), start + first
        return self._labels[where]

    def _numbers(self, folded: str) -> list[int]:
        grams = character_ngrams(folded, _SHORTEST, _LONGEST)
        return [self._vocabulary[gram] for gram in grams if gram in self._vocabulary]

    def _index(self, texts: Sequence[str]) -> tuple[Any, int]:
        """The index, and how many n-grams it knows (bm25s refuses others)."""
        import bm25s  # not needed where only other engines are measured

        grams = self._vocabulary
        numbers = [[grams.setdefault(g, len(grams)) for g in character_ngrams(t, _SHORTEST, _LONGEST)] for t in texts]
        index = bm25s.BM25(csc_backend="numpy")
        index.index((numbers, dict(grams)), create_empty_token=False, show_progress=False)
        return index, len(grams)


class Nearest:
    """The bare embedder: the phrasing whose vector has the greatest cosine with that of the question."""

    def __init__(self, phrasings: Phrasings, encoder: Encoder) -> None:
        self._phrasings = phrasings
        self._encoder = encoder

    def find(self, folded: str) -> str:
        question = self._encoder.encode([folded])[0]
        # Not `@`: its threads and the encoder's may wait for each other (see bot.core.classifier).
        cosines = np.einsum("ij,j->i", self._phrasings.meanings, question)
        return self._phrasings.labels[int(cosines.argmax())]


class Ours:
    """The first candidate of our ranking."""

    def __init__(self, retriever: Retriever, encoder: Encoder) -> None:
        self._retriever = retriever
        self._encoder = encoder

    def find(self, folded: str) -> str:
        return self._retriever.rank(folded, self._encoder).candidates[0].key


class Remembered:
    """Implements `bot.core.ports.Encoder`; vectors of a training set are known, those of mended texts are not."""

    def __init__(self, training: TrainingSet, encoder: Encoder) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self._encoder = encoder
        self._rows = {example.text: row for example, row in zip(training.examples, training.meanings, strict=True)}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._rows[text] if text in self._rows else self._encoder.encode([text])[0] for text in texts])


def fit_ours(training: TrainingSet, learned: Sequence[int], encoder: str) -> Model:
    """Our model as it is compiled, on `learned` only."""
    rows = join_views(training.meanings[learned], training.letters[learned], training.centre)
    count = len(training.labels)
    both = fit(rows, training.classes[learned], count, epochs=EPOCHS, shrink=SHRINK)
    lexical = fit(training.letters[learned], training.classes[learned], count, epochs=EPOCHS, shrink=SHRINK)
    return Model(
        classes=training.labels,
        hybrid=add_lexical(both, lexical),
        lexical=lexical,
        centre=training.centre,
        idf=training.idf,
        sharpness=(1.0, 1.0),
        thresholds=(_THRESHOLDS, _THRESHOLDS),
        encoder=encoder,
    )


def refit(model: Model, phrasings: Phrasings) -> Model:
    """Go on learning from more phrasings. The weights keep their size."""
    number = {label: index for index, label in enumerate(model.classes)}
    rows = join_views(phrasings.meanings, sketches(phrasings.texts, model.idf), model.centre)
    classes = np.array([number[label] for label in phrasings.labels], dtype=np.intp)
    hybrid = fit(rows, classes, len(number), epochs=1, shrink=SHRINK, start=model.hybrid)
    return dataclasses.replace(model, hybrid=hybrid)


@dataclass(frozen=True, slots=True)
class _Original(Slot):
    """Leads from a copy of an entry to the entry, so that its answer can be rendered."""

    def resolve(self, entry_id: str, folded: str) -> str:
        key = entry_id.partition("#")[0]
        return Slot.resolve(self, key, folded) if self.fallback else key


def with_more_entries(model: Model, knowledge: Knowledge, factor: int) -> Retriever:
    """Ranks `factor` times as many classes: copies named `class#2` ... with slightly different weights."""
    slots, facts = slots_of(knowledge), known_facts(knowledge)
    names = [f"{name}#{copy}" for copy in range(1, factor + 1) for name in model.classes]
    maker = np.random.default_rng(0)
    matrix = np.tile(model.hybrid.matrix, (1, factor))
    matrix += maker.standard_normal(matrix.shape, dtype=np.float32) * np.float32(0.01 * matrix.std())
    larger = dataclasses.replace(
        model, classes=tuple(names), hybrid=Weights(matrix, np.tile(model.hybrid.bias, factor))
    )
    answers = {name: facts.get(name.partition("#")[0], ()) for name in names}
    return Retriever(larger, answers, {name: _original(slots, name) for name in names})


def _original(slots: Mapping[str, Slot], name: str) -> Slot:
    slot = slots.get(name.partition("#")[0])
    return _Original(slot.finder, slot.fallback, slot.instead) if slot else _Original(_NO_FINDER, "", {})
