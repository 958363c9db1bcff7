"""Offsets of an engine have the repetitions of what was done, however the samples came."""

import pytest

from hnhar.model.bundle.bundle import find
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.engine import Engine
from hnhar.stream.messages import Event
from hnhar.stream.recordings.feeds import interleave, recorded_feeds
from hnhar.train.synthesis.performer import perform


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime(*load(find("utd-mhad-wrist")))


def events(runtime: Runtime, block: float, *, asked: bool) -> tuple[list[Event], set[int]]:
    """Of a session with waves, and every count so far, where it is `asked` for."""
    recording = perform(seed=4, person=2, actions=("wave", "knock"), repetitions=2)
    feeds, _ = recorded_feeds(recording, runtime.info.modalities)
    engine, made, counts = Engine(runtime, runtime.info, ["ann"]), list[Event](), set[int]()
    for feed, chunk in interleave(feeds, block=block):
        engine.push("ann", feed, chunk)
        made += engine.decide(engine.classify(engine.due()))
        if asked:
            counts.add(engine.repetitions().get("ann", 0))
    return made + engine.finish(), counts


def test_offsets_count_and_are_the_same_in_any_chunks_and_whoever_asks_in_between(runtime: Runtime) -> None:
    made, _ = events(runtime, 0.05, asked=False)
    offsets = [e for e in made if e.kind == "offset"]
    assert len(offsets) >= 3
    assert all(e.repetitions is not None for e in offsets if not e.unknown)
    waves = [e.repetitions for e in offsets if e.label == "wave" and e.repetitions is not None]
    # a person's own way: two to four swings, the same each time but for one
    assert [told.count in (2, 3, 4) for told in waves] == [True, True]
    assert all(told.joint == "right_elbow" and told.cadence is not None for told in waves)
    assert all(e.repetitions is None for e in made if e.kind == "onset")
    again, counts = events(runtime, 0.31, asked=True)
    assert again == made
    assert max(counts) >= 2
