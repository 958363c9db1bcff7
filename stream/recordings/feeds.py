"""A recording's streams as the feeds and the windows that a live run over it would see."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality

from ..mapping.kind import PROBE, ModalityMapping, mapping_of
from ..mapping.mapping import MappingOptions, map_streams
from ..messages import Chunk, Feed, Window
from ..windows.windower import Windower
from .assignment import streams_of
from .recording import RecordedStream, Recording

Feeds = Sequence[tuple[Feed, NDArray[np.float64], NDArray[np.float32]]]
"""Recorded feeds, each with its (n,) time stamps, s, and (n, columns) samples."""


MOST_BLOCKS = 12
"""Blocks at most, evenly over the recording: what it begins with may be a sensor at rest."""
BLOCK = 0.05
"""s of samples that arrive together."""


def interleave(feeds: Feeds, *, block: float = BLOCK) -> Iterator[tuple[Feed, Chunk]]:
    """Recorded feeds as chunks in the order in which they would arrive live, blocks of `block` s."""
    pieces: list[tuple[float, int, int, int]] = []
    for order, (_, times, _) in enumerate(feeds):
        # a sample stamped earlier than one before it, or without a time, comes no sooner than that one
        arrivals = np.fmax.accumulate(times)
        slots = np.floor(np.nan_to_num(arrivals, nan=-np.inf) / block)
        bounds = [0, *(np.flatnonzero(slots[1:] != slots[:-1]) + 1).tolist(), len(times)]
        pieces += [(float(slots[a]), order, a, b) for a, b in pairwise(bounds) if a < b]
    for _, order, a, b in sorted(pieces):
        feed, times, samples = feeds[order]
        yield feed, Chunk(samples[a:b], times[a:b])


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
    feeds: list[tuple[Feed, NDArray[np.float64], NDArray[np.float32]]] = []
    notes: list[str] = []
    found = streams_of(recording, modalities, placement=placement)
    for modality in modalities:
        streams = found.get(modality.name, ())
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
            feeds.append((channel_map.feed, stream.timestamps, channel_map.apply(stream.samples)))
            notes += [note for note in (*channel_map.notes, *channel_map.remarks()) if note not in notes]
    return feeds, tuple(notes)


def _options(streams: Sequence[RecordedStream], options: MappingOptions) -> MappingOptions:
    """The user's, with the sensor that was selected together with its stream."""
    sensor = next((stream.sensor for stream in streams if stream.sensor), "")
    return replace(options, sensor=sensor) if sensor else options


def probe(stream: RecordedStream, mapping: ModalityMapping, options: MappingOptions) -> NDArray[np.float32]:
    """(n, channels) from which units, gravity and frames are judged: samples that say something of them,
    all over the recording, or the first of them where those are what counts."""
    size = mapping.probe(stream.description.nominal_rate)
    starts = range(0, max(len(stream.samples) - size // 2, 1), size)
    blocks = (stream.samples[begin : begin + size] for begin in starts)
    told = (block for block in blocks if not mapping.is_blank(stream.description, block, options))
    telling = list(islice(told, 1) if mapping.first else told)
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
