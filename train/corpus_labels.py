"""What was done when in a recording of yours: by a table beside it, or by its markers."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.stream.channel_map import MappingOptions
from hnhar.stream.events_tsv import read_labels
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.csv_files import recording_name


@dataclass(frozen=True, slots=True)
class Reading:
    """How the files are to be read."""

    events: str | None = None
    """Table of events of the only recording; None: beside each file, or its markers."""
    subject_from: str = "name"
    """"name": sub-XX in the path, or else each recording is of its own subject; "one": all are of one; or a
    regular expression with one group, looked for in the path."""
    labels: tuple[str, ...] = ()
    """The only ones that are learned; the others count as idle. Empty: all."""
    idle: str = "idle"
    """Label of what is no activity, beside everything that has no label."""
    options: MappingOptions = field(default_factory=MappingOptions)
    select: tuple[tuple[str, str], ...] = ()
    """Which streams of an XDF file, by modality: see `open_recording`."""


def labels_in(path: Path, raw: Recording, reading: Reading) -> tuple[list[Annotation], list[str]]:
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
        result = path.with_name(f"{recording_name(path)}.events.tsv")
        if result.is_file():
            notes.append(
                f"{result.name} was not read: by its name it is what hnhar-stream recognized, and no labels; "
                f"those are looked for in {_beside(path)[0].name}"
            )
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
    if instants:
        notes.append(f"{sum(instants.values())} markers without a duration were left out")
    wrong = next((a.label for a in lasting if not a.label.isprintable() or not 0 < len(a.label) <= 64), None)
    if wrong is not None:
        raise RecordingError(f"{path}: {wrong[:80]!r} cannot be a label: it needs 1 to 64 printable letters")
    kept = [
        a for a in lasting if a.label != reading.idle and (not reading.labels or a.label in reading.labels)
    ]
    if not kept:
        there = ", ".join(sorted({a.label for a in lasting}))
        raise RecordingError(f"{path} has none of the labels that are to be learned; it has: {there}")
    return sorted(kept, key=lambda a: (a.onset, a.label)), notes


def _beside(path: Path) -> list[Path]:
    """Where a table of labels may be: a_events.tsv, a.tsv; or as BIDS has it.

    Not in a.events.tsv, which `hnhar-stream --recording a.xdf` writes.
    """
    stem = recording_name(path)
    names = [f"{stem}_events.tsv", f"{stem}.tsv"]
    if "_" in path.stem:
        names.append(f"{path.stem.rpartition('_')[0]}_events.tsv")
    return [path.with_name(name) for name in names]


def _table(path: Path, reading: Reading) -> Path | None:
    if reading.events is not None:
        return Path(reading.events)
    return next((table for table in _beside(path) if table.is_file()), None)
