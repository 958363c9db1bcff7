"""What one feed has sent so far: samples in time order, and a count of every sample that is not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .messages import Chunk, Feed
from .ring import Ring

GAP = 0.25
"""A hole between samples longer than this is not bridged: its grid points count as missing, s."""
RESET = 1.0
"""A step back of the time stamps by more than this begins a new segment; a smaller one drops the late samples, s."""


@dataclass(slots=True)
class FeedCounters:
    """Where the samples of one feed went; every sample that is not in a window is in one of these."""

    received: int = 0
    late: int = 0
    """Stamped before or at the newest sample: dropped."""
    invalid: int = 0
    """Time stamp not finite: dropped."""
    gaps: int = 0
    """Holes longer than `GAP`."""
    resets: int = 0
    """Segments begun anew because time stepped back or jumped by more than a window."""


class FeedBuffer:
    """The samples of one feed that some window may still need."""

    def __init__(self, feed: Feed, window: float) -> None:
        """`window`: length of a window, s; a jump ahead by more begins a new segment."""
        self.feed = feed
        self.ring = Ring(len(feed.columns))
        self.counters = FeedCounters()
        self.live = True
        self.newest = -np.inf
        """Time stamp of the newest sample, s."""
        self._window = window

    def push(self, chunk: Chunk) -> None:
        """Append what is in order; count and drop the rest; begin anew at a reset."""
        times, samples = chunk.timestamps, chunk.samples
        self.counters.received += len(times)
        finite = np.isfinite(times)
        if not finite.all():
            self.counters.invalid += int((~finite).sum())
            times, samples = times[finite], samples[finite]
        while len(times):
            before = self.newest if np.isfinite(self.newest) else times[0] - 1e-6
            steps = np.diff(times, prepend=before)
            breaks = np.flatnonzero((steps <= 0) | (steps > self._window))
            first = int(breaks[0]) if len(breaks) else len(times)
            if first:
                self.counters.gaps += int((steps[:first] > GAP).sum())
                self.ring.append(times[:first], samples[:first])
                self.newest = float(times[first - 1])
            times, samples = times[first:], samples[first:]
            if not len(times):
                return
            if -RESET <= times[0] - self.newest <= 0:
                late = (times <= self.newest) & (times >= self.newest - RESET)
                run = len(late) if late.all() else int(np.argmin(late))
                self.counters.late += run
                times, samples = times[run:], samples[run:]
            else:
                self.restart()

    def restart(self) -> None:
        """Begin a new segment: what is there is forgotten."""
        self.ring.clear()
        self.newest = -np.inf
        self.counters.resets += 1

    def between(self, start: float, end: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Samples of [start, end] and one beyond each edge, where there is one: (n,) s and (n, columns)."""
        times = self.ring.times
        first = max(int(np.searchsorted(times, start, side="right")) - 1, 0)
        last = int(np.searchsorted(times, end, side="left")) + 1
        return times[first:last], self.ring.samples[first:last]

    def forget(self, before: float) -> None:
        """Drop what no window from `before` (s) on needs, but for one sample before that edge."""
        surplus = int(np.searchsorted(self.ring.times, before, side="right")) - 1
        if surplus > 0:
            self.ring.drop(surplus)
