"""How near a question is to the known phrasings of an entry, and what that says of the entry being right.

A linear classifier keeps what the phrasings of an entry have in common and forgets each of them. Its nearest neighbours
remember: a question that is worded like none of an entry's phrasings is less likely to ask for it, however sure the
classifier is, and one that nearly repeats a phrasing is more likely to (stacking: Wolpert 1992). Likeness is the cosine
of sets of letter triples, weighted by how few phrasings have each, so every script is equal and no encoder is needed.
"""

import itertools
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16  # of hashes of triples
NEAREST = 5  # phrasings whose mean likeness counts beside that of the nearest
_EDGE = " "
_LEAST, _MOST = 1e-6, 1 - 1e-6  # probabilities, so that logarithms of odds are finite

Triples = NDArray[np.uint16]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The phrasings known for each entry, and for each group of talk that is to be left alone; about 85 bytes each.

    Args:
        labels: Entry ids and groups, in the order of their phrasings.
        counts: How many phrasings each of them has.
        triples: Those of all phrasings, one phrasing after the other.
        lengths: How many triples each phrasing has, at least one.
        norms: Of each phrasing's weighted triples.
        weights: Of each triple; smoothed inverse document frequencies.
    """

    labels: tuple[str, ...]
    counts: NDArray[np.int32]
    triples: Triples
    lengths: NDArray[np.uint16]
    norms: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class Evidence:
    """A logistic regression, fitted on held-out phrasings, from what speaks for an entry to its being right.

    Args:
        odds, nearest, near, constant: Factors of the logarithm of the classifier's odds, of the likeness of the nearest
            phrasing, of the mean likeness of the `NEAREST` ones, and what is added.
    """

    odds: float
    nearest: float
    near: float
    constant: float

    def probability(self, share: float, nearest: float, near: float) -> float:
        """Of being right, given the classifier's probability and the likenesses."""
        score = self.odds * log_odds(share) + self.nearest * nearest + self.near * near + self.constant
        return 1 / (1 + math.exp(-score)) if score > 0 else 1 - 1 / (1 + math.exp(score))


class NearestPhrasings:
    """Looks neighbours up; safe to use from several threads at once."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        ends = np.cumsum(neighbours.lengths, dtype=np.int64)
        self._starts = np.concatenate([[0], ends])  # of each phrasing's triples
        firsts = np.concatenate([[0], np.cumsum(neighbours.counts)]).tolist()
        self._phrasings = dict(zip(neighbours.labels, itertools.pairwise(firsts), strict=True))

    def likenesses(self, folded: str, labels: Sequence[str]) -> list[tuple[float, float]]:
        """For each label the likeness of its nearest phrasing and the mean of its `NEAREST` ones, 0.0 to 1.0."""
        own = triples_of(folded)
        weighted = np.zeros(BUCKETS, np.float32)
        weights = self._neighbours.weights[own]
        weighted[own] = weights * weights / max(float(np.linalg.norm(weights)), _LEAST)
        return [self._likeness(weighted, *self._phrasings.get(label, (0, 0))) for label in labels]

    def _likeness(self, weighted: Floats, first: int, end: int) -> tuple[float, float]:
        if first == end:
            return 0.0, 0.0
        starts = self._starts[first : end + 1]
        shared = weighted[self._neighbours.triples[starts[0] : starts[-1]]]
        found = np.add.reduceat(shared, starts[:-1] - starts[0]) / self._neighbours.norms[first:end]
        best = np.partition(found, -NEAREST)[-NEAREST:] if len(found) > NEAREST else found
        return float(best.max()), float(best.mean())


def triples_of(folded: str) -> Triples:
    """Hashes of the sets of three characters in a row, edges included; empty text has one."""
    padded = f"{_EDGE}{folded}{_EDGE}"
    found = {zlib.crc32(padded[start : start + 3].encode()) % BUCKETS for start in range(max(1, len(padded) - 2))}
    return np.array(sorted(found), np.uint16)


def log_odds(share: float) -> float:
    share = min(max(share, _LEAST), _MOST)
    return math.log(share / (1 - share))
