"""Repetitions of an activity, from its windows and events."""

from itertools import pairwise

import pytest

from hnhar.stream.messages import Repetitions
from hnhar.stream.repetitions.counter import RepetitionCounter

from .moving import IMU_50, WINDOW, event, performed, windows


def found(begin: float, count: int, period: float) -> Repetitions:
    made = performed(begin, count, period)[0].repetitions
    assert made is not None
    return made


@pytest.mark.parametrize("count", [2, 3, 5, 12, 40])
@pytest.mark.parametrize("period", [0.4, 0.8, 2.0])
def test_swings_are_counted_and_timed(count: int, period: float) -> None:
    made = found(6.0, count, period)
    assert made.count == count
    assert len(made.durations) == count
    assert made.cadence == pytest.approx(60 / period, rel=0.05)
    assert made.durations == pytest.approx([period] * count, rel=0.3)
    assert made.regularity > 0.8


def test_what_is_done_once_counts_once_and_has_no_tempo() -> None:
    made = found(6.0, 1, 1.0)
    assert made == Repetitions(count=1, durations=(), cadence=None, regularity=0.0)


def test_without_a_skeleton_no_joint_is_named() -> None:
    made = found(6.0, 4, 0.6)
    assert (made.range_of_motion, made.joint) == (None, "")


def test_the_count_grows_while_the_activity_goes_on_and_is_0_outside_of_it() -> None:
    _, counts = performed(8.0, 20, 0.8)
    assert counts[0] == counts[-1] == 0
    on = [count for count in counts if count]
    assert on[0] <= 4
    assert on[-1] >= 19
    assert all(after - before in (0, 1) for before, after in pairwise(on))


def test_an_onset_and_motion_that_is_no_activity_are_not_counted() -> None:
    counter = RepetitionCounter([IMU_50], WINDOW)
    for seq, window in enumerate(windows(12.0, 6.0, 5, 0.8)):
        counter.classified(seq, window)
        counter.follow([], seq)
    told = [event("onset", 5.0, None, 12.0, unknown=True), event("offset", 5.0, 5.0, 12.0, unknown=True)]
    assert [made.repetitions for made in counter.ended(told)] == [None, None]
