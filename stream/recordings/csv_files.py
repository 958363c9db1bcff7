"""Recordings as CSV: one file a stream, a header, and a time stamp in each line.

The first line names the columns. One is `time` (or `timestamp`): seconds, on a clock that all files of one
recording share. The others are channels as `hnhar-stream` knows them, each with its unit in brackets where it
has one: `acc_x [m/s²]`, `gyro_z (rad/s)`, `left_wrist_y [m]`. Columns are separated by commas, semicolons or
tabs; where they are not by commas, a number may have a decimal comma. Empty cells are missing values.

Files of one recording share their name up to a last `_imu`, `_acc`, `_gyro`, `_skeleton` or other kind:
`sub-01_walk_imu.csv` and `sub-01_walk_skeleton.csv` are the recording `sub-01_walk`.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from hnhar.model.errors import RecordingError

from ..mapping.heading import heading
from ..mapping.kind import mappings, titles
from ..mapping.sensors import kind_in
from ..messages import StreamDescription
from .order import in_order
from .recording import RecordedStream, Recording
from .text import read_text

MAX_FILE = 512 << 20
"""bytes; an hour of a skeleton at 30 Hz has some 80 MB."""
_SLOWEST = 1.0
"""s between two samples, in the median: what is slower is no motion, and likelier milliseconds."""
_TIMES = ("time", "timestamp", "timestamps", "lsl_timestamp")


def recording_name(path: Path) -> str:
    """Name of the recording that a file belongs to: the stem without the kind of its stream."""
    named = (word for mapping in mappings() for word in (mapping.name, mapping.stream_type, *mapping.sensors))
    parts = "|".join(re.escape(word) for word in named)
    return re.sub(rf"_({parts})$", "", path.stem, flags=re.IGNORECASE)


def siblings(path: Path) -> list[Path]:
    """The files of the recording that `path` is one of."""
    name = recording_name(path)
    return sorted(p for p in path.parent.glob("*.[cC][sS][vV]") if recording_name(p) == name)


def read_csv(paths: Sequence[Path]) -> Recording:
    """The recording whose streams are in `paths`. Raises RecordingError with the file and what is wrong."""
    notes: list[str] = []
    streams = []
    for path in sorted(paths):
        stream, stream_notes = _stream(path)
        streams.append(stream)
        notes += stream_notes
    name = recording_name(paths[0])
    return Recording(name, tuple(streams), (), name, {"file": ", ".join(p.name for p in paths)}, tuple(notes))


def _number(cell: str, separator: str) -> float:
    """The number in a cell; NaN in an empty one. Raises ValueError."""
    if separator != "," and cell.count(",") == 1 and "." not in cell:
        cell = cell.replace(",", ".")
    return float(cell) if cell.strip() else np.nan


def _values(path: Path, rows: Iterable[list[str]], columns: int, separator: str) -> list[list[float]]:
    """The lines below the headings, NaN where nothing stands. Raises RecordingError and csv.Error."""
    values = []
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        try:
            if len(row) != columns:
                raise ValueError("length")
            values.append([_number(cell, separator) for cell in row])
        except ValueError as error:
            raise RecordingError(
                f"{path}, line {number}: not {columns} numbers, as many as the first line has columns: "
                f"{separator.join(row)[:80]!r}"
            ) from error
    return values


def _stream(path: Path) -> tuple[RecordedStream, list[str]]:
    text = read_text(path, MAX_FILE)
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        headings = [heading(cell) for cell in next(rows, [])]
        at = [i for i, (label, _) in enumerate(headings) if label.lower() in _TIMES]
        if len(at) != 1 or len(headings) < 2:
            raise RecordingError(
                f"{path}: its first line must name the columns, one of them 'time' (in s), the others "
                f"channels such as 'acc_x [g]'; it is {first[:80]!r}"
            )
        values = _values(path, rows, len(headings), separator)
    except csv.Error as error:
        raise RecordingError(f"{path}, line {rows.line_num}: it is no CSV ({error})") from error
    table = np.array(values, np.float64).reshape(-1, len(headings))
    if len(table) < 2:
        raise RecordingError(f"{path} has {len(table)} samples")
    channels = [heading for i, heading in enumerate(headings) if i != at[0]]
    try:
        keep, times, notes = in_order(table[:, at[0]])
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    with np.errstate(over="ignore"):  # larger than float32 can say is infinite: missing, like what is empty
        samples = np.delete(table, at[0], axis=1)[keep].astype(np.float32)
    description = StreamDescription(
        name=path.stem,
        type="",
        source_id=recording_name(path),
        channels=tuple(label for label, _ in channels),
        units=tuple(unit for _, unit in channels),
        nominal_rate=0.0,
    )
    kind = kind_in(description)
    if not kind:
        raise RecordingError(
            f"{path}: its columns are those of {titles()} (acc_x … gyro_z, head_x …): "
            f"{', '.join(description.channels[:8])}"
        )
    step = float(np.median(np.diff(table[:, at[0]])))
    if step > _SLOWEST:
        raise RecordingError(
            f"{path} has a sample every {step:g} s; '{headings[at[0]][0]}' counts seconds: is it in "
            "milliseconds?"
        )
    return RecordedStream(description, samples, times, kind), [f"{path.name}: {note}" for note in notes]
