"""Samples of many performers in the order in which they would arrive, for a recognizer in this process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PEOPLE = 8
"""Different performers; more wearers than these repeat them, each at a time of its own."""


class Arriving(NamedTuple):
    """Samples of one feed that one pull gives."""

    at: float
    """Time at which they are there, s: the stamp of the last."""
    wearer: str
    feed: Any
    chunk: Any


class Fed:
    """A live run's pipeline that works in this thread, without LSL and a publisher."""

    def __init__(self, engine: Any, clock: Callable[[], float], sinks: Sequence[Any] = ()) -> None:
        """`clock`: that of the samples' stamps, s; `sinks` take every message."""
        from hnhar.stream.engine.dispatch import Times
        from hnhar.stream.engine.inbox import Arrival
        from hnhar.stream.engine.pipeline import Pipeline

        self._arrival = Arrival
        self.pipeline = Pipeline(engine, Times(clock), sinks=sinks)
        self.pipeline._dispatcher.begin()

    def put(self, came: Arriving) -> None:
        """Leave samples in its queue."""
        self.pipeline.inbox.put(self._arrival(came.wearer, came.feed, came.chunk, came.at))

    def work(self) -> None:
        """Work off what is in the queue."""
        self.pipeline._step(0.0)


def wearers(count: int) -> list[str]:
    """Names of so many wearers."""
    return [f"w{number:03d}" for number in range(count)]


def arriving(
    names: Sequence[str], info: Any, hop: float, duration: float, phases: Mapping[str, float]
) -> list[Arriving]:
    """Samples of wearers for so many s, oldest first, pulled when one is there that a window waits for: the
    first at or past each multiple of `hop` and the wearer's phase, s, if there is one."""
    from hnhar.stream.messages import Chunk
    from hnhar.stream.recordings.feeds import recorded_feeds
    from hnhar.train.synthesis.performer import perform

    people = [perform(seed=1, person=person, duration=duration) for person in range(min(len(names), PEOPLE))]
    feeds = [recorded_feeds(person, info.modalities, placement=info.placement)[0] for person in people]
    found = []
    for number, name in enumerate(names):
        shift = (number * 0.0137) % hop
        for fed in feeds[number % PEOPLE]:
            times = fed.times + shift
            found += [
                Arriving(
                    float(times[end - 1]),
                    name,
                    fed.feed,
                    Chunk(fed.samples[at:end], times[at:end]),
                )
                for at, end in _pulls(times - phases.get(name, 0.0), hop)
            ]
    return sorted(found, key=lambda each: each.at)


def _pulls(times: NDArray[np.float64], hop: float) -> Iterator[tuple[int, int]]:
    """Begins and ends of the pulls."""
    begin = 0
    for end in (*(np.flatnonzero(np.diff(np.floor(times / hop))) + 2), len(times)):
        if end > begin:
            yield begin, int(end)
        begin = int(end)
