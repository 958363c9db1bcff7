"""Averages of samples that are denser than the grid: what folds onto slow motion goes, motion stays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.kinds.imu import imu
from hnhar.stream.messages import Chunk, Feed
from hnhar.stream.windows.lowpass import is_dense
from hnhar.stream.windows.resample import resample, time_grid
from hnhar.stream.windows.windower import Windower

GRID = time_grid(3.2, 150, 50.0)


def at_grid(rate: float, frequency: float, *, until: float = 3.3) -> NDArray[np.float32]:
    """(150,) a sine of `frequency` Hz sent at `rate` Hz, on the grid."""
    times = np.arange(0, until, 1 / rate)
    values, coverage = resample(
        times, np.sin(2 * np.pi * frequency * times + 0.7)[:, None].astype(np.float32), GRID, gap=0.25
    )
    assert coverage == 1.0
    return values[:, 0]


@pytest.mark.parametrize(
    ("rate", "frequency"), [(1000, 52), (1000, 48), (512, 101), (200, 98), (104, 51), (128, 52)]
)
def test_a_vibration_that_would_fold_onto_slow_motion_vanishes(rate: float, frequency: float) -> None:
    assert np.abs(at_grid(rate, frequency)[1:-1]).max() < 0.03


@pytest.mark.parametrize("rate", [75, 100, 256, 1000])
def test_motion_stays_as_it_is(rate: float) -> None:
    expected = np.sin(2 * np.pi * 2 * GRID + 0.7)
    assert np.abs(at_grid(rate, 2) - expected)[1:-1].max() < 0.02


def test_a_straight_line_passes_to_the_last_point_of_the_window() -> None:
    times = np.arange(0, 3.3, 0.001)
    values, _ = resample(times, (3 * times + 1)[:, None].astype(np.float32), GRID, gap=0.25)
    assert np.abs(values[:, 0] - (3 * GRID + 1)).max() < 1e-5


def test_the_end_of_a_window_needs_no_sample_from_beyond_it() -> None:
    assert np.abs(at_grid(1000, 2, until=3.2005)[-1] - np.sin(2 * np.pi * 2 * 3.2 + 0.7)) < 0.1
    assert np.abs(at_grid(1000, 52, until=3.2005)[-1]) < 0.35


@pytest.mark.parametrize("rate", [25, 50, 60])
def test_a_stream_about_as_fast_as_the_grid_is_interpolated_as_ever(rate: float) -> None:
    assert not is_dense(np.arange(0, 3.3, 1 / rate), GRID, 0.25)


def test_stamps_that_almost_repeat_do_not_make_a_slow_stream_dense() -> None:
    bursts = (np.arange(0, 3.3, 0.1)[:, None] + np.arange(5) * 1e-6).ravel()
    assert not is_dense(bursts, GRID, 0.25)


def test_a_hole_in_a_dense_stream_is_a_hole() -> None:
    times = np.concatenate([np.arange(0, 1.0, 0.001), np.arange(2.0, 3.3, 0.001)])
    values, coverage = resample(times, np.ones((len(times), 1), np.float32), GRID, gap=0.25)
    assert 0.6 < coverage < 0.75
    assert values == pytest.approx(1.0)


def test_missing_values_of_a_dense_stream_are_bridged() -> None:
    times = np.arange(0, 3.3, 0.001)
    samples = np.column_stack([np.sin(2 * np.pi * times), np.cos(2 * np.pi * times)]).astype(np.float32)
    samples[500:600, 1] = np.nan
    values, coverage = resample(times, samples, GRID, gap=0.25)
    assert coverage == 1.0
    assert np.abs(values[:, 1] - np.cos(2 * np.pi * GRID)).max() < 0.06


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_windows_of_a_dense_stream_do_not_depend_on_its_chunks(size: int) -> None:
    times = 1000 + np.arange(5000) / 1000
    samples = np.random.default_rng(0).standard_normal((5000, 6)).astype(np.float32)

    def cut(size: int) -> list[NDArray[np.float32]]:
        windower = Windower("anna", [imu()], window=3.0, hop=0.25)
        windows = []
        for begin in range(0, len(times), size):
            part = slice(begin, begin + size)
            windower.push(Feed("imu", "imu", tuple(range(6))), Chunk(samples[part], times[part]))
            windows += windower.due()
        return [window.samples["imu"] for window in windows]

    expected, found = cut(100), cut(size)
    assert len(found) == len(expected) > 4
    assert all((a == b).all() for a, b in zip(found, expected, strict=True))
