"""How near a question is to the known phrasings of an entry, and what that says of the entry being right.

A linear classifier keeps what the phrasings of an entry have in common and forgets each of them. Its nearest
neighbours remember: a question that is worded like none of an entry's phrasings, or has words that none of them has, is
less likely to ask for it, however sure the classifier is (stacking: Wolpert 1992). What counts most is the difference
to its rivals, entries that answer something else and talk that is to be left alone: where their phrasings have more of
the question, it is theirs. Likeness is the cosine of sets of letter triples, weighted by how few phrasings have each,
so every script is equal and no encoder is needed.
"""

import itertools
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16  # of hashes of triples
NEAREST = 8  # phrasings that cover a question together; with 5 to 20 as many are told apart
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
class Support:
    """What the known phrasings of one label say for a question, 0.0 to 1.0 each.

    Args:
        nearest: Likeness of the nearest phrasing.
        covered: The share of the question's weight that its `NEAREST` phrasings have among them.
    """

    nearest: float = 0.0
    covered: float = 0.0

    @classmethod
    def strongest(cls, supports: "Iterable[Support]") -> "Support":
        """The most that any of them says, each figure by itself; zeros of none."""
        found = [cls(), *supports]
        return cls(max(one.nearest for one in found), max(one.covered for one in found))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A logistic regression, fitted on held-out phrasings, from what speaks for an entry to its being right.

    Args:
        odds: Factor of the logarithm of the classifier's odds.
        nearest, covered: Factors of the entry's own support.
        rival_nearest, rival_covered: Factors of the support of its strongest rival.
        constant: What is added.
    """

    odds: float
    nearest: float
    covered: float
    rival_nearest: float
    rival_covered: float
    constant: float

    def probability(self, share: float, own: Support, rival: Support) -> float:
        """Of being right, given the classifier's probability."""
        score = (
            self.odds * log_odds(share)
            + self.nearest * own.nearest
            + self.covered * own.covered
            + self.rival_nearest * rival.nearest
            + self.rival_covered * rival.covered
            + self.constant
        )
        return 1 / (1 + math.exp(-score)) if score > 0 else 1 - 1 / (1 + math.exp(score))


class NearestPhrasings:
    """Looks neighbours up; safe to use from several threads at once."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        ends = np.cumsum(neighbours.lengths, dtype=np.int64)
        self._starts = np.concatenate([[0], ends])  # of each phrasing's triples
        firsts = np.concatenate([[0], np.cumsum(neighbours.counts)]).tolist()
        self._phrasings = dict(zip(neighbours.labels, itertools.pairwise(firsts), strict=True))

    def supports(self, folded: str, labels: Sequence[str]) -> list[Support]:
        """What each label's phrasings say for a text."""
        own = triples_of(folded)
        squares = self._neighbours.weights[own] ** 2
        weighted = np.zeros(BUCKETS, np.float32)
        weighted[own] = squares
        return [self._support(own, squares, weighted, *self._phrasings.get(label, (0, 0))) for label in labels]

    def _support(self, own: Triples, squares: Floats, weighted: Floats, first: int, end: int) -> Support:
        if first == end:
            return Support()
        starts = self._starts[first : end + 1]
        triples = self._neighbours.triples[starts[0] : starts[-1]]
        starts = starts - starts[0]
        shared = np.add.reduceat(weighted[triples], starts[:-1]) / self._neighbours.norms[first:end]
        nearest = np.argpartition(shared, -NEAREST)[-NEAREST:] if len(shared) > NEAREST else range(len(shared))
        has = np.zeros(BUCKETS, np.bool_)
        for number in nearest:
            has[triples[starts[number] : starts[number + 1]]] = True
        whole = max(float(squares.sum()), _LEAST)
        return Support(float(shared.max()) / math.sqrt(whole), float(squares[has[own]].sum()) / whole)


def triples_of(folded: str) -> Triples:
    """Hashes of the sets of three characters in a row, edges included; empty text has one."""
    padded = f"{_EDGE}{folded}{_EDGE}"
    found = {zlib.crc32(padded[start : start + 3].encode()) % BUCKETS for start in range(max(1, len(padded) - 2))}
    return np.array(sorted(found), np.uint16)


def log_odds(share: float) -> float:
    share = min(max(share, _LEAST), _MOST)
    return math.log(share / (1 - share))
