"""A bundle learns one wearer, from the streams' own answers or from labels, and not for the worse."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hnhar.model.bundle.enrollment import Enrollment
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.runtime import Runtime
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.recordings.enrolling import Span
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.adapt.lesson import lesson_of
from hnhar.train.adapt.session import BLOCK, HOP, SessionPart, held_out
from hnhar.train.adapt.student import AdaptConfig, met
from hnhar.train.adapt.teacher import smoothed
from hnhar.train.adapt.verdict import (
    HeldOut,
    agreement,
    check_streams,
    check_teacher,
    comparable,
    contradicting,
    leading,
    right,
)
from hnhar.train.adapt.workflow import adapted
from hnhar.train.synthesis.elsewhere.mount import turned
from hnhar.train.synthesis.performer import perform

from .wearer import SHORT, adapt_to, part, session, shipped


@pytest.mark.parametrize("guided", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_bundle_of_a_wearer_says_what_it_learned_from_and_leaves_the_other_as_it_is(guided: bool) -> None:
    info, recognizer = shipped()
    before = {name: tensor.clone() for name, tensor in recognizer.state_dict().items()}
    made = adapt_to(part(session()), guided=guided)
    assert all(torch.equal(tensor, before[name]) for name, tensor in recognizer.state_dict().items())
    changed = made.recognizer.state_dict()
    assert any(not torch.equal(changed[name], tensor) for name, tensor in before.items())
    statistics = [name for name in before if "running" in name]
    assert statistics
    assert all(torch.equal(changed[name], before[name]) for name in statistics)
    story = made.info.provenance["adapted"]
    assert story["from"] == info.id
    assert {"wave", "clap"} <= set(story["activities"])
    assert made.info.name == "anna"
    assert set(made.held.before) == {"imu", "skeleton", "imu+skeleton"}
    stayed = {name.split(".")[1] for name in before if name.startswith("encoders.")} - {
        name.split(".")[1] for name in before if not torch.equal(changed[name], before[name])
    }
    assert stayed == set(made.kept) == set(story["kept"])
    assert bool(stayed) != guided


@pytest.mark.slow
def test_the_same_session_and_seed_give_the_same_weights() -> None:
    first, second = adapt_to(part(session())), adapt_to(part(session()))
    states = first.recognizer.state_dict(), second.recognizer.state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_windows_that_are_held_out_share_no_sample_with_those_that_are_learned_from() -> None:
    cut = part(session()).windows(shipped()[0])
    learned, held = held_out(cut)
    assert len(learned) > len(held) > 10
    for row in held:
        assert all(
            cut[row].end <= cut[other].start + 1e-9 or cut[other].end <= cut[row].start + 1e-9
            for other in learned
            if abs(cut[other].end - cut[row].end) < BLOCK
        )


def test_one_stream_cannot_teach_itself() -> None:
    alone = replace(session(), streams=session().of("imu"))
    with pytest.raises(RecordingError, match="there is only imu"):
        adapt_to(part(alone))


def test_labels_that_the_bundle_does_not_know_are_refused() -> None:
    strange = tuple(replace(annotation, label="juggle") for annotation in session().annotations)
    with pytest.raises(RecordingError, match="it was juggle"):
        adapt_to(part(replace(session(), annotations=strange)), guided=True)


def test_the_streams_of_two_people_are_refused() -> None:
    other = perform(seed=8, person=1011, actions=["wave", "clap", "boxing", "arm_curl"], repetitions=3)
    with pytest.raises(RecordingError, match="do not move together"):
        adapt_to(part(replace(session(), streams=(*session().of("imu"), *other.of("skeleton")))))


def test_another_body_in_view_is_refused_and_the_own_one_is_not() -> None:
    other = perform(seed=8, person=1011, actions=["wave", "clap", "boxing", "arm_curl"], repetitions=3)
    (mine,), (theirs,) = session().of("skeleton"), other.of("skeleton")
    count = min(len(mine.samples), len(theirs.samples))
    columns = np.concatenate([theirs.samples[:count], mine.samples[:count]], axis=1)
    labels = [f"body{n}_{label}" for n in (1, 2) for label in mine.description.channels]
    description = replace(mine.description, channels=tuple(labels), units=mine.description.units * 2)
    both = replace(mine, description=description, samples=columns, timestamps=mine.timestamps[:count])
    recording = replace(session(), streams=(*session().of("imu"), both))
    info, recognizer = shipped()
    runtime = Runtime(info, recognizer, threads=1)
    for body in (1, 2):
        feeds, _ = recorded_feeds(recording, info.modalities, MappingOptions(body=body))
        taken = SessionPart(feeds)
        if body == 2:
            assert lesson_of([taken.windows(info)], [taken], info, runtime, guided=False).leading
            continue
        with pytest.raises(RecordingError, match=r"of one person .--body, where several are in view"):
            lesson_of([taken.windows(info)], [taken], info, runtime, guided=False)


def test_a_session_of_rest_teaches_nothing() -> None:
    targets = np.full((400, 3), 0.01, np.float32)
    targets[:, 0] = 0.98
    with pytest.raises(RecordingError, match="none are surely of an activity; at least"):
        check_teacher(targets, ["idle", "wave", "clap"], 0)


@pytest.mark.parametrize(("late", "words"), [(2.0, "skeleton 2 s earlier"), (-3.0, "skeleton 3 s later")])
def test_streams_that_are_apart_in_time_are_refused_with_the_seconds(late: float, words: str) -> None:
    draw = np.random.default_rng(3)
    steps = np.repeat(np.arange(40) % 2, draw.integers(8, 40, 40)).astype(np.float32)
    shift = round(late / HOP)
    first, second = (np.stack([1 - doing, doing], axis=1) for doing in (steps, np.roll(steps, shift)))
    with pytest.raises(RecordingError, match=f"do not move together .*{words}"):
        check_streams({"imu": first, "skeleton": second}, 0)
    check_streams({"imu": first, "skeleton": np.roll(second, 1 - shift, axis=0)}, 0)


def test_streams_whose_activity_coincides_pass_whatever_they_say_it_is() -> None:
    doing = (np.sin(np.arange(200) / 8) > 0).astype(np.float32)
    right_one = np.stack([1 - doing, doing, 0 * doing], axis=1)
    wrong_one = np.stack([1 - doing, 0 * doing, doing], axis=1)
    check_streams({"imu": wrong_one, "skeleton": right_one}, 0)


@pytest.mark.slow
def test_a_training_that_harms_is_refused_with_its_figures() -> None:
    again = perform(seed=6, person=1010, actions=["wave", "clap", "boxing", "arm_curl"], repetitions=3)
    with pytest.raises(RecordingError, match=r"it would (harm: .* fell: .*imu|help nobody)"):
        adapt_to(part(again), guided=True, config=AdaptConfig(steps=12, batch=16, learning_rate=0.5))


def test_right_answers_count_activities_and_idle_alike() -> None:
    targets = np.eye(3, dtype=np.float32)[[0, 0, 0, 0, 1, 2]]
    answers = np.eye(3, dtype=np.float32)[[0, 0, 0, 0, 1, 1]]
    assert right(answers, targets, 0) == pytest.approx(0.75)


def test_harm_is_what_few_windows_do_not_make_by_chance() -> None:
    assert HeldOut(400, 50.0, {"imu": 0.9}, {"imu": 0.7}).harms == ["imu from 90% to 70%"]
    assert not HeldOut(37, 4.6, {"imu": 0.9}, {"imu": 0.8}).harms
    assert HeldOut(37, 4.6, {"imu": 0.97}, {"imu": 0.5}).harms
    assert not HeldOut(40000, 5000.0, {"imu": 0.9}, {"imu": 0.89}).harms


def test_of_activities_that_were_not_performed_nothing_is_learned() -> None:
    targets = torch.eye(4)[[0] * 9 + [1] * 9 + [2] * 3]
    assert met(targets, 0).tolist() == [0, 1]
    made = adapt_to(part(session()), guided=True)
    before, after = shipped()[1].state_dict(), made.recognizer.state_dict()
    bias = "head.interaction.3.bias"
    moved = ((after[bias] - before[bias]).abs() > 5e-5).nonzero()[:, 0].tolist()
    performed = {"idle", "wave", "clap", "boxing", "arm_curl"}
    assert {shipped()[0].labels[k] for k in moved} == performed
    assert "push" in made.absent


def test_a_modality_that_mostly_contradicts_the_others_does_not_teach() -> None:
    truth = np.repeat(np.eye(3, dtype=np.float32)[[1, 2]], 50, axis=0)
    turned = truth[:, [0, 2, 1]]
    assert contradicting(agreement({"imu": turned, "skeleton": truth}, truth, 0)) == ["imu"]
    assert not contradicting(agreement({"imu": truth, "skeleton": truth}, truth, 0))
    assert not contradicting(agreement({"imu": turned, "skeleton": turned}, truth, 0))


def test_the_modality_that_agrees_best_with_all_together_teaches_and_does_not_learn() -> None:
    assert leading({"imu": 0.7, "skeleton": 0.9}) == ["skeleton"]
    assert leading({}) == []


@pytest.mark.slow
def test_a_turned_sensor_is_taught_and_does_not_teach() -> None:
    info, recognizer = shipped()
    straight, other = part(session()), part(turned(session(), 90.0, "x"))
    runtime = Runtime(info, recognizer, threads=1)
    expected, found = (
        lesson_of([p.windows(info)], [p], info, runtime, guided=False).windows.targets.argmax(1)
        for p in (straight, other)
    )
    assert (expected == found).float().mean() > 0.85


def test_what_was_performed_once_is_not_held_against_a_training_that_did_not_see_it() -> None:
    best = [0] * 8 + [1] * 8 + [2] * 8 + [3] * 2 + [0] * 4 + [1] * 10 + [2] * 10 + [3] * 10
    targets, learned = np.eye(4, dtype=np.float32)[best], np.arange(26)
    held = np.arange(26, 60)
    assert comparable(targets, learned, held, 0).tolist() == list(range(26, 50))
    unsure = targets * 0.4
    assert not len(comparable(unsure, learned, held, 0))


def test_nothing_is_compared_by_one_bout_of_one_activity() -> None:
    best = [0] * 8 + [1] * 8 + [2] * 8 + [0] * 40 + [1] * 20
    targets, learned = np.eye(3, dtype=np.float32)[best], np.arange(24)
    assert not len(comparable(targets, learned, np.arange(24, 84), 0))
    best[-10:] = [2] * 10
    assert len(comparable(np.eye(3, dtype=np.float32)[best], learned, np.arange(24, 84), 0)) == 60


def test_a_performance_that_does_not_count_is_neither_an_activity_nor_idle() -> None:
    whole = part(session())
    span = Span(session().start + 10.0, session().start + 12.0)
    kept = replace(whole, forgotten=(span,)).windows(shipped()[0])
    assert 0 < len(kept) < len(whole.windows(shipped()[0]))
    assert not any(window.start < span.end and span.start < window.end for window in kept)


def test_answers_are_averaged_over_neighbors_in_time_only() -> None:
    answers = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.2, 0.8]], np.float32)
    out = smoothed(answers, np.array([0.0, 0.25, 0.5, 100.0]), 0.3)
    assert out.sum(axis=1) == pytest.approx(1.0)
    assert out[3] == pytest.approx([0.2, 0.8])
    assert out[1, 0] > 0.5


def test_a_bundle_with_enrolled_activities_is_left_alone() -> None:
    info, recognizer = shipped()
    enrolled = replace(info, enrolled=(Enrollment("stir", {}, 2),))
    with pytest.raises(ConfigError, match=r"\(stir\).*enroll them again"):
        adapted(
            enrolled, recognizer, [part(session())], "anna", SHORT, guided=True, seed=0, stage=lambda *_: None
        )
