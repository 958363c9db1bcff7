"""A recording's streams as the feeds and the windows that a live run over it would see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from hnhar.model.labels import shortened
from hnhar.model.modality import Modality

from ..flow.judging import Judging
from ..flow.monitor import FeedMonitor
from ..flow.pace import too_slow
from ..flow.stamps import StampCounts
from ..mapping.channel_map import ChannelMap
from ..mapping.kind import PROBE, ModalityMapping, mapping_of
from ..mapping.mapping import MappingOptions, map_streams
from ..messages import Chunk, Feed, StreamDescription, StreamState, StreamStatus, Window
from ..windows.windower import Windower
from .assignment import streams_of
from .fitted import Break, StampReport
from .recording import RecordedStream, Recording


@dataclass(frozen=True, slots=True, eq=False)
class RecordedFeed:
    """A recorded stream as what a live run would hand on to the windows."""

    feed: Feed
    times: NDArray[np.float64]
    """(n,) s."""
    samples: NDArray[np.float32]
    """(n, columns), what cannot be right masked."""
    breaks: tuple[int, ...] = ()
    """Index of each sample with which a new segment begins."""
    status: StreamStatus | None = None
    """Counters and faults of the stream, as a live run has them at its end; None: not known."""


Feeds = Sequence[RecordedFeed]
"""Feeds of one recording."""

MOST_BLOCKS = 12
"""Blocks at most, evenly over the recording: what it begins with may be a sensor at rest."""
LOOK = 500
"""Samples after which its faults are looked at."""
BLOCK = 0.05
"""s of samples that arrive together."""


def interleave(feeds: Feeds, *, block: float = BLOCK) -> Iterator[tuple[Feed, Chunk]]:
    """Recorded feeds as chunks in the order in which they would arrive live, blocks of `block` s."""
    pieces: list[tuple[float, int, int, int]] = []
    for order, recorded in enumerate(feeds):
        times = recorded.times
        # a sample stamped earlier than one before it, or without a time, comes no sooner than that one
        arrivals = np.fmax.accumulate(times)
        slots = np.floor(np.nan_to_num(arrivals, nan=-np.inf) / block)
        cuts = {*(np.flatnonzero(slots[1:] != slots[:-1]) + 1).tolist(), *recorded.breaks}
        bounds = sorted({0, len(times)} | cuts)
        pieces += [(float(slots[a]), order, a, b) for a, b in pairwise(bounds)]
    begins = [frozenset(recorded.breaks) for recorded in feeds]
    for _, order, a, b in sorted(pieces):
        recorded = feeds[order]
        yield recorded.feed, Chunk(recorded.samples[a:b], recorded.times[a:b], a in begins[order])


def recorded_feeds(
    recording: Recording,
    modalities: Sequence[Modality],
    options: MappingOptions | None = None,
    *,
    placement: str = "",
) -> tuple[Feeds, tuple[str, ...]]:
    """A recording's streams as the feeds that these modalities want, and what was assumed on the way.

    Modalities that the recording lacks are left out. Raises ChannelError where a stream does not fit,
    or may be of two modalities.
    """
    feeds: list[RecordedFeed] = []
    notes: list[str] = []
    found = streams_of(recording, modalities, placement=placement)
    if found:
        notes += _left_out(recording, modalities, [s for streams in found.values() for s in streams])
    for modality in modalities:
        streams = [s.fit() for s in found.get(modality.name, ())]
        streams = [s for s in streams if len(s.timestamps)]
        if not streams:
            continue
        meant = _options(streams, (options or MappingOptions()).of(modality))
        maps = map_streams(
            [s.description for s in streams],
            modality,
            meant,
            placement=placement,
            samples=[probe(s, mapping_of(modality.kind), meant) for s in streams],
        )
        for stream, channel_map in zip(streams, maps, strict=True):
            fed, remarks = _fed(stream, channel_map, recording.wearer, modality.rate)
            feeds.append(fed)
            slow = too_slow(fed.times, modality.rate)
            about = [
                *channel_map.notes,
                *remarks,
                *([f"'{stream.description.name}': {slow}"] if slow else []),
            ]
            notes += [note for note in dict.fromkeys(about) if note not in notes]
    return feeds, tuple(notes)


def _left_out(
    recording: Recording, modalities: Sequence[Modality], taken: Sequence[RecordedStream]
) -> list[str]:
    """A note on the sensors that might be meant as well, and are not taken; [] where there are none."""
    kinds = {modality.kind for modality in modalities}
    free = [
        stream
        for stream in recording.streams
        if len(stream.timestamps) and stream.kind in kinds and not any(stream is other for other in taken)
    ]
    if not free:
        return []
    left = [f"'{stream.description.name}'" for stream in free]
    alike = {stream.kind for stream in free}
    wanted = " and ".join(modality.name for modality in modalities if modality.kind in alike)
    same = [stream for stream in taken if stream.kind in alike] or taken
    names = ", ".join(dict.fromkeys(f"'{stream.description.name}'" for stream in same))
    return [
        f"{shortened(list(dict.fromkeys(left)), 5)} left out: {names} taken, as the weights want {wanted}"
    ]


def _options(streams: Sequence[RecordedStream], options: MappingOptions) -> MappingOptions:
    """The user's, with the sensor that was selected together with its stream."""
    sensor = next((stream.sensor for stream in streams if stream.sensor), "")
    return replace(options, sensor=sensor) if sensor else options


class _Taken:
    """Sink of what the chain hands on, in place of the queue before the windows."""

    def __init__(self) -> None:
        self.times: list[NDArray[np.float64]] = []
        self.values: list[NDArray[np.float32]] = []
        self.breaks: list[int] = []
        self.count = 0

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `flow.feed_sink.FeedSink`."""
        self.times.append(chunk.timestamps)
        self.values.append(chunk.samples)
        self.count += len(chunk.timestamps)

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `flow.feed_sink.FeedSink`."""
        if state is StreamState.WARMUP and self.count:
            self.breaks.append(self.count)


def _fed(
    stream: RecordedStream, channel_map: ChannelMap, wearer: str, grid: float
) -> tuple[RecordedFeed, tuple[str, ...]]:
    """A stream whose stamps are fit, mapped and judged, and what happened in its samples; `grid`: rate of its
    modality's time grid, Hz."""
    report = stream.stamps or StampReport(len(stream.samples), StampCounts())
    taken = _Taken()
    monitor = FeedMonitor(taken, stream.description)
    monitor.feed, monitor.note = channel_map.feed.name, "; ".join(channel_map.notes)
    monitor.stamps, monitor.received = report.counts, report.received
    monitor.not_finite = report.not_finite
    monitor.drop("expired", report.expired)

    def send(values: NDArray[np.float32], times: NDArray[np.float64]) -> None:
        taken.samples(channel_map.feed, Chunk(values, times), float(times[-1]))
        monitor.handed_on(times)

    remarks: list[str] = []
    judging = Judging(channel_map, send, monitor.begin_anew, remarks.append, grid)
    monitor.masked = judging.quality.masked
    times, faults = stream.timestamps, dict.fromkeys(filter(None, (report.fault,)))
    places = _places(times, report.breaks)
    found = {place: b.reason for place, b in zip(places, report.breaks, strict=True)}
    cuts = {0, len(times), *range(0, len(times), LOOK), *found}
    for begin, end in pairwise(sorted(cuts)):
        if begin in found:
            judging.restart(found[begin])
        judging.take(stream.samples[begin:end], times[begin:end].copy())
        faults |= dict.fromkeys(judging.faults)
    monitor.faults, monitor.state = tuple(faults), StreamState.LIVE
    values = np.concatenate(taken.values)
    status = monitor.status(wearer, channel_map.feed.modality, "recording", float(times[-1]))
    breaks = tuple(dict.fromkeys(taken.breaks))
    fed = RecordedFeed(channel_map.feed, np.concatenate(taken.times), values, breaks, status)
    return fed, tuple(remarks)


def _places(times: NDArray[np.float64], breaks: Sequence[Break]) -> list[int]:
    """Index of the sample with which each of these begins, or of the first after it: segments may overlap."""
    if not breaks:
        return []
    ranked = np.argsort(times, kind="stable")
    wanted = np.array([b.time for b in breaks])
    at = np.searchsorted(times[ranked], wanted)
    there = at < len(times)
    first = ranked[np.minimum(at, len(times) - 1)]
    exact = there & (times[first] == wanted)
    return [int(at) for at in np.where(exact, first, np.searchsorted(times, wanted))]


def probe(stream: RecordedStream, mapping: ModalityMapping, options: MappingOptions) -> NDArray[np.float32]:
    """(n, channels) from which units, gravity and frames are judged: samples that say something of them,
    all over the recording, or the first of them where those are what counts."""
    size = mapping.probe(stream.description.nominal_rate)
    starts = range(0, max(len(stream.samples) - size // 2, 1), size)
    blocks = (stream.samples[begin : begin + size] for begin in starts)
    shown = (block for block in blocks if not mapping.is_blank(stream.description, block, options))
    telling = list(islice(shown, 1) if mapping.first else shown)
    if not telling:
        return stream.samples[:PROBE]
    picked = np.linspace(0, len(telling) - 1, min(len(telling), MOST_BLOCKS)).round().astype(int)
    return np.concatenate([telling[index] for index in picked])


def windows_of(
    recording: Recording,
    modalities: Sequence[Modality],
    *,
    window: float,
    hop: float,
    phase: float = 0.0,
) -> Iterator[Window]:
    """The windows that a live run over this recording would cut; `phase` (s) shifts the grid of ends."""
    feeds, _ = recorded_feeds(recording, modalities)
    windower = Windower(recording.wearer, modalities, window=window, hop=hop, phase=phase)
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()
