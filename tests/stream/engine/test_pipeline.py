"""The live pipeline, fed in process: what it publishes, and that it equals the offline path to the bit."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.inbox import Arrival, Change
from hnhar.stream.engine.offline import recognize
from hnhar.stream.engine.pipeline import Pipeline, Times
from hnhar.stream.messages import (
    Event,
    Latency,
    Message,
    Prediction,
    Status,
    StreamState,
    StreamStatus,
)
from hnhar.stream.playback import RecordingInput
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.recordings import RecordedStream, Recording
from hnhar.stream.recordings.feeds import interleave, recorded_feeds
from hnhar.stream.sinks.outputs import Collector
from hnhar.train.synthesis.performer import perform

DEADLINE = 60.0


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime(*load(find(DEFAULT)))


@pytest.fixture(scope="module")
def session() -> Recording:
    return perform(seed=3, person=1001, actions=["wave", "clap", "throw"], duration=30.0)


def engine_of(runtime: Runtime, *wearers: str) -> Engine:
    return Engine(runtime, runtime.info, wearers)


def run_over(recording: Recording, runtime: Runtime, **more: Any) -> tuple[Pipeline, Collector]:
    """The pipeline with its threads over a recording, until all is worked off."""
    kept = Collector()
    pipeline = Pipeline(
        engine_of(runtime, recording.wearer), Times(time.monotonic, recorded=True), outputs=[kept], **more
    )
    feeds, _ = recorded_feeds(recording, runtime.info.modalities)
    pipeline.add(RecordingInput(recording, feeds, pipeline.inbox, done=pipeline.exhausted))
    pipeline.start()
    assert pipeline.ended.wait(DEADLINE)
    assert pipeline.stop()
    assert pipeline.error is None
    return pipeline, kept


def test_the_pipeline_fed_as_fast_as_it_goes_gives_what_the_offline_path_gives_to_the_bit(
    runtime: Runtime, session: Recording
) -> None:
    _, live = run_over(session, runtime)
    offline = recognize(session, runtime, runtime.info)
    assert len(offline.predictions) > 80
    assert {event.label for event in offline.events} == {"wave", "clap", "throw"}
    assert [replace(p, latency=Latency()) for p in live.predictions] == list(offline.predictions)
    assert live.events == list(offline.events)


@pytest.mark.parametrize("hole", [0.7, 2.0])
def test_a_hole_in_one_stream_gives_the_same_to_the_bit_however_much_is_taken_at_once(
    runtime: Runtime, session: Recording, hole: float
) -> None:
    def without(stream: RecordedStream) -> RecordedStream:
        since = stream.timestamps - session.start
        kept = (since < 8.0) | (since > 8.0 + hole)
        return replace(stream, timestamps=stream.timestamps[kept], samples=stream.samples[kept])

    streams = (*session.of("imu"), *(without(stream) for stream in session.of("skeleton")))
    holed = replace(session, streams=streams)
    kept = Collector()
    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic, recorded=True), outputs=[kept])
    feed(pipeline, holed, "a", float("inf"))
    pipeline.exhausted()
    pipeline.start()
    assert pipeline.ended.wait(DEADLINE)
    assert pipeline.stop()
    offline = recognize(replace(holed, wearer="a"), runtime, runtime.info)
    assert [replace(p, latency=Latency()) for p in kept.predictions] == list(offline.predictions)
    assert kept.events == list(offline.events)


@pytest.mark.parametrize("modality", ["imu", "skeleton"])
def test_either_modality_alone_is_enough(runtime: Runtime, session: Recording, modality: str) -> None:
    alone = replace(session, streams=session.of(modality))
    _, live = run_over(alone, runtime)
    offline = recognize(alone, runtime, runtime.info)
    assert {p.modalities for p in live.predictions} == {(modality,)}
    assert [replace(p, latency=Latency()) for p in live.predictions] == list(offline.predictions)


def test_what_is_counted_adds_up(runtime: Runtime, session: Recording) -> None:
    pipeline, live = run_over(session, runtime)
    status = pipeline.status
    assert status is not None
    assert status.predictions == len(live.predictions) == pipeline.meter.predictions
    assert status.events == sum(event.kind == "onset" for event in live.events)
    assert {s.feed: s.samples for s in status.streams} == {
        s.modality: len(s.timestamps) for s in session.streams
    }
    assert {s.state for s in status.streams} == {StreamState.ENDED}
    skipped, _ = pipeline.counts()
    assert (skipped, pipeline.inbox.dropped) == (0, {})


class Scripted:
    """An input without threads: the test itself leaves items in the inbox."""

    def __init__(self, wearer: str) -> None:
        self.wearer = wearer
        self.stopped = False
        self.failed = ""

    def start(self) -> None:
        """Nothing runs."""

    def stop(self) -> bool:
        self.stopped = True
        return True

    def failure(self) -> str:
        return self.failed

    def statuses(self, now: float) -> tuple[StreamStatus, ...]:
        return (StreamStatus(self.wearer, "imu", "imu", StreamState.LIVE, "script"),)


class Watch:
    """Keeps messages and lets a test wait for one."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = threading.Condition()

    def take(self, message: Message) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def until(self, condition: Callable[[list[Message]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.messages), DEADLINE), self.messages[-5:]


@pytest.fixture
def started(runtime: Runtime) -> Iterator[tuple[Pipeline, Watch]]:
    watch = Watch()
    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic, recorded=True), outputs=[watch])
    pipeline.add(Scripted("a"))
    pipeline.start()
    yield pipeline, watch
    pipeline.stop()


def feed(pipeline: Pipeline, recording: Recording, wearer: str, until: float) -> None:
    feeds, _ = recorded_feeds(recording, pipeline._engine.info.modalities)
    for one, chunk in interleave(feeds):
        if chunk.timestamps[-1] < until:
            pipeline.inbox.put(Arrival(wearer, one, chunk, time.monotonic()))


def modalities_of(messages: list[Message]) -> list[tuple[str, ...]]:
    return [m.modalities for m in messages if isinstance(m, Prediction)]


def test_a_stream_that_stalls_is_not_waited_for_and_left_out_within_a_window(
    started: tuple[Pipeline, Watch], session: Recording
) -> None:
    pipeline, watch = started
    feed(pipeline, session, "a", 8.0)
    watch.until(lambda seen: ("imu", "skeleton") in modalities_of(seen))
    pipeline.inbox.put(Change("a", "skeleton", StreamState.STALLED, "silent", None))
    rest = replace(session, streams=session.of("imu"))
    feeds, _ = recorded_feeds(rest, pipeline._engine.info.modalities)
    for one, chunk in interleave(feeds):
        if 8.0 <= chunk.timestamps[0] < 14.0:
            pipeline.inbox.put(Arrival("a", one, chunk, time.monotonic()))
    watch.until(lambda seen: modalities_of(seen)[-1] == ("imu",))
    alone = next(m for m in watch.messages if isinstance(m, Prediction) and m.modalities == ("imu",))
    assert alone.end < 8.0 + pipeline._engine.info.window


def test_what_is_on_ends_when_all_streams_of_the_wearer_have_fallen_silent(
    runtime: Runtime, session: Recording
) -> None:
    watch = Watch()
    now = 0.0
    pipeline = Pipeline(engine_of(runtime, "a"), Times(lambda: now), outputs=[watch])
    feeds, _ = recorded_feeds(session, runtime.info.modalities)
    for one, chunk in interleave(feeds):
        if chunk.timestamps[-1] < session.annotations[0].offset:
            now = float(chunk.timestamps[-1])
            pipeline.inbox.put(Arrival("a", one, chunk, now))
            pipeline._step(0.0)
    assert [m.kind for m in watch.messages if isinstance(m, Event)] == ["onset"]
    now += 2 * runtime.info.window
    pipeline._step(0.0)
    assert [m.kind for m in watch.messages if isinstance(m, Event)] == ["onset", "offset"]


def test_what_is_on_ends_when_samples_come_but_say_nothing(runtime: Runtime, session: Recording) -> None:
    watch = Watch()
    now = 0.0
    pipeline = Pipeline(engine_of(runtime, "a"), Times(lambda: now), outputs=[watch])
    feeds, _ = recorded_feeds(session, runtime.info.modalities)
    gone = session.annotations[0].offset
    for one, chunk in interleave(feeds):
        now = float(chunk.timestamps[-1])
        if now > gone:
            chunk = replace(chunk, samples=np.full_like(chunk.samples, np.nan))
        if now < gone + 2 * runtime.info.window:
            pipeline.inbox.put(Arrival("a", one, chunk, now))
            pipeline._step(0.0)
    kinds = [m.kind for m in watch.messages if isinstance(m, Event)]
    assert kinds == ["onset", "offset"]


def test_a_stream_that_changes_its_state_brings_a_status_at_once(started: tuple[Pipeline, Watch]) -> None:
    pipeline, watch = started
    watch.until(lambda seen: any(isinstance(m, Status) for m in seen))
    before = sum(isinstance(m, Status) for m in watch.messages)
    pipeline.inbox.put(Change("a", "imu", StreamState.LOST, "gone", None))
    watch.until(lambda seen: sum(isinstance(m, Status) for m in seen) > before)


def test_stopping_ends_inputs_and_publishes_the_offset_of_what_went_on(
    runtime: Runtime, session: Recording
) -> None:
    watch = Watch()
    source = Scripted("a")
    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic, recorded=True), outputs=[watch])
    pipeline.add(source)
    pipeline.start()
    first = session.annotations[0]
    feed(pipeline, session, "a", first.offset)
    watch.until(lambda seen: any(isinstance(m, Event) and m.kind == "onset" for m in seen))
    assert pipeline.stop()
    assert source.stopped
    kinds = [m.kind for m in watch.messages if isinstance(m, Event)]
    assert kinds[0] == "onset"
    assert kinds.count("onset") == kinds.count("offset")
    assert isinstance(watch.messages[-1], Status)


def test_work_that_breaks_off_ends_the_run_and_says_why(runtime: Runtime, session: Recording) -> None:
    class Breaks:
        def take(self, message: Message) -> None:
            if isinstance(message, Prediction):
                raise RuntimeError("the output broke")

    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic, recorded=True), outputs=[Breaks()])
    pipeline.start()
    feed(pipeline, session, "a", 10.0)
    assert pipeline.ended.wait(DEADLINE)
    assert str(pipeline.error) == "the output broke"
    assert pipeline.stop()


def test_an_input_that_fails_for_good_ends_the_run_which_publishes_what_was_on(
    runtime: Runtime, session: Recording
) -> None:
    watch, source = Watch(), Scripted("a")
    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic, recorded=True), outputs=[watch])
    pipeline.add(source)
    pipeline.start()
    feed(pipeline, session, "a", 10.0)
    watch.until(lambda messages: any(isinstance(m, Event) for m in messages))
    source.failed = "it broke four times"
    assert pipeline.ended.wait(DEADLINE)
    assert str(pipeline.error) == "it broke four times"
    kinds = [m.kind for m in watch.messages if isinstance(m, Event)]
    assert kinds.count("onset") == kinds.count("offset")
    assert isinstance(watch.messages[-1], Status)
    assert pipeline.stop()


def test_a_recording_that_cannot_be_fed_to_its_end_ends_the_run_with_the_reason(
    runtime: Runtime, session: Recording
) -> None:
    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic, recorded=True))
    ((feed_, times, samples), *_), _ = recorded_feeds(session, engine_of(runtime, "a").info.modalities)
    torn = [(feed_, times, samples[: len(times) // 2, None])]
    pipeline.add(RecordingInput(session, torn, pipeline.inbox, done=pipeline.exhausted))
    pipeline.start()
    assert pipeline.ended.wait(DEADLINE)
    assert pipeline.error is not None
    assert pipeline.stop()


def test_a_late_engine_takes_the_newest_window_and_counts_those_it_skipped(
    runtime: Runtime, session: Recording
) -> None:
    watch = Watch()
    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic), outputs=[watch])
    feeds, _ = recorded_feeds(session, runtime.info.modalities)
    for one, chunk in interleave(feeds):
        if chunk.timestamps[-1] < 10.0:
            # it came long ago and was never looked at
            pipeline.inbox.put(Arrival("a", one, chunk, time.monotonic() - 60.0))
    pipeline.start()
    watch.until(lambda seen: any(isinstance(m, Prediction) for m in seen))
    assert pipeline.stop()
    skipped, _ = pipeline.counts()
    made = [m for m in watch.messages if isinstance(m, Prediction)]
    assert len(made) == 1
    assert skipped > 10
    assert pipeline.status is not None
    assert pipeline.status.skipped == skipped


def test_a_subscriber_gets_everything_that_the_outputs_get(
    runtime: Runtime, session: Recording, tmp_path: Path
) -> None:
    publisher = Publisher(f"ipc://{tmp_path}/socket")
    kept = Collector()
    pipeline = Pipeline(
        engine_of(runtime, session.wearer),
        Times(time.monotonic, recorded=True),
        publisher=publisher,
        outputs=[kept],
    )
    feeds, _ = recorded_feeds(session, runtime.info.modalities)
    pipeline.add(RecordingInput(session, feeds, pipeline.inbox, speed=15.0, done=pipeline.exhausted))
    with Subscriber(publisher.address) as subscriber:
        pipeline.start()
        got: list[Message] = []
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and not (pipeline.ended.is_set() and got[-1:] == [pipeline.status]):
            received = subscriber.receive(0.2)
            if received is not None and not received.repeat:
                got.append(received.message)
            elif received is None and pipeline.ended.is_set():
                break
        assert not subscriber.lost
    assert pipeline.stop()
    predictions = [m for m in got if isinstance(m, Prediction)]
    # those published before the subscription had arrived are not lost: they were never subscribed to
    assert len(predictions) > len(kept.predictions) // 2
    assert predictions == kept.predictions[-len(predictions) :]
    assert [m for m in got if isinstance(m, Event)] == kept.events[-sum(isinstance(m, Event) for m in got) :]
