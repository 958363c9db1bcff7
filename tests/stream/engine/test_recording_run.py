"""A recording as a run: what the offline path gives to the bit, with outputs, statuses, a speed, a stop."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import torch

from hnhar.model.bundle.bundle import DEFAULT, BundleInfo, find
from hnhar.model.kinds.imu import imu
from hnhar.model.loading import load
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.offline import blocks, recognize
from hnhar.stream.engine.recording_run import RecordingRun
from hnhar.stream.messages import Event, Latency, Message, Prediction, Status, StreamState
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.synthesis.performer import perform


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime(*load(find(DEFAULT)))


@pytest.fixture(scope="module")
def session() -> Recording:
    return perform(seed=3, person=1001, actions=["wave", "clap", "throw"], duration=30.0)


class Keep:
    """Keeps every message; sets an event at the first that is wanted."""

    def __init__(self, wanted: type[Message] | None = None) -> None:
        self.messages: list[Message] = []
        self.stop = threading.Event()
        self._wanted = wanted

    def take(self, message: Message) -> None:
        self.messages.append(message)
        if self._wanted is not None and isinstance(message, self._wanted):
            self.stop.set()

    @property
    def predictions(self) -> list[Prediction]:
        return [replace(m, latency=Latency()) for m in self.messages if isinstance(m, Prediction)]

    @property
    def events(self) -> list[Event]:
        return [m for m in self.messages if isinstance(m, Event)]

    @property
    def statuses(self) -> list[Status]:
        return [m for m in self.messages if isinstance(m, Status)]


def run_of(recording: Recording, runtime: Runtime, kept: Keep, **more: Any) -> RecordingRun:
    feeds, _ = recorded_feeds(recording, runtime.info.modalities)
    engine = Engine(runtime, runtime.info, [recording.wearer])
    return RecordingRun(engine, recording, feeds, sinks=[kept], **more)


def test_a_run_gives_what_the_offline_path_gives_to_the_bit(runtime: Runtime, session: Recording) -> None:
    kept = Keep()
    assert run_of(session, runtime, kept).run(threading.Event())
    offline = recognize(session, runtime, runtime.info)
    assert len(offline.predictions) > 80
    assert {event.label for event in offline.events} == {"wave", "clap", "throw"}
    assert kept.predictions == list(offline.predictions)
    assert kept.events == list(offline.events)


@pytest.mark.parametrize("modality", ["imu", "skeleton"])
def test_either_modality_alone_is_enough(runtime: Runtime, session: Recording, modality: str) -> None:
    alone, kept = replace(session, streams=session.of(modality)), Keep()
    assert run_of(alone, runtime, kept).run(threading.Event())
    assert {p.modalities for p in kept.predictions} == {(modality,)}
    assert kept.predictions == list(recognize(alone, runtime, runtime.info).predictions)


def test_what_is_counted_adds_up(runtime: Runtime, session: Recording) -> None:
    kept = Keep()
    run = run_of(session, runtime, kept)
    assert run.run(threading.Event())
    status = run.status
    assert status is not None
    assert kept.messages[-1] == status
    assert [s.seq for s in kept.statuses] == list(range(len(kept.statuses)))
    assert status.predictions == len(kept.predictions) == run.meter.predictions
    assert status.events == sum(event.kind == "onset" for event in kept.events)
    assert {s.feed: (s.samples, s.source, s.drops) for s in status.streams} == {
        s.modality: (len(s.timestamps), "recording", 0) for s in session.streams
    }
    assert {s.state for s in kept.statuses[0].streams} == {StreamState.LIVE}
    assert {s.state for s in status.streams} == {StreamState.ENDED}
    assert run.counts()[0] == 0


def test_a_latency_counts_from_when_its_samples_were_fed(runtime: Runtime, session: Recording) -> None:
    kept = Keep()
    run_of(session, runtime, kept).run(threading.Event())
    for latency in [m.latency for m in kept.messages if isinstance(m, Prediction)]:
        assert latency.lsl == 0.0
        assert 0.0 < latency.encoder <= latency.total < 60.0
        parts = latency.windowing + latency.encoder + latency.publishing
        assert parts == pytest.approx(latency.total)


def test_the_unix_time_of_a_recording_is_not_known_and_not_1970(runtime: Runtime, session: Recording) -> None:
    kept = Keep()
    run_of(session, runtime, kept).run(threading.Event())
    assert {m.end_unix_ns for m in kept.messages if isinstance(m, Prediction)} == {None}
    assert {m.onset_unix_ns for m in kept.messages if isinstance(m, Event)} == {None}
    assert {m.time_unix_ns for m in kept.messages if isinstance(m, Status)} == {None}


def test_a_stop_ends_it_at_once_with_the_offset_of_what_went_on(runtime: Runtime, session: Recording) -> None:
    kept, reached = Keep(Event), list[float]()
    run = run_of(session, runtime, kept)
    assert not run.run(kept.stop, reached.append)
    assert [event.kind for event in kept.events] == ["onset", "offset"]
    assert isinstance(kept.messages[-1], Status)
    assert reached == sorted(reached)
    assert session.start < reached[-1] == run.position < session.end - 10.0
    offline = recognize(session, runtime, runtime.info)
    assert kept.predictions == list(offline.predictions)[: len(kept.predictions)]


def test_a_speed_is_kept_and_a_stop_does_not_wait_for_it(runtime: Runtime, session: Recording) -> None:
    kept, ticks, waits = Keep(), count(), list[float]()

    class Patient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return True

    run = run_of(session, runtime, kept, speed=2.0, clock=lambda: 1e-6 * next(ticks))
    assert run.run(Patient())
    # by a clock that hardly moves, each block is due at half of its time in the recording
    assert max(waits) == pytest.approx((session.end - session.start) / 2.0, abs=0.1)
    stopped = threading.Event()
    stopped.set()
    assert not run_of(session, runtime, Keep(), speed=1e-6).run(stopped)


def test_what_an_output_raises_ends_the_run(runtime: Runtime, session: Recording) -> None:
    class Breaks(Keep):
        def take(self, message: Message) -> None:
            if isinstance(message, Prediction):
                raise RuntimeError("the output broke")

    with pytest.raises(RuntimeError, match="the output broke"):
        run_of(session, runtime, Breaks()).run(threading.Event())


def test_blocks_of_several_wearers_come_in_the_order_of_time(runtime: Runtime, session: Recording) -> None:
    feeds, _ = recorded_feeds(session, runtime.info.modalities)
    found = list(blocks({"a": feeds, "b": feeds}))

    def rows(wearer: str) -> Iterator[int]:
        return (len(c.timestamps) for block in found for w, _, c in block.chunks if w == wearer)

    assert sum(rows("a")) == sum(rows("b")) == sum(len(f.times) for f in feeds)
    assert [block.end for block in found] == sorted(block.end for block in found)
    assert all({w for w, _, _ in block.chunks} == {"a", "b"} for block in found)


def test_a_modality_may_have_another_name_than_its_kind(session: Recording) -> None:
    modalities = (imu(name="watch"),)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        recognizer = Recognizer(preset("compact", modalities, window=2.0, classes=2))
    info = BundleInfo("watch", modalities, 2.0, 0.5, ("rest", "wave"), "rest", "", {})
    kept = Keep()
    assert run_of(session, Runtime(info, recognizer), kept).run(threading.Event())
    assert {p.modalities for p in kept.predictions} == {("watch",)}
    assert {(s.modality, s.feed) for s in kept.statuses[-1].streams} == {("watch", "watch")}
