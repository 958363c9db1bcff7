"""Sliding windows of one wearer, cut by time from any number of feeds.

Window ends lie on the absolute grid `k * hop + phase` of the streams' common clock, so the windows of wearers
with one phase fall due together. A window closes at the first sample past its end in every feed that is
waited for; a feed is not waited for before its first sample, while it is marked as down, or while it lags the
newest sample (or `now`) by more than `wait` seconds. Everything is decided by samples and the `now` that is
handed in: as long as no feed lags by more than `wait`, any split of the same samples into chunks, in any
order of the feeds, gives the same windows.

Where the time of all feeds that still speak has stepped back by more than a window, the grid begins anew at
the new time; a feed whose time alone steps back is left out until it has caught up. Where time leaps ahead
(a silence, or a feed on another clock), the ends that no sample comes near are passed over, not walked; so
are those within a silence of all feeds that the first sample after it, as of a stream back after a loss,
would close when they are older than a hop.
"""

from collections.abc import Sequence
from math import ceil, floor, inf, isfinite

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality

from ..messages import Chunk, Feed, Window
from .buffers import GAP, FeedBuffer, FeedCounters, longest_gap
from .resample import time_grid

MIN_COVERAGE = 0.6
"""A modality with less of its grid covered is left out of the window."""
WAIT = 0.5
"""Longest wait for a feed that lags the others, s."""


class Windower:
    """Cuts the windows of one wearer."""

    def __init__(
        self,
        wearer: str,
        modalities: Sequence[Modality],
        *,
        window: float,
        hop: float,
        wait: float = WAIT,
        min_coverage: float = MIN_COVERAGE,
        phase: float = 0.0,
    ) -> None:
        """`window`, `hop`, `wait` in s; `phase` shifts the grid of ends, s (training cuts at any phase).

        Raises ConfigError for a window or a hop that is not positive.
        """
        if not (window > 0 and hop > 0):
            raise ConfigError(f"A window of {window} s every {hop} s cannot be cut: both must be above 0.")
        self.wearer = wearer
        self.window = window
        self.hop = hop
        self._modalities = tuple(modalities)
        self._wait = wait
        self._min_coverage = min_coverage
        self._phase = phase
        self._offsets = {m.name: time_grid(0.0, m.steps(window), m.rate) for m in self._modalities}
        self._gaps = {m.name: longest_gap(m.rate) for m in self._modalities}
        self._longest_gap = max(self._gaps.values(), default=GAP)
        self._buffers: dict[str, FeedBuffer] = {}
        self._feeds: dict[str, list[FeedBuffer]] = {m.name: [] for m in self._modalities}
        """Modality -> its feeds, where together they supply all of its channels; else none."""
        self._counters: dict[str, FeedCounters] = {}
        self._down: set[str] = set()
        self._next: int | None = None
        self._ready: list[Window] = []
        self._astray = 0.0
        self.poor = 0
        """Windows that closed without any modality covered well enough: not emitted."""
        self.empty = 0
        """Windows that no sample came near, since time leaped, or that ended in a silence: neither emitted
        nor poor."""

    @property
    def counters(self) -> dict[str, FeedCounters]:
        """Feed name -> its counters."""
        return dict(self._counters)

    def push(self, feed: Feed, chunk: Chunk) -> None:
        """Take a chunk of one feed, its columns those of `feed`; stamps on the clock that all feeds share.

        A feed that supplies what another one supplied till now takes its place.
        """
        buffer = self._buffer(feed)
        if chunk.begins:
            self._restart(buffer)
        rest: Chunk | None = chunk
        while rest is not None:
            before = buffer.newest
            rest = buffer.push(rest)
            self._follow(buffer, before)
            if rest is not None:
                self._restart(buffer)

    def restart(self, feed_name: str) -> None:
        """Begin a new segment of a feed: no window holds samples from before and after it."""
        if feed_name in self._buffers:
            self._restart(self._buffers[feed_name])

    def set_live(self, feed_name: str, live: bool) -> None:
        """Say that a feed is down (windows close without it) or up again."""
        if live:
            self._down.discard(feed_name)
        else:
            self._down.add(feed_name)
        if feed_name in self._buffers:
            self._buffers[feed_name].live = live

    def due(self, now: float | None = None) -> list[Window]:
        """Close and return every window that is due, oldest first; `now`: s on the feeds' clock."""
        windows, self._ready = self._ready, []
        windows += self._walk(now)
        return windows

    def _buffer(self, feed: Feed) -> FeedBuffer:
        buffer = self._buffers.get(feed.name)
        if buffer is not None and buffer.feed == feed:
            return buffer
        columns = set(feed.columns)
        for name, other in list(self._buffers.items()):
            supplies = other.feed.modality == feed.modality and columns.intersection(other.feed.columns)
            if name == feed.name or supplies:
                self._restart(other)
                del self._buffers[name]
        counters = self._counters.setdefault(feed.name, FeedCounters())
        gap = self._gaps.get(feed.modality, GAP)
        buffer = self._buffers[feed.name] = FeedBuffer(feed, self.window, counters, gap=gap)
        buffer.live = feed.name not in self._down
        for modality in self._modalities:
            feeds = [b for b in self._buffers.values() if b.feed.modality == modality.name]
            whole = sum(len(b.feed.columns) for b in feeds) >= len(modality.channels)
            self._feeds[modality.name] = feeds if whole else []
        return buffer

    def _restart(self, buffer: FeedBuffer) -> None:
        # what the samples so far allow is closed before they go, however they were split into chunks
        self._ready += self._walk(None)
        buffer.restart()

    def _end(self, index: int) -> float:
        return index * self.hop + self._phase

    def _follow(self, buffer: FeedBuffer, before: float) -> None:
        """Begin the grid anew at the time of `buffer`, newest till now at `before`, where only that is left.

        While another feed that is up has samples near the grid, a feed far behind it is left out: one clock
        set back must not hold up the others. If those others say nothing while a window's time passes here,
        they are gone.
        """
        if self._next is None or not isfinite(buffer.newest):
            return
        horizon = self._end(self._next) - self.hop - self.window
        # a segment is judged by its first sample, so that its length in one chunk makes no difference
        if (buffer.newest if isfinite(before) else buffer.began) >= horizon:
            self._astray = 0.0
            return
        self._astray += buffer.newest - before if isfinite(before) else 0.0
        ahead = [b for b in self._buffers.values() if b is not buffer and b.newest >= horizon]
        if self._astray > self.window or not any(b.live for b in ahead):
            for other in ahead:
                other.clear()
            self._next, self._astray = None, 0.0

    def _walk(self, now: float | None) -> list[Window]:
        windows = []
        while (index := self._closable(now)) is not None:
            passed = self._unreached(index) or self._silent(index)
            window = None if passed else self._close(index, self._end(index))
            self.empty += passed
            self.poor += not passed and window is None
            self._next = index + (passed or 1)
            keep = self._end(self._next) - self.window
            for buffer in self._buffers.values():
                buffer.forget(keep)
            if window is not None:
                windows.append(window)
        return windows

    def _closable(self, now: float | None) -> int | None:
        """The next index, if its window can be closed."""
        fed = [b for b in self._buffers.values() if b.newest > -inf]
        if not fed:
            return None
        horizon = max([b.newest for b in fed])
        if self._next is None:
            self._next = ceil((min(b.ring.times[0] for b in fed) - self._phase) / self.hop)
        end = self._end(self._next)
        if horizon < end:
            # without a sample past the end there is nothing new to say
            return None
        reference = horizon if now is None else max(horizon, now)
        for buffer in fed:
            if buffer.newest < end and buffer.live and buffer.newest >= reference - self._wait:
                return None
        return self._next

    def _unreached(self, index: int) -> int:
        """Number of ends from `index` on that lie so far from every sample that their windows are empty."""
        gap = self._longest_gap
        if max([buffer.newest for buffer in self._buffers.values()]) <= self._end(index) + gap:
            return 0  # as usual, without a look at the samples
        begin = self._end(index) - self.window - gap
        nearest = min(buffer.first_from(begin) for buffer in self._buffers.values())
        return max(floor((nearest - gap - self._phase) / self.hop) - index, 0)

    def _silent(self, index: int) -> int:
        """Number of ends from `index` on that lie in a silence of all feeds, over a hop before its end."""
        end = self._end(index)
        if max([buffer.newest for buffer in self._buffers.values()]) - end <= self.hop:
            return 0  # as usual, without a look at the samples
        after = min(buffer.first_from(end) for buffer in self._buffers.values())
        before = max(buffer.last_before(end) for buffer in self._buffers.values())
        if after - before <= max(self._wait, self._longest_gap) + self.hop:
            return 0
        return max(ceil((after - self.hop - self._phase) / self.hop) - index, 0)

    def _close(self, index: int, end: float) -> Window | None:
        start = end - self.window
        samples: dict[str, NDArray[np.float32]] = {}
        coverage: dict[str, float] = {}
        waited = False
        for modality in self._modalities:
            feeds = self._feeds[modality.name]
            if not feeds:
                coverage[modality.name] = 0.0
                continue
            waited = waited or any(b.live and start < b.newest < end for b in feeds)
            grid = end + self._offsets[modality.name]
            values, covered = self._resample(feeds, grid, modality)
            coverage[modality.name] = covered
            if covered > 0 and covered >= self._min_coverage:
                values.setflags(write=False)
                samples[modality.name] = values
        if not samples:
            return None
        newest = max([b.newest for b in self._buffers.values()])
        closed_by = "wait" if waited else "samples"
        return Window(self.wearer, index, start, end, samples, coverage, newest, closed_by)

    def _resample(
        self, feeds: Sequence[FeedBuffer], grid: NDArray[np.float64], modality: Modality
    ) -> tuple[NDArray[np.float32], float]:
        channels = len(modality.channels)
        if len(feeds) == 1 and feeds[0].whole:
            return feeds[0].on_grid(grid)
        out = np.zeros((len(grid), channels), np.float32)
        covered = 1.0
        for buffer in feeds:
            part, share = buffer.on_grid(grid)
            out[:, list(buffer.feed.columns)] = part
            covered = min(covered, share)
        return out, covered
