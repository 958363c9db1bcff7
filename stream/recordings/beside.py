"""The table of what was done that may lie beside a recording, with onset, duration and label in s from its
start (`hnhar.stream.recordings.events_tsv`)."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hnhar.model.errors import ConfigError

from .clock_choice import TABLE, ClockChoice
from .csv_names import recording_name
from .events_tsv import NAMING, read_labels
from .recording import Annotation, Recording

_BIDS = re.compile(r"_(eeg|ieeg|meg|nirs|emg|beh|motion|physio)$", re.IGNORECASE)
"""Suffixes of the names of BIDS and LabRecorder; that of the table is `_events`."""
_APART = 1.0
"""s; a recorder's streams begin within less."""


def tables_beside(path: Path) -> list[Path]:
    """Paths where the table of a recording may be, in order.

    Of a.xdf a_events.tsv and a.tsv; of a_imu.csv, and as BIDS has it of a_eeg.xdf, a_events.tsv.

    Not in a.events.tsv, which `hnhar-stream --recording a.xdf` writes; and not in sub-1_events.tsv for
    sub-1_lunch.xdf, which would be that of sub-1_dinner.xdf as well.
    """
    whole = recording_name(path)
    stem = whole if path.suffix.lower() == ".csv" else path.stem
    names = [f"{name}{end}" for name in (stem, whole) for end in ("_events.tsv", ".tsv")]
    names.append(f"{_BIDS.sub('', stem)}_events.tsv")
    return [path.with_name(name) for name in dict.fromkeys(names)]


def table_beside(path: Path) -> Path | None:
    """The first table that is there; None where there is none."""
    # not pathlib's `is_file`: beside a long name a table's may be too long for any file, and is not there
    return next((table for table in tables_beside(path) if os.path.isfile(table)), None)


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


def labeled(recording: Recording, table: Path, clock: ClockChoice | None = None) -> Recording:
    """The recording with what the table says was done, instead of what its markers say.

    A table that names nothing that was done (a BIDS one of onsets alone) is left out, with a note. Raises
    RecordingError where it is no such table.
    """
    read = read_labels(table)
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
    return replace(recording, annotations=found, unfinished=(), notes=(*recording.notes, *notes))


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
