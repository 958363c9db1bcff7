"""The likeliest sequence of phases: on hand-made answers of windows."""

from collections.abc import Sequence

import numpy as np
import pytest

from hnhar.stream.report.phases import PHASES, Phase, PhaseSequence
from hnhar.stream.report.smoothing import FOLLOWS, Frames, joined, smooth

from .making import WHOLE, frames, phases


def labels(segments: Sequence[PhaseSequence]) -> list[str]:
    return [phase.label for segment in segments for phase in segment.phases]


def test_what_a_sure_recognizer_says_comes_back_with_its_borders() -> None:
    (segment,) = smooth(frames())
    assert labels([segment]) == [label for label, _ in WHOLE]
    for found, done in zip(segment.phases, phases(), strict=True):
        assert found.duration == pytest.approx(done.duration, abs=0.11)
        assert found.confidence == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("step", [0.05, 0.1, 0.25])
def test_the_borders_do_not_depend_on_the_hop(step: float) -> None:
    (segment,) = smooth(frames(step=step))
    assert labels([segment]) == [label for label, _ in WHOLE]
    assert segment.phases[1].onset == pytest.approx(2.0, abs=step)


def test_a_border_lies_where_both_phases_are_as_likely_between_two_windows() -> None:
    times = np.arange(0.0, 4.0, 0.1)
    after = 1 / (1 + np.exp(-(times - 2.037) / 0.05))  # walking takes over from standing up at 2.037 s
    rows = np.full((len(times), len(PHASES)), 1e-4)
    rows[:, PHASES.index("standing_up")], rows[:, PHASES.index("walking")] = 1 - after, after
    (segment,) = smooth(Frames(times, rows))
    assert [phase.label for phase in segment.phases] == ["standing_up", "walking"]
    assert segment.phases[1].onset == pytest.approx(2.037, abs=0.01)


def test_windows_that_are_wrong_now_and_then_make_no_phase_of_their_own() -> None:
    said = frames(sure=0.8)
    rows = said.probabilities.copy()
    rows[5], rows[45], rows[46] = 0.02, 0.02, 0.02
    rows[5, PHASES.index("walking")] = 0.92  # while seated
    rows[45:47, PHASES.index("turning")] = 0.92  # two windows of a walk
    assert labels(smooth(Frames(said.times, rows))) == [label for label, _ in WHOLE]


def test_what_no_body_can_do_next_is_not_believed() -> None:
    impossible = (("seated", 3.0), ("turning", 0.6), ("seated", 3.0))
    assert labels(smooth(frames(impossible, sure=0.6))) == ["seated"]


def test_a_slow_walk_is_as_long_as_it_was() -> None:
    slow = [(label, 6 * duration) for label, duration in WHOLE]
    (segment,) = smooth(frames(slow))
    assert labels([segment]) == [label for label, _ in WHOLE]
    assert segment.phases[2].duration == pytest.approx(15.0, abs=0.2)


def test_an_attempt_that_failed_ends_in_sitting_down() -> None:
    attempt = (("seated", 2.0), ("standing_up", 0.9), ("sitting_down", 1.0), ("seated", 2.0))
    assert labels(smooth(frames(attempt))) == [label for label, _ in attempt]


def test_a_session_may_begin_and_end_within_any_phase() -> None:
    middle = (("turning", 0.3), ("walking", 2.0), ("turning", 0.2))
    assert labels(smooth(frames(middle))) == ["turning", "walking", "turning"]


def test_a_gap_divides_the_session() -> None:
    said = frames()
    away = (said.times > 4.0) & (said.times < 6.0)
    segments = smooth(Frames(said.times[~away], said.probabilities[~away]))
    assert len(segments) == 2
    assert segments[0].phases[-1].offset == pytest.approx(4.0, abs=0.11)
    assert segments[1].phases[0].onset == pytest.approx(6.0, abs=0.11)


def test_probabilities_of_zero_forbid_nothing() -> None:
    said = frames(sure=1.0)
    assert labels(smooth(said)) == [label for label, _ in WHOLE]


def test_nothing_said_is_no_segment() -> None:
    assert smooth(Frames(np.empty(0), np.empty((0, len(PHASES))))) == ()


def test_one_window_is_one_phase() -> None:
    (segment,) = smooth(Frames(np.array([1.0]), np.array([[0.01, 0.01, 0.96, 0.01, 0.01]])))
    assert [phase.label for phase in segment.phases] == ["walking"]


def test_every_path_is_one_that_the_grammar_allows_whatever_is_said() -> None:
    draw = np.random.default_rng(3)
    rows = draw.dirichlet(np.full(len(PHASES), 0.4), 400)
    (segment,) = smooth(Frames(np.arange(400) * 0.1, rows))
    for before, after in zip(segment.phases, segment.phases[1:], strict=False):
        assert after.label in FOLLOWS[before.label]
        assert after.onset == before.offset


def test_events_that_nearly_touch_become_neighbors() -> None:
    events = [
        Phase("seated", 0.0, 2.0, 0.9),
        Phase("standing_up", 2.2, 3.0, 0.8),
        Phase("walking", 2.9, 5.0, 0.7),
    ]
    (segment,) = joined(events)
    borders = [(p.label, p.onset, p.offset) for p in segment.phases]
    assert borders == [
        ("seated", 0.0, pytest.approx(2.1)),
        ("standing_up", pytest.approx(2.1), pytest.approx(2.95)),
        ("walking", pytest.approx(2.95), 5.0),
    ]


def test_events_far_apart_are_segments_and_twins_are_one() -> None:
    events = [
        Phase("walking", 0.0, 2.0, 0.9),
        Phase("walking", 2.1, 3.0, 0.6),
        Phase("seated", 9.0, 10.0, 0.9),
    ]
    first, second = joined(events)
    assert [(p.label, p.onset, p.offset) for p in first.phases] == [("walking", 0.0, 3.0)]
    assert [p.label for p in second.phases] == ["seated"]
