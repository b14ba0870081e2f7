"""Makes what `bot.core.neighbours` looks phrasings up in, and fits what it says of an entry being right."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bot.content.training_set import Example
from bot.core.neighbours import BUCKETS, Evidence, Floats, Neighbours, Support, Triples, log_odds, triples_of

_STEPS = 25  # of Newton's method, which needs about eight
_RIDGE = 1e-3  # keeps the steps finite where everything was right


def neighbours_of(examples: Sequence[Example]) -> Neighbours:
    """Of all entries and of the groups of talk that is to be left alone."""
    seen = Counter[int]()
    found: dict[str, dict[str, Triples]] = {}
    for example in examples:
        triples = triples_of(example.text)
        seen.update(triples.tolist())
        found.setdefault(example.label, {})[example.text] = triples
    often = np.zeros(BUCKETS, np.float32)
    often[list(seen)] = list(seen.values())
    # In half precision, as they are stored: what answers is what was tested, to the bit.
    weights = np.log((1 + len(examples)) / (1 + often)).astype(np.float16).astype(np.float32)
    return joined({label: [_part(list(texts.values()), weights)] for label, texts in found.items()}, weights)


def extended(known: Neighbours, new: Iterable[tuple[str, str]], labels: Collection[str]) -> Neighbours:
    """With further phrasings, as pairs of label and folded text, and without those of labels that are gone."""
    parts = {label: [own] for label, own in by_label(known) if label in labels}
    for label, text in new:
        parts.setdefault(label, []).append(_part([triples_of(text)], known.weights))
    return joined(parts, known.weights)


@dataclass(frozen=True, slots=True)
class Part:
    """Phrasings of one label; the fields are those of `Neighbours`."""

    triples: Triples
    lengths: NDArray[np.uint16]
    norms: Floats


def by_label(known: Neighbours) -> Iterator[tuple[str, Part]]:
    """What each label has, in the order of the labels."""
    ends = np.cumsum(known.counts)
    starts = np.concatenate([[0], np.cumsum(known.lengths, dtype=np.int64)])  # of each phrasing's triples
    for label, count, end in zip(known.labels, known.counts.tolist(), ends.tolist(), strict=True):
        begin = end - count
        triples = known.triples[starts[begin] : starts[end]]
        yield label, Part(triples, known.lengths[begin:end], known.norms[begin:end])


def _part(phrasings: Sequence[Triples], weights: Floats) -> Part:
    triples = np.concatenate(phrasings)
    lengths = np.array([len(one) for one in phrasings], np.uint16)
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])[:-1]
    norms = np.sqrt(np.add.reduceat(weights[triples] ** 2, starts))
    return Part(triples, lengths, np.maximum(norms, 1e-6).astype(np.float32))


def joined(parts: Mapping[str, Sequence[Part]], weights: Floats) -> Neighbours:
    """Args: `weights` are those that the norms of the parts were made with."""
    labels = tuple(sorted(parts))
    every = [part for label in labels for part in parts[label]] or [_NONE]
    return Neighbours(
        labels=labels,
        counts=np.array([sum(len(part.lengths) for part in parts[label]) for label in labels], np.int32),
        triples=np.concatenate([part.triples for part in every]),
        lengths=np.concatenate([part.lengths for part in every]),
        norms=np.concatenate([part.norms for part in every]),
        weights=weights,
    )


_NONE = Part(np.zeros(0, np.uint16), np.zeros(0, np.uint16), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate of a held-out phrasing: what spoke for it, and whether it was right."""

    share: float
    own: Support
    rival: Support
    right: bool


def fit_evidence(cases: Sequence[Case]) -> Evidence:
    """Logistic regression by Newton's method."""
    rows = np.array([_inputs(case) for case in cases]).reshape(-1, len(fields(Evidence)))
    wanted = np.array([case.right for case in cases], np.float64)
    factors: NDArray[np.float64] = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        given = 1 / (1 + np.exp(-np.clip(rows @ factors, -30, 30)))
        slope = rows.T @ (wanted - given) - _RIDGE * factors
        curve = (rows * (given * (1 - given))[:, None]).T @ rows + _RIDGE * np.eye(len(factors))
        step = np.linalg.solve(curve, slope)
        factors = factors + step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Evidence(*factors.tolist())


def _inputs(case: Case) -> tuple[float, ...]:
    """In the order of the fields of `Evidence`."""
    own, rival = case.own, case.rival
    return log_odds(case.share), own.nearest, own.covered, rival.nearest, rival.covered, 1.0
