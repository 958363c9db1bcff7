"""Nothing that measures was trained on, and too little data is said to be too little."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.portions import portion
from hnhar.train.custom.files import OwnSession
from hnhar.train.custom.split import SplitSides, check_enough, labels_of, split

from .own import resting, session

AB = ("a", "b")


def spans(recordings: tuple[Recording, ...]) -> list[tuple[str, float, float]]:
    return [(r.name, r.start, r.end) for r in recordings]


def labels(recordings: tuple[Recording, ...]) -> set[str]:
    return {a.label for r in recordings for a in r.annotations}


def assert_apart(parts: SplitSides) -> None:
    """No stretch of a recording is on two sides."""
    sides = [spans(side) for side in (parts.train, parts.calibrate, parts.measure)]
    for one, other in combinations(sides, 2):
        for name, start, end in one:
            assert not [s for s in other if s[0] == name and s[1] < end and s[2] > start]


def test_with_three_subjects_nobody_is_on_two_sides() -> None:
    parts = split([session(name, AB * 3) for name in ("1", "2", "3", "4")], 3.0)
    assert [s[0] for s in spans(parts.train)] == ["1-1", "2-1"]
    assert [s[0] for s in spans(parts.calibrate)] == ["3-1"]
    assert [s[0] for s in spans(parts.measure)] == ["4-1"]
    assert "calibrated on subject 3, measured on subject 4" in parts.how


def test_a_subject_who_alone_has_a_label_with_another_is_not_spared_with_that_one() -> None:
    sessions = [session("1", AB * 3), session("2", ("a", "b", "c") * 3), session("3", ("a", "b", "c") * 3)]
    parts = split(sessions, 3.0)
    assert labels(parts.train) == {"a", "b", "c"}
    assert_apart(parts)


def test_with_two_subjects_the_performances_of_one_calibrate_and_measure_in_turn() -> None:
    parts = split([session("1", AB * 4), session("2", AB * 4)], 3.0)
    assert spans(parts.train)[0][0] == "1-1"
    assert {s[0] for s in spans((*parts.calibrate, *parts.measure))} == {"2-1"}
    assert labels(parts.calibrate) == labels(parts.measure) == set(AB)
    assert_apart(parts)


@pytest.mark.parametrize("few", [("a", "b"), ("a", "b", "a"), ()])
def test_whoever_did_too_little_to_calibrate_and_to_measure_is_not_left_out(few: Sequence[str]) -> None:
    sessions = [session("1", AB * 4), session("2", few)] if few else [session("1", AB * 4)]
    parts = split(sessions, 3.0)
    assert labels(parts.train) == labels(parts.calibrate) == labels(parts.measure) == set(AB)
    assert_apart(parts)


def test_what_who_measures_never_did_is_said() -> None:
    sessions = [session("1", AB * 4), session("2", AB * 4), session("3", ("a",) * 3)]
    parts = split(sessions, 3.0)
    assert "measured on subject 3, who did no b" in parts.how


@pytest.mark.parametrize("repetitions", [3, 4, 5, 11])
def test_with_one_subject_every_side_has_every_label(repetitions: int) -> None:
    parts = split([session("1", AB * repetitions)], 3.0)
    assert labels(parts.train) == labels(parts.calibrate) == labels(parts.measure) == set(AB)
    assert_apart(parts)
    performed = [len(r.annotations) for side in (parts.train, parts.calibrate, parts.measure) for r in side]
    assert sum(performed) == 2 * repetitions
    assert "no other person was seen" in parts.how


def test_a_long_activity_is_cut_in_stretches() -> None:
    long = Recording("x", (resting(130.0),), (Annotation(5, 60, "walk"), Annotation(65, 60, "sit")), "x")
    parts = split([OwnSession("1", long)], 3.0)
    assert labels(parts.train) == labels(parts.calibrate) == labels(parts.measure) == {"walk", "sit"}
    assert_apart(parts)


def test_activities_at_the_same_time_stay_in_one_piece() -> None:
    annotations = [Annotation(5.0 + 8 * k, 3.0, "a") for k in range(6)]
    annotations += [Annotation(6.0 + 8 * k, 3.0, "b") for k in range(6)]
    both = Recording("x", (resting(60.0),), tuple(annotations), "x")
    parts = split([OwnSession("1", both)], 3.0)
    assert_apart(parts)
    for side in (parts.train, parts.calibrate, parts.measure):
        for recording in side:
            for first, second in pairwise(sorted(recording.annotations, key=lambda a: a.onset)):
                assert {first.duration, second.duration} == {3.0}


def nested(times: Sequence[float], seconds: float = 120.0) -> OwnSession:
    """Somebody who cooks all the time, and stirs at these times, s."""
    stirring = [Annotation(time, 2.0, "stir") for time in times]
    annotations = (Annotation(5.0, seconds - 10.0, "cook"), *stirring)
    return OwnSession("1", Recording("x", (resting(seconds),), annotations, "x"))


def test_what_is_done_during_something_else_is_counted() -> None:
    with pytest.raises(RecordingError, match=r"too little to learn stir: .*cook 9, stir 2"):
        check_enough([nested([20.0, 50.0])], 3.0)
    with pytest.raises(RecordingError, match=r"stir only in x"):
        check_enough([nested([20.0, 50.0, 80.0]), session("2", ("cook",) * 3)], 3.0)


def test_what_is_done_during_something_else_is_on_every_side() -> None:
    parts = split([nested([20.0, 50.0, 80.0])], 3.0)
    assert labels(parts.train) == labels(parts.calibrate) == labels(parts.measure) == {"cook", "stir"}
    assert_apart(parts)


def test_a_label_that_no_cut_leaves_for_training_is_refused() -> None:
    # both times that c is done, a rarer label is done as well, and goes to the other sides
    done = [("b", 0.0), ("b", 10.0), ("c", 10.5), ("b", 20.0), ("c", 20.5), ("c", 22.0), ("c", 23.5)]
    annotations = tuple(Annotation(5 + onset, 6.0 if label == "b" else 1.0, label) for label, onset in done)
    one = Recording("x", (resting(40.0),), annotations, "x")
    with pytest.raises(RecordingError, match=r"c can be left out only together.*--labels"):
        split([OwnSession("1", one)], 3.0)


def test_labels_that_overlap_by_what_rounding_leaves_only_touch() -> None:
    done = ("a", "b", "c") * 3
    exact = [Annotation(2.0 + 3 * k, 3.0, label) for k, label in enumerate(done)]
    rounded = [Annotation(a.onset, a.duration + 1e-3, a.label) for a in exact]
    sides = []
    for annotations in (exact, rounded):
        parts = split([OwnSession("1", Recording("x", (resting(31.0),), tuple(annotations)))], 3.0)
        sides.append([[a.label for r in s for a in r.annotations] for s in (parts.train, parts.measure)])
    assert sides[0] == sides[1] == [["a", "b", "c"]] * 2


def test_a_label_that_was_done_too_rarely_is_refused_with_the_counts() -> None:
    with pytest.raises(RecordingError, match=r"too little to learn b: .*a 4, b 2.*--labels"):
        check_enough([session("1", (*AB, "a", "b", "a", "a"))], 3.0)


def test_a_label_of_one_subject_only_is_refused_with_its_file() -> None:
    with pytest.raises(RecordingError, match=r"c only in 2-1.*--labels.*--subject-from one"):
        check_enough([session("1", AB * 3), session("2", (*AB, "c") * 3)], 3.0)


def test_no_label_at_all_is_refused() -> None:
    with pytest.raises(RecordingError, match="no label in any"):
        check_enough([session("1", ())], 3.0)


def test_labels_are_those_of_all_sessions_in_order() -> None:
    assert labels_of([session("1", ("b", "c")), session("2", ("a", "b"))]) == ("a", "b", "c")


def test_a_portion_has_what_lies_in_it_and_clips_what_reaches_into_it() -> None:
    whole = session("1", AB).recording
    part = portion(whole, 5.0, 11.0)
    assert (part.start, part.end) == (5.0, pytest.approx(10.98))
    assert part.annotations == (Annotation(5.0, 1.0, "a"), Annotation(10.0, 1.0, "b"))
    assert portion(whole, 900.0, 901.0).streams == ()
