"""The second model, which never sees a fifth of the phrasings: what a reload asks before it goes live.

It lies beside the model it belongs to, together with the keys of every phrasing that both have learned.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.content.compiler import Progress, TrainingSet, fit_rows
from bot.content.model_file import DAMAGED, FORMAT, text_key, write_npz
from bot.content.phrasings import Phrasing
from bot.core.classifier import Weights
from bot.core.knowledge import Knowledge
from bot.core.retrieval import join_views

PARTS = 5  # one of which is held out
Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class GateModel:
    """Args:
    digest: Of the files that it was trained on, as that of the model beside it.
    weights: Over meaning and letters, by the columns `classes`.
    learned: Sorted `phrasing_key`s of all phrasings, held out or not: what is not among them is new.
    """

    digest: str
    classes: tuple[str, ...]
    weights: Weights
    learned: Keys


def phrasing_key(phrasing: Phrasing) -> int:
    return text_key(f"{phrasing.locale}\0{phrasing.label}\0{phrasing.text}")


def is_held_out(phrasing: Phrasing) -> bool:
    """By the text alone: a phrasing stays on its side whatever is added before it or however it is labelled."""
    return text_key(f"{phrasing.locale}\0{phrasing.text}") % PARTS == 0


def titles(knowledge: Knowledge) -> list[Phrasing]:
    """The English questions of the entries, which are learned like phrasings."""
    return [Phrasing("en", entry.id, entry.question) for entry in knowledge.entries.values() if not entry.slot]


def keys_of(phrasings: Iterable[Phrasing]) -> Keys:
    return np.array(sorted({phrasing_key(one) for one in phrasings}), dtype=np.uint64)


def not_among(keys: Keys, others: Keys) -> Keys:
    """Those of sorted `keys` that are not in `others`, sorted too. (numpy's own set functions import 60 ms of code.)"""
    if not len(others):
        return keys
    place = np.minimum(np.searchsorted(others, keys), len(others) - 1)
    missing: Keys = keys[others[place] != keys]
    return missing


def fit_gate(
    digest: str, knowledge: Knowledge, phrasings: Sequence[Phrasing], training: TrainingSet, progress: Progress
) -> GateModel:
    """From scratch, as `bot compile` does; takes minutes and 2 GB."""
    learned = [*phrasings, *titles(knowledge)]  # in the order of `Example.origin`
    kept = np.array([not is_held_out(learned[example.origin]) for example in training.examples])
    rows = join_views(training.meanings[kept], training.letters[kept], training.centre)
    weights = fit_rows(
        rows,
        training,
        lambda done, of: progress("learning without a fifth", done, of),
        classes=training.classes[kept],
    )
    return GateModel(digest, training.labels, weights, keys_of(learned))


def save_gate(path: Path, gate: GateModel) -> None:
    meta = {"format": FORMAT, "digest": gate.digest, "classes": gate.classes}
    write_npz(
        path,
        {
            "meta": np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
            "weights": gate.weights.matrix.astype(np.float16),
            "bias": gate.weights.bias,
            "learned": gate.learned,
        },
    )


def load_gate(path: Path) -> GateModel | None:
    """None when there is no file, or one of another format or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            if meta["format"] != FORMAT:
                return None
            weights = Weights(arrays["weights"].astype(np.float32), arrays["bias"])
            return GateModel(meta["digest"], tuple(meta["classes"]), weights, arrays["learned"])
    except DAMAGED:
        return None
