"""The sample that ends a window is looked for when it comes, whatever its stream's period and delay."""

from bisect import bisect_right
from itertools import pairwise
from math import floor

import numpy as np
import pytest

from hnhar.stream.intake.due import ExpectedSample
from hnhar.stream.intake.poller import TICK

HOP = 0.25
WAKE = 1e-4
"""s by which a thread is late."""


def looked(stamps: list[float], arrivals: list[float], phase: float = 0.0) -> tuple[list[float], int]:
    """s for which each sample that ends a window lay there until a look found it; and the looks."""
    due, at, looks = ExpectedSample(HOP, phase=phase), 0, 0
    waited: list[float] = []
    now = arrivals[0]
    while at < len(stamps):
        looks += 1
        there = bisect_right(arrivals, now)
        if there > at:
            due.came(stamps[there - 1], there - at, now)
        places = [floor((stamp - phase) / HOP) for stamp in stamps[max(at, 1) - 1 : there]]
        crossing = [max(at, 1) + k for k, (a, b) in enumerate(pairwise(places)) if a != b]
        waited += [now - arrivals[k] for k in crossing]
        at = there
        now = min(now + max(due.wait(now), 1e-5), (floor(now / TICK) + 1) * TICK) + WAKE
    return waited, looks


def stream(rate: float, delay: float, jitter: float, seconds: float) -> tuple[list[float], list[float]]:
    """Stamps, and arrivals in their order."""
    rng = np.random.default_rng(1)
    stamps = 100.01 + np.arange(seconds * rate) / rate
    arrivals = np.maximum.accumulate(stamps + delay + rng.exponential(jitter, len(stamps)))
    return stamps.tolist(), arrivals.tolist()


@pytest.mark.parametrize("rate", [5.0, 30.0, 50.0, 400.0])
@pytest.mark.parametrize(("delay", "phase"), [(-0.3, 0.0), (0.0, 0.0), (0.2, 0.0), (3.0, 0.0), (0.2, 0.1)])
def test_the_sample_that_ends_a_window_hardly_waits_and_few_looks_find_none(
    rate: float, delay: float, phase: float
) -> None:
    waited, looks = looked(*stream(rate, delay, 0.0003, 120.0), phase)
    assert len(waited) > 450
    assert np.median(waited[40:]) < 0.0005
    assert np.quantile(waited[40:], 0.99) < 0.002
    assert looks < 8 * len(waited)


def test_a_sender_that_is_late_once_is_not_expected_to_be_the_next_time() -> None:
    rng = np.random.default_rng(2)
    stamps = 100.01 + np.arange(120 * 30.0) / 30.0 + rng.exponential(0.001, 120 * 30)
    waited, looks = looked(stamps.tolist(), (stamps + 0.0005).tolist())
    assert np.quantile(waited[40:], 0.99) < 0.002
    assert looks < 10 * len(waited)


@pytest.mark.parametrize("rate", [5.0, 50.0])
def test_after_a_pause_samples_are_expected_as_before(rate: float) -> None:
    stamps, arrivals = stream(rate, 0.001, 0.0003, 60.0)
    later = [k for k, stamp in enumerate(stamps) if not 130.0 < stamp < 131.5]
    waited, _ = looked([stamps[k] for k in later], [arrivals[k] for k in later])
    assert sum(wait > 0.01 for wait in waited[40:]) <= 1


def test_another_rate_is_followed() -> None:
    slow, fast = stream(30.0, 0.001, 0.0003, 30.0), stream(50.0, 0.001, 0.0003, 30.0)
    both = [first + [t + 30.0 for t in second] for first, second in zip(slow, fast, strict=True)]
    waited, _ = looked(both[0], both[1])
    assert np.median(waited[130:150]) < 0.0005


def test_a_delay_that_grows_or_shrinks_is_followed() -> None:
    stamps, arrivals = stream(50.0, 0.001, 0.0003, 120.0)
    for change in (0.03, -0.0008):
        later = np.array(arrivals)
        later[2000:] += change
        waited, _ = looked(stamps, np.maximum.accumulate(later).tolist())
        assert np.median(waited[-100:]) < 0.0005


def test_a_stream_without_an_end_of_silence_is_looked_at_slowly() -> None:
    stamps, arrivals = stream(50.0, 0.001, 0.0003, 10.0)
    due = ExpectedSample(HOP)
    for stamp, arrived in zip(stamps, arrivals, strict=True):
        due.came(stamp, 1, arrived)
    now, looks = arrivals[-1], 0
    while now < arrivals[-1] + 5.0:
        now, looks = now + due.wait(now), looks + 1
    assert due.overdue(now)
    assert looks < 550


def test_the_streams_of_a_wearer_are_looked_at_together_for_the_last_unless_that_is_far_off() -> None:
    for delay, together in ((0.02, True), (0.2, False)):
        beside: list[ExpectedSample] = []
        first, last = ExpectedSample(HOP, beside), ExpectedSample(HOP, beside)
        for stamp in 100.01 + np.arange(8) / 50:
            first.came(stamp, 1, stamp + 0.001)
            last.came(stamp, 1, stamp + 0.001 + delay)
        now = 100.2
        assert last.wait(now) > first.expected - now
        assert bool(first.wait(now) == last.wait(now)) is together
        last.over()
        assert first.wait(now) == first.expected - now
