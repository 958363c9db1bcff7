"""The engine's answers depend on the samples, not on how they came or on who else is there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.bundle.bundle import find
from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import ConfigError
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.engine import Engine, timed
from hnhar.stream.messages import Chunk, Event, Feed, Prediction, Window
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import interleave, recorded_feeds
from hnhar.train.synthesis.performer import perform

from ..examples import prediction

PEOPLE = ("ann", "ben", "cem", "dua")


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    """Of the bundled wrist weights."""
    return Runtime(*load(find("utd-mhad-wrist")))


@pytest.fixture(scope="module")
def sessions() -> dict[str, Recording]:
    """Wearer -> a session of one action or two."""
    return {name: perform(seed=k, person=k, duration=14.0) for k, name in enumerate(PEOPLE)}


def engine(runtime: Runtime, wearers: Sequence[str], **options: object) -> Engine:
    return Engine(runtime, runtime.info, wearers, **options)  # type: ignore[arg-type]


def pieces(
    runtime: Runtime, recording: Recording, *, block: float = 0.05, kind: str = ""
) -> Iterator[tuple[Feed, Chunk]]:
    streams = tuple(s for s in recording.streams if kind in ("", s.modality))
    feeds, _ = recorded_feeds(replace(recording, streams=streams), runtime.info.modalities)
    return interleave(feeds, block=block)


def alone(
    runtime: Runtime, recording: Recording, *, wearer: str = "ann", block: float = 0.05, kind: str = ""
) -> list[Prediction]:
    """One wearer's predictions, asked for after each chunk."""
    subject, predictions = engine(runtime, [wearer]), list[Prediction]()
    for feed, chunk in pieces(runtime, recording, block=block, kind=kind):
        subject.push(wearer, feed, chunk)
        predictions += subject.classify(subject.due())
    return predictions


def together(
    runtime: Runtime, sessions: dict[str, Recording], *, block: float = 0.05
) -> tuple[list[Prediction], list[int]]:
    """All wearers in one engine, fed in step, and how many windows were due at each asking."""
    subject, predictions, due = engine(runtime, list(sessions)), list[Prediction](), list[int]()
    arrivals = [
        (float(chunk.timestamps[-1]) // block, order, wearer, feed, chunk)
        for wearer, recording in sessions.items()
        for order, (feed, chunk) in enumerate(pieces(runtime, recording, block=block))
    ]
    arrivals.sort(key=lambda arrival: arrival[:3])
    for number, (slot, _, wearer, feed, chunk) in enumerate(arrivals):
        subject.push(wearer, feed, chunk)
        if number + 1 == len(arrivals) or arrivals[number + 1][0] != slot:
            windows = subject.due()
            predictions += subject.classify(windows)
            due.append(len(windows))
    return predictions, due


def of(predictions: Sequence[Prediction], wearer: str) -> list[Prediction]:
    return [p for p in predictions if p.wearer == wearer]


def test_live_feeding_in_any_chunks_and_offline_evaluation_agree_to_the_bit(
    runtime: Runtime, sessions: dict[str, Recording]
) -> None:
    offline = alone(runtime, sessions["ann"])
    assert len(offline) > 40
    assert alone(runtime, sessions["ann"], block=0.011) == offline
    assert alone(runtime, sessions["ann"], block=0.31) == offline
    assert alone(Runtime(*load(find("utd-mhad-wrist"))), sessions["ann"]) == offline


def test_asking_once_at_the_end_gives_the_same_to_the_bit(
    runtime: Runtime, sessions: dict[str, Recording]
) -> None:
    subject = engine(runtime, ["ann"])
    for feed, chunk in pieces(runtime, sessions["ann"]):
        subject.push("ann", feed, chunk)
    assert subject.classify(subject.due()) == alone(runtime, sessions["ann"])


def test_the_same_windows_due_together_give_the_same_bits_again(
    runtime: Runtime, sessions: dict[str, Recording]
) -> None:
    first, _ = together(runtime, sessions)
    assert together(runtime, sessions) == (first, _)


def test_wearers_together_get_what_each_gets_alone(runtime: Runtime, sessions: dict[str, Recording]) -> None:
    predictions, due = together(runtime, sessions)
    assert max(due) == len(sessions)
    for wearer, recording in sessions.items():
        lone = alone(runtime, recording, wearer=wearer)
        crowd = of(predictions, wearer)
        assert [(p.seq, p.end, p.label, p.coverage) for p in crowd] == [
            (p.seq, p.end, p.label, p.coverage) for p in lone
        ]
        for a, b in zip(crowd, lone, strict=True):
            assert a.probabilities == pytest.approx(b.probabilities, abs=1e-5)


def test_windows_of_one_end_form_one_batch(
    runtime: Runtime, sessions: dict[str, Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four wearers whose windows are due at two ends are two batches of four, whoever was pushed first."""
    subject = engine(runtime, list(sessions))
    for wearer in reversed(sessions):
        for fed in recorded_feeds(sessions[wearer], runtime.info.modalities)[0]:
            before = fed.times < 6.1
            subject.push(wearer, fed.feed, Chunk(fed.samples[before], fed.times[before]))
    windows = subject.due()
    assert [w.index for w in windows] == sorted(w.index for w in windows)
    last = [w for w in windows if w.index >= 23]
    assert [(w.wearer, w.index) for w in last] == [(name, i) for i in (23, 24) for name in PEOPLE]
    sizes = []
    classify = runtime.classify
    monkeypatch.setattr(runtime, "classify", lambda batch: sizes.append(len(batch)) or classify(batch))
    assert [p.wearer for p in subject.classify(last)] == [*PEOPLE, *PEOPLE]
    assert sizes == [4, 4]


@pytest.mark.parametrize("kind", ["imu", "skeleton"])
def test_either_modality_may_be_missing(runtime: Runtime, sessions: dict[str, Recording], kind: str) -> None:
    predictions = alone(runtime, sessions["ann"], kind=kind)
    assert len(predictions) > 40
    assert {p.modalities for p in predictions} == {(kind,)}
    assert {p.coverage[other] for p in predictions for other in p.coverage if other != kind} == {0.0}


def test_a_prediction_says_what_it_was_made_from(runtime: Runtime, sessions: dict[str, Recording]) -> None:
    subject = engine(runtime, ["ann"])
    subject.unix_offset_ns = 1_790_000_000_000_000_000
    for feed, chunk in pieces(runtime, sessions["ann"]):
        subject.push("ann", feed, chunk)
    windows = subject.due()
    for window, made in zip(windows, subject.classify(windows), strict=True):
        assert (made.start, made.end, made.closed_by) == (window.start, window.end, window.closed_by)
        assert made.end_unix_ns == 1_790_000_000_000_000_000 + round(window.end * 1e9)
        assert made.modalities == tuple(window.samples)
        assert made.coverage == window.coverage
        assert made.model == runtime.info.id
        assert tuple(made.probabilities) == runtime.info.labels
        assert made.confidence == max(made.probabilities.values()) == made.probabilities[made.label]
        assert sum(made.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_predictions_are_numbered_by_wearer(runtime: Runtime, sessions: dict[str, Recording]) -> None:
    predictions, _ = together(runtime, {name: sessions[name] for name in ("ann", "ben")})
    for wearer in ("ann", "ben"):
        numbers = [p.seq for p in of(predictions, wearer)]
        assert numbers == list(range(len(numbers)))


def test_a_late_engine_takes_each_wearers_newest_window_and_counts_the_others(
    runtime: Runtime, sessions: dict[str, Recording]
) -> None:
    subject, twin = (engine(runtime, ["ann", "ben", "cem"]) for _ in range(2))
    for one in (subject, twin):
        for wearer, until in (("ann", 99.0), ("ben", 8.1)):
            for fed in recorded_feeds(sessions[wearer], runtime.info.modalities)[0]:
                before = fed.times < until
                one.push(wearer, fed.feed, Chunk(fed.samples[before], fed.times[before]))
    everything = twin.due()
    newest = subject.due(newest_only=True)
    assert [w.wearer for w in newest] == ["ben", "ann"]
    for window in newest:
        assert window.index == max(w.index for w in everything if w.wearer == window.wearer)
    assert sum(subject.skipped.values()) == len(everything) - 2
    assert subject.skipped["cem"] == 0
    assert twin.skipped == {"ann": 0, "ben": 0, "cem": 0}
    assert subject.due(newest_only=True) == []


def test_a_hop_of_the_users_choice_replaces_the_bundles(
    runtime: Runtime, sessions: dict[str, Recording]
) -> None:
    subject = engine(runtime, ["ann"], hop=0.5)
    for feed, chunk in pieces(runtime, sessions["ann"]):
        subject.push("ann", feed, chunk)
    ends = np.array([w.end for w in subject.due()])
    assert subject.hop == 0.5
    assert np.diff(ends) == pytest.approx(0.5)
    every = {p.end: p for p in alone(runtime, sessions["ann"])}
    assert set(ends) < set(every)


def test_a_hop_longer_than_a_window_is_refused(runtime: Runtime) -> None:
    assert engine(runtime, ["ann"], hop=runtime.info.window).hop == runtime.info.window
    with pytest.raises(ConfigError, match=r"a hop of 4 s is longer than the 3 s of a .*at most 3 s"):
        engine(runtime, ["ann"], hop=4.0)


def test_a_feed_that_is_down_or_begins_anew_is_the_windowers_business(
    runtime: Runtime, sessions: dict[str, Recording]
) -> None:
    subject = engine(runtime, ["ann"])
    inertial, bodies = recorded_feeds(sessions["ann"], runtime.info.modalities)[0]
    imu, times, samples = inertial.feed, inertial.times, inertial.samples
    skeleton, frames, joints = bodies.feed, bodies.times, bodies.samples
    subject.push("ann", skeleton, Chunk(joints[frames < 4.9], frames[frames < 4.9]))
    subject.set_live("ann", skeleton.name, False)
    subject.push("ann", imu, Chunk(samples[times < 5.1], times[times < 5.1]))
    assert [w.end for w in subject.due()][-1] == 5.0
    subject.restart("ann", imu.name)
    assert subject.windower("ann").counters[imu.name].resets == 1


def test_where_time_steps_back_a_wearers_windows_keep_their_order(
    runtime: Runtime, sessions: dict[str, Recording]
) -> None:
    subject = engine(runtime, ["ann", "ben"])
    for wearer in ("ann", "ben"):
        first = recorded_feeds(sessions[wearer], runtime.info.modalities)[0][0]
        imu, times, samples = first.feed, first.times, first.samples
        subject.push(wearer, imu, Chunk(samples, times))
        if wearer == "ann":
            subject.push(wearer, imu, Chunk(samples[:200], times[:200]))
    windows = subject.due()
    ends = {name: [w.end for w in windows if w.wearer == name] for name in ("ann", "ben")}
    first = len(ends["ben"])
    assert ends["ann"][:first] == ends["ben"] == sorted(ends["ben"])
    assert ends["ann"][first:] == sorted(ends["ann"][first:])
    assert 0 < ends["ann"][first] < 4.0
    assert len(subject.classify(windows)) == len(windows)


def decided(runtime: Runtime, predictions: Sequence[Prediction]) -> tuple[list[Event], Engine]:
    """The engine's events for these, handed over in two calls."""
    settings = Decision(smoothing=0.0, enter=0.5, leave=0.4, minimum=0.0, refractory=0.0)
    subject = engine(runtime, ["ann", "ben"], decision=settings)
    half = len(predictions) // 2
    return subject.decide(predictions[:half]) + subject.decide(predictions[half:]), subject


def waving(runtime: Runtime, wearer: str, end: float) -> Prediction:
    labels = runtime.info.labels
    probabilities = {label: 0.9 if label == labels[0] else 0.1 / (len(labels) - 1) for label in labels}
    return replace(prediction(wearer=wearer, end=end), probabilities=probabilities)


def test_events_of_several_wearers_are_decided_apart(runtime: Runtime) -> None:
    stream = [waving(runtime, wearer, 100 + k / 4) for k in range(8) for wearer in ("ann", "ben")]
    events, subject = decided(runtime, stream)
    assert [(e.wearer, e.kind, e.seq) for e in events] == [("ann", "onset", 0), ("ben", "onset", 0)]
    assert [(e.wearer, e.kind, e.duration) for e in subject.finish()] == [
        ("ann", "offset", 1.75),
        ("ben", "offset", 1.75),
    ]
    assert subject.finish() == []


def test_what_is_on_in_a_wearer_without_windows_lapses_after_a_windows_time(runtime: Runtime) -> None:
    _, subject = decided(runtime, [waving(runtime, "ann", 100.0), waving(runtime, "ben", 102.0)])
    assert subject.lapse("ann", 2.9) == []
    (offset,) = subject.lapse("ann", 3.1)
    assert (offset.wearer, offset.kind, offset.decided) == ("ann", "offset", 103.1)


def test_the_parts_of_the_latency_add_up_to_the_whole() -> None:
    latency = timed(prediction(), 10.0, 10.01, 10.03, 10.07, 10.15).latency
    parts = (latency.lsl, latency.windowing, latency.encoder, latency.publishing)
    assert parts == pytest.approx((0.01, 0.02, 0.04, 0.08))
    assert latency.total == pytest.approx(sum(parts))


def test_no_windows_give_no_predictions(runtime: Runtime) -> None:
    assert engine(runtime, ["ann"]).classify(list[Window]()) == []
