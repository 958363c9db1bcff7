"""Events are matched to actions one to one, as many as possible, and what is left over is said."""

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hnhar.stream.messages import Event
from hnhar.stream.recordings.recording import Annotation
from hnhar.stream.recordings.score import Hit, Recognized, match, recognized, twins

from ..examples import event


def action(onset: float, label: str = "wave", duration: float = 2.0) -> Annotation:
    return Annotation(onset, duration, label)


def found(onset: float, label: str = "wave", duration: float = 2.0) -> Recognized:
    return Recognized(onset, duration, label, 0.9)


def fits(a: Annotation, e: Recognized, collar: float) -> bool:
    """The definition: same label, and the event touches the action extended by the collar."""
    return a.label == e.label and e.onset <= a.offset + collar and e.offset >= a.onset - collar


def most(actions: list[Annotation], events: list[Recognized], collar: float) -> int:
    """The size of a largest matching, by trying every one."""
    wide = [*events, *[None] * len(actions)]
    return max(
        sum(e is not None and fits(a, e, collar) for a, e in zip(actions, order, strict=True))
        for order in set(permutations(wide, len(actions)))
    )


def intervals(rng: np.random.Generator, count: int) -> list[tuple[float, float, str]]:
    return [
        (float(rng.uniform(0, 12)), float(rng.uniform(0, 3)), str(rng.choice(["wave", "clap"])))
        for _ in range(count)
    ]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_the_matching_is_one_to_one_and_no_other_is_larger(seed: int) -> None:
    rng = np.random.default_rng(seed)
    actions = [Annotation(o, d, label) for o, d, label in intervals(rng, int(rng.integers(1, 5)))]
    events = [Recognized(o, d, label, 0.5) for o, d, label in intervals(rng, int(rng.integers(0, 5)))]
    collar = float(rng.choice([0.0, 0.5, 1.5]))
    score = match(actions, events, collar=collar)
    assert len(score.hits) == most(actions, events, collar)
    assert all(fits(hit.action, hit.event, collar) for hit in score.hits)
    assert sorted([*[h.action for h in score.hits], *score.misses], key=repr) == sorted(actions, key=repr)
    assert sorted([*[h.event for h in score.hits], *score.false_events], key=repr) == sorted(events, key=repr)
    assert (score.actions, score.events) == (len(actions), len(events))
    assert sum(score.confusions.values()) <= min(len(score.misses), len(score.false_events))


def test_an_early_event_does_not_take_the_only_action_of_a_later_one() -> None:
    score = match([action(0.0), action(5.0)], [found(3.0, duration=1.0), found(6.9)], collar=1.5)
    assert [(h.action.onset, h.event.onset) for h in score.hits] == [(0.0, 3.0), (5.0, 6.9)]


def test_a_chain_of_actions_makes_room_for_one_more() -> None:
    """Each event fits the action before it and, better, the one after; the first has only the first."""
    actions = [action(4.0 * k) for k in range(6)]
    events = [found(4.0 * k + 3.0, duration=1.5) for k in range(6)]
    assert len(match(actions, events, collar=1.5).hits) == 6


def test_of_two_events_on_one_action_the_one_that_overlaps_longer_is_taken() -> None:
    score = match([action(10.0)], [found(8.5), found(10.1)])
    assert [h.event.onset for h in score.hits] == [10.1]
    assert [e.onset for e in score.false_events] == [8.5]
    assert (score.recall, score.precision, score.false_share) == (1.0, 0.5, 0.5)
    assert score.f1 == pytest.approx(2 / 3)


@pytest.mark.parametrize(("onset", "hit"), [(6.5, True), (6.49, False), (13.5, True), (13.51, False)])
def test_an_event_may_lie_a_collar_apart(onset: float, hit: bool) -> None:
    assert len(match([action(10.0)], [found(onset)], collar=1.5).hits) == hit


def test_another_label_is_a_confusion_and_no_hit() -> None:
    score = match([action(10.0), action(20.0), action(30.0)], [found(10.2, "clap"), found(30.0)])
    assert score.confusions == {("wave", "clap"): 1}
    assert (len(score.hits), len(score.misses), len(score.false_events)) == (1, 2, 1)
    assert score.idle_events == 0


def test_a_confused_event_is_counted_for_one_action_only() -> None:
    score = match([action(10.0), action(12.5)], [found(11.0, "clap", 3.0)])
    assert score.confusions == {("wave", "clap"): 1}
    with pytest.raises(TypeError):
        score.confusions["wave", "clap"] = 2  # type: ignore[index]


def test_false_events_that_overlap_no_action_are_counted_per_idle_minute() -> None:
    events = [found(40.0), found(70.0), found(11.0, "clap")]
    score = match([action(10.0)], events, span=(0.0, 122.0))
    assert score.idle_events == 2
    assert score.idle_minutes == pytest.approx(2.0)
    assert score.false_per_idle_minute == pytest.approx(1.0)


def test_an_event_without_duration_inside_an_action_is_not_idle() -> None:
    assert match([action(10.0)], [found(11.0, "clap", 0.0)]).idle_events == 0


def test_idle_annotations_and_events_are_no_actions_but_extend_the_session() -> None:
    score = match([action(0.0, "idle", 60.0), action(10.0)], [found(10.0), found(30.0, "idle", 20.0)])
    assert (score.actions, score.events) == (1, 1)
    assert score.idle_minutes == pytest.approx(58 / 60)


def test_overlapping_actions_are_not_idle_twice() -> None:
    score = match([action(0.0, duration=10.0), action(2.0, duration=3.0)], [], span=(-5.0, 20.0))
    assert score.idle_minutes * 60 == pytest.approx(5.0 + 10.0)


def test_what_is_undefined_is_nan() -> None:
    score = match([], [])
    for value in (score.recall, score.precision, score.f1, score.false_share, score.iou, score.onset_error):
        assert math.isnan(value)
    assert math.isnan(score.false_per_idle_minute)
    assert (score.idle_events, score.idle_minutes, score.confusions) == (0, 0.0, {})


def test_without_events_recall_is_zero_and_precision_unknown() -> None:
    score = match([action(1.0)], [])
    assert score.recall == score.f1 == 0.0
    assert math.isnan(score.precision)


def test_hits_say_how_well_they_lie() -> None:
    score = match([action(10.0), action(20.0)], [found(11.0), found(20.5, duration=1.0)])
    assert [h.iou for h in score.hits] == pytest.approx([1 / 3, 1 / 2])
    assert score.iou == pytest.approx(5 / 12)
    assert score.onset_error == pytest.approx(0.75)
    assert Hit(action(0.0), found(3.0)).iou == 0.0
    assert Hit(action(1.0, duration=0.0), found(1.0, duration=0.0)).iou == 1.0


def test_by_intersection_over_union_a_short_touch_is_no_hit() -> None:
    actions, events = [action(10.0), action(20.0)], [found(11.5), found(20.5)]
    assert match(actions, events).f1 == 1.0
    strict = match(actions, events, iou=0.5)
    assert [h.action.onset for h in strict.hits] == [20.0]
    assert len(match(actions, events, iou=0.0).hits) == 2


def test_actions_that_cannot_be_recognized_are_neither_missed_nor_idle() -> None:
    events = [found(30.5, "clap")]
    score = match([action(10.0), action(30.0, "dance")], events, others=["dance"], span=(0.0, 64.0))
    assert [m.label for m in score.misses] == ["wave"]
    assert (len(score.false_events), score.idle_events) == (1, 0)
    assert score.idle_minutes == pytest.approx(1.0)


def test_the_delay_is_from_the_action_to_the_publication() -> None:
    onset = replace(event(0, kind="onset", label="wave", onset=10.5), id=1, decided=11.25)
    offset = replace(event(1, kind="offset", label="wave", onset=10.5), id=1, decided=13.0)
    (hit,) = match([action(10.0)], recognized([onset, offset])).hits
    assert hit.delay == pytest.approx(1.25)
    assert math.isnan(match([action(10.0)], [found(10.0)]).hits[0].delay)


def numbered(seq: int, kind: str, number: int, onset: float, label: str = "wave") -> Event:
    return replace(event(seq, kind=kind, label=label, onset=onset), id=number)


def test_an_onset_and_its_offset_are_one_activity_in_any_order_of_arrival() -> None:
    events = [numbered(0, "onset", 1, 5.0), numbered(1, "offset", 1, 5.0), numbered(2, "onset", 2, 9.0)]
    for order in permutations(events):
        assert recognized(order) == [Recognized(5.0, 1.5, "wave", 0.93)]


def test_an_activity_that_never_ended_lasts_until_the_end_given() -> None:
    events = [numbered(0, "onset", 1, 5.0), numbered(1, "onset", 2, 3.0, "clap")]
    assert recognized(events, end=10.0) == [
        Recognized(3.0, 7.0, "clap", 0.93),
        Recognized(5.0, 5.0, "wave", 0.93),
    ]
    assert recognized(events, end=4.0)[1].duration == 0.0
    assert recognized(events) == []


def test_twins_are_of_one_label_and_near_at_both_ends() -> None:
    live = [found(10.0), found(20.0), found(30.0), found(40.0)]
    offline = [found(10.2), found(20.0, "clap"), found(30.0, duration=2.3), found(50.0)]
    same = twins(live, offline, 0.25)
    assert [(a.onset, b.onset) for a, b in same.pairs] == [(10.0, 10.2)]
    assert same.first == tuple(live[1:])
    assert same.second == tuple(offline[1:])


def test_each_event_has_one_twin_at_most_and_the_nearest() -> None:
    same = twins([found(10.0), found(10.1)], [found(10.15)], 0.25)
    assert [a.onset for a, _ in same.pairs] == [10.1]
    assert [e.onset for e in same.first] == [10.0]
    assert twins([], [found(1.0)], 0.25).second == (found(1.0),)
