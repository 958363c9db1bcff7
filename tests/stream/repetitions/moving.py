"""Windows and events of a wrist that swings to and fro."""

from collections.abc import Iterator

import numpy as np

from hnhar.model.kinds.imu import IMU
from hnhar.model.modality import Modality
from hnhar.stream.messages import Event, Window
from hnhar.stream.repetitions.counter import RepetitionCounter
from hnhar.stream.windows.resample import time_grid

WINDOW, HOP = 3.0, 0.25
IMU_50: Modality = IMU.modality()


def swinging(times: np.ndarray, begin: float, count: int, period: float) -> np.ndarray:
    """(n, 6) g and deg/s of an arm that is raised at `begin` (s), swung `count` times, and let down."""
    rng = np.random.default_rng([int(t * 1000) for t in (begin, period)])
    phase = np.clip((times - begin) / period, 0.0, count)
    turned = np.sin(2 * np.pi * phase) * (phase > 0) * (phase < count)
    raised = np.exp(-(((times - begin + 0.4) / 0.15) ** 2)) - np.exp(
        -(((times - begin - count * period - 0.4) / 0.15) ** 2)
    )
    out = rng.normal(0.0, 0.004, (len(times), 6)) * (1, 1, 1, 100, 100, 100)
    out[:, 0] += 1.0
    out[:, 1] += 0.2 * turned
    out[:, 3] += 150.0 * raised
    out[:, 5] += 200.0 * turned
    return out.astype(np.float32)


def windows(until: float, begin: float, count: int, period: float) -> Iterator[Window]:
    """Windows a hop apart, from the first whole one on."""
    for index in range(round(WINDOW / HOP), round(until / HOP) + 1):
        end = index * HOP
        grid = time_grid(end, IMU_50.steps(WINDOW), IMU_50.rate)
        samples = {"imu": swinging(grid, begin, count, period)}
        yield Window("p1", index, end - WINDOW, end, samples, {"imu": 1.0}, end)


def event(kind: str, onset: float, duration: float | None, decided: float, *, unknown: bool = False) -> Event:
    """An onset or an offset."""
    return Event(0, "p1", 1, kind, "wave", onset, None, duration, 0.9, decided, unknown=unknown)


def performed(
    begin: float,
    count: int,
    period: float,
    *,
    counter: RepetitionCounter | None = None,
    first: int = 0,
    ask: bool = True,
) -> tuple[Event, list[int]]:
    """The offset of swings as a decider would tell of them, and the counts while they went on.

    `first` numbers the first window; without `ask` the numbers are those of the rows that are kept.
    """
    counter = counter or RepetitionCounter([IMU_50], WINDOW)
    onset, offset = begin - 0.3, begin + count * period + 0.3
    last, counts = None, []
    for seq, window in enumerate(windows(offset + 3.0, begin, count, period), first):
        counter.classified(seq, window)
        events = []
        if window.end - HOP < onset + 1.25 <= window.end:
            events = [event("onset", onset, None, window.end)]
        if window.end - HOP < offset + 1.5 <= window.end:
            events = [event("offset", onset, offset - onset, window.end)]
        for made in counter.follow(events, seq):
            last = made
        counts.append(counter.so_far() if ask else counter.kept)
    assert last is not None
    assert last.kind == "offset"
    return last, counts
