"""The table of what was done that may lie beside a recording, with times in s from its start
(`hnhar.stream.recordings.label_tables`)."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hnhar.model.errors import ConfigError, RecordingError

from .bids_motion import motion_files
from .clock_choice import TABLE, ClockChoice
from .csv_names import SUFFIXES, recording_name
from .csv_sources import first_in
from .events_tsv import NAMING, LabelTable
from .label_tables import begins_as_labels, read_label_table
from .recording import Annotation, Recording, Unfinished

_BIDS = re.compile(r"_(eeg|ieeg|meg|nirs|emg|beh|motion|physio)$", re.IGNORECASE)
"""Suffixes of the names of BIDS and LabRecorder; that of the table is `_events`."""
_TRACKED = re.compile(r"_tracksys-[A-Za-z0-9]+")
"""One of the devices of a recording in BIDS, which share their events."""
_NAMED = ("_labels", "_annotations", "_boris")
"""Ends of the names of tables of labels that other programs exported."""
_PARTS = ("_events", "")
"""Ends of the names of tables that may be of something else: a BIDS file of JSON, notes, samples."""
_APART = 1.0
"""s; a recorder's streams begin within less."""


def tables_beside(path: Path) -> list[Path]:
    """Paths where the table of a recording may be, in order.

    Of a.xdf a_events.tsv and a.tsv; of a_imu.csv, and as BIDS has it of a_eeg.xdf, a_events.tsv. Then
    a.eaf of ELAN; and what may be something else where it begins as labels do: a_labels.csv, a.txt, a.json ….

    Not in a.events.tsv, which `hnhar-stream --recording a.xdf` writes; and not in sub-1_events.tsv for
    sub-1_lunch.xdf, which would be that of sub-1_dinner.xdf as well.
    """
    whole = recording_name(path)
    stem = whole if path.suffix.lower() == ".csv" else path.stem
    names = [f"{name}{end}" for name in (stem, whole) for end in ("_events.tsv", ".tsv")]
    plain = _BIDS.sub("", stem)
    names += [f"{plain}_events.tsv", f"{_TRACKED.sub('', plain)}_events.tsv"]
    names += [f"{name}.eaf" for name in (stem, whole)]
    return [path.with_name(name) for name in dict.fromkeys(names) if name != path.name]


def _exported_beside(path: Path, parts: Sequence[str]) -> list[Path]:
    """Paths of tables that other programs may have exported, with these ends of their names."""
    whole = recording_name(path)
    stem = whole if path.suffix.lower() in SUFFIXES else path.stem
    ends = [f"{part}{suffix}" for part in parts for suffix in (".csv", ".tsv", ".txt", ".json")]
    names = [f"{name}{end}" for name in dict.fromkeys((stem, whole)) for end in ends]
    return [path.with_name(name) for name in names if name != path.name]


def table_beside(path: Path) -> Path | None:
    """The first table that is there; None where there is none."""
    if path.is_dir():
        inside = _any_file(path)
        beside = table_beside(_as_file(path))
        return (table_beside(inside) if inside is not None else None) or beside
    # not pathlib's `is_file`: beside a long name a table's may be too long for any file, and is not there
    known = (table for table in tables_beside(path) if os.path.isfile(table))
    named = (table for table in _exported_beside(path, _NAMED) if os.path.isfile(table))
    others = _exported_beside(path, _PARTS)
    exported = (table for table in others if os.path.isfile(table) and begins_as_labels(table))
    return next(known, None) or next(named, None) or next(exported, None)


def table_for(path: Path) -> Path:
    """The path at which a table is read before every other one of the recording."""
    if path.is_dir():
        inside = _any_file(path)
        if inside is not None:
            return tables_beside(inside)[0]
        path = _as_file(path)
    return tables_beside(path)[0]


def _as_file(folder: Path) -> Path:
    """A file of the folder's name beside it."""
    resolved = folder.resolve()
    return resolved.with_name(f"{resolved.name}.csv")


def _any_file(folder: Path) -> Path | None:
    """A file of the recording in a folder; None where there is none, or there are several."""
    if motion := motion_files(folder):
        return motion[0]
    try:
        return first_in(folder)[0]
    except RecordingError:
        return None


def check_apart(paths: Sequence[Path]) -> None:
    """Raise ConfigError where one table would hold the labels of two recordings: each has its own time.

    `paths`: of each recording one file.
    """
    taken: dict[Path, Path] = {}
    for path in paths:
        table = table_beside(path)
        if table is None:
            continue
        other = taken.setdefault(table.resolve(), path)
        if other.resolve() != path.resolve():
            raise ConfigError(
                f"{table} would hold the labels of {other.name} and of {path.name}, but counts seconds from "
                "the start of one recording: name a table after each, such as "
                f"{tables_beside(path)[0].name}, or keep them in folders of their own"
            )


def labeled(recording: Recording, table: Path, clock: ClockChoice | None = None, tier: str = "") -> Recording:
    """The recording with what the table says was done, instead of what its markers say.

    Of a table with several tiers, `tier` names those that are meant. A table that names nothing that was done
    (a BIDS one of onsets alone) is left out, with a note. Raises RecordingError where it is no such table.
    """
    read = _in_seconds(recording, table, read_label_table(table, tier))
    if not read.column:
        return replace(
            recording,
            notes=(
                *recording.notes,
                f"{table.name} was left out: it does not say what was done, having no column "
                f"{', '.join(NAMING[:-1])} or {NAMING[-1]}",
            ),
        )
    begin, clock_notes = _begin(
        recording, table, [(e.onset, e.onset + e.duration) for e in read.events], clock
    )
    found = tuple(Annotation(begin + e.onset, e.duration, " ".join(e.label.split())) for e in read.events)
    column = "" if read.column == NAMING[0] else f", by its column {read.column}"
    main = f"its labels are those of {table.name}{column}"
    if recording.annotations:
        main = f"{main}; its markers were left out"
    notes = [f"{table.name}: {note}" for note in read.notes] + clock_notes + [main]
    unfinished = tuple(Unfinished(u.onset + begin, u.offset + begin, u.label) for u in read.unfinished)
    return replace(recording, annotations=found, unfinished=unfinished, notes=(*recording.notes, *notes))


def _in_seconds(recording: Recording, table: Path, read: LabelTable) -> LabelTable:
    """The table with its times in s: in the first unit in which they lie on the recording's samples.

    Raises RecordingError where they may as well be numbers of samples.
    """
    if len(read.units) < 2 or not read.events:
        return read
    ends = [(event.onset, event.offset) for event in read.events]
    length = recording.end - recording.zero
    for unit in read.units:
        for begin, end in ((0.0, length), (recording.zero, recording.end)):
            if all(begin - _APART <= o * unit and e * unit <= end + _APART for o, e in ends):
                break
        else:
            continue
        break
    else:
        return read
    if unit == 1.0:
        return read
    samples = max((len(s.timestamps) for s in recording.streams), default=0)
    if unit == 1e-3 and all(o == int(o) and e == int(e) and e <= samples for o, e in ends):
        raise RecordingError(
            f"{table}: its times may be numbers of samples as well as ms (up to {max(e for _, e in ends):g}, "
            f"of a recording of {length:.1f} s and {samples} samples): export it with a column of times"
        )
    events = [replace(e, onset=e.onset * unit, duration=e.duration * unit) for e in read.events]
    name = {1e-3: "ms", 1e-6: "µs", 1e-9: "ns"}[unit]
    notes = [*read.notes, f"its times are taken as {name}, by the recording's"]
    return read._replace(events=events, notes=notes)


def _begin(
    recording: Recording, table: Path, labels: Sequence[tuple[float, float]], clock: ClockChoice | None
) -> tuple[float, list[str]]:
    """Zero of the table's times on the recording's clock, s, and a note where that needs one.

    Times that cannot count from the first sample, but lie on its samples as they are, are of its clock.
    """
    if clock is not None and TABLE in clock.moves:
        by = clock.moves[TABLE]
        return recording.zero + by, [f"{table.name} was moved by {by:+.10g} s (--clock)"]
    length = recording.end - recording.zero
    counted = any(onset <= length and offset >= 0 for onset, offset in labels)
    absolute = labels and all(o >= recording.zero - 1 and e <= recording.end + 1 for o, e in labels)
    if absolute and not counted:
        return 0.0, [
            f"the times of {table.name} are taken as time stamps of the recording, which begins at "
            f"{recording.zero:.1f} s"
        ]
    begins = [float(s.timestamps[0]) for s in recording.streams if len(s.timestamps)]
    later = max(begins, default=recording.zero) - recording.zero
    if later <= _APART:
        return recording.zero, []
    if recording.start - recording.zero <= _APART:
        return recording.zero, [
            f"{table.name} counts from the file's first sample; another stream begins {later:.1f} s later: "
            "streams begin apart"
        ]
    later = recording.start - recording.zero
    return recording.zero, [
        f"{table.name} counts from the file's first sample, {later:.1f} s before the first of the streams "
        "that are read: streams begin apart"
    ]
