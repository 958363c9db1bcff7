"""The live pipeline, fed in process: what it publishes, and that it equals the offline path to the bit."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.dispatch import Times
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.inbox import Arrival, Change
from hnhar.stream.engine.offline import recognize
from hnhar.stream.engine.pipeline import Pipeline
from hnhar.stream.messages import (
    Event,
    Latency,
    Message,
    Prediction,
    Status,
    StreamState,
    StreamStatus,
)
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.recordings import RecordedStream, Recording
from hnhar.stream.recordings.feeds import interleave, recorded_feeds
from hnhar.stream.sinks.collector import Collector
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


FROZEN = Times(lambda: 0.0)
"""Time that stands still: nothing is late, however long this machine takes."""


def timeless(predictions: Sequence[Prediction]) -> list[Prediction]:
    return [replace(p, latency=Latency()) for p in predictions]


def run_over(recording: Recording, runtime: Runtime) -> Collector:
    """The pipeline over a recording whose samples arrive at their time stamps, without its thread."""
    kept, now = Collector(), 0.0
    pipeline = Pipeline(engine_of(runtime, recording.wearer), Times(lambda: now), sinks=[kept])
    for one, chunk in interleave(recorded_feeds(recording, runtime.info.modalities)[0]):
        now = float(chunk.timestamps[-1])
        pipeline.inbox.put(Arrival(recording.wearer, one, chunk, now))
        pipeline._step(0.0)
    pipeline.start()
    assert pipeline.stop()
    assert pipeline.error is None
    return kept


def test_the_live_pipeline_gives_what_the_offline_path_gives_to_the_bit(
    runtime: Runtime, session: Recording
) -> None:
    live = run_over(session, runtime)
    offline = recognize(session, runtime, runtime.info)
    assert len(offline.predictions) > 80
    assert {event.label for event in offline.events} == {"wave", "clap", "throw"}
    assert timeless(live.predictions) == list(offline.predictions)
    assert live.events == list(offline.events)


@pytest.mark.parametrize("hole", [0.7, 2.0])
def test_a_hole_in_one_stream_gives_the_same_to_the_bit(
    runtime: Runtime, session: Recording, hole: float
) -> None:
    def without(stream: RecordedStream) -> RecordedStream:
        since = stream.timestamps - session.start
        kept = (since < 8.0) | (since > 8.0 + hole)
        return replace(stream, timestamps=stream.timestamps[kept], samples=stream.samples[kept])

    streams = (*session.of("imu"), *(without(stream) for stream in session.of("skeleton")))
    holed = replace(session, streams=streams)
    live = run_over(holed, runtime)
    offline = recognize(holed, runtime, runtime.info)
    assert timeless(live.predictions) == list(offline.predictions)
    assert live.events == list(offline.events)


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
    pipeline = Pipeline(engine_of(runtime, "a"), FROZEN, sinks=[watch])
    pipeline.add(Scripted("a"))
    pipeline.start()
    yield pipeline, watch
    pipeline.stop()


def feed(pipeline: Pipeline, recording: Recording, wearer: str, until: float) -> None:
    feeds, _ = recorded_feeds(recording, pipeline._engine.info.modalities)
    for one, chunk in interleave(feeds):
        if chunk.timestamps[-1] < until:
            pipeline.inbox.put(Arrival(wearer, one, chunk, 0.0))


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
            pipeline.inbox.put(Arrival("a", one, chunk, 0.0))
    watch.until(lambda seen: modalities_of(seen)[-1] == ("imu",))
    alone = next(m for m in watch.messages if isinstance(m, Prediction) and m.modalities == ("imu",))
    assert alone.end < 8.0 + pipeline._engine.info.window


def test_what_is_on_ends_when_all_streams_of_the_wearer_have_fallen_silent(
    runtime: Runtime, session: Recording
) -> None:
    watch = Watch()
    now = 0.0
    pipeline = Pipeline(engine_of(runtime, "a"), Times(lambda: now), sinks=[watch])
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
    pipeline = Pipeline(engine_of(runtime, "a"), Times(lambda: now), sinks=[watch])
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
    pipeline = Pipeline(engine_of(runtime, "a"), FROZEN, sinks=[watch])
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


@pytest.mark.parametrize("kind", [RuntimeError, SystemExit])
def test_work_that_breaks_off_ends_the_run_and_says_why(
    runtime: Runtime, session: Recording, kind: type[BaseException]
) -> None:
    class Breaks:
        def take(self, message: Message) -> None:
            if isinstance(message, Prediction):
                raise kind("the output broke")

    pipeline = Pipeline(engine_of(runtime, "a"), FROZEN, sinks=[Breaks()])
    pipeline.start()
    feed(pipeline, session, "a", 10.0)
    assert pipeline.ended.wait(DEADLINE)
    assert str(pipeline.error) == "the output broke"
    assert pipeline.stop()


def test_an_input_that_fails_for_good_ends_the_run_which_publishes_what_was_on(
    runtime: Runtime, session: Recording
) -> None:
    watch, source = Watch(), Scripted("a")
    pipeline = Pipeline(engine_of(runtime, "a"), FROZEN, sinks=[watch])
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


def test_a_late_engine_takes_the_newest_window_and_counts_those_it_skipped(
    runtime: Runtime, session: Recording
) -> None:
    watch = Watch()
    pipeline = Pipeline(engine_of(runtime, "a"), Times(time.monotonic), sinks=[watch])
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
    watch = Watch()
    pipeline = Pipeline(engine_of(runtime, session.wearer), FROZEN, publisher=publisher, sinks=[watch])
    offline = recognize(session, runtime, runtime.info)
    got: list[Message] = []
    with Subscriber(publisher.address) as subscriber:
        pipeline.start()
        deadline = time.monotonic() + DEADLINE
        while publisher.subscriptions < 3:
            assert time.monotonic() < deadline, "nobody had subscribed"
            subscriber.receive(0.05)
        for one, chunk in interleave(recorded_feeds(session, runtime.info.modalities)[0]):
            pipeline.inbox.put(Arrival(session.wearer, one, chunk, 0.0))
            # what is not read is dropped beyond some dozens of messages, as for any slow subscriber
            got += [received.message for received in (subscriber.receive(0.002),) if received]
        watch.until(lambda seen: len(modalities_of(seen)) == len(offline.predictions))
        assert pipeline.stop()
        while (received := subscriber.receive(0.5)) is not None:
            got.append(received.message)
        assert not subscriber.lost
    assert [m for m in got if isinstance(m, Prediction | Event)] == [
        m for m in watch.messages if isinstance(m, Prediction | Event)
    ]
    assert timeless([m for m in got if isinstance(m, Prediction)]) == list(offline.predictions)
