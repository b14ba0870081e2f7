"""Multinomial logistic regression in numpy: what the measurements in docs/quality.md favour, without
scikit-learn's 145 MB.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.features import Matrix, Vector

_BATCH = 256
_RATE = 0.02
_DECAY_1, _DECAY_2, _EPSILON = 0.9, 0.999, 1e-8  # Adam's usual constants (Kingma, Ba 2015)


@dataclass(frozen=True, slots=True)
class Weights:
    """`matrix` is features x classes, `bias` one number per class."""

    matrix: Matrix
    bias: Vector

    def scores(self, rows: Matrix) -> Matrix:
        """Unnormalised log-probabilities, one row per row of features.

        A single question is multiplied without BLAS: its second thread waits for a core where the encoder or anybody
        else is busy (measured on two busy cores: a median of 10 ms against 0.3 ms).
        """
        if len(rows) == 1:
            return np.asarray(np.einsum("i,ij->j", rows[0], self.matrix) + self.bias, dtype=np.float32)[None]
        return np.asarray(rows @ self.matrix + self.bias, dtype=np.float32)


def softmax(scores: Matrix) -> Matrix:
    """Rows that sum to one."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def fit(
    rows: Matrix,
    classes: NDArray[np.intp],
    count: int,
    *,
    epochs: int,
    shrink: float,
    start: Weights | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Weights:
    """Fit by Adam on shuffled mini-batches with a rate that falls to zero; the same input gives the same weights.

    Args:
        rows: One row of features per example.
        classes: The class of each row, 0 to `count` - 1.
        shrink: L2 penalty on the weights, per example.
        start: Weights to go on from after a small change; None starts at zero.
        progress: Called with (epochs done, epochs in all).
    """
    weights = np.vstack([start.matrix, start.bias[None]]) if start else np.zeros((rows.shape[1] + 1, count), np.float32)
    weights = weights.astype(np.float32)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    order_maker, step = np.random.default_rng(0), 0
    steps = epochs * -(-len(rows) // _BATCH)
    for epoch in range(epochs):
        order = order_maker.permutation(len(rows))
        for begin in range(0, len(rows), _BATCH):
            batch = order[begin : begin + _BATCH]
            slope = _slope(rows[batch], classes[batch], weights, shrink)
            step += 1
            first += (1 - _DECAY_1) * (slope - first)
            second += (1 - _DECAY_2) * (slope * slope - second)
            rate = _RATE * (1 - (step - 1) / steps) * np.sqrt(1 - _DECAY_2**step) / (1 - _DECAY_1**step)
            weights -= np.float32(rate) * first / (np.sqrt(second) + np.float32(_EPSILON))
        if progress:
            progress(epoch + 1, epochs)
    return Weights(weights[:-1], weights[-1])


def _slope(rows: Matrix, classes: NDArray[np.intp], weights: Matrix, shrink: float) -> Matrix:
    error = softmax(rows @ weights[:-1] + weights[-1])
    error[np.arange(len(rows)), classes] -= 1
    error /= len(rows)
    slope = np.vstack([rows.T @ error, error.sum(axis=0)[None]])
    slope[:-1] += np.float32(shrink) * weights[:-1]
    return np.asarray(slope, dtype=np.float32)
