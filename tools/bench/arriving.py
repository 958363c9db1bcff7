"""Samples of many performers in the order in which they would arrive, for a recognizer in this process."""

from collections.abc import Iterator
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


def arriving(count: int, info: Any, hop: float, duration: float) -> list[Arriving]:
    """Samples of `count` wearers for so many s, oldest first, pulled when one is there that a window waits
    for: the first at or past each multiple of `hop`."""
    from hnhar.stream.messages import Chunk
    from hnhar.stream.recordings.feeds import recorded_feeds
    from hnhar.train.synthesis.performer import perform

    people = [perform(seed=1, person=person, duration=duration) for person in range(min(count, PEOPLE))]
    feeds = [recorded_feeds(person, info.modalities, placement=info.placement)[0] for person in people]
    found = []
    for number in range(count):
        shift = (number * 0.0137) % hop
        for fed in feeds[number % PEOPLE]:
            times = fed.times + shift
            found += [
                Arriving(
                    float(times[end - 1]),
                    f"w{number:03d}",
                    fed.feed,
                    Chunk(fed.samples[at:end], times[at:end]),
                )
                for at, end in _pulls(times, hop)
            ]
    return sorted(found, key=lambda each: each.at)


def _pulls(times: NDArray[np.float64], hop: float) -> Iterator[tuple[int, int]]:
    """Begins and ends of the pulls."""
    begin = 0
    for end in (*(np.flatnonzero(np.diff(np.floor(times / hop))) + 2), len(times)):
        if end > begin:
            yield begin, int(end)
        begin = int(end)
