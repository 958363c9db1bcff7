"""What was done when in a recording of yours: by a table beside it, or by its markers."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.stream.channel_map import MappingOptions
from hnhar.stream.events_tsv import read_labels
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.csv_files import recording_name

from .near import Near

_BIDS = re.compile(r"_(eeg|ieeg|meg|nirs|emg|beh|motion|physio)$", re.IGNORECASE)
"""How the names of BIDS end, and those that LabRecorder gives: the table has `_events` in its place."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the files are to be read."""

    events: str | None = None
    """Table of events of the only recording; None: beside each file, or its markers."""
    subject_from: str = "name"
    """"name": sub-XX in the path, or else each recording is of its own subject, also where another folder
    has one of the same name; "one": all are of one; or a
    regular expression with one group, looked for in the path."""
    labels: tuple[str, ...] = ()
    """The only ones that are learned; the others count as idle. Empty: all."""
    idle: str = "idle"
    """Label of what is no activity, beside everything that has no label."""
    options: MappingOptions = field(default_factory=MappingOptions)
    select: tuple[tuple[str, str], ...] = ()
    """Which streams of an XDF file, by modality: see `open_recording`."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What was done in a recording, on its clock."""

    lasting: tuple[Annotation, ...]
    """What is to be learned, by onset; each has a duration."""
    unended: tuple[Annotation, ...]
    """What has no duration, up to the next beginning or end of anything."""
    there: frozenset[str]
    """Every label that has a duration, also of what is not learned."""
    notes: tuple[str, ...]


def labels_in(path: Path, raw: Recording, reading: Reading) -> Labels:
    """What was done when, by the table beside the file or by its markers. Raises RecordingError."""
    table = _table(path, reading)
    notes = []
    if table is not None:
        found = [Annotation(raw.start + e.onset, e.duration, e.label) for e in read_labels(table)]
        if raw.annotations:
            notes.append(f"its labels are those of {table.name}; its markers were left out")
        source = str(table)
    else:
        found = list(raw.annotations)
        source = "its marker streams"
        results = [path.with_name(f"{s}.events.tsv") for s in {path.stem, recording_name(path)}]
        notes += [
            f"{result.name} was not read: by its name it is what hnhar-stream recognized, and no labels; "
            f"those are looked for in {_beside(path)[0].name}"
            for result in sorted(results)
            if result.is_file()
        ]
    lasting = [replace(a, label=" ".join(a.label.split())) for a in found if a.duration > 0]
    instants = Counter(a.label for a in found if a.duration == 0)
    if not lasting:
        said = ", ".join(f"'{label}'" for label in list(instants)[:5])
        raise RecordingError(
            f"{path} has no labels: {source} hold{'' if table is None else 's'} "
            f"{f'only instants ({said})' if instants else 'none'}. Send 'label/start' and 'label/stop' while "
            f"recording, or put a table beside the file: {_beside(path)[0].name} with onset, duration and "
            "label, in s from its start."
        )
    wrong = next((a.label for a in lasting if not a.label.isprintable() or not 0 < len(a.label) <= 64), None)
    if wrong is not None:
        raise RecordingError(f"{path}: {wrong[:80]!r} cannot be a label: it needs 1 to 64 printable letters")
    kept = [
        a for a in lasting if a.label != reading.idle and (not reading.labels or a.label in reading.labels)
    ]
    there = frozenset(a.label for a in lasting)
    if not kept:
        raise RecordingError(
            f"{path} has none of the labels that are to be learned; it has: {', '.join(sorted(there))}"
        )
    kept.sort(key=lambda a: (a.onset, a.label))
    return Labels(tuple(kept), _unended(found, raw.end), there, tuple(notes))


def _unended(found: Sequence[Annotation], end: float) -> tuple[Annotation, ...]:
    edges = sorted({edge for a in found for edge in (a.onset, a.offset)})
    unended = []
    for annotation in found:
        if annotation.duration == 0:
            after = bisect_right(edges, annotation.onset)
            until = edges[after] if after < len(edges) else max(end, annotation.onset)
            label = " ".join(annotation.label.split())
            unended.append(Annotation(annotation.onset, until - annotation.onset, label))
    return tuple(unended)


def unsure_of(labels: Labels, learned: Collection[str], begin: float) -> tuple[list[Annotation], list[str]]:
    """Stretches in which something `learned` may have been done or not, and notes (in s from `begin`).

    Its beginning was marked and its end was not: taken for idle, it would teach that it is idle.
    """
    near = Near(labels.lasting)
    unsure = []
    for one in labels.unended:
        meanwhile = {a.label for a in near.to(one.onset, np.nextafter(one.onset, np.inf))}
        if one.label in learned and one.label not in meanwhile:
            unsure.append(one)
    notes = []
    if unsure:
        told = [f"'{a.label}' at {a.onset - begin:.1f} s" for a in unsure[:5]]
        more = ", …" if len(unsure) > 5 else ""
        notes.append(
            f"{len(unsure)} times nobody said when it ended ({', '.join(told)}{more}): what follows, up to "
            f"the next marker, is left out, {sum(a.duration for a in unsure):.1f} s in all"
        )
    if len(unsure) < len(labels.unended):
        notes.append(
            f"{len(labels.unended) - len(unsure)} markers without a duration were left out; where nothing "
            "else is labelled, their time is idle"
        )
    return unsure, notes


def check_tables(paths: Sequence[Path], reading: Reading) -> None:
    """Raise ConfigError where one table would hold the labels of two recordings: each has its own time."""
    if reading.events is not None and len(paths) > 1:
        raise ConfigError(
            f"--events is the table of one recording, but {len(paths)} were named: put a table beside each, "
            "such as NAME_events.tsv"
        )
    taken: dict[Path, Path] = {}
    for path in paths:
        table = _table(path, reading)
        if table is None:
            continue
        other = taken.setdefault(table.resolve(), path)
        if other.resolve() != path.resolve():
            raise ConfigError(
                f"{table} would hold the labels of {other.name} and of {path.name}, but counts seconds from "
                f"the start of one recording: name a table after each, such as {_beside(path)[0].name}, or "
                "keep them in folders of their own"
            )


def _beside(path: Path) -> list[Path]:
    """Where a table of labels may be: a_events.tsv, a.tsv; for a_imu.csv, and as BIDS has it also for
    a_eeg.xdf, a_events.tsv.

    Not in a.events.tsv, which `hnhar-stream --recording a.xdf` writes; and not in sub-1_events.tsv for
    sub-1_lunch.xdf, which would be that of sub-1_dinner.xdf as well.
    """
    whole = recording_name(path)
    own = whole if path.suffix.lower() == ".csv" else path.stem
    names = [f"{stem}{end}" for stem in (own, whole) for end in ("_events.tsv", ".tsv")]
    names.append(f"{_BIDS.sub('', own)}_events.tsv")
    return [path.with_name(name) for name in dict.fromkeys(names)]


def _table(path: Path, reading: Reading) -> Path | None:
    if reading.events is not None:
        return Path(reading.events)
    return next((table for table in _beside(path) if table.is_file()), None)
