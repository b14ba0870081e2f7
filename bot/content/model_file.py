"""The compiled model and the vectors of phrasings on disk. Both are derived: deleting them loses nothing but time.

The model is one .npz without pickles; vectors are kept as 8-bit integers, one file per language, keyed by a hash of
the text, so that an edit computes only what changed.
"""

import dataclasses
import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.content.stored_values import replacing
from bot.core import features, identification
from bot.core.classifier import Weights
from bot.core.identification import LanguageIdentifier
from bot.core.neighbours import Evidence, Neighbours
from bot.core.retrieval import Model, Thresholds
from bot.core.spelling import LetterStatistics

# What numpy and json raise for files that are missing, cut short or of something else.
DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    IndexError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
FORMAT = 5  # raise it when the meaning of a file changes: older files are then made anew


@dataclass(frozen=True, slots=True)
class Compiled:
    """`digest` names the exact input files the model was trained on."""

    digest: str
    model: Model
    identifier: LanguageIdentifier


def save_compiled(path: Path, compiled: Compiled) -> None:
    """Write at once: a reader sees the old file or the new one."""
    model, identifier = compiled.model, compiled.identifier
    meta = {
        "format": FORMAT,
        "digest": compiled.digest,
        "classes": model.classes,
        "sharpness": model.sharpness,
        "thresholds": [[t.answer, t.choose, t.leave] for t in model.thresholds],
        "encoder": model.encoder,
        "evidence": [dataclasses.astuple(one) for one in model.evidence or ()],
        "neighbours": model.neighbours.labels if model.neighbours else (),
        "languages": identifier.languages,
    }
    arrays: dict[str, NDArray[Any]] = {
        "meta": np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
        "hybrid": model.hybrid.matrix.astype(np.float16),
        "hybrid_bias": model.hybrid.bias,
        "lexical": model.lexical.matrix.astype(np.float16),
        "lexical_bias": model.lexical.bias,
        "centre": model.centre,
        "idf": model.idf.astype(np.float16),
        "letters": identifier.weights.matrix.astype(np.float16),
        "letters_bias": identifier.weights.bias,
        **_spelling_arrays(model.spelling),
        **_neighbour_arrays(model.neighbours),
    }
    write_npz(path, arrays)


@dataclass(frozen=True, slots=True)
class ModelMarks:
    """What tells whether a model is of use: see `Compiled` and `Model`."""

    digest: str
    encoder: str


def read_marks(path: Path) -> ModelMarks | None:
    """Without loading the model, which may yet prove damaged; None where `load_compiled` gives None for sure."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            return ModelMarks(meta["digest"], meta["encoder"]) if meta["format"] == FORMAT else None
    except DAMAGED:
        return None


def identity(compiled: Compiled) -> str:
    """Hex digits that differ where anything that answers differs, to the bit."""
    model, digest = compiled.model, hashlib.sha256()
    weights = (model.hybrid, model.lexical, compiled.identifier.weights)
    arrays: list[NDArray[Any]] = [array for one in weights for array in (one.matrix, one.bias)]
    arrays += [model.centre, model.idf]
    spelling = model.spelling
    if spelling:
        arrays += [spelling.grams, spelling.costs, spelling.backoffs]
    arrays += list(_neighbour_arrays(model.neighbours).values())
    digest.update(digest_of(*arrays).encode())
    known = model.neighbours.labels if model.neighbours else ()
    rest = (
        *(model.classes, model.sharpness, model.thresholds, model.encoder, compiled.identifier.languages),
        *(model.evidence, known),
    )
    digest.update(repr((rest, dict(spelling.followers) if spelling else None)).encode())
    return digest.hexdigest()


def digest_of(*arrays: NDArray[Any]) -> str:
    """Hex digits that differ where any number differs, to the bit."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def load_compiled(path: Path) -> Compiled | None:
    """None when there is no file, or one of another format or damaged: it is then compiled again."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            if meta["format"] != FORMAT:
                return None
            compiled = Compiled(meta["digest"], _model(meta, arrays), _identifier(meta, arrays))
            return compiled if _fits(compiled) else None
    except DAMAGED:
        return None


def _model(meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    hybrid, lexical = (Thresholds(*values) for values in meta["thresholds"])
    return Model(
        classes=tuple(meta["classes"]),
        hybrid=Weights(arrays["hybrid"].astype(np.float32), arrays["hybrid_bias"]),
        lexical=Weights(arrays["lexical"].astype(np.float32), arrays["lexical_bias"]),
        centre=arrays["centre"],
        idf=arrays["idf"].astype(np.float32),
        sharpness=(meta["sharpness"][0], meta["sharpness"][1]),
        thresholds=(hybrid, lexical),
        encoder=meta["encoder"],
        spelling=_spelling(arrays),
        neighbours=_neighbours(meta, arrays),
        evidence=_evidence(meta["evidence"]),
    )


def _spelling_arrays(spelling: LetterStatistics | None) -> dict[str, NDArray[Any]]:
    if spelling is None:
        return {}
    followers = json.dumps(dict(spelling.followers), ensure_ascii=False).encode()
    return {
        "grams": spelling.grams,
        "gram_costs": spelling.costs,
        "gram_backoffs": spelling.backoffs,
        "followers": np.frombuffer(followers, dtype=np.uint8),
    }


def _spelling(arrays: Mapping[str, Any]) -> LetterStatistics | None:
    if "grams" not in arrays:
        return None
    followers = json.loads(arrays["followers"].tobytes())
    return LetterStatistics(arrays["grams"], arrays["gram_costs"], arrays["gram_backoffs"], followers)


def _neighbour_arrays(neighbours: Neighbours | None) -> dict[str, NDArray[Any]]:
    if neighbours is None:
        return {}
    return {
        "phrasing_counts": neighbours.counts,
        "triples": neighbours.triples,
        "triple_lengths": neighbours.lengths,
        "triple_norms": neighbours.norms,
        "triple_weights": neighbours.weights.astype(np.float16),
    }


def _neighbours(meta: Mapping[str, Any], arrays: Mapping[str, Any]) -> Neighbours | None:
    if "triples" not in arrays:
        return None
    return Neighbours(
        labels=tuple(meta["neighbours"]),
        counts=arrays["phrasing_counts"],
        triples=arrays["triples"],
        lengths=arrays["triple_lengths"],
        norms=arrays["triple_norms"],
        weights=arrays["triple_weights"].astype(np.float32),
    )


def _evidence(values: Sequence[Sequence[float]]) -> tuple[Evidence, Evidence] | None:
    return (Evidence(*values[0]), Evidence(*values[1])) if values else None


def _fits(compiled: Compiled) -> bool:
    """False for a model of features that this version no longer computes."""
    model, letters = compiled.model, compiled.identifier.weights.matrix
    rows = (len(model.lexical.matrix), len(model.hybrid.matrix) - len(model.centre), len(letters))
    return rows == (features.DIMENSION, features.DIMENSION, identification.DIMENSION)


def _identifier(meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> LanguageIdentifier:
    weights = Weights(arrays["letters"].astype(np.float32), arrays["letters_bias"])
    return LanguageIdentifier(tuple(meta["languages"]), weights)


class Vectors:
    """Vectors of texts by one encoder; 388 bytes a text."""

    def __init__(self, encoder: str, rows: Mapping[int, NDArray[np.int8]]) -> None:
        self.encoder = encoder
        self._rows = dict(rows)

    def __contains__(self, text: str) -> bool:
        return text_key(text) in self._rows

    def add(self, text: str, vector: NDArray[np.float32]) -> None:
        self._rows[text_key(text)] = quantise(vector)

    def get(self, text: str) -> NDArray[np.float32]:
        """Unit length."""
        row = self._rows[text_key(text)].astype(np.float32)
        return np.asarray(row / np.linalg.norm(row), dtype=np.float32)

    def merged(self, other: "Vectors") -> "Vectors":
        return Vectors(self.encoder, {**self._rows, **other._rows})

    def keep(self, texts: list[str]) -> "Vectors":
        """Only those of `texts`: what is no longer asked is forgotten."""
        keys = sorted({text_key(text) for text in texts})
        return Vectors(self.encoder, {key: self._rows[key] for key in keys})

    def save(self, path: Path) -> None:
        keys = np.array(sorted(self._rows), dtype=np.uint64)
        rows = np.stack([self._rows[int(key)] for key in keys]) if len(keys) else np.zeros((0, 1), np.int8)
        write_npz(path, {"encoder": np.frombuffer(self.encoder.encode(), np.uint8), "keys": keys, "rows": rows})

    @classmethod
    def load(cls, path: Path, encoder: str) -> "Vectors":
        """Empty when there is no file, or it is of another encoder, or damaged."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                if arrays["encoder"].tobytes().decode() != encoder:
                    return cls(encoder, {})
                return cls(encoder, dict(zip(map(int, arrays["keys"]), arrays["rows"], strict=True)))
        except DAMAGED:
            return cls(encoder, {})


def text_key(text: str) -> int:
    """64 bits of SHA-256: for 100,000 texts the chance of any collision is below 10^-9."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def quantise(vector: NDArray[np.float32]) -> NDArray[np.int8]:
    """Direction in 8 bits a number; the length is lost, and always one."""
    return np.asarray(np.round(vector / np.abs(vector).max() * 127), dtype=np.int8)


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    with replacing(path, mode=0o644) as file:
        np.savez(file, allow_pickle=False, **arrays)
