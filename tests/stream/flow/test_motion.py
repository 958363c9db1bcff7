"""Gravity stays in acceleration over seconds, and what is shaken turns: where not, it is masked and said."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.stream.flow.quality import Quality
from hnhar.stream.mapping.imu_checks import imu_checks

RATE = 50.0
Values = NDArray[np.float32]


def moving(seconds: float, *, gravity: float = 1.0, turns: float = 200.0, swing: float = 1.5) -> Values:
    """(n, 6) of a wrist that swings at 2 Hz all the time, in g and deg/s."""
    times = np.arange(round(seconds * RATE)) / RATE
    values = 0.02 * np.random.default_rng(0).standard_normal((len(times), 6))
    values[:, 2] += gravity
    values[:, 0] += swing * np.sin(2 * np.pi * 2 * times)
    values[:, 1] += 0.5 * swing * np.cos(2 * np.pi * 2 * times)
    values[:, 3] += turns * np.cos(2 * np.pi * 2 * times)
    return values.astype(np.float32)


def judged(values: Values, size: int = 7) -> tuple[Quality, NDArray[np.bool_]]:
    """The check after all samples, and (n,) true where they are masked."""
    quality, times = Quality(imu_checks(range(6))), 100 + np.arange(len(values)) / RATE
    parts = [
        quality.mask(values[at : at + size], times[at : at + size]) for at in range(0, len(values), size)
    ]
    return quality, np.isnan(np.concatenate(parts)).all(axis=1)


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_a_wrist_that_never_rests_passes_untouched(size: int) -> None:
    quality, masked = judged(moving(40), size)
    assert not quality.faults
    assert not masked.any()


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_acceleration_without_gravity_is_masked_after_twelve_seconds_however_it_comes(size: int) -> None:
    quality, masked = judged(moving(20, gravity=0.0), size)
    assert "gravity was removed" in quality.faults[0]
    assert not masked[:550].any()
    assert masked[650:].all()


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_a_gyroscope_in_rad_per_s_that_says_deg_per_s_is_masked_once_it_is_shaken(size: int) -> None:
    resting = moving(10, swing=0.0, turns=0.01)
    quality, masked = judged(np.concatenate([resting, moving(10, turns=np.radians(200))]), size)
    assert "--imu-unit g,rad/s" in quality.faults[0]
    assert not masked[:600].any()
    assert masked[700:].all()


def test_gravity_that_comes_back_is_seen() -> None:
    quality, masked = judged(np.concatenate([moving(20, gravity=0.0), moving(20)]))
    assert not quality.faults
    assert not masked[1700:].any()


def test_a_device_without_a_gyroscope_is_not_asked_to_turn() -> None:
    quality = Quality(imu_checks(range(3)))
    values = moving(10)[:, :3]
    assert not np.isnan(quality.mask(values, np.arange(len(values)) / RATE)).any()
    assert not quality.faults


def test_missing_values_say_nothing_of_motion() -> None:
    values = moving(40)
    values[np.random.default_rng(1).random(len(values)) < 0.2, 0] = np.nan
    quality, _ = judged(values)
    assert not quality.faults


@pytest.mark.parametrize("column", [1, 4])
def test_an_axis_that_stays_the_same_while_the_others_swing_is_stuck(column: int) -> None:
    values = moving(10)
    values[:, 5] += 200 * np.sin(2 * np.pi * 2 * np.arange(len(values)) / RATE)
    values[:, 2] += 0.8 * np.sin(2 * np.pi * 3 * np.arange(len(values)) / RATE)
    values[:, column] = 0.25
    quality, masked = judged(values)
    assert quality.faults == ("one axis stays the same while those beside it move: it is stuck",)
    assert masked[200:].all()


@pytest.mark.parametrize("step", [1 / 16, 1 / 64])
def test_an_axis_of_a_resting_sensor_of_few_bits_is_not_stuck(step: float) -> None:
    quality, masked = judged((np.round(moving(10, swing=0.1, turns=2.0) / step) * step).astype(np.float32))
    assert not any("axis" in fault for fault in quality.faults)
    assert not masked.any()


def test_a_gyroscope_that_turns_while_gravity_stays_has_an_offset() -> None:
    resting = moving(8, swing=0.0, turns=0.0)
    resting[:, 3] += 120.0
    quality, masked = judged(resting)
    assert quality.faults[0].startswith("it turns by 120 deg/s while gravity stays where it is")
    assert masked[200:].all()


def test_a_sensor_that_turns_about_the_vertical_turns_as_it_may() -> None:
    turning = moving(8, swing=0.0, turns=0.0)
    turning[:, 5] += 120.0
    quality, masked = judged(turning)
    assert not quality.faults
    assert not masked.any()
