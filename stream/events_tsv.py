"""Events as tab-separated values: onset, duration, label, confidence (in the manner of BIDS events).

Times are in seconds from the start of the recording; what is unknown is `n/a`.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.model.files import read_regular

from .score import Recognized

COLUMNS = ("onset", "duration", "label", "confidence")
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
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def read_labels(path: str | Path) -> list[Recognized]:
    """Read a table of what was really done, as `read_events` does.

    Raises RecordingError also for one of what was recognized, which has confidences: whoever learned from it
    would learn the recognizer's mistakes.
    """
    header, _ = _lines(path)
    if "confidence" in header:
        raise RecordingError(
            f"{path} has a column 'confidence', as tables of what hnhar-stream recognized have: those are no "
            "labels. Name a table of what was really done; if somebody checked this one, delete the column."
        )
    return read_events(path)


def read_events(path: str | Path) -> list[Recognized]:
    """Read a table; further columns are allowed. Raises RecordingError with the line that is wrong."""
    header, lines = _lines(path)
    events = []
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        row = dict(zip(header, line.split("\t"), strict=False))
        try:
            confidence = row.get("confidence", "n/a")
            event = Recognized(
                float(row["onset"]),
                0.0 if row["duration"] == "n/a" else float(row["duration"]),
                row["label"],
                math.nan if confidence == "n/a" else float(confidence),
            )
            if not (math.isfinite(event.onset) and 0 <= event.duration < math.inf):
                raise ValueError("no time")
            events.append(event)
        except (KeyError, ValueError) as error:
            raise RecordingError(f"{path}, line {number}: not an event: {line[:80]!r}") from error
    return events


def _lines(path: str | Path) -> tuple[list[str], list[str]]:
    """The columns' names, and the lines below them. Raises RecordingError where it is no table of events."""
    try:
        lines = read_regular(path, MAX_FILE).decode("utf-8-sig").splitlines()
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} cannot be read: byte {error.start} is not UTF-8") from error
    header = lines[0].split("\t") if lines else []
    missing = [c for c in COLUMNS[:3] if c not in header]
    if missing:
        raise RecordingError(f"{path} is no table of events: its first line lacks {', '.join(missing)}")
    return header, lines[1:]
