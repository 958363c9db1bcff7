"""Sliding windows of one wearer, cut by time from any number of feeds.

Window ends lie on the absolute grid `k * hop` of the streams' common clock, so the windows of all wearers fall due
together. A window closes at the first sample past its end in every feed that is waited for; a feed is not waited for
while it is marked as down, or while it lags the newest sample (or `now`) by more than `wait` seconds. Everything is
decided by samples and the `now` that is handed in: any split of the same samples into chunks gives the same windows.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality
from hnhar.model.preprocessing import resample

from .buffers import GAP, FeedBuffer, FeedCounters
from .mapping import MappingOptions, map_streams
from .messages import Chunk, Feed, Window
from .recordings.recording import Recording

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
        """`window`, `hop`, `wait` in s; `phase` shifts the grid of window ends, s (training cuts at any phase)."""
        self.wearer = wearer
        self.window = window
        self.hop = hop
        self._modalities = tuple(modalities)
        self._wait = wait
        self._min_coverage = min_coverage
        self._phase = phase
        self._offsets = {
            m.name: np.arange(1 - m.steps(window), 1, dtype=np.float64) / m.rate for m in self._modalities
        }
        self._buffers: dict[str, FeedBuffer] = {}
        self._next: int | None = None
        self.poor = 0
        """Windows that closed without any modality covered well enough: not emitted."""

    @property
    def counters(self) -> dict[str, FeedCounters]:
        """Feed name -> its counters."""
        return {name: buffer.counters for name, buffer in self._buffers.items()}

    @property
    def overflowed(self) -> int:
        """Samples pushed out of full buffers before a window could use them."""
        return sum(buffer.ring.overflowed for buffer in self._buffers.values())

    def push(self, feed: Feed, chunk: Chunk) -> None:
        """Take a chunk of one feed, its columns those of `feed`; stamps on the clock that all feeds share."""
        buffer = self._buffers.get(feed.name)
        if buffer is None or buffer.feed != feed:
            buffer = self._replace(feed)
        resets = buffer.counters.resets
        buffer.push(chunk)
        if buffer.counters.resets > resets:
            self._rejoin(buffer.newest)

    def set_live(self, feed_name: str, live: bool) -> None:
        """Say that a feed is down (windows close without it) or up again."""
        if feed_name in self._buffers:
            self._buffers[feed_name].live = live

    def restart(self, feed_name: str) -> None:
        """What the feed sends next does not continue what it sent before: no window takes from both."""
        if feed_name in self._buffers:
            self._buffers[feed_name].restart()

    def due(self, now: float | None = None) -> list[Window]:
        """Close and return every window that is due, oldest first."""
        windows = []
        while (end := self._closable(now)) is not None:
            assert self._next is not None
            window = self._close(self._next, end)
            self._next += 1
            keep = self._end(self._next) - self.window
            for buffer in self._buffers.values():
                buffer.forget(keep)
            if window is None:
                self.poor += 1
            else:
                windows.append(window)
        return windows

    def _replace(self, feed: Feed) -> FeedBuffer:
        """A buffer for a new feed, in place of those that supplied the same channels (a device may come back as two
        streams where it was one)."""
        for name, other in list(self._buffers.items()):
            if other.feed.modality == feed.modality and set(other.feed.columns) & set(feed.columns):
                del self._buffers[name]
        self._buffers[feed.name] = FeedBuffer(feed, self.window)
        return self._buffers[feed.name]

    def _end(self, index: int) -> float:
        return index * self.hop + self._phase

    def _rejoin(self, newest: float) -> None:
        """After a jump of time, go on at the new time instead of walking the grid to it."""
        if self._next is None:
            return
        if not self._end(self._next) - self._wait <= newest <= self._end(self._next) + self.window + self._wait:
            self._next = ceil((newest - self._phase) / self.hop)

    def _closable(self, now: float | None) -> float | None:
        fed = [b for b in self._buffers.values() if len(b.ring)]
        if not fed:
            return None
        horizon = max(b.newest for b in fed)
        if self._next is None:
            self._next = ceil((min(b.ring.times[0] for b in fed) - self._phase) / self.hop)
        end = self._end(self._next)
        reference = horizon if now is None else max(horizon, now)
        if horizon < end:
            # without a sample past the end there is nothing new to say
            return None
        for buffer in fed:
            if buffer.newest < end and buffer.live and buffer.newest >= reference - self._wait:
                return None
        return end

    def _close(self, index: int, end: float) -> Window | None:
        start = end - self.window
        samples: dict[str, NDArray[np.float32]] = {}
        coverage: dict[str, float] = {}
        waited = False
        for modality in self._modalities:
            feeds = [b for b in self._buffers.values() if b.feed.modality == modality.name]
            supplied = sum(len(b.feed.columns) for b in feeds)
            if supplied < len(modality.channels):
                coverage[modality.name] = 0.0
                continue
            waited = waited or any(b.live and start < b.newest < end for b in feeds)
            grid = end + self._offsets[modality.name]
            values, covered = self._resample(feeds, grid, len(modality.channels))
            coverage[modality.name] = covered
            if covered >= self._min_coverage:
                values.setflags(write=False)
                samples[modality.name] = values
        if not samples:
            return None
        newest = max(b.newest for b in self._buffers.values())
        closed_by = "wait" if waited else "samples"
        return Window(self.wearer, index, start, end, samples, coverage, newest, closed_by)

    def _resample(
        self, feeds: Sequence[FeedBuffer], grid: NDArray[np.float64], channels: int
    ) -> tuple[NDArray[np.float32], float]:
        if len(feeds) == 1 and feeds[0].feed.columns == tuple(range(channels)):
            times, values = feeds[0].between(grid[0], grid[-1])
            return resample(times, values, grid, gap=GAP)
        out = np.zeros((len(grid), channels), np.float32)
        covered = 1.0
        for buffer in feeds:
            times, values = buffer.between(grid[0], grid[-1])
            part, share = resample(times, values, grid, gap=GAP)
            out[:, list(buffer.feed.columns)] = part
            covered = min(covered, share)
        return out, covered


def interleave(
    feeds: "Feeds", *, block: float = 0.05
) -> Iterator[tuple[Feed, Chunk]]:
    """Recorded feeds as chunks in the order in which they would arrive live, blocks of `block` s."""
    pieces = []
    for order, (feed, times, samples) in enumerate(feeds):
        slots = np.floor(times / block).astype(np.int64) if len(times) else np.empty(0, np.int64)
        edges = np.flatnonzero(np.diff(slots, prepend=slots[:1] - 1)) if len(slots) else []
        bounds = [*edges, len(times)]
        pieces += [(int(slots[a]), order, feed, a, b) for a, b in zip(bounds, bounds[1:], strict=False)]
    pieces.sort(key=lambda piece: (piece[0], piece[1]))
    for _, same_slot in groupby(pieces, key=lambda piece: piece[0]):
        for _, order, feed, a, b in same_slot:
            _, times, samples = feeds[order]
            yield feed, Chunk(samples[a:b], times[a:b])


Feeds = Sequence[tuple[Feed, NDArray[np.float64], NDArray[np.float32]]]


def recorded_feeds(
    recording: Recording,
    modalities: Sequence[Modality],
    options: MappingOptions | None = None,
    *,
    placement: str = "",
) -> tuple[Feeds, tuple[str, ...]]:
    """A recording's streams as the feeds that these modalities want, and what was assumed on the way.

    Modalities that the recording lacks are left out. Raises ChannelError where a stream does not fit.
    """
    feeds: list[tuple[Feed, NDArray[np.float64], NDArray[np.float32]]] = []
    notes: list[str] = []
    for modality in modalities:
        streams = [s for s in recording.of(modality.kind) if len(s.timestamps)]
        if not streams:
            continue
        maps = map_streams(
            [s.description for s in streams],
            modality,
            options or MappingOptions(),
            placement=placement,
            samples=[s.samples[:500] for s in streams],
        )
        for stream, channel_map in zip(streams, maps, strict=True):
            feeds.append((channel_map.feed, stream.timestamps, channel_map.apply(stream.samples)))
            notes += [note for note in channel_map.notes if note not in notes]
    return feeds, tuple(notes)


def windows_of(
    recording: Recording,
    modalities: Sequence[Modality],
    *,
    window: float,
    hop: float,
    phase: float = 0.0,
) -> Iterator[Window]:
    """The windows that a live run over this recording would cut; `phase` (s) shifts the grid of their ends."""
    feeds, _ = recorded_feeds(recording, modalities)
    windower = Windower(recording.wearer, modalities, window=window, hop=hop, phase=phase)
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()
