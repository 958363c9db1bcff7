"""The table of what was done that may lie beside a recording, with onset, duration and label in s from its
start (`hnhar.stream.recordings.events_tsv`)."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hnhar.model.errors import ConfigError

from .csv_files import recording_name
from .events_tsv import read_labels
from .recording import Annotation, Recording

_BIDS = re.compile(r"_(eeg|ieeg|meg|nirs|emg|beh|motion|physio)$", re.IGNORECASE)
"""Suffixes of the names of BIDS and LabRecorder; that of the table is `_events`."""


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


def labeled(recording: Recording, table: Path) -> Recording:
    """The recording with what the table says was done, instead of what its markers say.

    Raises RecordingError where it is no such table.
    """
    begin = recording.start
    found = tuple(
        Annotation(begin + e.onset, e.duration, " ".join(e.label.split())) for e in read_labels(table)
    )
    notes = [f"its labels are those of {table.name}"]
    if recording.annotations:
        notes = [f"{notes[0]}; its markers were left out"]
    return replace(recording, annotations=found, unfinished=(), notes=(*recording.notes, *notes))
