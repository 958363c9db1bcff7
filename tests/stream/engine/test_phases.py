"""Many wearers' windows end in groups, spread over the hop, live as offline."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import floor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.classifier import Classified
from hnhar.model.runtime import Runtime
from hnhar.model.serving import serve
from hnhar.stream.engine.dispatch import Times
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.inbox import Arrival
from hnhar.stream.engine.offline import Block, OfflineDriver, blocks
from hnhar.stream.engine.phases import TOGETHER, spread
from hnhar.stream.engine.pipeline import Pipeline
from hnhar.stream.messages import Chunk, Event, Latency, Prediction
from hnhar.stream.recordings.feeds import Feeds, recorded_feeds
from hnhar.stream.sinks.collector import Collector
from hnhar.train.synthesis.performer import perform

HOP = 0.25
MANY = [f"w{number}" for number in range(2 * TOGETHER + 1)]


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return serve(find(DEFAULT)).runtime


@pytest.fixture(scope="module")
def fed(runtime: Runtime) -> dict[str, Feeds]:
    """Wearer -> feeds; some of the same performer, each at a time of their own."""
    sessions = [perform(seed=k, person=k, actions=["wave", "clap"], duration=14.0) for k in range(3)]
    feeds = [recorded_feeds(each, runtime.info.modalities)[0] for each in sessions]
    return {
        wearer: tuple(replace(one, times=one.times + 0.0137 * place) for one in feeds[place % 3])
        for place, wearer in enumerate(MANY)
    }


@pytest.mark.parametrize("count", [1, 2, TOGETHER, 2 * TOGETHER - 1])
def test_few_wearers_windows_end_together(count: int) -> None:
    wearers = [f"w{number}" for number in range(count)]
    assert spread(wearers, HOP) == dict.fromkeys(wearers, 0.0)


@pytest.mark.parametrize("count", [2 * TOGETHER, 2 * TOGETHER + 1, 100, 1000])
def test_many_wearers_windows_end_in_even_groups_at_even_steps(count: int) -> None:
    wearers = [f"w{number}" for number in range(count)]
    phases = spread(wearers, HOP)
    assert list(phases) == wearers
    sizes = Counter(phases.values())
    assert TOGETHER <= min(sizes.values()) <= max(sizes.values()) <= 1.5 * TOGETHER + 1
    assert min(phases.values()) == 0.0
    assert np.allclose(np.diff(sorted(sizes)), HOP / len(sizes))
    assert max(phases.values()) < HOP


def test_the_phases_follow_from_the_order_alone() -> None:
    assert spread(MANY, HOP) == spread([*MANY], HOP)
    assert list(spread(MANY[::-1], HOP).values()) == list(spread(MANY, HOP).values())


def arriving(fed: dict[str, Feeds]) -> Iterator[Block]:
    """One chunk after another, so that batches are the same however they are asked for."""
    for block in blocks(fed):
        yield from (Block(float(each[2].timestamps[-1]), (each,)) for each in block.chunks)


def offline(engine: Engine, fed: dict[str, Feeds]) -> tuple[list[Prediction], list[Event]]:
    driver = OfflineDriver(engine)
    predictions, events = list[Prediction](), list[Event]()
    for one in arriving(fed):
        made = engine.classify(driver.windows(one))
        predictions += made
        events += engine.decide(made)
    return predictions, events + engine.finish()


def live(engine: Engine, fed: dict[str, Feeds]) -> Collector:
    """The pipeline whose samples arrive at their time stamps, without its thread."""
    kept, now = Collector(), 0.0
    pipeline = Pipeline(engine, Times(lambda: now), sinks=[kept])
    for one in arriving(fed):
        now = one.end
        for wearer, feed, chunk in one.chunks:
            pipeline.inbox.put(Arrival(wearer, feed, chunk, now))
        pipeline._step(0.0)
    pipeline.start()
    assert pipeline.stop()
    assert pipeline.error is None
    return kept


def test_live_gives_what_offline_gives_to_the_bit_where_phases_differ(
    runtime: Runtime, fed: dict[str, Feeds]
) -> None:
    def engine() -> Engine:
        return Engine(runtime, runtime.info, MANY, phases=spread(MANY, runtime.info.hop))

    kept, (predictions, events) = live(engine(), fed), offline(engine(), fed)
    phases, hop = spread(MANY, runtime.info.hop), runtime.info.hop
    assert len(set(phases.values())) == 2
    assert "clap" in {event.label for event in events}
    for wearer in MANY:
        theirs = [p for p in predictions if p.wearer == wearer]
        assert len(theirs) > 20
        places = np.array([(p.end - phases[wearer]) / hop for p in theirs])
        assert np.allclose(places, places.round(), atol=1e-9)
        assert [replace(p, latency=Latency()) for p in kept.predictions if p.wearer == wearer] == theirs
        assert [e for e in kept.events if e.wearer == wearer] == [e for e in events if e.wearer == wearer]


def test_windows_of_several_phases_form_batches_oldest_first_each_of_other_wearers(
    runtime: Runtime, fed: dict[str, Feeds], monkeypatch: pytest.MonkeyPatch
) -> None:
    phases = spread(MANY, runtime.info.hop)
    engine = Engine(runtime, runtime.info, MANY, phases=phases)
    for wearer, feeds in fed.items():
        for one in feeds:
            engine.push(wearer, one.feed, Chunk(one.samples, one.times))
    windows = engine.due()
    assert [w.end for w in windows] == sorted(w.end for w in windows)
    asked: list[int] = []
    classify = runtime.classify

    def counted(batch: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        asked.append(len(batch))
        return classify(batch)

    monkeypatch.setattr(runtime, "classify", counted)
    engine.classify(windows)
    at = 0
    for size in asked:
        batch = windows[at : at + size]
        assert len({w.wearer for w in batch}) == size
        assert len({floor(w.end / runtime.info.hop) for w in batch}) == 1
        at += size
    assert max(asked) == 32 > max(Counter(phases.values()).values())
