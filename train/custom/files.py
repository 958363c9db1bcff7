"""Your own recordings: files in, labeled sessions on canonical channels out, by subject."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError, ConfigError, RecordingError
from hnhar.model.labels import shortened
from hnhar.model.modality import Modality, kind_of
from hnhar.stream.flow.stamps import StampCounts
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.mapping.kind import mapping_of, mappings, titles
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import RecordedStream, Recording, open_recording
from hnhar.stream.recordings.csv_columns import parse_columns
from hnhar.stream.recordings.csv_files import read_csv
from hnhar.stream.recordings.csv_names import recording_name
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.fitted import Break, StampReport
from hnhar.stream.recordings.noted import noted
from hnhar.stream.recordings.portions import portion, with_samples, without

from .labels import Labels, ReadingOptions, alike, check_tables, labels_in, unsure_of
from .subjects import subjects_of

AROUND = 10.0
"""s kept before the first and after the last label: farther off, what was done may just not be labeled."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnSession:
    """One recording of yours."""

    subject: str
    recording: Recording
    """Canonical channels and units; every annotation has a duration and a label that is to be learned."""
    placement: str
    """Placement of its IMU by the stream's description; "" where that has none."""


def read_all(
    files: Sequence[str | Path], reading: ReadingOptions, advance: Callable[[str, int, int], None]
) -> tuple[list[OwnSession], list[str]]:
    """Every recording in `files`, and notes for the user. Raises RecordingError and ConfigError."""
    groups: dict[str, list[Path]] = {}
    for file in map(Path, files):
        if not file.exists():
            raise RecordingError(f"{file} does not exist")
        if file.suffix.lower() not in (".xdf", ".csv"):
            raise RecordingError(f"{file}: recordings are .xdf files (LabRecorder), or .csv with time stamps")
        key = str(file.with_name(recording_name(file))) if file.suffix.lower() == ".csv" else str(file)
        groups.setdefault(key, []).append(file)
    if not groups:
        raise ConfigError("no recording was named")
    check_tables([paths[0] for paths in groups.values()], reading)
    subjects = subjects_of([paths[0] for paths in groups.values()], reading.subject_from)
    found = []
    for done, paths in enumerate(groups.values()):
        advance(f"reading {paths[0].name}", done, len(groups))
        found.append(_read(paths, reading))
    advance("recordings read", len(groups), len(groups))
    _all_there(reading, found)
    learned = {a.label for read in found for a in read.labels.lasting}
    sessions, notes = [], []
    for read, subject in zip(found, subjects, strict=True):
        session, its_notes = _session(read, subject, learned)
        sessions.append(session)
        notes += [f"{read.path.name}: {note}" for note in its_notes]
    if note := alike(learned):
        notes.append(note)
    return sessions, notes


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A recording and its labels, before either is cut to where the other is."""

    path: Path
    recording: Recording
    """Canonical channels and units."""
    begin: float
    """Zero of the labels' times, s on the recording's clock."""
    placement: str
    labels: Labels
    notes: tuple[str, ...]


def _read(paths: Sequence[Path], reading: ReadingOptions) -> _Read:
    first = paths[0]
    if first.suffix.lower() == ".csv":
        raw = read_csv(paths, parse_columns(reading.columns) if reading.columns else None, reading.clock)
    else:
        raw = open_recording(first, select=dict(reading.select) or None, tables=False, clock=reading.clock)
    try:
        canonical, notes = on_canonical_channels(raw, reading.options)
    except ChannelError as error:
        raise ChannelError(f"{first}: {error}") from error
    labels = labels_in(first, raw, reading)
    placement = next(
        (
            s.description.placement
            for mapping in mappings()
            for s in raw.of(mapping.name)
            if mapping.worn and s.description.placement
        ),
        "",
    )
    odd = noted(replace(raw, annotations=labels.lasting, notes=())).notes
    return _Read(first, canonical, raw.zero, placement, labels, (*raw.notes, *notes, *labels.notes, *odd))


def _all_there(reading: ReadingOptions, found: Sequence[_Read]) -> None:
    """Raise ConfigError where a label was asked for that no recording has."""
    there = {label for read in found for label in read.labels.there}
    missing = sorted(set(reading.labels) - there - {reading.idle})
    if missing:
        raise ConfigError(
            f"--labels asks for {shortened(missing)}, but no recording has such a label; there are: "
            f"{shortened(sorted(there))}"
        )


def _session(read: _Read, subject: str, learned: Collection[str]) -> tuple[OwnSession, list[str]]:
    """The part of a recording that trains, without stretches that may be of a learned label; and notes."""
    unsure, notes = unsure_of(read.labels, learned, read.begin)
    canonical = without(read.recording, unsure)
    annotations, cut = with_samples(read.labels.lasting, canonical)
    if not annotations:
        start, end = read.recording.start - read.begin, read.recording.end - read.begin
        raise RecordingError(
            f"{read.path} has samples from {start:.1f} to {end:.1f} s, and none of its "
            f"{len(read.labels.lasting)} labels is there; do the events count seconds from the start of this "
            "recording?"
        )
    start, end = annotations[0].onset - AROUND, max(a.offset for a in annotations) + AROUND
    recording = portion(replace(canonical, annotations=tuple(annotations)), start, end)
    if not recording.streams:
        raise RecordingError(f"{read.path} has a single sample within {AROUND:g} s of a label")
    return OwnSession(subject, recording, read.placement), [*read.notes, *notes, *cut]


def on_canonical_channels(raw: Recording, options: MappingOptions) -> tuple[Recording, tuple[str, ...]]:
    """The recording with its streams mapped as live ones are; RecordingError where none is left."""
    modalities: dict[str, Modality] = {m.name: kind_of(m.name).modality() for m in mappings()}
    feeds, notes = recorded_feeds(raw, tuple(modalities.values()), options)
    streams = []
    for recorded in feeds:
        feed, times = recorded.feed, recorded.times
        modality = modalities[feed.modality]
        description = StreamDescription(
            name=feed.name,
            # of one sensor alone: "imu.acc" is of the type acc
            type=feed.name.partition(".")[2] or mapping_of(modality.kind).stream_type,
            source_id=raw.name,
            channels=tuple(modality.channels[c] for c in feed.columns),
            units=tuple(modality.units[c] for c in feed.columns),
            nominal_rate=rate_of(times),
        )
        # whoever cuts windows begins anew where these did; their stamps are fit already
        breaks = tuple(Break(float(times[k]), "a new segment") for k in recorded.breaks)
        stamps = StampReport(len(times), StampCounts(), breaks=breaks)
        streams.append(RecordedStream(description, recorded.samples, times, modality.kind, stamps=stamps))
    if not streams:
        raise RecordingError(f"{raw.name} has {titles()}")
    return replace(raw, streams=tuple(streams)), notes


def rate_of(times: NDArray[np.float64]) -> float:
    """Samples a second, interruptions left out; Hz, 0 where there is none."""
    steps = np.diff(times)
    steps = steps[steps < 1.0]
    lasting = float(steps.sum())
    return len(steps) / lasting if lasting > 0 else 0.0
