"""Repetitions of an activity, from its windows and events."""

from itertools import pairwise

import pytest

from hnhar.stream.messages import Repetitions
from hnhar.stream.repetitions.counter import RepetitionCounter

from .moving import IMU_50, WINDOW, event, performed, windows


def found(begin: float, count: int, period: float) -> Repetitions:
    made = performed(begin, count, period, ask=False)[0].repetitions
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


def test_a_long_activity_is_counted_on_and_keeps_no_more_than_a_short_one() -> None:
    counter = RepetitionCounter([IMU_50], WINDOW)
    made, counts = performed(6.0, 300, 0.8, counter=counter, ask=False)
    assert made.repetitions is not None
    assert made.repetitions.count == pytest.approx(300, abs=1)
    assert len(made.repetitions.durations) == 256
    assert made.repetitions.cadence == pytest.approx(75, rel=0.03)
    assert max(counts) < 50 * 40, "rows kept at most"


def test_time_that_steps_back_leaves_what_was_counted_and_begins_anew() -> None:
    counter = RepetitionCounter([IMU_50], WINDOW)
    assert performed(8.0, 5, 0.8, counter=counter)[0].repetitions is not None
    again = performed(6.0, 4, 0.8, counter=counter, first=1000)[0].repetitions
    assert again is not None
    assert again.count == 4


def test_the_event_that_a_step_back_ends_has_its_count() -> None:
    counter = RepetitionCounter([IMU_50], WINDOW)
    made = list(windows(11.0, 6.0, 6, 0.8))
    for seq, window in enumerate(made):
        counter.classified(seq, window)
        counter.follow([event("onset", 5.7, None, window.end)] if seq == 20 else [], seq)
    counter.classified(len(made), next(windows(4.0, 60.0, 1, 1.0)))
    (offset,) = counter.follow([event("offset", 5.7, 5.1, 3.0)], len(made))
    assert offset.repetitions is not None
    assert offset.repetitions.count == 6


def test_without_all_of_its_windows_an_activity_has_no_count() -> None:
    counter = RepetitionCounter([IMU_50], WINDOW)
    made = list(windows(90.0, 6.0, 5, 0.8))
    assert len(made) > 300
    for seq, window in enumerate(made):
        counter.classified(seq, window)
    events = {16: [event("onset", 5.7, None, 7.0)], 36: [event("offset", 5.7, 4.6, 12.0)]}
    answers = [told for seq in range(len(made)) for told in counter.follow(events.get(seq, []), seq)]
    assert [told.repetitions for told in answers] == [None, None]


def test_several_predictions_decided_late_count_as_those_decided_at_once() -> None:
    def told(batch: int) -> Repetitions | None:
        counter, out = RepetitionCounter([IMU_50], WINDOW), None
        made = list(windows(14.0, 6.0, 5, 0.8))
        for begin in range(0, len(made), batch):
            part = range(begin, min(begin + batch, len(made)))
            for seq in part:
                counter.classified(seq, made[seq])
            for seq in part:
                events = [event("onset", 5.7, None, 7.0)] if seq == 16 else []
                events = [event("offset", 5.7, 4.6, 12.0)] if seq == 36 else events
                for answer in counter.follow(events, seq):
                    out = answer.repetitions
        return out

    assert told(1) is not None
    assert told(1) == told(7)
