"""Phrasings by file, each parsed once for every state it was ever in: a reload reads only what was edited."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.content.gate_model import Keys, keys_of, not_among, phrasing_key, titles
from bot.content.model_file import text_key
from bot.content.phrasings import Phrasing, Seen, allowed_labels, language_of, phrasing_files, read_phrasing_file
from bot.content.stored_values import remembered
from bot.core.errors import Problem
from bot.core.knowledge import Knowledge
from bot.core.text import fold


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file: `keys` are the bytes of its sorted phrasing keys, `texts` those of its folded texts' keys without their
    labels, `read` gives its phrasings.
    """

    path: Path
    labels: frozenset[str]
    keys: bytes
    texts: bytes
    read: Callable[[], list[Phrasing]]

    def sorted_keys(self) -> Keys:
        return np.frombuffer(self.keys, np.uint64)


@dataclass(frozen=True, slots=True)
class PhrasingPieces:
    """All phrasings of a knowledge base, and the questions of its entries.

    Args:
        keys: Sorted keys of all of them.
        labels: Entry ids and negative groups, sorted: the classes of a model of them.
    """

    keys: Keys
    labels: tuple[str, ...]
    pieces: tuple[_Piece, ...]
    titles: tuple[Phrasing, ...]

    def all(self) -> list[Phrasing]:
        return [one for piece in self.pieces for one in piece.read()]

    def new_to(self, learned: Keys) -> list[Phrasing]:
        """Those whose key is not in `learned`, titles among them."""
        missing = frozenset(not_among(self.keys, learned).tolist())
        found = [
            one
            for piece in self.pieces
            if len(not_among(piece.sorted_keys(), learned))
            for one in piece.read()
            if phrasing_key(one) in missing
        ]
        return found + [one for one in self.titles if phrasing_key(one) in missing]


def read_pieces(
    folder: Path, knowledge: Knowledge, hashes: Mapping[str, str], cache: Path
) -> tuple[PhrasingPieces, list[Problem]]:
    """Args: `hashes`: of every file by its path below the knowledge folder."""
    pieces, problems = [], []
    for path in phrasing_files(folder):
        name = path.relative_to(folder).as_posix()
        piece, faults = _read_piece(path, f"{name} {hashes[name]}", knowledge, cache)
        pieces.append(piece)
        problems += faults
    problems += [one for one in _repeated(pieces, knowledge) if one not in problems]
    asked = tuple(titles(knowledge))
    labels = {label for piece in pieces for label in piece.labels} | {one.label for one in asked}
    keys = np.sort(np.concatenate([keys_of(asked), *(piece.sorted_keys() for piece in pieces)]))
    keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
    return PhrasingPieces(keys, tuple(sorted(labels)), tuple(pieces), asked), problems


def _repeated(pieces: Sequence[_Piece], knowledge: Knowledge) -> list[Problem]:
    """Texts that stand in two files of a language; within one, reading it tells."""
    by_language: dict[str, list[_Piece]] = {}
    for piece in pieces:
        by_language.setdefault(language_of(piece.path), []).append(piece)
    problems: list[Problem] = []
    for found in by_language.values():
        texts = np.concatenate([np.frombuffer(piece.texts, np.uint64) for piece in found])
        if len(set(texts.tolist())) < len(texts):
            seen: Seen = {}
            problems += [one for piece in found for one in read_phrasing_file(piece.path, knowledge, seen)[1]]
    return problems


def _read_piece(path: Path, key: str, knowledge: Knowledge, cache: Path) -> tuple[_Piece, list[Problem]]:
    problems: list[Problem] = []
    seen: Seen = {}

    def read() -> list[Phrasing]:
        def parse() -> list[Phrasing]:
            found, faults = read_phrasing_file(path, knowledge, seen)
            problems.extend(faults)
            return found

        return remembered(cache, f"phrasings {key}", parse, lambda _: not problems)

    def outline() -> tuple[frozenset[str], bytes, bytes]:
        found = read()
        folded = seen or [fold(one.text) for one in found]  # folding is most of the time of reading a file
        texts = np.array([text_key(text) for text in folded], np.uint64)
        return frozenset(one.label for one in found), keys_of(found).tobytes(), texts.tobytes()

    labels, keys, texts = remembered(cache, f"outline {key}", outline, lambda _: not problems)
    allowed = allowed_labels(path.parent.name, knowledge)
    if not problems and allowed is not None and not labels <= allowed:
        problems = read_phrasing_file(path, knowledge, {})[1]  # an entry went away: tell in which lines it is missed
    return _Piece(path, labels, keys, texts, read), problems
