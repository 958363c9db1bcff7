"""Windows unlike everything learned score high, and thresholds reject the share that they state."""

import numpy as np
import pytest

from hnhar.model.bundle.novelty import auroc, energy, threshold


def test_confident_logits_are_less_novel_than_small_ones() -> None:
    logits = np.array([[9.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    scores = energy(logits)
    assert scores[0] < scores[1] < scores[2]
    np.testing.assert_allclose(scores, -np.log(np.exp(logits).sum(axis=1)))


def test_large_logits_overflow_nothing() -> None:
    assert energy(np.array([[1e4, -1e4]]))[0] == pytest.approx(-1e4)


def test_a_threshold_rejects_the_share_it_states() -> None:
    scores = np.random.default_rng(0).normal(size=5000)
    assert np.mean(scores > threshold(scores, 0.02)) == pytest.approx(0.02, abs=0.002)
    with pytest.raises(ValueError, match="no windows"):
        threshold(np.zeros(0), 0.1)


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    rng = np.random.default_rng(1)
    known, unknown = rng.integers(0, 6, 50), rng.integers(2, 9, 40)
    pairs = [(u > k) + 0.5 * (u == k) for k in known for u in unknown]
    assert auroc(known, unknown) == pytest.approx(np.mean(pairs))
    assert auroc(np.zeros(3), np.ones(2)) == 1.0
    assert np.isnan(auroc(np.zeros(0), np.ones(2)))
