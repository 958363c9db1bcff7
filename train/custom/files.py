"""Your own recordings: files in, labeled sessions on canonical channels out, by subject."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hnhar.model.errors import ChannelError, ConfigError, RecordingError
from hnhar.model.labels import shortened
from hnhar.stream.mapping.kind import mapping_of
from hnhar.stream.recordings import Recording, open_recording
from hnhar.stream.recordings.assignment import selected
from hnhar.stream.recordings.bids_motion import is_motion, motion_name
from hnhar.stream.recordings.csv_columns import parse_columns
from hnhar.stream.recordings.csv_files import read_csv
from hnhar.stream.recordings.csv_names import SUFFIXES, recording_name
from hnhar.stream.recordings.noted import noted
from hnhar.stream.recordings.portions import portion, with_samples, without
from hnhar.stream.recordings.registry import opener_of

from .labels import Labels, ReadingOptions, alike, check_tables, labels_in, unsure_of
from .signals import called_alike, on_canonical_channels
from .subjects import subjects_of

AROUND = 10.0
"""s kept before the first and after the last label: farther off, what was done may just not be labeled."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnSession:
    """One recording of yours."""

    subject: str
    recording: Recording
    """Canonical channels and units; every annotation has a duration and a label that is to be learned."""

    @property
    def placements(self) -> dict[str, str]:
        """Modality -> placement that its stream says, of those whose sensor is worn and that say one."""
        return {
            s.modality: s.description.placement
            for s in self.recording.streams
            if s.description.placement and mapping_of(s.kind).worn
        }


def read_all(
    files: Sequence[str | Path], reading: ReadingOptions, advance: Callable[[str, int, int], None]
) -> tuple[list[OwnSession], list[str]]:
    """Every recording in `files`, and notes for the user. Raises RecordingError and ConfigError."""
    groups: dict[str, list[Path]] = {}
    for file in map(Path, files):
        if not file.exists():
            raise RecordingError(f"{file} does not exist")
        opener_of(str(file))  # raises for what is none
        groups.setdefault(_recording_of(file), []).append(file)
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
    named = called_alike([read.recording for read in found])
    found = [
        replace(read, recording=recording) for read, recording in zip(found, named.recordings, strict=True)
    ]
    learned = {a.label for read in found for a in read.labels.lasting}
    sessions, notes = [], list(named.notes)
    for read, subject in zip(found, subjects, strict=True):
        session, its_notes = _session(read, subject, learned)
        sessions.append(session)
        notes += [f"{read.path.name}: {note}" for note in its_notes]
    if note := alike(learned):
        notes.append(note)
    return sessions, notes


def _recording_of(file: Path) -> str:
    """The recording that a file is part of: tables of one have the same."""
    if file.is_file() and file.suffix.lower() in SUFFIXES:
        return str(file.with_name(recording_name(file)))
    return str(file.with_name(motion_name(file))) if is_motion(file) else str(file)


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A recording and its labels, before either is cut to where the other is."""

    path: Path
    recording: Recording
    """Canonical channels and units."""
    begin: float
    """Zero of the labels' times, s on the recording's clock."""
    labels: Labels
    notes: tuple[str, ...]


def _read(paths: Sequence[Path], reading: ReadingOptions) -> _Read:
    first = paths[0]
    if first.is_file() and first.suffix.lower() in SUFFIXES:
        raw = read_csv(paths, parse_columns(reading.columns) if reading.columns else None, reading.clock)
        raw = selected(raw, dict(reading.select))
    else:
        raw = open_recording(first, select=dict(reading.select) or None, tables=False, clock=reading.clock)
    try:
        canonical, notes = on_canonical_channels(raw, reading.options)
    except ChannelError as error:
        raise ChannelError(f"{first}: {error}") from error
    labels = labels_in(first, raw, reading)
    odd = noted(replace(raw, annotations=labels.lasting, notes=())).notes
    return _Read(first, canonical, raw.zero, labels, (*raw.notes, *notes, *labels.notes, *odd))


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
    return OwnSession(subject, recording), [*read.notes, *notes, *cut]
