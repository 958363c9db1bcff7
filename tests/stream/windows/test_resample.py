"""Resampling is linear interpolation in time, finite whatever comes in, and says how far it is supported."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hnhar.stream.windows.resample import resample, time_grid

START = 200_000.0


def irregular(seed: int, count: int, channels: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Samples at random times within 3.2 s."""
    rng = np.random.default_rng(seed)
    times = START + np.sort(rng.uniform(0, 3.2, count))
    return times, rng.normal(size=(count, channels)).astype(np.float32)


def test_the_grid_ends_on_the_end_of_the_window() -> None:
    grid = time_grid(10.0, 150, 50.0)
    assert len(grid) == 150
    assert grid[-1] == 10.0
    assert np.diff(grid) == pytest.approx(0.02)


@pytest.mark.parametrize("channels", [6, 60])
def test_agrees_with_interpolating_each_channel(channels: int) -> None:
    times, samples = irregular(0, 96, channels)
    grid = time_grid(START + 3.1, 75, 25.0)
    values, _ = resample(times, samples, grid, gap=0.2)
    expected = np.stack([np.interp(grid, times, channel) for channel in samples.T], axis=1)
    assert values.dtype == np.float32
    assert np.abs(values - expected).max() < 1e-5


def test_missing_entries_are_bridged_by_their_own_channel_in_time() -> None:
    times, samples = irregular(1, 96, 12)
    samples[20:24, 3:6] = np.nan
    samples[50, 7] = np.inf
    grid = time_grid(START + 3.1, 75, 25.0)
    values, _ = resample(times, samples, grid, gap=0.2)
    for channel in range(12):
        seen = np.isfinite(samples[:, channel])
        expected = np.interp(grid, times[seen], samples[seen, channel])
        assert np.abs(values[:, channel] - expected).max() < 1e-5


def test_a_channel_never_seen_is_zero_and_uncovered() -> None:
    times = START + np.arange(100) / 25
    samples = np.ones((100, 4), np.float32)
    samples[:, 2] = np.nan
    values, coverage = resample(times, samples, time_grid(times[-1], 75, 25.0), gap=0.2)
    assert (values[:, 2] == 0).all()
    assert (values[:, [0, 1, 3]] == 1).all()
    assert coverage == 0.75


def test_edges_are_held_and_uncovered_beyond_the_gap() -> None:
    times = START + np.array([1.0, 1.1, 1.2])
    samples = np.array([[1.0], [2.0], [3.0]], np.float32)
    grid = START + np.array([0.5, 0.95, 1.05, 1.25, 2.0])
    values, coverage = resample(times, samples, grid, gap=0.15)
    assert values[:, 0] == pytest.approx([1.0, 1.0, 1.5, 3.0, 3.0], abs=1e-5)
    assert coverage == pytest.approx(3 / 5)


def test_grid_points_inside_a_long_gap_are_uncovered_but_those_on_samples_are_not() -> None:
    times = np.array([0.0, 0.1, 1.1, 1.2])
    grid = np.array([0.0, 0.05, 0.1, 0.6, 1.1, 1.2])
    _, coverage = resample(times, np.zeros((4, 2), np.float32), grid, gap=0.2)
    assert coverage == pytest.approx(5 / 6)


def test_unsorted_and_repeated_time_stamps_give_the_sorted_answer() -> None:
    times, samples = irregular(2, 60, 6)
    times[10] = times[11]
    order = np.random.default_rng(3).permutation(60)
    grid = time_grid(START + 3, 150, 50.0)
    values, coverage = resample(times[order], samples[order], grid, gap=0.3)
    assert np.isfinite(values).all()
    apart = np.ones(60, bool)
    apart[[9, 10, 11, 12]] = False
    expected, expected_coverage = resample(times, samples, grid, gap=0.3)
    far = (grid < times[9]) | (grid > times[12])
    assert np.array_equal(values[far], expected[far])
    assert coverage == expected_coverage


def test_no_sample_gives_zeros_and_no_coverage() -> None:
    values, coverage = resample(np.empty(0), np.empty((0, 6), np.float32), time_grid(1.0, 50, 50.0), gap=0.1)
    assert values.shape == (50, 6)
    assert not values.any()
    assert coverage == 0.0


def test_one_sample_is_held_over_the_whole_grid() -> None:
    values, coverage = resample(
        np.array([0.5]), np.full((1, 2), 3, np.float32), time_grid(1.0, 11, 10.0), gap=0.2
    )
    assert (values == 3).all()
    assert coverage == pytest.approx(5 / 11)


def test_a_sample_without_a_time_is_left_out() -> None:
    times = np.array([0.0, np.nan, 1.0])
    values, _ = resample(times, np.array([[0.0], [99.0], [1.0]], np.float32), np.array([0.5]), gap=2)
    assert values[0, 0] == pytest.approx(0.5)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        resample(np.zeros(3), np.zeros((4, 6), np.float32), np.zeros(2), gap=0.1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.floats(0, 1))
def test_whatever_comes_in_what_leaves_is_finite_and_coverage_is_a_share(
    seed: int, count: int, holes: float
) -> None:
    rng = np.random.default_rng(seed)
    most = float(np.finfo(np.float32).max)
    drawn = rng.normal(size=(count, 9)) * 10.0 ** rng.integers(-40, 39)
    samples = drawn.clip(-most, most).astype(np.float32)
    samples[rng.random(samples.shape) < holes] = np.nan
    times = rng.uniform(0, 3, count).round(1)
    values, coverage = resample(times, samples, time_grid(3.0, 30, 10.0), gap=0.15)
    again, _ = resample(times, samples, time_grid(3.0, 30, 10.0), gap=0.15)
    assert np.isfinite(values).all()
    assert np.array_equal(values, again)
    assert 0 <= coverage <= 1
