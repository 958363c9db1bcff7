"""Tables of loggers that name no columns, or no time: read by how they begin. Pure."""

import csv
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from hnhar.model.errors import RecordingError

from .csv_text import TextTable

_ACC: Final = ["acc_x [g]", "acc_y [g]", "acc_z [g]"]
_GYRO: Final = ["gyro_x [deg/s]", "gyro_y [deg/s]", "gyro_z [deg/s]"]
_ABOVE: Final = 120
"""Lines above the samples, at most: GENEActiv writes 100."""
_NUMBER: Final = r"\s*[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\s*"
_AXIVITY: Final = re.compile(
    rf"\d{{4}}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:,{_NUMBER}){{3}}(?:(?:,{_NUMBER}){{3}})?\r?"
)
_EMPATICA: Final = re.compile(
    r"\s*(\d{9,10}(?:\.\d+)?)(?:,\s*\1){2}\s*\r?\n\s*(\d+(?:\.\d+)?)(?:,\s*\2){2}\s*"
)
_STEPS: Final = 64.0
"""Empatica's steps a g."""


def headless(text: str) -> TextTable | None:
    """The table of a logger whose table has no line of headings with a time; None for any other text.

    Raises RecordingError for a table of such a logger that holds no samples of motion.
    """
    begin = text[:2000].lstrip("\ufeff")
    read = next((read for is_one, read in _KNOWN if is_one(begin)), None)
    return None if read is None else read(text)


def _rows(lines: Sequence[str], start: int) -> list[tuple[int, list[str]]]:
    """Number of each line that is not empty, from the one at index `start`, and its cells."""
    return [(start + 1 + k, row) for k, row in enumerate(csv.reader(lines[start:])) if row]


def _actigraph(text: str) -> TextTable:
    """ActiLife's raw data: ten lines, of which the first says the rate, and perhaps one of headings.

    Where they name no column of times (`Timestamp`), samples are counted from the start.
    """
    lines = text.splitlines()
    rate = re.search(r"\bat\s*(\d+(?:\.\d+)?)\s*Hz", lines[0], re.IGNORECASE)
    end = next((k for k in range(1, min(len(lines), 15)) if re.fullmatch(r"-{5,}[\s,]*", lines[k])), 9)
    heading = lines[end + 1].lower() if len(lines) > end + 1 else ""
    if rate is None or not float(rate[1]):
        raise RecordingError(
            "ActiLife's counts of an epoch say little of a motion: export the raw data ('Raw Data Export')"
        )
    if "timestamp" in heading:
        headings = [_actigraph_unit(name.strip()) for name in lines[end + 1].split(",")]
        return TextTable(headings, [], _rows(lines, end + 2), ",", [])
    named = "accelerometer" in heading or "axis" in heading
    first = end + 1 + named
    begin = _start_of(lines[:end])
    rows = _rows(lines, first)
    step = 1 / float(rate[1])
    columns = len(rows[0][1]) if rows else 3
    headings = lines[end + 1].split(",") if named else [*_ACC]
    headings = [_actigraph_unit(name.strip()) for name in headings][:columns]
    return TextTable(
        ["time [s]", *headings],
        [],
        [(number, [f"{begin + k * step:.6f}", *row]) for k, (number, row) in enumerate(rows)],
        ",",
        [],
    )


def _actigraph_unit(heading: str) -> str:
    unit = {"accelerometer": " [g]", "gyroscope": " [deg/s]"}.get(heading.lower().partition(" ")[0], "")
    return f"{heading}{unit}"


def _start_of(lines: Sequence[str]) -> float:
    """Time that ActiLife's header gives, s since 1970 by the device's clock; 0 where it gives none."""
    above = "\n".join(lines)
    time = re.search(r"Start Time\s+(\d+:\d\d:\d\d)", above)
    date = re.search(r"Start Date\s+(\d+)[/.-](\d+)[/.-](\d{4})", above)
    if time is None or date is None:
        return 0.0
    first, second, year = map(int, date.groups())
    day_first = re.search(r"date format\s+d", lines[0]) is not None
    day, month = (first, second) if day_first else (second, first)
    try:
        at = datetime.strptime(f"{year}-{month}-{day} {time[1]}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return 0.0
    return (at - datetime(1970, 1, 1)).total_seconds()


def _geneactiv(text: str) -> TextTable:
    """GENEActiv: a hundred lines about the device, then time, x, y, z, light, button and temperature."""
    lines = text.splitlines()
    dated = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[:.]\d+,")
    start = next((k for k, line in enumerate(lines[:_ABOVE]) if dated.match(line)), None)
    if start is None:
        raise RecordingError(f"it begins as GENEActiv's do, but holds no sample within {_ABOVE} lines")
    rows = _rows(lines, start)
    further = [f"further {k}" for k in range(len(rows[0][1]) - 4)]
    return TextTable(["time", *_ACC, *further], [], rows, ",", [])


def _axivity(text: str) -> TextTable:
    """Open Movement's export of AX3 and AX6: time, acceleration in g, and of AX6 angular velocity."""
    rows = _rows(text.splitlines(), 0)
    headings = ["time", *_ACC, *_GYRO]
    return TextTable(headings[: len(rows[0][1])], [], rows, ",", [])


def _empatica(text: str) -> TextTable:
    """E4's ACC.csv: a line of the start in s since 1970, one of the rate in Hz, then steps of 1/64 g."""
    found = _EMPATICA.match(text.lstrip("\ufeff"))
    begin, rate = (float(found[1]), float(found[2])) if found is not None else (0.0, 0.0)
    if not 0 < rate <= 10_000:
        raise RecordingError("its second line gives no rate in Hz")
    rows = []
    for k, (number, row) in enumerate(_rows(text.splitlines(), 2)):
        try:
            cells = [f"{float(cell) / _STEPS:.6f}" for cell in row]
        except ValueError:
            cells = row
        rows.append((number, [f"{begin + k / rate:.6f}", *cells]))
    return TextTable(["time [s]", *_ACC], [], rows, ",", [])


_KNOWN: Final[tuple[tuple[Callable[[str], object], Callable[[str], TextTable]], ...]] = (
    (lambda begin: re.match(r"-+ Data (?:File|Table File) Created By .*ActiGraph", begin), _actigraph),
    (lambda begin: begin.startswith("Device ") and "GENEActiv" in begin[:300], _geneactiv),
    (lambda begin: _AXIVITY.fullmatch(begin.partition("\n")[0]), _axivity),
    (_EMPATICA.match, _empatica),
)
"""How a text begins -> its table."""
