"""Recordings as CSV: one file a stream, a header, and a time stamp in each line.

The first line names the columns (lines above it are skipped). One is `time` (or `timestamp`,
`seconds_elapsed` …): seconds, or what its unit says, or dates (`csv_times`), on a clock that all files of one
recording share. The others are channels as `hnhar-stream` knows them, each with its unit in brackets where it
has one: `acc_x [m/s²]`, `gyro_z (rad/s)`, `left_wrist_y [m]`; or labels, one a sample (`csv_labels`). Columns
are separated by commas, semicolons or tabs; where they are not by commas, a number may have a decimal comma.
Empty cells are missing values.
"""

import csv
import re
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

from ..mapping.heading import heading
from ..mapping.imu_channels import sensor_named, without_gravity
from ..mapping.kind import titles
from ..mapping.sensors import kind_in
from ..messages import StreamDescription
from .clock_choice import ClockChoice
from .csv_clocks import LabeledStream, on_one_clock
from .csv_columns import EXAMPLE, Columns, lacking, table_of
from .csv_headless import headless
from .csv_labels import label_column, says_anything
from .csv_loggers import completed, logger_of
from .csv_sources import TableSource, TableText, of_files
from .csv_text import TextTable, text_table
from .csv_times import TableTimes, TimeColumn, number, seconds_of, time_columns
from .fitted import check_direction
from .recording import RecordedStream, Recording

_SLOWEST = 1.0
"""s between two samples, in the median: what is slower is no motion, and likelier milliseconds."""
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*Hz", re.IGNORECASE)
"""A rate in a line above the headings."""


def read_csv(
    paths: Sequence[Path], columns: Columns | None = None, clock: ClockChoice | None = None
) -> Recording:
    """The recording whose streams are in `paths`. Raises RecordingError with the file and what is wrong."""
    return read_tables(of_files(sorted(paths)), columns, clock)


def read_tables(
    source: TableSource, columns: Columns | None = None, clock: ClockChoice | None = None
) -> Recording:
    """The recording whose streams are in these tables, of which `columns` says which column is what.

    `clock` puts those of other clocks on one.

    Raises RecordingError with the file and what is wrong.
    """
    notes: list[str] = []
    read: list[LabeledStream] = []
    for table in source.tables:
        stream, labels, stream_notes = _stream(table, source.name, columns)
        read.append(LabeledStream(stream, labels))
        notes += stream_notes
    try:
        streams, annotations, clock_notes = on_one_clock(read, clock or ClockChoice())
    except RecordingError as error:
        raise RecordingError(f"{source.name}: {error}") from error
    notes += clock_notes
    annotations.sort(key=lambda a: (a.onset, a.label))
    files = {"file": ", ".join(table.path.name for table in source.tables)}
    return Recording(source.name, tuple(streams), tuple(annotations), source.name, files, tuple(notes))


def _table(file: TableText, columns: Columns | None) -> TextTable:
    """The cells of a file under their headings. Raises RecordingError with its name."""
    try:
        if columns is not None:
            table = table_of(file.text, columns)
        else:
            table = headless(file.text) or text_table(
                file.text, lambda cells: len(cells) > 2 and bool(time_columns(list(map(heading, cells))))
            )
    except csv.Error as error:
        raise RecordingError(f"{file.path}: it is no CSV ({error})") from error
    except RecordingError as error:
        raise RecordingError(f"{file.path}: {error}") from error
    if table is None:
        raise lacking(file.path, file.text.partition("\n")[0], columns)
    return table


def _headings(table: TextTable) -> list[tuple[str, str]]:
    """Label and unit of each column."""
    headings = [heading(cell) for cell in table.headings]
    if len(table.units) != len(headings):
        return headings
    return [(label, unit or below) for (label, unit), below in zip(headings, table.units, strict=True)]


def _stream(file: TableText, name: str, asked: Columns | None) -> tuple[RecordedStream, list[str], list[str]]:
    """The stream of a file as it was stamped, the label of each sample or none, and notes.

    Raises RecordingError with the file's name.
    """
    path, table = file.path, _table(file, asked)
    headings = _headings(table)
    candidates = time_columns(headings)
    if not candidates or len(headings) < 2:
        raise lacking(path, file.text.partition("\n")[0], None)
    cut = len(table.rows) > 2 and len(table.rows[-1][1]) < len(headings)
    if cut:  # the logger was ended amid a line
        table.rows.pop()
    for line, row in table.rows:
        if len(row) != len(headings):
            raise _no_numbers(path, line, row, table, len(headings))
    logger = logger_of(path.stem, [label for label, _ in headings])
    taken = {candidate.place for candidate in candidates}
    channels, columns, labels, text_notes = _channels(path, table, headings, taken)
    if len(table.rows) < 2:
        raise RecordingError(f"{path} has {len(table.rows)} samples")
    with np.errstate(over="ignore"):  # larger than float32 can say is infinite: missing, like what is empty
        samples = np.array(columns, np.float64).T.reshape(len(table.rows), -1).astype(np.float32)
    try:
        times, used, notes = _times(candidates, table)
        check_direction(times)
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    named, units, logger_notes = completed(
        path.stem, [headings[k][0] for k, _ in channels], [unit for _, unit in channels], logger
    )
    description = StreamDescription(
        name=path.stem,
        type="",
        source_id=name,
        channels=tuple(named),
        units=tuple(units),
        nominal_rate=0.0,
    )
    kind = kind_in(description)
    if not kind:
        raise _unknown(path, description)
    steps = np.diff(times[np.isfinite(times)])
    step = float(np.median(steps)) if len(steps) else 0.0
    if step > _SLOWEST:
        raise RecordingError(
            f"{path} has a sample every {step:g} s; '{used.heading}' counts seconds: is it in "
            f"milliseconds? Say its unit in the first line: '{used.heading} [ms]'"
        )
    if cut:
        notes.append("its last line is not whole: left out")
    all_notes = (*file.notes, *notes, *text_notes, *logger_notes)
    return (
        RecordedStream(description, samples, times, kind),
        labels,
        [f"{path.name}: {n}" for n in all_notes],
    )


def _unknown(path: Path, stream: StreamDescription) -> RecordingError:
    """The error of a table whose columns are those of no kind of modality."""
    linear = next((text for text in (*stream.channels, path.stem) if without_gravity(text)), "")
    if linear:
        return RecordingError(
            f"{path}: its acceleration has no gravity ('{linear[:60]}'), and weights have learned "
            "acceleration with gravity: export the accelerometer as it measures"
        )
    return RecordingError(
        f"{path}: its columns are those of {titles()} (acc_x … gyro_z, head_x …): "
        f"{', '.join(stream.channels[:8])}. If some are, name them so in the first line: acc_x [g], gyro_x "
        f'[deg/s]; or say which are which: --columns "{EXAMPLE}"'
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
            labels = cells if says_anything(cells) else []
            continue
        try:
            columns.append([number(cell, table.separator) for cell in cells])
            channels.append((place, unit))
        except ValueError:
            bad = [_is_text(cell, table.separator) for cell in cells]
            given = [not wrong for wrong, cell in zip(bad, cells, strict=True) if cell.strip()]
            if any(given) or sensor_named(label):
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
