"""A reader rests while no window can end, and is awake for each sample that ends one."""

import numpy as np
import pytest

from hnhar.stream.intake.rest import LONGEST, Rest

HOP = 0.25


def pulls(
    stamps: list[float], delays: list[float], hop: float | None, phase: float = 0.0
) -> list[tuple[float, list[float]]]:
    """(time, stamps) of the pulls of a reader that rests as it is told, of a stream without end."""
    arrivals = [stamp + delay for stamp, delay in zip(stamps, delays, strict=True)]
    rest, made, now, at = Rest(hop, phase), [], 0.0, 0
    while at < len(stamps):
        now = max(now, arrivals[at])
        there = int(np.searchsorted(np.maximum.accumulate(arrivals), now, side="right"))
        made.append((now, stamps[at:there]))
        at = there
        now += rest.after(made[-1][1][-1], now)
    return made


@pytest.mark.parametrize("rate", [10.0, 30.0, 50.0, 500.0])
@pytest.mark.parametrize(("delay", "phase"), [(0.0, 0.0), (0.2, 0.0), (3.0, 0.0), (0.2, 0.1)])
def test_the_sample_that_ends_a_window_is_taken_as_it_comes(rate: float, delay: float, phase: float) -> None:
    rng = np.random.default_rng(1)
    stamps = (100.01 + np.arange(20 * rate) / rate).tolist()
    delays = (delay + rng.uniform(0, 0.004, len(stamps))).tolist()
    waited = []
    for now, taken in pulls(stamps, delays, HOP, phase):
        for stamp in taken:
            ends = int((stamp - phase) / HOP) > int((stamp - phase - 1 / rate) / HOP)
            if ends:
                waited.append(now - (stamp + delays[stamps.index(stamp)]))
    assert len(waited) > 70
    assert max(waited[2:]) < 0.002


def test_samples_that_end_no_window_are_taken_together() -> None:
    stamps = (100.0 + np.arange(1000) / 50).tolist()
    assert len(pulls(stamps, [0.001] * 1000, HOP)) < 0.5 * 1000
    assert len(pulls(stamps, [0.001] * 1000, None)) == 1000


def test_a_rest_is_short_and_none_follows_a_stamp_that_is_no_time() -> None:
    assert Rest(3.0).after(100.0, 100.0) == LONGEST
    assert Rest(HOP).after(float("nan"), 100.0) == 0.0
    assert Rest(None).after(100.0, 100.0) == 0.0
