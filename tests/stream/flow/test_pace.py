"""A stream that is too slow for the weights' grid is said to be."""

import numpy as np
import pytest

from hnhar.stream.flow.pace import RateCheck


def fault(rate: float, grid: float = 50.0, *, size: int = 1, seconds: float = 30.0) -> str:
    """The fault of a stream of `rate` Hz that comes `size` samples at a time."""
    pace, times = RateCheck(grid), np.arange(round(rate * seconds)) / rate
    for at in range(0, len(times), size):
        pace.take(times[at : at + size])
    return pace.fault


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("rate", [1.0, 3.0])
def test_a_rate_that_no_window_can_be_made_of_is_said(rate: float, size: int) -> None:
    assert fault(rate, size=size) == (
        f"its {rate:g} Hz are too slow for the weights' grid of 50 Hz: 4 Hz are the least"
    )


def test_a_rate_at_which_motion_is_lost_is_said() -> None:
    assert "fast motion is lost" in fault(6.0)


@pytest.mark.parametrize(
    ("rate", "grid"), [(18.0, 50.0), (10.0, 50.0), (50.0, 50.0), (5.0, 25.0), (1.0, 1.0)]
)
def test_a_rate_that_is_enough_is_not(rate: float, grid: float) -> None:
    assert not fault(rate, grid)


def test_gaps_and_bursts_are_no_slow_rate() -> None:
    pace = RateCheck(50.0)
    times = np.arange(0, 20, 0.02)
    pace.take(times[np.sin(times) > 0])
    assert not pace.fault
    pace.take(20 + (np.arange(0, 10, 0.2)[:, None] + 1e-6 * np.arange(10)).ravel())
    assert not pace.fault


def test_a_stream_that_has_become_fast_enough_is_no_longer_said() -> None:
    pace = RateCheck(50.0)
    pace.take(np.arange(0, 20, 0.5))
    assert pace.fault
    pace.restart()
    pace.take(np.arange(1000, 1010, 0.02))
    assert not pace.fault
