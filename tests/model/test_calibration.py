"""Temperature scaling finds the temperature that the logits were made with."""

import numpy as np
import pytest

from hnhar.model.calibration import HIGHEST, calibration_error, fit_temperature


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_finds_the_temperature_that_targets_were_drawn_at(temperature: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 5)) * 3
    noise = rng.gumbel(size=logits.shape)
    targets = (logits / temperature + noise).argmax(axis=1)
    assert fit_temperature(logits.astype(np.float32), targets) == pytest.approx(temperature, rel=0.05)


def test_calibrating_lowers_the_calibration_error() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(5000, 5)) * 3
    targets = (logits / 3 + rng.gumbel(size=logits.shape)).argmax(axis=1)

    def softmax(x: np.ndarray) -> np.ndarray:
        powers = np.exp(x - x.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    raw = calibration_error(softmax(logits), targets)
    fitted = calibration_error(softmax(logits / fit_temperature(logits, targets)), targets)
    assert raw > 0.2
    assert fitted < 0.03


def test_always_wrong_logits_get_the_highest_temperature() -> None:
    logits = np.array([[5.0, -5.0]] * 10)
    assert fit_temperature(logits, np.ones(10, np.int64)) == pytest.approx(HIGHEST, rel=0.01)


def test_nothing_to_fit_on_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        fit_temperature(np.zeros((0, 3)), np.zeros(0, np.int64))
