"""Time stamps made fit for windows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hnhar.stream.flow.stamps import PERSIST, Segment, Stamps

PERIOD = 0.02


def run(
    stamps: NDArray[np.float64], sizes: list[int] | None = None, arrivals: NDArray[np.float64] | None = None
) -> tuple[Stamps, list[Segment]]:
    """Feed stamps in chunks; sample i holds i."""
    checked, out, at = Stamps(), [], 0
    arrivals = np.arange(len(stamps)) * PERIOD + 100 if arrivals is None else arrivals
    sizes = sizes or [len(stamps)]
    number = 0
    while at < len(stamps):
        end = min(at + max(1, sizes[number % len(sizes)]), len(stamps))
        out += checked.accept(
            np.arange(at, end, dtype=float)[:, None], stamps[at:end].copy(), float(arrivals[end - 1])
        )
        at, number = end, number + 1
    return checked, out


def regular(n: int = 100) -> NDArray[np.float64]:
    return 100 + np.arange(n) * PERIOD


@settings(deadline=None)  # a busy machine decides no test
@given(st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_regular_stamps_pass_untouched_in_any_chunks(sizes: list[int]) -> None:
    checked, out = run(regular(), sizes)
    np.testing.assert_array_equal(np.concatenate([s.timestamps for s in out]), regular())
    np.testing.assert_array_equal(np.concatenate([s.samples for s in out])[:, 0], np.arange(100))
    assert not any(s.jumped for s in out)
    assert checked.counts.dropped == checked.counts.jumps == checked.counts.gaps == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e6, -1e6, 1.7e9])
@pytest.mark.parametrize("sizes", [[1], [7], [100]])
@pytest.mark.parametrize("at", [0, 40])
def test_one_bad_stamp_costs_one_sample_and_no_other(bad: float, sizes: list[int], at: int) -> None:
    stamps = regular()
    stamps[at] = bad
    checked, out = run(stamps, sizes)
    np.testing.assert_array_equal(np.concatenate([s.timestamps for s in out]), np.delete(regular(), at))
    assert checked.counts.dropped == 1
    assert checked.counts.jumps == 0


@pytest.mark.parametrize("jump", [-2.0, -5000.0, 4000.0])
def test_a_clock_that_was_set_anew_begins_a_segment_and_loses_nothing(jump: float) -> None:
    stamps = regular()
    stamps[50:] += jump
    checked, out = run(stamps, [3])
    assert [s.jumped for s in out].count(True) == 1
    assert checked.counts.jumps == 1
    assert checked.counts.dropped == 0
    np.testing.assert_array_equal(np.concatenate([s.timestamps for s in out]), stamps)


def test_a_gap_of_real_time_is_counted_and_kept() -> None:
    stamps = regular()
    stamps[50:] += 5.0
    arrivals = stamps.copy()
    checked, out = run(stamps, [1], arrivals)
    np.testing.assert_array_equal(np.concatenate([s.timestamps for s in out]), stamps)
    assert (checked.counts.gaps, checked.counts.jumps) == (1, 0)


def test_bursts_that_share_a_stamp_are_spread_evenly() -> None:
    stamps = np.repeat(100 + np.arange(1, 11) * 0.2, 10)
    checked, out = run(stamps, [10])
    assert checked.held == 10
    spread = np.concatenate([s.timestamps for s in (*out, *checked.settle(np.inf))])
    assert len(spread) == 100
    np.testing.assert_allclose(np.diff(spread)[10:], PERIOD, atol=1e-6)


def test_small_steps_back_are_jitter() -> None:
    stamps = regular()
    stamps[30] -= 0.028
    checked, out = run(stamps, [1])
    assert checked.counts.back == 1
    assert sum(len(s.timestamps) for s in out) == 100


hostile = st.one_of(
    st.just(PERIOD),
    st.sampled_from([0.0, -0.008, -2.0, 5.0, 1e6, -1e6, np.nan, np.inf]),
    st.floats(-10, 10),
)


@settings(deadline=None)  # a busy machine decides no test
@given(st.lists(hostile, min_size=1, max_size=80), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_whatever_comes_stamps_increase_and_every_sample_is_counted_once(
    steps: list[float], sizes: list[int]
) -> None:
    stamps = 100 + np.cumsum(np.nan_to_num(steps, nan=0.02, posinf=0.02))
    stamps[~np.isfinite(steps)] = np.nan
    checked, out = run(stamps, sizes)
    for before, after in pairwise(out):
        assert after.jumped or after.timestamps[0] > before.timestamps[-1]
    for segment in out:
        assert np.isfinite(segment.timestamps).all()
        assert (np.diff(segment.timestamps) > 0).all()
    handed = [int(i) for s in out for i in s.samples[:, 0]]
    assert handed == sorted(set(handed))
    held = len(stamps) - len(handed) - checked.counts.dropped
    assert held == checked.held
    out += checked.settle(np.inf)
    assert checked.held < 2 * PERSIST


class ByArrays(Stamps):
    """Takes a lone stamp as it does many."""

    def _lone(self, stamp: float, arrived: float) -> None:
        return None


@settings(deadline=None)  # a busy machine decides no test
@given(st.lists(st.one_of(st.just(PERIOD), st.just(PERIOD), hostile), min_size=1, max_size=80))
def test_a_lone_stamp_is_judged_as_one_of_many(steps: list[float]) -> None:
    stamps = 100 + np.cumsum(np.nan_to_num(steps, nan=0.02, posinf=0.02))
    stamps[~np.isfinite(steps)] = np.nan
    lone, other = Stamps(), ByArrays()
    for number, stamp in enumerate(stamps):
        row, when = np.array([[float(number)]]), np.array([stamp])
        made, expected = (s.accept(row, when, 100 + number * PERIOD) for s in (lone, other))
        assert [s.timestamps.tolist() for s in made] == [s.timestamps.tolist() for s in expected]
        assert [s.samples.tolist() for s in made] == [s.samples.tolist() for s in expected]
        assert [s.jumped for s in made] == [s.jumped for s in expected]
        assert lone.counts == other.counts


def all_of(stamps: NDArray[np.float64], sizes: list[int], rate: float) -> tuple[list[float], list[int]]:
    """Times and rows of whatever comes out, to the end."""
    checked, out, at, number = Stamps(rate=rate), [], 0, 0
    while at < len(stamps):
        end = min(at + sizes[number % len(sizes)], len(stamps))
        arrived = 100 + end * PERIOD
        out += checked.accept(np.arange(at, end, dtype=float)[:, None], stamps[at:end].copy(), arrived)
        at, number = end, number + 1
    out += checked.settle(np.inf)
    return [t for s in out for t in s.timestamps], [int(r) for s in out for r in s.samples[:, 0]]


@settings(deadline=None)  # a busy machine decides no test
@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from([1, 1, 2, 30])), min_size=4, max_size=30),
    st.lists(st.integers(1, 12), min_size=1, max_size=5),
    st.sampled_from([0.0, 50.0]),
)
def test_bursts_come_out_alike_however_they_are_split(
    bursts: list[tuple[int, int]], sizes: list[int], rate: float
) -> None:
    ends = np.cumsum([size * gap for size, gap in bursts])
    stamps = 100 + np.repeat(ends, [size for size, _ in bursts]) * PERIOD
    assert all_of(stamps, sizes, rate) == all_of(stamps, [1], rate)


def test_a_burst_is_handed_on_at_the_latest_when_nothing_more_comes() -> None:
    checked = Stamps()
    for number in range(5):
        stamps = np.full(10, 100 + number * 0.2)
        checked.accept(np.zeros((10, 1)), stamps, 100.0 + number * 0.2)
    assert checked.held == 10
    assert checked.settle(100.81) == []
    (segment,) = checked.settle(100.9)
    assert len(segment.timestamps) == 10
    assert segment.arrived == pytest.approx(100.8)
    assert checked.held == 0


def test_bursts_that_were_lost_leave_a_gap_and_move_no_other() -> None:
    ends = 100 + np.array([1, 2, 3, 4, 5, 9, 10]) * 0.2
    times, _ = all_of(np.repeat(ends, 10), [10], 0.0)
    expected = (ends[:, None] + np.arange(-9, 1) * PERIOD).ravel()
    np.testing.assert_allclose(times, expected, atol=1e-9)


def test_a_clock_that_stands_still_holds_no_more_and_more() -> None:
    checked = Stamps()
    most = 0
    for number in range(3000):
        checked.accept(np.zeros((5, 1)), np.full(5, 100.0), 100.0 + number * 0.1)
        most = max(most, checked.held)
    assert most < 5000
