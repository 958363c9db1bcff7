"""Modalities of your own recordings: those that are there, on canonical channels, called alike in all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened
from hnhar.model.modality import Modality, kind_of
from hnhar.stream.flow.stamps import StampCounts
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.mapping.kind import ModalityMapping, mapping_of, mappings, titles
from hnhar.stream.mapping.places import place_said
from hnhar.stream.mapping.sensors import is_whole
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import RecordedStream, Recording
from hnhar.stream.recordings.assignment import streams_of
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.fitted import Break, StampReport


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Recordings whose modalities are called alike."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...]
    """What had to be left out for it, for the user to read."""


def modalities_in(raw: Recording) -> tuple[Modality, ...]:
    """The modalities that a recording's streams are, in the order of the kinds' names.

    A device that lacks sensors of its kind is of the kind within it: an IMU without a gyroscope is an
    accelerometer.
    """
    found = []
    for mapping in mappings():
        names = dict.fromkeys(s.modality for s in raw.streams if s.kind == mapping.name and len(s.timestamps))
        for name in names:
            streams = [s.description for s in raw.streams if s.modality == name]
            kind = kind_of((_within(mapping, streams) or mapping).name)
            found.append(kind.modality(name=f"{kind.name}{name.removeprefix(mapping.name)}"))
    return tuple(found)


def _within(mapping: ModalityMapping, streams: Sequence[StreamDescription]) -> ModalityMapping | None:
    """The kind within another that streams are, as they lack sensors of it; None where they lack none."""
    if not mapping.sensors or is_whole(streams, mapping.name):
        return None
    inner = (m for m in mappings() if m.within == mapping.name)
    return next((m for m in inner if any(m.sensor_in(stream) for stream in streams)), None)


def on_canonical_channels(raw: Recording, options: MappingOptions) -> tuple[Recording, tuple[str, ...]]:
    """The recording with its streams mapped as live ones are; RecordingError where none is left."""
    modalities = {modality.name: modality for modality in modalities_in(raw)}
    of = streams_of(raw, tuple(modalities.values()))
    feeds, notes = recorded_feeds(raw, tuple(modalities.values()), options)
    streams = []
    for recorded in feeds:
        feed, times = recorded.feed, recorded.times
        modality = modalities[feed.modality]
        placement = next((s.description.placement for s in of[modality.name] if s.description.placement), "")
        description = StreamDescription(
            name=feed.name,
            # of one sensor alone: "imu.acc" is of the type acc
            type=feed.name.removeprefix(modality.name)[1:] or mapping_of(modality.kind).stream_type,
            source_id=raw.name,
            channels=tuple(modality.channels[c] for c in feed.columns),
            units=tuple(modality.units[c] for c in feed.columns),
            nominal_rate=rate_of(times),
            placement=placement,
        )
        # whoever cuts windows begins anew where these did; their stamps are fit already
        breaks = tuple(Break(float(times[k]), "a new segment") for k in recorded.breaks)
        stamps = StampReport(len(times), StampCounts(), breaks=breaks)
        streams.append(RecordedStream(description, recorded.samples, times, modality.name, stamps=stamps))
    if not streams:
        raise RecordingError(f"{raw.name} has {titles()}")
    return replace(raw, streams=tuple(streams)), notes


def called_alike(recordings: Sequence[Recording]) -> Named:
    """Recordings on canonical channels with the same name for the same sensor.

    Where one has several of a kind, all say the place of theirs; where a sensor lacks in some what it has in
    others (a gyroscope), it is taken without it in all.

    Raises RecordingError where one says no place.
    """
    placed = [_with_places(recording, recordings) for recording in recordings]
    names = [{s.modality for s in recording.streams} for recording in placed]
    notes: list[str] = []
    for mapping in (m for m in mappings() if m.within):
        for name in sorted(set().union(*names)):
            whole = f"{mapping.within}{name.removeprefix(mapping.name)}"
            if not name.startswith(mapping.name) or not any(whole in there for there in names):
                continue
            if any({name, whole} <= there for there in names):
                continue  # two sensors of one person
            channels = kind_of(mapping.name).channels
            placed = [_reduced(recording, whole, name, channels) for recording in placed]
            lacking = [r.name for r, there in zip(recordings, names, strict=True) if name in there]
            verb = "has" if len(lacking) == 1 else "have"
            notes.append(
                f"{shortened(lacking, 5)} {verb} {name} alone: of {whole} in the others nothing else is "
                "learned either"
            )
    return Named(tuple(placed), tuple(notes))


def _with_places(recording: Recording, among: Iterable[Recording]) -> Recording:
    """The recording with the place in each name of a kind of which some recording has several."""
    streams = []
    for stream in recording.streams:
        several = {
            s.modality for r in among for s in r.streams if s.kind == stream.kind and "." in s.modality
        }
        if several and "." not in stream.modality:
            place = place_said(stream.description)
            if not place:
                raise RecordingError(
                    f"{recording.name}: its {stream.kind} says no place, and others have "
                    f"{', '.join(sorted(several))}: say which it is, as --source {sorted(several)[0]}=…"
                )
            stream = replace(stream, modality=f"{stream.kind}.{place}")
        streams.append(stream)
    return replace(recording, streams=tuple(streams))


def _reduced(recording: Recording, whole: str, name: str, channels: Sequence[str]) -> Recording:
    """The recording with the streams of `whole` as `name`, which has only these of its channels."""
    streams = []
    for stream in recording.streams:
        if stream.modality != whole:
            streams.append(stream)
            continue
        d = stream.description
        kept = [k for k, label in enumerate(d.channels) if label in channels]
        if kept:
            described = replace(
                d,
                name=name,
                type=mapping_of(name.partition(".")[0]).stream_type,
                channels=tuple(d.channels[k] for k in kept),
                units=tuple(d.units[k] for k in kept),
            )
            streams.append(
                replace(stream, description=described, samples=stream.samples[:, kept], modality=name)
            )
    return replace(recording, streams=tuple(streams))


def rate_of(times: NDArray[np.float64]) -> float:
    """Samples a second, interruptions left out; Hz, 0 where there is none."""
    steps = np.diff(times)
    steps = steps[steps < 1.0]
    lasting = float(steps.sum())
    return len(steps) / lasting if lasting > 0 else 0.0
