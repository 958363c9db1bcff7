"""With several threads the next batch is computed while the last is handed on: the same answers, in order."""

import threading
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnxruntime", reason="pip install 'hnhar[serve]'")

from hnhar.model.bundle.bundle import DEFAULT, find, read
from hnhar.model.classifier import NetworkOutput
from hnhar.model.networks.by_onnx import OnnxNetwork
from hnhar.model.networks.side_by_side import SideBySide
from hnhar.model.runtime import Runtime
from hnhar.model.serving import serve
from hnhar.stream.engine.dispatch import Times
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.inbox import Arrival
from hnhar.stream.engine.offline import blocks
from hnhar.stream.engine.pipeline import FEW, Pipeline
from hnhar.stream.messages import Chunk, Latency
from hnhar.stream.recordings.feeds import Feeds, recorded_feeds
from hnhar.stream.sinks.collector import Collector
from hnhar.train.synthesis.performer import perform

PEOPLE = [f"w{number}" for number in range(2 * FEW + 3)]
DEADLINE = 60.0


@pytest.fixture(scope="module")
def fed() -> dict[str, Feeds]:
    """Wearer -> feeds of the same performer, each at a time of their own."""
    session = perform(seed=3, person=1001, actions=["wave", "clap"], duration=16.0)
    feeds = recorded_feeds(session, read(find(DEFAULT)).info.modalities)[0]
    return {
        wearer: tuple(replace(one, times=one.times + 0.0137 * place) for one in feeds)
        for place, wearer in enumerate(PEOPLE)
    }


def run(runtime: Runtime, fed: dict[str, Feeds]) -> tuple[Collector, Pipeline]:
    """A pipeline in this thread; samples arrive at their time stamps, in blocks."""
    kept, now = Collector(), 0.0
    engine = Engine(runtime, runtime.info, PEOPLE)
    pipeline = Pipeline(engine, Times(lambda: now), sinks=[kept])
    for block in blocks(fed):
        now = block.end
        for wearer, feed, chunk in block.chunks:
            pipeline.inbox.put(Arrival(wearer, feed, chunk, now))
        pipeline._step(0.0)
    pipeline.start()
    pipeline.stop()
    return kept, pipeline


def test_two_threads_give_what_one_gives_to_the_bit_and_in_order(fed: dict[str, Feeds]) -> None:
    one, two = (serve(find(DEFAULT), runtime="onnx", threads=threads).runtime for threads in (1, 2))
    assert (one.at_once, two.at_once) == (1, 2)
    (known, _), (found, pipeline) = run(one, fed), run(two, fed)
    assert pipeline.error is None
    assert len(known.predictions) > 30 * len(PEOPLE)
    assert [replace(p, latency=Latency()) for p in found.predictions] == [
        replace(p, latency=Latency()) for p in known.predictions
    ]
    assert {event.label for event in known.events}
    for wearer in PEOPLE:
        assert [e for e in found.events if e.wearer == wearer] == [
            e for e in known.events if e.wearer == wearer
        ]


class Met(OnnxNetwork):
    """A network that answers for no batch before another one is computed as well."""

    meeting: threading.Barrier | None = None

    def __init__(self) -> None:
        super().__init__(read(find(DEFAULT)))

    def infer(
        self,
        samples: Mapping[str, NDArray[np.float32]],
        presence: NDArray[np.bool_],
        temperatures: NDArray[np.float32],
    ) -> NetworkOutput:
        if self.meeting is not None:
            self.meeting.wait(DEADLINE)
        return super().infer(samples, presence, temperatures)


def test_a_batch_is_begun_before_the_last_is_finished(fed: dict[str, Feeds]) -> None:
    network, kept = Met(), Collector()
    info = read(find(DEFAULT)).info
    engine = Engine(Runtime(info, SideBySide(network, 2)), info, PEOPLE)
    pipeline = Pipeline(engine, Times(lambda: 0.0), sinks=[kept])
    for wearer, feeds in fed.items():
        for one in feeds:
            upto = one.times < one.times[0] + 5.0
            engine.push(wearer, one.feed, Chunk(one.samples[upto], one.times[upto]))
    ends = [[w for w in windows if w.end == end][:FEW] for windows in [engine.due()] for end in (4.5, 4.75)]
    windows = [window for batch in ends for window in batch]
    assert len(windows) == 2 * FEW
    pipeline._arrived = pipeline._reached = dict.fromkeys(PEOPLE, 0.0)
    network.meeting = threading.Barrier(2)
    pipeline._recognize_in_turn(windows, 0.0)
    pipeline._finish(fewer=1)
    assert [(p.wearer, p.end) for p in kept.predictions] == [(w.wearer, w.end) for w in windows]


def test_what_breaks_in_another_thread_ends_the_run_with_its_error(fed: dict[str, Feeds]) -> None:
    class Breaks(Met):
        broken = False

        def infer(self, *given: object) -> NetworkOutput:
            if self.broken:
                raise RuntimeError("no more memory")
            return super().infer(*given)  # type: ignore[arg-type]

    network = Breaks()
    info = read(find(DEFAULT)).info
    runtime = Runtime(info, SideBySide(network, 2))
    network.broken = True
    engine = Engine(runtime, info, PEOPLE)
    pipeline = Pipeline(engine, Times(lambda: 0.0))
    for block in blocks(fed):
        for wearer, feed, chunk in block.chunks:
            pipeline.inbox.put(Arrival(wearer, feed, chunk, block.end))
    pipeline.start()
    assert pipeline.ended.wait(DEADLINE)
    assert "no more memory" in str(pipeline.error)
    pipeline.stop()
