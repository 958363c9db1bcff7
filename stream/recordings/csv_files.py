"""Recordings as CSV: one file a stream, a header, and a time stamp in each line.

The first line names the columns (lines above it are skipped). One is `time` (or `timestamp`,
`seconds_elapsed` …): seconds, or what its unit says, or dates (`csv_times`), on a clock that all files of one
recording share. The others are channels as `hnhar-stream` knows them, each with its unit in brackets where it
has one: `acc_x [m/s²]`, `gyro_z (rad/s)`, `left_wrist_y [m]`; or labels, one a sample (`csv_labels`). Columns
are separated by commas, semicolons or tabs; where they are not by commas, a number may have a decimal comma.
Empty cells are missing values.

Files of one recording share their name up to a last `_imu`, `_acc`, `_gyro`, `_skeleton` or other kind:
`sub-01_walk_imu.csv` and `sub-01_walk_skeleton.csv` are the recording `sub-01_walk`. Files that are named
after their sensor alone, as apps for phones export them, are the recording that their folder is.
"""

import csv
import re
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

from ..mapping.heading import heading
from ..mapping.imu_channels import without_gravity
from ..mapping.kind import mappings, titles
from ..mapping.sensors import kind_in
from ..messages import StreamDescription
from .csv_labels import label_column, labels_of
from .csv_loggers import ALONE, completed, logger_of
from .csv_text import TextTable, text_table
from .csv_times import TableTimes, TimeColumn, number, seconds_of, spread, time_columns
from .order import in_order
from .recording import Annotation, RecordedStream, Recording
from .text import read_text

MAX_FILE = 512 << 20
"""bytes; an hour of a skeleton at 30 Hz has some 80 MB."""
_SLOWEST = 1.0
"""s between two samples, in the median: what is slower is no motion, and likelier milliseconds."""
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*Hz", re.IGNORECASE)
"""A rate in a line above the headings."""


def recording_name(path: Path) -> str:
    """Name of the recording that a file belongs to: the stem without the kind of its stream."""
    if ALONE.match(path.stem):
        return path.resolve().parent.name or path.stem
    stem = re.sub(r"_(accelerometer|gyroscope)_[\d.]+Hz.*$", "", path.stem, flags=re.IGNORECASE)  # MetaMotion
    named = (word for mapping in mappings() for word in (mapping.name, mapping.stream_type, *mapping.sensors))
    parts = "|".join(re.escape(word) for word in (*named, "accelerometer", "gyroscope"))
    return re.sub(rf"_({parts})$", "", stem, flags=re.IGNORECASE)


def siblings(path: Path) -> list[Path]:
    """The files of the recording that `path` is one of."""
    name, alone = recording_name(path), bool(ALONE.match(path.stem))
    found = sorted(path.parent.glob("*.[cC][sS][vV]"))
    found = [p for p in found if recording_name(p) == name and bool(ALONE.match(p.stem)) == alone]
    return _with_gravity(found) if alone else found


def _with_gravity(paths: Sequence[Path]) -> list[Path]:
    """Of files named after their sensors: of each sensor one, of acceleration that with gravity."""
    kept: dict[str, Path] = {}
    for path in sorted(paths, key=lambda p: ("total" not in p.stem.lower(), len(p.stem))):
        if not without_gravity(path.stem) and "uncalibrated" not in path.stem.lower():
            kept.setdefault("gyro" if "gyro" in path.stem.lower() else "acc", path)
    return sorted(kept.values()) or list(paths)


def read_csv(paths: Sequence[Path]) -> Recording:
    """The recording whose streams are in `paths`. Raises RecordingError with the file and what is wrong."""
    notes: list[str] = []
    streams, annotations = [], list[Annotation]()
    for path in sorted(paths):
        stream, labels, stream_notes = _stream(path)
        streams.append(stream)
        annotations += [label for label in labels if label not in annotations]
        notes += stream_notes
    name = recording_name(paths[0])
    annotations.sort(key=lambda a: (a.onset, a.label))
    files = {"file": ", ".join(p.name for p in paths)}
    return Recording(name, tuple(streams), tuple(annotations), name, files, tuple(notes))


def _stream(path: Path) -> tuple[RecordedStream, list[Annotation], list[str]]:
    """The stream of a file, its labels, and notes. Raises RecordingError with the file's name."""
    text = read_text(path, MAX_FILE)
    try:
        table = text_table(
            text, lambda cells: len(cells) > 2 and bool(time_columns(list(map(heading, cells))))
        )
    except csv.Error as error:
        raise RecordingError(f"{path}: it is no CSV ({error})") from error
    headings = [heading(cell) for cell in table.headings]
    if len(table.units) == len(headings):
        headings = [
            (label, unit or below) for (label, unit), below in zip(headings, table.units, strict=True)
        ]
    candidates = time_columns(headings)
    if not candidates or len(headings) < 2:
        first = text.split("\n", 1)[0]
        raise RecordingError(
            f"{path}: its first line must name the columns, one of them 'time' (in s), the others "
            f"channels such as 'acc_x [g]'; it is {first[:80]!r}"
        )
    for line, row in table.rows:
        if len(row) != len(headings):
            raise _no_numbers(path, line, row, table, len(headings))
    taken = {candidate.place for candidate in candidates}
    channels, columns, labels, text_notes = _channels(path, table, headings, taken)
    if len(table.rows) < 2:
        raise RecordingError(f"{path} has {len(table.rows)} samples")
    try:
        times, used, notes = _times(candidates, table)
        keep, times, order_notes = in_order(times)
        times, spread_notes = spread(times)
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    logger = logger_of(path.stem, [label for label, _ in headings])
    named, units, logger_notes = completed(
        path.stem, [headings[k][0] for k, _ in channels], [unit for _, unit in channels], logger
    )
    with np.errstate(over="ignore"):  # larger than float32 can say is infinite: missing, like what is empty
        samples = np.array(columns, np.float64).T.reshape(len(table.rows), -1)[keep].astype(np.float32)
    description = StreamDescription(
        name=path.stem,
        type="",
        source_id=recording_name(path),
        channels=tuple(named),
        units=tuple(units),
        nominal_rate=0.0,
    )
    kind = kind_in(description)
    if not kind:
        raise RecordingError(
            f"{path}: its columns are those of {titles()} (acc_x … gyro_z, head_x …): "
            f"{', '.join(description.channels[:8])}. If some are, name them so in the first line: "
            "acc_x [g], gyro_x [deg/s]"
        )
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    if step > _SLOWEST:
        raise RecordingError(
            f"{path} has a sample every {step:g} s; '{used.heading}' counts seconds: is it in "
            f"milliseconds? Say its unit in the first line: '{used.heading} [ms]'"
        )
    annotations = labels_of([labels[k] for k in keep.tolist()], times) if labels else []
    all_notes = (*notes, *order_notes, *spread_notes, *text_notes, *logger_notes)
    return (
        RecordedStream(description, samples, times, kind),
        annotations,
        [f"{path.name}: {n}" for n in all_notes],
    )


def _times(
    candidates: Sequence[TimeColumn], table: TextTable
) -> tuple[NDArray[np.float64], TimeColumn, list[str]]:
    """TableTimes of the first candidate that tells samples apart as well as any, that column, and notes."""
    rate = next(
        (float(m[1]) for line in table.above if (m := _RATE.search(line[:200])) and float(m[1]) > 0), 0.0
    )
    read: list[tuple[TimeColumn, TableTimes, int]] = []
    fault: RecordingError | None = None
    for candidate in candidates:
        try:
            times = seconds_of(
                candidate, [row[candidate.place] for _, row in table.rows], table.separator, rate
            )
        except RecordingError as error:
            fault = fault or error
            continue
        read.append((candidate, times, len(np.unique(times.seconds[np.isfinite(times.seconds)]))))
    if not read:
        raise fault or RecordingError("it has no time")
    most = max(distinct for _, _, distinct in read)
    column, times, _ = next(entry for entry in read if entry[2] * 2 >= most)
    others = [f"'{c.heading}'" for c in candidates if c.place != column.place]
    choice = [f"times are those of '{column.heading}'; {' and '.join(others)} left out"] if others else []
    return times.seconds, column, [*choice, *times.notes]


def _channels(
    path: Path, table: TextTable, headings: Sequence[tuple[str, str]], taken: Collection[int]
) -> tuple[list[tuple[int, str]], list[list[float]], list[str], list[str]]:
    """Place and unit of each channel, its values, the cells of labels, and notes."""
    labeled = label_column([label for label, _ in headings])
    channels, columns, labels, left_out = [], [], list[str](), []
    for place, (label, unit) in enumerate(headings):
        if place in taken:
            continue
        cells = [row[place] for _, row in table.rows]
        if place == labeled:
            labels = cells
            continue
        try:
            columns.append([number(cell, table.separator) for cell in cells])
            channels.append((place, unit))
        except ValueError:
            bad = [_is_text(cell, table.separator) for cell in cells]
            if any(cell.strip()[:1].isdigit() or cell.strip()[:1] in "+-." for cell in cells if cell.strip()):
                line, row = table.rows[bad.index(True)]
                raise _no_numbers(path, line, row, table, len(headings)) from None
            left_out.append(f"'{label[:40]}'")
    notes = (
        [f"{', '.join(left_out[:5])} {'has' if len(left_out) == 1 else 'have'} no numbers: left out"]
        if left_out
        else []
    )
    if labels:
        notes.append(f"labels are those of its column '{headings[labeled or 0][0]}'")
    return channels, columns, labels, notes


def _is_text(cell: str, separator: str) -> bool:
    try:
        number(cell, separator)
    except ValueError:
        return True
    return False


def _no_numbers(path: Path, line: int, row: Sequence[str], table: TextTable, count: int) -> RecordingError:
    return RecordingError(
        f"{path}, line {line}: not {count} numbers, as many as the first line has columns: "
        f"{table.separator.join(row)[:80]!r}"
    )
