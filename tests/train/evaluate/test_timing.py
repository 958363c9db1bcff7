"""How far off events begin, end and last is in the figures, and a warning where F1 would hide it."""

import pytest

from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.score import Recognized, match
from hnhar.train.evaluate.evaluate import summary
from hnhar.train.evaluate.timing import stretched, timing


def figures(onset: float, duration: float) -> dict[str, object]:
    """Of one action from 10 to 13 s, and one event."""
    event = Recognized(onset, duration, "stir", 0.9)
    return summary([match([Annotation(10.0, 3.0, "stir")], [event], span=(0.0, 30.0))])


def test_errors_of_onset_offset_and_duration_are_in_the_figures_and_in_words() -> None:
    made = figures(10.2, 2.5)
    assert (made["f1"], made["onset_error_s"], made["offset_error_s"]) == (1.0, 0.2, -0.3)
    assert (made["duration_error_s"], made["duration_s"]) == (-0.5, 3.0)
    assert timing(made) == "; begins +0.2 s, ends -0.3 s, lasts -0.5 s of 3.0 s (medians)"


@pytest.mark.parametrize(
    ("onset", "duration", "warned"), [(9.5, 5.7, True), (10.5, 1.5, True), (10.2, 2.5, False)]
)
def test_durations_that_are_far_off_are_warned_of_though_f1_is_1(
    onset: float, duration: float, warned: bool
) -> None:
    made = figures(onset, duration)
    assert made["f1"] == 1.0
    line = stretched("imu", made)
    assert bool(line) == warned
    if warned:
        assert line.startswith(f"imu: what lasted 3.0 s is recognized as lasting {duration:.1f} s")


def test_without_a_hit_nothing_is_said_of_times() -> None:
    made = summary([match([Annotation(10.0, 3.0, "stir")], [], span=(0.0, 30.0))])
    assert made["duration_error_s"] is None
    assert timing(made) == stretched("imu", made) == ""
