"""What makes the meanings of two texts comparable. Pure.

The encoder's directions say as much about the language and the wording as about the matter. A projection learned from
phrasings (linear discriminant analysis: what differs between ways to ask the same is shrunk) leaves the matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.core.errors import EncoderError
from bot.core.features import Matrix, Vector, sketch
from bot.core.inbox.grouping import LETTERS
from bot.core.inbox.models import Fingerprint
from bot.core.ports import Encoder
from bot.core.text import fold

DIMENSIONS = 100
_SHRINK = 0.1  # of the scatter within classes towards a sphere: some directions have few examples
_ANY_LETTERS = np.ones(1 << 16, dtype=np.float32)  # every n-gram counts the same


@dataclass(frozen=True, slots=True)
class Likeness:
    """Args:
    encoder: Name of the encoder whose vectors it projects.
    centre: Subtracted first.
    matrix: One column for each dimension of a fingerprint.
    """

    encoder: str
    centre: Vector
    matrix: Matrix

    def project(self, meanings: Matrix) -> Matrix:
        """Rows of length one."""
        return _unit(_unit(meanings - self.centre) @ self.matrix)


class Fingerprinting:
    """Args: `encoder` and `likeness` are None where there is none; then only like letters make like questions."""

    def __init__(self, encoder: Encoder | None, likeness: Likeness | None) -> None:
        self._encoder = encoder
        self._likeness = likeness

    def fingerprint(self, text: str) -> Fingerprint | None:
        """None for nothing to read. Blocking for some milliseconds: call it off the event loop."""
        folded = fold(text)
        if not folded:
            return None
        return self._meaning(folded) or Fingerprint(LETTERS, sketch(folded, _ANY_LETTERS))

    def _meaning(self, folded: str) -> Fingerprint | None:
        if self._encoder is None or self._likeness is None or self._encoder.name != self._likeness.encoder:
            return None
        try:
            row = self._likeness.project(self._encoder.encode([folded]))[0]
        except EncoderError:
            return None
        return Fingerprint(self._encoder.name, row)


def fit_likeness(encoder: str, meanings: Matrix, classes: Sequence[int], dimensions: int = DIMENSIONS) -> Likeness:
    """Args:
    meanings: One row for each phrasing, of all languages.
    classes: What each phrasing asks for.
    """
    centre = meanings.mean(axis=0)
    rows, kinds = _unit(meanings - centre), np.unique(np.asarray(classes), return_inverse=True)[1]
    counts = np.bincount(kinds)[:, None]
    means = np.zeros((len(counts), rows.shape[1]), dtype=np.float32)
    np.add.at(means, kinds, rows)
    means /= counts
    own = rows - means[kinds]
    within = own.T @ own / len(rows)
    within += _SHRINK * np.trace(within) / len(within) * np.eye(len(within), dtype=np.float32)
    spread, axes = np.linalg.eigh(within)
    whitened = axes / np.sqrt(spread)
    apart = means - rows.mean(axis=0)
    _, best = np.linalg.eigh(whitened.T @ (apart.T @ apart / len(means)) @ whitened)
    matrix = (whitened @ best[:, ::-1][:, :dimensions]).astype(np.float32)
    return Likeness(encoder, centre.astype(np.float32), matrix)


def _unit(rows: Matrix) -> Matrix:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), dtype=np.float32)
