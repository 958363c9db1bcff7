"""A feed's samples are kept in time order, and each one that is not kept is counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hnhar.stream.messages import Chunk, Feed
from hnhar.stream.windows.buffers import FARTHEST, GAP, RESET, FeedBuffer
from hnhar.stream.windows.resample import resample, time_grid

FEED = Feed("imu", "imu", (0, 1))
WINDOW = 3.0


def chunk(times: list[float] | NDArray[np.float64], first: int = 0) -> Chunk:
    """Samples whose values are their number."""
    stamps = np.asarray(times, np.float64)
    numbers = np.arange(first, first + len(stamps), dtype=np.float32)
    return Chunk(np.stack([numbers, -numbers], axis=1), stamps)


def feed(times: list[float], sizes: list[int] | None = None) -> FeedBuffer:
    """A buffer to which these were pushed, in chunks of the given sizes over and over."""
    buffer, at, turn = FeedBuffer(FEED, WINDOW), 0, 0
    sizes = sizes or [max(len(times), 1)]
    while at < len(times):
        rest: Chunk | None = chunk(times[at : at + sizes[turn % len(sizes)]], at)
        at, turn = at + sizes[turn % len(sizes)], turn + 1
        while rest is not None:
            rest = buffer.push(rest)
            if rest is not None:
                buffer.restart()
    return buffer


def test_samples_in_order_are_kept_with_their_times() -> None:
    buffer = feed([5.0, 5.02, 5.04])
    assert buffer.ring.times.tolist() == [5.0, 5.02, 5.04]
    assert buffer.ring.samples[:, 0].tolist() == [0, 1, 2]
    assert buffer.newest == 5.04
    assert (buffer.counters.received, buffer.counters.gaps) == (3, 0)


def test_repeated_stamps_and_small_steps_back_are_dropped_as_late() -> None:
    buffer = feed([5.0, 5.0, 5.1, 4.9, 5.05, 5.1, 5.2])
    assert buffer.ring.times.tolist() == [5.0, 5.1, 5.2]
    assert buffer.ring.samples[:, 0].tolist() == [0, 2, 6]
    assert buffer.counters.late == 4
    assert buffer.counters.resets == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1.79e12, -1.79e18, 1e308])
def test_a_stamp_that_is_no_time_is_dropped_and_spoils_no_other(bad: float) -> None:
    buffer = feed([bad, 5.0, bad, 5.02, bad])
    assert buffer.ring.times.tolist() == [5.0, 5.02]
    assert (buffer.counters.received, buffer.counters.invalid) == (5, 3)


def test_stamps_as_large_as_they_may_be_are_taken() -> None:
    buffer = feed([FARTHEST - 0.02, FARTHEST])
    assert len(buffer.ring) == 2


def test_a_hole_is_counted_and_kept_however_long_it_is() -> None:
    buffer = feed([5.0, 5.0 + GAP, 5.3 + 2 * GAP, 9000.0])
    assert buffer.counters.gaps == 2
    assert buffer.counters.resets == 0
    assert len(buffer.ring) == 4


def test_a_step_back_of_more_than_the_limit_hands_the_rest_back_before_anything_is_forgotten() -> None:
    buffer = FeedBuffer(FEED, WINDOW)
    rest = buffer.push(chunk([5.0, 5.02, 5.02 - RESET - 0.01, 4.1]))
    assert rest is not None
    assert rest.timestamps.tolist() == [5.02 - RESET - 0.01, 4.1]
    assert buffer.ring.times.tolist() == [5.0, 5.02]
    buffer.restart()
    assert buffer.push(rest) is None
    assert buffer.ring.times.tolist() == rest.timestamps.tolist()
    assert buffer.ring.samples[:, 0].tolist() == [2, 3]
    assert (buffer.counters.received, buffer.counters.resets) == (4, 1)


def test_a_restart_before_any_sample_is_none() -> None:
    buffer = FeedBuffer(FEED, WINDOW)
    buffer.restart()
    assert buffer.counters.resets == 0


def test_a_restarted_feed_goes_on_at_any_time() -> None:
    buffer = feed([5.0, 5.02])
    buffer.restart()
    assert buffer.push(chunk([5.01])) is None
    assert buffer.ring.times.tolist() == [5.01]
    assert buffer.counters.late == 0


def test_between_takes_one_sample_beyond_each_edge() -> None:
    buffer = feed([0.0, 1.0, 2.0, 3.0, 4.0])
    assert buffer.between(1.5, 2.5)[0].tolist() == [1.0, 2.0, 3.0]
    assert buffer.between(1.0, 3.0)[0].tolist() == [1.0, 2.0, 3.0]
    assert buffer.between(-1.0, 9.0)[0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    times, samples = buffer.between(1.5, 2.5)
    assert samples[:, 0].tolist() == times.tolist()


def test_between_takes_no_sample_from_beyond_a_hole_longer_than_a_window() -> None:
    buffer = feed([0.0, 1.0, 10.0, 11.0])
    assert buffer.between(9.5, 10.5)[0].tolist() == [10.0, 11.0]
    assert buffer.between(0.5, 2.5)[0].tolist() == [0.0, 1.0]
    assert feed([0.0, 1.0, 3.9]).between(0.5, 2.5)[0].tolist() == [0.0, 1.0, 3.9]


def test_forgetting_keeps_one_sample_at_or_before_the_edge() -> None:
    buffer = feed([0.0, 1.0, 2.0, 3.0])
    buffer.forget(1.5)
    assert buffer.ring.times.tolist() == [1.0, 2.0, 3.0]
    buffer.forget(2.0)
    assert buffer.ring.times.tolist() == [2.0, 3.0]
    buffer.forget(99.0)
    assert buffer.ring.times.tolist() == [3.0]


def test_the_first_sample_from_a_time_on() -> None:
    buffer = feed([0.0, 1.0, 2.0])
    assert [buffer.first_from(t) for t in (-5.0, 1.0, 1.5, 2.1)] == [0.0, 1.0, 2.0, np.inf]


STAMPS = st.one_of(
    st.integers(0, 60).map(lambda tenths: 100 + tenths / 10),
    st.sampled_from([np.nan, np.inf, 1e15, 500.0, 107.0]),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(STAMPS, max_size=30), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_however_chunked_the_same_samples_are_kept_and_each_is_accounted_for(
    times: list[float], sizes: list[int]
) -> None:
    whole, pieces = feed(times), feed(times, sizes)
    assert pieces.ring.times.tolist() == whole.ring.times.tolist()
    assert pieces.ring.samples.tolist() == whole.ring.samples.tolist()
    assert pieces.counters == whole.counters
    assert (np.diff(whole.ring.times) > 0).all()
    counters = whole.counters
    assert counters.received == len(times)
    assert counters.received == whole.ring.appended + counters.late + counters.invalid


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([20.0, 30.0, 50.0, 120.0]), st.booleans())
def test_what_lies_on_a_grid_is_what_resampling_gives_to_the_bit(seed: int, rate: float, odd: bool) -> None:
    """Regular, jittering and broken streams, missing and huge values, grids that may end on a sample."""
    rng = np.random.default_rng(seed)
    steps = np.full(200, 1 / rate) if seed % 2 else rng.uniform(0.2, 1.8, 200) / rate
    samples = rng.normal(size=(200, 2)).astype(np.float32)
    samples[rng.random(samples.shape) < 0.02] = -0.0
    if odd:
        steps[rng.integers(0, 200, 2)] += rng.choice([0.0, GAP - 0.05, 0.4, 4.0])
        samples[rng.integers(0, 200), 1] = rng.choice([np.nan, np.inf, 3e38, 1e25, -3e38])
    times = 5000 + np.cumsum(steps)
    buffer, size = FeedBuffer(FEED, WINDOW), int(rng.integers(1, 60))
    for at in range(0, 200, size):
        part = slice(at, at + size)
        assert buffer.push(Chunk(samples[part], times[part])) is None
    for end in (times[-1], times[-2], times[150], times[120] + 0.001, times[-1] + 0.1, times[5]):
        grid = time_grid(float(end), 45, 25.0)
        near, stamps = buffer.between(grid[0], grid[-1])[::-1]
        expected, supported = resample(stamps, near, grid, gap=GAP)
        values, coverage = buffer.on_grid(grid)
        assert values.tobytes() == expected.tobytes()
        assert coverage == supported
