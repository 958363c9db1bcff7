"""Events follow the smoothed probabilities with hysteresis: one activity is one onset and one offset."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hnhar.model.bundle.decision import Decision
from hnhar.stream.decide.decider import Decider
from hnhar.stream.messages import Event, Prediction

from ..examples import LABELS, prediction

HOP = 0.25
PLAIN = Decision(smoothing=0.0, enter=0.6, leave=0.4, minimum=0.0, refractory=0.0, coverage=0.5)


def decider(**changes: float) -> Decider:
    return Decider("p1", LABELS, "idle", replace(PLAIN, **changes), 3.0)


def at(end: float, coverage: float = 1.0, **probabilities: float) -> Prediction:
    """A prediction; what is left of the probability is idle's."""
    rest = 1.0 - sum(probabilities.values())
    values = {label: probabilities.get(label, 0.0) for label in LABELS} | {"idle": rest}
    return replace(prediction(end=end), probabilities=values, coverage={"imu": coverage, "skeleton": 0.0})


def run(
    subject: Decider, waves: Sequence[float], start: float = 100.0, finish: bool = True, **others: float
) -> list[Event]:
    """One prediction a hop, with these probabilities of "wave"."""
    events = [
        event
        for number, wave in enumerate(waves)
        for event in subject.update(at(start + number * HOP, wave=wave, **others))
    ]
    return events + (subject.finish() if finish else [])


def told(events: Sequence[Event]) -> list[tuple[str, str]]:
    return [(event.kind, event.label) for event in events]


def test_an_activity_gives_an_onset_and_an_offset_that_share_an_id() -> None:
    onset, offset = run(decider(), [0.1, 0.7, 0.9, 0.8, 0.1, 0.1], finish=False)
    assert told([onset, offset]) == [("onset", "wave"), ("offset", "wave")]
    assert onset.id == offset.id
    assert (onset.seq, offset.seq) == (0, 1)
    assert (onset.onset, onset.duration, onset.decided) == (100.25, None, 100.25)
    assert (offset.onset, offset.duration, offset.decided) == (100.25, 0.5, 101.0)
    assert onset.confidence == 0.7
    assert offset.confidence == pytest.approx((0.7 + 0.9 + 0.8) / 3)
    assert onset.onset_unix_ns == offset.onset_unix_ns == at(100.25).end_unix_ns
    assert {onset.wearer, onset.model} == {"p1", prediction().model}


def test_an_onset_is_as_confident_as_its_window_however_early_it_is_decided() -> None:
    onset, *_ = run(decider(smoothing=2.0, enter=0.1, leave=0.05), [0.0, 0.95, 0.95])
    assert onset.decided == 100.25
    assert onset.confidence == 0.95
    doubtful, *_ = run(decider(evidence=9.0, enter=0.8), [0.4] * 8, clap=0.2, throw=0.2)
    assert doubtful.confidence == 0.4


def test_idle_is_no_activity() -> None:
    assert run(decider(), [0.0] * 10) == []


def test_without_an_idle_label_every_label_is_an_activity() -> None:
    subject = Decider("p1", LABELS, "", PLAIN, 3.0)
    assert told(subject.update(at(100.0))) == [("onset", "idle")]


def test_between_leave_and_enter_nothing_flickers() -> None:
    between = [0.59, 0.41] * 10
    assert run(decider(), between) == []
    assert told(run(decider(), [0.61, *between], finish=False)) == [("onset", "wave")]


@pytest.mark.parametrize(("holds", "events"), [(1, 0), (2, 0), (3, 1), (4, 1)])
def test_an_activity_must_hold_for_the_minimum_before_it_is_told(holds: int, events: int) -> None:
    found = run(decider(minimum=0.5), [0.0, *[0.9] * holds, 0.0])
    assert sum(e.kind == "onset" for e in found) == events
    if events:
        assert (found[0].onset, found[0].decided) == (100.25, 100.75)


def test_what_falls_below_enter_before_the_minimum_starts_again() -> None:
    found = run(decider(minimum=0.5), [0.9, 0.9, 0.5, 0.9, 0.9, 0.9], finish=False)
    assert [e.onset for e in found] == [100.75]


def test_what_comes_back_within_the_refractory_time_is_the_same_activity() -> None:
    found = run(decider(refractory=0.5), [0.9, 0.9, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1])
    assert told(found) == [("onset", "wave"), ("offset", "wave")]
    assert found[1].duration == 1.0


def test_an_offset_waits_for_the_refractory_time_and_names_when_it_was_last_on() -> None:
    found = run(decider(refractory=0.5), [0.9, 0.9, 0.1, 0.1, 0.1, 0.9], finish=False)
    assert told(found) == [("onset", "wave"), ("offset", "wave"), ("onset", "wave")]
    assert (found[1].duration, found[1].decided) == (0.25, 101.0)
    assert found[2].id != found[0].id
    assert found[2].onset == 101.25


def test_another_activity_ends_the_one_before_without_waiting() -> None:
    subject = decider(refractory=5.0)
    run(subject, [0.9, 0.9], finish=False)
    found = subject.update(at(100.5, wave=0.1, clap=0.8))
    assert told(found) == [("offset", "wave"), ("onset", "clap")]
    assert [e.seq for e in found] == [1, 2]
    assert (found[0].duration, found[1].onset) == (0.25, 100.5)


def test_another_activity_must_hold_the_minimum_too() -> None:
    subject = decider(minimum=0.25)
    run(subject, [0.9, 0.9], finish=False)
    assert told(subject.update(at(100.5, clap=0.8))) == [("offset", "wave")]
    assert told(subject.update(at(100.75, clap=0.8))) == [("onset", "clap")]


def test_an_activity_that_is_less_likely_than_the_one_that_is_on_does_not_end_it() -> None:
    subject = decider(enter=0.4, leave=0.2)
    run(subject, [0.9], finish=False)
    assert subject.update(at(100.25, wave=0.5, clap=0.45)) == []
    assert told(subject.update(at(100.5, wave=0.45, clap=0.5))) == [("offset", "wave"), ("onset", "clap")]


def test_onset_and_offset_are_shifted_by_the_settings() -> None:
    onset, offset = run(decider(onset_shift=-1.5, offset_shift=-1.0), [0.9, 0.9, 0.9, 0.0])
    assert onset.onset == offset.onset == 98.5
    assert onset.decided == 100.0
    assert offset.duration == (100.5 - 1.0) - 98.5


def test_a_duration_is_never_negative() -> None:
    _, offset = run(decider(onset_shift=0.0, offset_shift=-2.0), [0.9, 0.0])
    assert offset.duration == 0.0


def test_windows_of_low_coverage_begin_and_end_nothing() -> None:
    subject = decider()
    assert subject.update(at(100.0, coverage=0.4, wave=0.9)) == []
    assert subject.smoothed == {}
    assert told(subject.update(at(100.25, wave=0.9))) == [("onset", "wave")]
    assert subject.update(at(100.5, coverage=0.4, wave=0.0)) == []
    assert subject.update(at(100.75, wave=0.9)) == []


def test_low_coverage_for_longer_than_a_window_ends_what_was_on_when_it_was_last_seen() -> None:
    subject = decider()
    run(subject, [0.9, 0.9], finish=False)
    events = [e for k in range(1, 20) for e in subject.update(at(100.25 + k * HOP, coverage=0.1, wave=0.9))]
    assert told(events) == [("offset", "wave")]
    assert (events[0].duration, events[0].decided) == (0.25, 103.5)


def test_a_hole_longer_than_a_window_ends_what_was_on_and_one_no_longer_does_not() -> None:
    subject = decider()
    run(subject, [0.9, 0.9], finish=False)
    assert subject.update(at(103.25, wave=0.9)) == []
    found = subject.update(at(107.0, wave=0.9))
    assert told(found) == [("offset", "wave"), ("onset", "wave")]
    assert (found[0].duration, found[0].decided) == (3.25, 107.0)
    assert found[1].onset == 107.0


def test_nothing_is_smoothed_over_a_hole() -> None:
    subject = decider(smoothing=10.0)
    run(subject, [0.9] * 4, finish=False)
    subject.update(at(110.0, wave=0.2))
    assert subject.smoothed["wave"] == 0.2


def test_a_step_back_of_time_ends_what_was_on_and_begins_anew() -> None:
    subject = decider(smoothing=0.5)
    run(subject, [0.9, 0.9], finish=False)
    found = subject.update(at(50.0, wave=0.8))
    assert told(found) == [("offset", "wave"), ("onset", "wave")]
    assert (found[0].duration, found[1].onset) == (0.25, 50.0)
    assert subject.smoothed["wave"] == 0.8


def test_time_without_windows_ends_what_was_on() -> None:
    subject = decider()
    run(subject, [0.9, 0.9], finish=False)
    assert subject.lapse(3.0) == []
    (offset,) = subject.lapse(3.25)
    assert (offset.kind, offset.duration, offset.decided) == ("offset", 0.25, 103.5)
    assert subject.lapse(100.0) == []


def test_finishing_ends_what_is_on_once() -> None:
    subject = decider()
    run(subject, [0.9, 0.9, 0.9], finish=False)
    (offset,) = subject.finish()
    assert (offset.kind, offset.duration, offset.decided) == ("offset", 0.5, 100.5)
    assert subject.finish() == []


def test_finishing_while_an_offset_waits_names_when_it_was_last_on() -> None:
    subject = decider(refractory=2.0)
    run(subject, [0.9, 0.9, 0.0, 0.0], finish=False)
    (offset,) = subject.finish()
    assert (offset.duration, offset.decided) == (0.25, 100.75)


def test_smoothing_is_exponential_in_time_whatever_the_hop() -> None:
    fine, coarse = decider(smoothing=0.5), decider(smoothing=0.5)
    for subject in (fine, coarse):
        subject.update(at(100.0, wave=0.0))
    for k in range(1, 9):
        fine.update(at(100.0 + k * 0.125, wave=0.9))
    for k in range(1, 3):
        coarse.update(at(100.0 + k * 0.5, wave=0.9))
    assert fine.smoothed["wave"] == pytest.approx(0.9 * (1 - np.exp(-2.0)))
    assert coarse.smoothed["wave"] == pytest.approx(fine.smoothed["wave"])


def test_one_outlier_is_smoothed_away() -> None:
    assert run(decider(smoothing=0.5), [0.0, 0.0, 1.0, 0.0, 0.0]) == []


def test_evidence_adds_up_and_one_outlier_is_not_believed() -> None:
    assert run(decider(evidence=4.0), [0.0, 0.0, 0.9, 0.0, 0.0]) == []
    onset, offset = run(decider(evidence=4.0), [0.0, 0.8, 0.8, 0.8, 0.8, 0.3, 0.8, 0.0, 0.0, 0.0])
    assert told([onset, offset]) == [("onset", "wave"), ("offset", "wave")]
    assert onset.confidence == 0.8


def test_what_another_stage_believed_gives_the_same_events() -> None:
    waves = [0.1, 0.6, 0.8, 0.9, 0.2, 0.1, 0.0, 0.7, 0.7, 0.7]
    plain, told_what, heard = decider(evidence=4.0), decider(evidence=4.0, enter=0.9), decider(enter=0.6)
    for number, wave in enumerate(waves):
        prediction = at(100.0 + number * HOP, wave=wave)
        told_what.update(prediction)
        assert heard.update(prediction, told_what.believed) == plain.update(prediction)
    assert heard.smoothed == plain.smoothed


def test_what_is_certain_begins_without_the_minimum() -> None:
    subject = decider(minimum=0.75, certain=0.85)
    (onset,) = run(subject, [0.7, 0.9], finish=False)
    assert (onset.onset, onset.decided) == (100.0, 100.25)


def test_an_activity_that_has_just_ended_does_not_begin_anew_and_another_does() -> None:
    subject = decider(again=1.0)
    found = run(subject, [0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.9], finish=False)
    assert told(found) == [("onset", "wave"), ("offset", "wave"), ("onset", "wave")]
    assert found[2].onset == found[1].decided + 1.0
    subject = decider(again=1.0)
    run(subject, [0.9, 0.9, 0.1], finish=False)
    assert told(subject.update(at(100.75, clap=0.9))) == [("onset", "clap")]


def test_an_unknown_window_begins_nothing() -> None:
    subject = decider()
    assert subject.update(replace(at(100.0, wave=0.9), unknown=True)) == []
    (onset,) = subject.update(at(100.25, wave=0.9))
    assert onset.onset == 100.25
    assert subject.update(replace(at(100.5, wave=0.9), unknown=True)) == []


def test_nothing_takes_the_place_of_what_is_on_by_an_unknown_window() -> None:
    subject = decider(leave=0.1)
    run(subject, [0.9], finish=False)
    other = at(100.25, wave=0.2, clap=0.75)
    assert subject.update(replace(other, unknown=True)) == []
    assert told(subject.update(replace(other, end=100.5))) == [("offset", "wave"), ("onset", "clap")]


def test_what_fades_in_unknown_windows_ends() -> None:
    subject = decider()
    run(subject, [0.9], finish=False)
    assert told(subject.update(replace(at(100.25, clap=0.95), unknown=True))) == [("offset", "wave")]


def test_a_candidate_outlives_an_unknown_window() -> None:
    subject = decider(minimum=0.5)
    run(subject, [0.9], finish=False)
    assert subject.update(replace(at(100.25, wave=0.9), unknown=True)) == []
    (onset,) = subject.update(at(100.5, wave=0.9))
    assert (onset.onset, onset.decided) == (100.0, 100.5)


def test_each_prediction_is_judged_by_the_settings_of_its_modalities() -> None:
    alone = replace(PLAIN, enter=0.9, onset_shift=-1.0)
    subject = Decider("p1", LABELS, "idle", replace(PLAIN, subsets={"imu": alone}), 3.0)
    both, imu = at(100.0, wave=0.8), replace(at(100.0, wave=0.8), modalities=("imu",))
    assert subject.update(imu) == []
    (onset,) = subject.update(replace(both, end=100.25))
    assert onset.onset == 100.25
    subject = Decider("p1", LABELS, "idle", replace(PLAIN, subsets={"imu": alone}), 3.0)
    (onset,) = subject.update(replace(at(100.0, wave=0.95), modalities=("imu",)))
    assert onset.onset == 99.0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_whatever_comes_onsets_and_offsets_alternate_and_each_pair_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    limits = np.sort(rng.uniform(0.1, 0.8, 2))
    subject = decider(
        enter=limits[1],
        leave=limits[0],
        smoothing=rng.choice([0.0, 0.3]),
        minimum=rng.choice([0.0, 0.25, 0.5]),
        refractory=rng.choice([0.0, 0.5]),
        again=rng.choice([0.0, 1.0]),
        certain=rng.choice([0.9, 1.0]),
    )
    end, events = 100.0, list[Event]()
    for _ in range(60):
        end += rng.choice([HOP, HOP, HOP, 0.5, 4.0, -20.0], p=[0.3, 0.3, 0.3, 0.04, 0.04, 0.02])
        wave, clap, throw, _ = rng.dirichlet([0.3] * 4)
        events += subject.update(at(end, coverage=rng.choice([1.0, 0.3]), wave=wave, clap=clap, throw=throw))
        if subject.smoothed:
            assert sum(subject.smoothed.values()) == pytest.approx(1.0)
    events += subject.finish()
    assert [e.seq for e in events] == list(range(len(events)))
    assert [e.kind for e in events] == ["onset", "offset"] * (len(events) // 2)
    for onset, offset in zip(events[::2], events[1::2], strict=True):
        assert (onset.id, onset.label, onset.onset) == (offset.id, offset.label, offset.onset)
        assert offset.duration is not None
        assert offset.duration >= 0
        assert 0 <= onset.confidence <= 1 + 1e-9
        assert 0 <= offset.confidence <= 1 + 1e-9
    assert len({e.id for e in events}) == len(events) // 2
