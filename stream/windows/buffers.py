"""Buffer of one feed: its samples in time order, and counts of those that are not."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ..messages import Chunk, Feed
from .lowpass import DENSE
from .resample import between_samples, resample
from .ring import Ring

GAP = 0.25
"""A hole between samples longer than this is not bridged: its grid points count as missing, s; on a slow grid
it is longer (`longest_gap`)."""
RESET = 1.0
"""A step back of the time stamps by more than this begins a new segment; after a smaller one the samples are
late until time has caught up, s."""
FARTHEST = 1e11
"""A stamp beyond this, either way, is no time in seconds: Unix time in ms or ns looks so, and float64 could
not tell two samples apart there, s."""


def longest_gap(rate: float) -> float:
    """Longest hole that is bridged on a grid of `rate` Hz, s: two of its periods, `GAP` at least.

    A stream of the grid's own rate would be a hole after every sample that comes a little late.
    """
    return max(GAP, 2 / rate)


@dataclass(slots=True)
class FeedCounters:
    """Counts of the samples of one feed: received = late + invalid + those taken into the buffer."""

    received: int = 0
    late: int = 0
    """Stamped before or at the newest sample: dropped."""
    invalid: int = 0
    """Time stamp not finite, or beyond `FARTHEST`: dropped."""
    overflowed: int = 0
    """Pushed out of the full buffer before their time."""
    gaps: int = 0
    """Holes that are not bridged: see `longest_gap`."""
    resets: int = 0
    """Segments begun anew: time stepped back, or the stream began anew."""

    def dropped(self) -> dict[str, int]:
        """Reason -> samples that no window can hold any more."""
        reasons = {"late": self.late, "invalid": self.invalid, "overflow": self.overflowed}
        return {reason: count for reason, count in reasons.items() if count}


class FeedBuffer:
    """The samples of one feed that some window may still need."""

    def __init__(
        self, feed: Feed, window: float, counters: FeedCounters | None = None, *, gap: float = GAP
    ) -> None:
        """`window`: length of a window, s; `counters` to go on in; `gap`: longest hole bridged, s."""
        self.feed = feed
        self.whole = feed.columns == tuple(range(len(feed.columns)))
        """Its columns are in order, from the first one on."""
        self.ring = Ring(len(feed.columns))
        self.counters = counters if counters is not None else FeedCounters()
        self.live = True
        self.newest = -np.inf
        """Time stamp of the newest sample, s."""
        self.began = -np.inf
        """Time stamp of the segment's first sample, s."""
        self._window = window
        self._gap = gap
        self._unbroken = -np.inf
        """Time stamp of the sample after the last hole, s."""
        self._incomplete = -np.inf
        """Time stamp of the last sample with a value that is not finite, or was pushed with one, s."""

    def push(self, chunk: Chunk) -> Chunk | None:
        """Append what is in order; count and drop the rest.

        Stops before a step back of more than `RESET` and returns what is left from there on, so that windows
        can be closed before `restart` forgets their samples; then push that.
        """
        times, samples = chunk.timestamps, chunk.samples
        received = len(times)
        if self._continued_by(times):
            self._append(times, samples)
            self.counters.received += received
            return None
        valid = np.abs(times) <= FARTHEST
        if not valid.all():
            times, samples = times[valid], samples[valid]
            self.counters.invalid += received - len(times)
        while len(times):
            steps = np.diff(times, prepend=self.newest)
            fits = steps > 0
            run = len(times) if fits.all() else int(np.argmin(fits))
            if run:
                self._append(times[:run], samples[:run])
            elif times[0] < self.newest - RESET:
                self.counters.received += received - len(times)
                return Chunk(samples, times)
            else:
                late = (times <= self.newest) & (times >= self.newest - RESET)
                run = len(times) if late.all() else int(np.argmin(late))
                self.counters.late += run
            times, samples = times[run:], samples[run:]
        self.counters.received += received
        return None

    def restart(self) -> None:
        """Begin a new segment: whatever comes next, at any time, does not continue what came before."""
        if len(self.ring):
            self.counters.resets += 1
        self.clear()

    def clear(self) -> None:
        """Forget all samples."""
        self.ring.clear()
        self.newest = self.began = self._unbroken = self._incomplete = -np.inf

    def on_grid(self, grid: NDArray[np.float64]) -> tuple[NDArray[np.float32], float]:
        """Samples taken onto a grid (T,), s: as `resample` gives them, (T, columns) and the coverage.

        Where they surround the grid, complete, without a hole and not dense, which is the rule, the same
        numbers come by a shorter way.
        """
        times, start, end = self.ring.times, float(grid[0]), float(grid[-1])
        if len(times) > 1 and len(grid) > 1 and times[0] <= start and self.newest >= end:
            after = times.searchsorted(grid, side="right")
            first = int(after[0]) - 1
            last = int(after[-1]) - (times[after[-1] - 1] == end)
            spanned = float(times[first]), float(times[last])
            if self._plain_since(spanned[0]) and self._sparse(*spanned, last - first, grid):
                return between_samples(times, self.ring.samples, grid, after), 1.0
        times, samples = self.between(start, end)
        return resample(times, samples, grid, gap=self._gap)

    def between(self, start: float, end: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Samples of [start, end] and one beyond each edge, where there is one: (n,) s and (n, columns).

        A sample beyond the edge that lies across a hole longer than a window is left out: it has no part in
        this motion.
        """
        times = self.ring.times
        first = max(int(np.searchsorted(times, start, side="right")) - 1, 0)
        last = min(int(np.searchsorted(times, end, side="left")) + 1, len(times))
        if last - first > 1 and times[first] < start and times[first + 1] - times[first] > self._window:
            first += 1
        if last - first > 1 and times[last - 1] > end and times[last - 1] - times[last - 2] > self._window:
            last -= 1
        return times[first:last], self.ring.samples[first:last]

    def first_from(self, time: float) -> float:
        """Time stamp of the first sample at or after `time`, s; infinite where there is none."""
        times = self.ring.times
        index = int(np.searchsorted(times, time, side="left"))
        return float(times[index]) if index < len(times) else np.inf

    def last_before(self, time: float) -> float:
        """Time stamp of the last sample before `time`, s; minus infinite where there is none."""
        times = self.ring.times
        index = int(np.searchsorted(times, time, side="left"))
        return float(times[index - 1]) if index else -np.inf

    def forget(self, before: float) -> None:
        """Drop samples before `before` (s), except the last, which interpolation at that edge needs."""
        surplus = int(np.searchsorted(self.ring.times, before, side="right")) - 1
        if surplus > 0:
            self.ring.drop(surplus)

    def _continued_by(self, times: NDArray[np.float64]) -> bool:
        """True where all of these stamps are in order, and after the newest: the rule."""
        if not len(times):
            return False
        first, last = float(times[0]), float(times[-1])
        if not (self.newest < first and first >= -FARTHEST and last <= FARTHEST):
            return False
        return int(np.count_nonzero(times[1:] > times[:-1])) == len(times) - 1

    def _append(self, times: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        """Take stamps that are in order, and after the newest."""
        before, first, last = self.newest, float(times[0]), float(times[-1])
        overflowed = self.ring.overflowed
        self.ring.append(times, samples)
        self.counters.overflowed += self.ring.overflowed - overflowed
        # the step to a segment's first sample is infinite, and no gap
        begins = not isfinite(before)
        if begins:
            self.began = first
        led = not begins and first - before > self._gap
        if led or (last - first > self._gap and (times[1:] - times[:-1]).max() > self._gap):
            holes = np.flatnonzero(np.diff(times, prepend=first if begins else before) > self._gap)
            self.counters.gaps += len(holes)
            self._unbroken = float(times[holes[-1]])
        # the sum of squares is finite only where each value is
        if not isfinite(np.vdot(samples, samples)):
            self._incomplete = last
        self.newest = last

    def _plain_since(self, time: float) -> bool:
        """True where no hole lies after this sample, and nothing is missing from it on."""
        return self._unbroken <= time and self._incomplete < time

    def _sparse(self, first: float, last: float, steps: int, grid: NDArray[np.float64]) -> bool:
        """True where so many steps between two samples, without a hole, are not dense by a clear margin."""
        return steps * float(grid[1] - grid[0]) < (1 - 1e-6) * DENSE * (last - first)
