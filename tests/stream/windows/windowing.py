"""Feeds for the tests of windows: signals that are a function of time, and what is cut from them."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.stream.messages import Chunk, Feed, Window
from hnhar.stream.windows.windower import Windower

MODALITIES = (imu(), skeleton())
IMU = Feed("imu", "imu", tuple(range(6)))
ACC = Feed("imu", "imu.acc", (0, 1, 2))
GYRO = Feed("imu", "imu.gyro", (3, 4, 5))
SKELETON = Feed("skeleton", "skeleton", tuple(range(60)))

Times = NDArray[np.float64]
Piece = tuple[Feed, Times]


def regular(start: float, end: float, rate: float = 50.0) -> Times:
    """Times from `start` to before `end`, s."""
    return start + np.arange(round((end - start) * rate)) / rate


def chunk(feed: Feed, times: Times | Sequence[float]) -> Chunk:
    """The feed's signal at these times: each column a sine of its own."""
    stamps = np.asarray(times, np.float64)
    phases = np.where(np.isfinite(stamps), stamps, 0.0)[:, None] % 1e4 + np.asarray(feed.columns)
    return Chunk(np.sin(phases).astype(np.float32), stamps)


def windower(wait: float = 0.5, min_coverage: float = 0.6, phase: float = 0.0, hop: float = 0.25) -> Windower:
    """Of one wearer with both modalities and windows of 3 s."""
    return Windower("p", MODALITIES, window=3.0, hop=hop, wait=wait, min_coverage=min_coverage, phase=phase)


def fed(cutter: Windower, pieces: Iterable[Piece], now: float | None = None) -> list[Window]:
    """Push pieces one after the other, closing what is due after each."""
    windows = []
    for feed, times in pieces:
        cutter.push(feed, chunk(feed, times))
        windows += cutter.due(now)
    return windows


def merged(*feeds: Piece, size: int = 1) -> list[Piece]:
    """Pieces of `size` samples of several feeds, by the time of their last sample."""
    pieces = [(f, times[at : at + size]) for f, times in feeds for at in range(0, len(times), size)]
    return sorted(pieces, key=lambda piece: float(piece[1][-1]))


def same(a: Sequence[Window], b: Sequence[Window]) -> bool:
    """Whether two runs cut the same windows, to the bit; `newest` depends on when one asked."""
    return len(a) == len(b) and all(
        (x.wearer, x.index, x.start, x.end, x.coverage, x.closed_by, x.samples.keys())
        == (y.wearer, y.index, y.start, y.end, y.coverage, y.closed_by, y.samples.keys())
        and all(np.array_equal(x.samples[name], y.samples[name]) for name in x.samples)
        for x, y in zip(a, b, strict=True)
    )


def irregular(rng: np.random.Generator, start: float, count: int, rate: float) -> Times:
    """Jittering times with holes of up to 0.4 s."""
    steps = rng.uniform(0.5, 1.5, count) / rate
    holes = rng.random(count) < 0.02
    steps[holes] = rng.uniform(0.1, 0.4, int(holes.sum()))
    times: Times = start + np.cumsum(steps)
    return times
