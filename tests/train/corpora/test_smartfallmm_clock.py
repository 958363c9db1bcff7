"""The offset between signals that were cut by hand: found by motion, and claimed only where it stands out."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.train.corpora.smartfallmm.clock import GRAVITY, offset_of

WRIST = "accelerometer.wrist"
Signals = Mapping[str, NDArray[np.float32]]
Times = Mapping[str, NDArray[np.float64]]


def performance(late: float, *, moving: bool = True, repeating: bool = False) -> tuple[Signals, Times]:
    """9 s of a wrist that moves up and down, cut from one motion: the skeleton begins `late` s later."""
    clock = np.arange(-4.0, 14.0, 0.01)
    generator = np.random.default_rng(3)
    height = np.zeros_like(clock)
    if repeating:
        height = 0.15 * np.sin(2 * np.pi * 1.2 * clock)
    elif moving:
        for middle in (1.1, 2.9, 3.4, 6.8):
            height += 0.25 * np.exp(-(((clock - middle) / generator.uniform(0.15, 0.3)) ** 2))
    felt = 1 + np.gradient(np.gradient(height, clock), clock) / GRAVITY
    of_sensor, of_body = np.arange(0, 9, 1 / 50), np.arange(0, 7, 1 / 30)
    acceleration = np.zeros((len(of_sensor), 3), np.float32)
    acceleration[:, 1] = np.interp(of_sensor, clock, felt) + generator.normal(0, 0.02, len(of_sensor))
    body = np.zeros((len(of_body), len(UTD_JOINTS), 3), np.float32)
    body[:, UTD_JOINTS.index("right_wrist"), 1] = np.interp(of_body + late, clock, height)
    body += generator.normal(0, 0.002, body.shape).astype(np.float32)
    signals = {WRIST: acceleration, "skeleton": body.reshape(len(body), -1)}
    return signals, {WRIST: of_sensor, "skeleton": of_body}


@pytest.mark.parametrize("late", [-2.6, 0.0, 0.7, 3.4])
def test_an_offset_is_found_by_the_motion_of_the_wrist(late: float) -> None:
    found = offset_of(*performance(late))
    assert found is not None
    assert found.sure
    assert found.seconds == pytest.approx(late, abs=0.1)


@pytest.mark.parametrize(
    ("moving", "repeating"), [(False, False), (True, True)], ids=["at rest", "the same again and again"]
)
def test_nothing_is_claimed_of_a_trial_at_rest_or_one_that_repeats_itself(
    moving: bool, repeating: bool
) -> None:
    found = offset_of(*performance(0.7, moving=moving, repeating=repeating))
    assert found is not None
    assert not found.sure


def test_a_trial_without_a_skeleton_or_without_an_accelerometer_has_no_offset() -> None:
    signals, times = performance(0.7)
    assert offset_of({WRIST: signals[WRIST]}, times) is None
    assert offset_of({"skeleton": signals["skeleton"]}, times) is None


def test_signals_too_short_to_compare_have_no_offset() -> None:
    signals, times = performance(0.7)
    short = {name: samples[:12] for name, samples in signals.items()}
    assert offset_of(short, {name: of[:12] for name, of in times.items()}) is None
