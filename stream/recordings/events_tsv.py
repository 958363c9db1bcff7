"""Events as tab-separated values: onset, duration, label, confidence (in the manner of BIDS events).

Times are in seconds from the first sample of the recording's file; what is unknown is `n/a`. Labels of what
was done may also be in BIDS's own column `trial_type`, or in `value`.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from hnhar.model.errors import RecordingError
from hnhar.model.files import write_whole

from .recording import Unfinished
from .score import Recognized
from .text import read_text

COLUMNS = ("onset", "duration", "label", "confidence")
NAMING: Final = ("label", "trial_type", "value")
"""Columns that may name what was done, the first that says anything of any line first."""
_EMPTY: Final = ("", "n/a")
MAX_FILE = 16 << 20
"""bytes; a day of an event each second has some 4 MB."""


def write_events(path: str | Path, events: Sequence[Recognized]) -> None:
    """Write a table, by onset. Raises RecordingError where the file cannot be written."""
    lines = ["\t".join(COLUMNS)]
    for event in sorted(events, key=lambda e: (e.onset, e.label)):
        label = " ".join(event.label.split())
        lines.append(
            f"{event.onset:.6f}\t{event.duration:.6f}\t{label}\t"
            f"{'n/a' if math.isnan(event.confidence) else f'{event.confidence:.6f}'}"
        )
    try:
        write_whole(path, "\n".join(lines) + "\n")
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def write_labels(path: str | Path, rows: Sequence[tuple[float, float, str]]) -> None:
    """Write a table of what was done: onset and duration, s, and label of each, in order; no confidences.

    Raises RecordingError where the file cannot be written.
    """
    lines = ["\t".join(COLUMNS[:3])]
    lines += [f"{onset:.6f}\t{duration:.6f}\t{' '.join(label.split())}" for onset, duration, label in rows]
    try:
        write_whole(path, "\n".join(lines) + "\n")
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


class LabelTable(NamedTuple):
    """Events of a table of what was done, with notes."""

    events: list[Recognized]
    column: str
    """Column of the labels, of `NAMING`; "" where the table has none: it names nothing that was done."""
    notes: list[str]
    """On lines that name nothing."""
    units: tuple[float, ...] = (1.0,)
    """Units that its times may have, s."""
    unfinished: tuple[Unfinished, ...] = ()
    """Activities of which one edge is missing, by the table's times."""


def read_labels(path: str | Path) -> LabelTable:
    """Read a table of what was really done: onset, duration, and a label in one of the columns `NAMING`.

    Raises RecordingError as `read_events` does, and for a table of what was recognized, which has
    confidences: whoever learned from it would learn the recognizer's mistakes.
    """
    header, lines = _lines(path, COLUMNS[:2])
    if "confidence" in header:
        raise RecordingError(
            f"{path} has a column 'confidence', as tables of what hnhar-stream recognized have: those are no "
            "labels. Name a table of what was really done; if somebody checked this one, delete the column."
        )
    column = _naming(header, lines)
    if not column:
        return LabelTable([], "", [])
    events = _events(path, [COLUMNS[2] if name == column else f"_{name}" if name == COLUMNS[2] else name
                            for name in header], lines)  # fmt: skip
    named = [event for event in events if event.label.strip() not in _EMPTY]
    notes = []
    if len(named) < len(events):
        notes.append(
            f"{len(events) - len(named)} of {len(events)} lines have no {column} (n/a); they were left out"
        )
    return LabelTable(named, column, notes)


def _naming(header: Sequence[str], lines: Sequence[str]) -> str:
    """The first column of `NAMING` that names anything, or else that is there; "" for none."""
    there = [name for name in NAMING if name in header]
    for name in there:
        place = header.index(name)
        cells = (line.split("\t")[place : place + 1] for line in lines)
        if any(cell and cell[0].strip() not in _EMPTY for cell in cells):
            return name
    return there[0] if there else ""


def read_events(path: str | Path) -> list[Recognized]:
    """Read a table; further columns are allowed. Raises RecordingError with the line that is wrong."""
    return _events(path, *_lines(path, COLUMNS[:3]))


def _events(path: str | Path, header: list[str], lines: list[str]) -> list[Recognized]:
    events = []
    for number, line in enumerate(lines, start=2):
        if line.strip():
            try:
                events.append(_event(dict(zip(header, line.split("\t"), strict=False))))
            except ValueError as error:
                raise RecordingError(f"{path}, line {number}: not an event, {error}: {line[:80]}") from error
    return events


def _event(row: dict[str, str]) -> Recognized:
    """The event of one line. Raises ValueError with the fault."""
    missing = [column for column in COLUMNS[:3] if column not in row]
    if missing:
        raise ValueError(f"it has no {missing[0]} (columns are separated by tabs)")
    numbers = {c: row.get(c, "n/a") for c in ("onset", "duration", "confidence")}
    values = {}
    for column, text in numbers.items():
        try:
            values[column] = math.nan if text == "n/a" else float(text)
        except ValueError:
            raise ValueError(f"its {column} '{text[:20]}' is no number") from None
    duration = 0.0 if numbers["duration"] == "n/a" else values["duration"]
    if not math.isfinite(values["onset"]):
        raise ValueError("its onset is no time")
    if not 0 <= duration < math.inf:
        raise ValueError(f"its duration is {duration:g} s")
    return Recognized(values["onset"], duration, row["label"], values["confidence"])


def _lines(path: str | Path, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns' names, and the lines below them. Raises RecordingError where it is no table of events."""
    lines = read_text(Path(path), MAX_FILE).splitlines()
    header = [cell.strip().lower() for cell in lines[0].split("\t")] if lines else []
    missing = [c for c in wanted if c not in header]
    if missing:
        raise RecordingError(
            f"{path} is no table of events: its first line lacks {', '.join(missing)}. It must name the "
            f"columns {', '.join(COLUMNS[:3])}, separated by tabs; it is: "
            f"{lines[0][:80] if lines else 'empty'}"
        )
    return header, lines[1:]
