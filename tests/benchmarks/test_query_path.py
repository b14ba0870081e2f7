"""A question alone takes a faster way through the weights than a batch; the scores are the same."""

import numpy as np

from bot.core.classifier import Weights


def test_one_row_scores_as_it_does_in_a_batch() -> None:
    maker = np.random.default_rng(0)
    weights = Weights(maker.standard_normal((2432, 196), np.float32), maker.standard_normal(196, np.float32))
    rows = maker.standard_normal((5, 2432), np.float32)
    alone = np.vstack([weights.scores(row[None]) for row in rows])
    np.testing.assert_allclose(alone, weights.scores(rows), rtol=1e-4, atol=1e-3)
