"""Trials in a session's phases: whole ones count, and all others say what they lack."""

import math

import pytest

from hnhar.stream.report.phases import PhaseSequence
from hnhar.stream.report.summary import TOTAL as WHOLE_TRIAL
from hnhar.stream.report.summary import spreads
from hnhar.stream.report.trials import PARTS, Trial, trials_of

from .making import TOTAL, WHOLE, phases

Sequence = tuple[tuple[str, float], ...]
SIT: Sequence = (("seated", 2.0),)


def trials(*sequence: tuple[str, float]) -> tuple[Trial, ...]:
    return trials_of([PhaseSequence(phases(sequence))])


def without(*numbers: int) -> Sequence:
    return tuple(step for number, step in enumerate(WHOLE) if number not in numbers)


def test_a_whole_trial_has_all_its_parts_and_its_total() -> None:
    (trial,) = trials(*WHOLE)
    assert trial.complete
    assert trial.onset == 2.0
    assert trial.total == pytest.approx(TOTAL)
    assert [round(trial.duration(part), 3) for part in PARTS] == [1.2, 2.5, 1.1, 2.4, 0.9, 1.4]
    assert trial.confidence == pytest.approx(0.9)


def test_repetitions_are_trials_of_their_own_also_without_sitting_between() -> None:
    assert [t.complete for t in trials(*WHOLE, *WHOLE[1:])] == [True, True]
    assert [t.complete for t in trials(*WHOLE[:-1], *WHOLE[1:])] == [True, True]


def test_a_second_turn_that_is_part_of_sitting_down_is_not_missed() -> None:
    (trial,) = trials(*without(5))
    assert trial.complete
    assert math.isnan(trial.duration("turning to sit"))
    (trial,) = trials(*without(4))  # walking, a turn, sitting down: it never walked back
    assert trial.missing == ("no walking back found",)


def test_a_step_between_the_turn_and_sitting_down_belongs_to_the_turn() -> None:
    step = (*WHOLE[:6], ("walking", 0.1), *WHOLE[6:])
    (trial,) = trials(*step)
    assert trial.complete
    assert trial.duration("turning to sit") == pytest.approx(1.0)
    assert trial.total == pytest.approx(TOTAL + 0.1)


@pytest.mark.parametrize(
    ("sequence", "reasons"),
    [
        (WHOLE[1:], ("the recording begins while standing up",)),
        (WHOLE[2:], ("the recording begins after standing up",)),
        (WHOLE[:-1], ("the recording ends while sitting down",)),
        (WHOLE[:4], ("the recording ends before sitting down",)),
        (WHOLE[:2], ("the recording ends before sitting down",)),
        (without(1), ("no stand-up found",)),
        (without(6), ("no sitting down found",)),
        (without(2, 3, 4, 5), ("no walking found",)),
        (without(3, 4, 5), ("no turn found",)),
        (without(2), ("no walking out found",)),
        (without(4, 5), ("no walking back found",)),
        (
            (*WHOLE[:5], ("turning", 1.0), ("walking", 1.0), *WHOLE[5:]),
            ("3 turns, where a trial has one half way and one at the chair",),
        ),
    ],
)
def test_what_is_no_whole_trial_says_why_and_does_not_count(
    sequence: Sequence, reasons: tuple[str, ...]
) -> None:
    (trial,) = trials(*sequence)
    assert trial.missing == reasons
    assert not trial.complete
    assert spreads([trial])[WHOLE_TRIAL].count == 0


def test_a_trial_does_not_go_on_across_a_gap() -> None:
    done = phases()
    found = trials_of([PhaseSequence(done[:3]), PhaseSequence(done[3:])])
    assert [t.missing for t in found] == [
        ("the recording ends before sitting down",),
        ("the recording begins after standing up",),
    ]


def test_who_never_leaves_the_chair_makes_no_trial() -> None:
    assert trials(*SIT) == ()
    assert trials_of([]) == ()


def test_the_spread_is_that_of_a_sample_over_complete_trials() -> None:
    longer = tuple((label, duration + 0.2 * (label == "walking")) for label, duration in WHOLE)
    found = trials(*WHOLE, *longer[1:], *WHOLE[1:4])
    whole = spreads(found)[WHOLE_TRIAL]
    assert whole.count == 2
    assert whole.mean == pytest.approx(TOTAL + 0.2)
    assert whole.deviation == pytest.approx(0.4 / math.sqrt(2))
    assert (whole.least, whole.greatest) == (pytest.approx(TOTAL), pytest.approx(TOTAL + 0.4))
    assert math.isnan(spreads(found[:1])[WHOLE_TRIAL].deviation)


def test_what_is_unlike_any_trial_that_was_learned_does_not_count() -> None:
    (sure,) = trials_of([PhaseSequence(phases(WHOLE, confidence=0.8))])
    (unsure,) = trials_of([PhaseSequence(phases(WHOLE, confidence=0.6))])
    (unknown,) = trials_of([PhaseSequence(phases(WHOLE, confidence=math.nan))])
    assert sure.complete
    assert unknown.complete  # a table without confidences
    assert unsure.missing == ("unlike the trials that the weights learned (confidence 60%)",)
