"""The calibration error is small where confidence is true, and the gap where it is not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.train.evaluate.calibration import calibration_error


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def test_true_confidence_has_a_small_error_and_overconfidence_a_large_one() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(5000, 5)) * 3
    targets = (logits / 3 + rng.gumbel(size=logits.shape)).argmax(axis=1)
    assert calibration_error(softmax(logits), targets) > 0.2
    assert calibration_error(softmax(logits / 3), targets) < 0.03


def test_one_confidence_gives_its_distance_from_the_accuracy() -> None:
    probabilities = np.tile([0.9, 0.1], (10, 1))
    targets = np.array([0] * 6 + [1] * 4)
    assert calibration_error(probabilities, targets) == pytest.approx(0.3)
