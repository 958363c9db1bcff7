"""Columns of a table that a user names: `time=Zeit[ms],acc=ax ay az[g],gyro=gx gy gz[deg/s]`. Pure.

A column is named by its heading, in quotes where that has blanks, or by its number, as `#2`. The unit in
brackets is that of the columns before it; without one it is what the heading says. `rate=50` (Hz) stands in
the place of a time where a table has none, and `label=` names a column of what was done.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened

from ..mapping import units
from ..mapping.heading import heading
from .csv_text import TextTable, separator_of, split
from .csv_times import is_unit_of_time

EXAMPLE: Final = "time=Zeit[ms],acc=ax ay az[g],gyro=gx gy gz[deg/s]"
_KEY: Final = re.compile(r"(?:^|,)\s*(time|acc|gyro|label|rate)\s*=\s*", re.IGNORECASE)
_UNIT: Final = re.compile(r"\[([^\[\]]*)\]\s*$")
_BRACKETS: Final = re.compile(r"(?:\[[^\[\]]{1,20}\]|\([^()]{1,20}\))\s*$")
_NAME: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
_SENSORS: Final = {"acc": "g", "gyro": "deg/s"}
"""Sensor -> a unit of its quantity."""
_ABOVE: Final = 120
"""Lines in which the headings, or the first numbers, are looked for."""
_LONGEST: Final = 100_000
"""Letters of such a line, at most."""


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """Columns of one meaning."""

    key: str
    """"time", "acc", "gyro" or "label"."""
    names: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a user names."""

    wanted: tuple[NamedColumns, ...]
    rate: float = 0.0
    """Hz, of a table without a time; 0 where it has one."""


def parse_columns(text: str) -> Columns:
    """The columns that `--columns` names. Raises RecordingError that says how it is written."""
    found = list(_KEY.finditer(text))
    keys = [match[1].lower() for match in found]
    if not found or text[: found[0].start()].strip() or len(set(keys)) < len(keys):
        raise _malformed(text, "it names each of time (or rate), acc, gyro and label once at most")
    ends = [match.start() for match in found[1:]] + [len(text)]
    wanted, rate = [], 0.0
    for match, end in zip(found, ends, strict=True):
        key, value = match[1].lower(), text[match.end() : end].strip()
        if key == "rate":
            rate = _rate(text, value)
        else:
            wanted.append(_wanted(text, key, value))
    if ("time" in keys) == ("rate" in keys):
        raise _malformed(text, "it names the time, or else the rate in Hz")
    if not set(keys) & set(_SENSORS):
        raise _malformed(text, "it names no acceleration (acc)")
    return Columns(tuple(wanted), rate)


def _malformed(text: str, reason: str) -> RecordingError:
    return RecordingError(f"--columns '{text[:80]}': {reason}. Write it as {EXAMPLE}")


def _rate(text: str, value: str) -> float:
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:\[?\s*Hz\s*\]?)?", value, re.IGNORECASE)
    if number is None or not 0 < float(number[1]) <= 10_000:
        raise _malformed(text, f"'{value}' is no rate in Hz")
    return float(number[1])


def _wanted(text: str, key: str, value: str) -> NamedColumns:
    unit = _UNIT.search(value)
    listed = value[: unit.start()] if unit and not value.endswith(('"', "'")) else value
    named = tuple(next(filter(None, names), "") for names in _NAME.findall(listed))
    stated = unit[1].strip() if unit and listed != value else ""
    count = 3 if key in _SENSORS else 1
    if len(named) != count:
        several = "three columns, x, y and z" if count == 3 else "one column"
        raise _malformed(text, f"{key} is {several}, and '{value[:40]}' names {len(named)}")
    if key == "time" and stated and not is_unit_of_time(stated):
        raise _malformed(text, f"the unit of time '{stated}' is none of s, ms, µs, ns and min")
    if key in _SENSORS and stated:
        known = units.unit(stated)
        if known is None or known.canonical != _SENSORS[key]:
            raise _malformed(
                text, f"the unit of {key} is one of {', '.join(units.names(_SENSORS[key]))}, not '{stated}'"
            )
    return NamedColumns(key, named, stated)


def table_of(text: str, columns: Columns) -> TextTable | None:
    """The table of the columns that are there, under headings that say what they are; None without a time or
    without a sensor.

    Raises csv.Error.
    """
    lines = text.split("\n", _ABOVE)[:_ABOVE]
    for start, line in enumerate(lines):
        separator = separator_of(line)
        cells = split(line[:_LONGEST], separator)
        places = _places(cells, columns)
        if not places:
            continue
        rows = split_rows(text, start, separator, headed=not _by_number(columns))
        return _renamed(cells, rows, places, columns, separator)
    return None


def split_rows(text: str, start: int, separator: str, *, headed: bool) -> list[tuple[int, list[str]]]:
    """Numbers and cells of the lines from the one at index `start`, or, below headings, behind it."""
    from .csv_text import rows_of

    return rows_of(text, start + headed, separator)


def _by_number(columns: Columns) -> bool:
    return all(name.startswith("#") for wanted in columns.wanted for name in wanted.names)


def _places(cells: Sequence[str], columns: Columns) -> dict[str, tuple[int, ...]]:
    """Key -> places of its columns in a line of headings, or, where all are numbered, of numbers; empty where
    it is none."""
    numbered = _by_number(columns)
    found: dict[str, tuple[int, ...]] = {}
    for wanted in columns.wanted:
        places = tuple(_place(name, cells, numbered and wanted.key in _SENSORS) for name in wanted.names)
        if all(place is not None for place in places):
            found[wanted.key] = tuple(place for place in places if place is not None)
    timed = "time" in found or columns.rate > 0
    return found if timed and set(found) & set(_SENSORS) else {}


def _place(name: str, cells: Sequence[str], number: bool) -> int | None:
    if re.fullmatch(r"#\d{1,6}", name):
        place = int(name[1:]) - 1
        if not 0 <= place < len(cells):
            return None
        return place if not number or _is_number(cells[place]) else None
    plain = [" ".join(cell.lower().split()) for cell in cells]
    asked = " ".join(name.lower().split())
    for headings in (plain, [_bare(cell) for cell in plain]):
        if headings.count(asked) == 1:
            return headings.index(asked)
    return None


def _bare(cell: str) -> str:
    """A heading without what stands in brackets at its end."""
    return _BRACKETS.sub("", cell).strip() or cell


def _unit_in(cell: str, key: str) -> str:
    """The unit that a heading gives in brackets; "" for none."""
    found = _BRACKETS.search(cell)
    if key == "time":
        inside = found[0].strip("[]()") if found else ""
        return inside if is_unit_of_time(inside) else ""
    return heading(cell)[1]


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?", cell.strip()) is not None


def _renamed(
    cells: Sequence[str],
    rows: Sequence[tuple[int, list[str]]],
    places: dict[str, tuple[int, ...]],
    columns: Columns,
    separator: str,
) -> TextTable:
    headings: list[str] = []
    taken: list[int] = []
    for wanted in columns.wanted:
        if wanted.key not in places:
            continue
        for axis, place in zip("xyz", places[wanted.key], strict=False):
            unit = wanted.unit or ("" if _by_number(columns) else _unit_in(cells[place], wanted.key))
            label = f"{wanted.key}_{axis}" if wanted.key in _SENSORS else wanted.key
            headings.append(f"{label} [{unit}]" if unit else label)
            taken.append(place)
    least = max(taken) + 1
    picked = [(n, [row[k] for k in taken] if len(row) >= least else row) for n, row in rows]
    if columns.rate:
        headings.insert(0, "time [s]")
        picked = [(n, [f"{k / columns.rate:.9f}", *row]) for k, (n, row) in enumerate(picked)]
    return TextTable(headings, [], picked, separator, [])


def lacking(path: object, first: str, columns: Columns | None) -> RecordingError:
    """The error of a table in which columns are not found: those it has, and how they are named."""
    cells = [cell for cell in split(first[:_LONGEST], separator_of(first)) if cell]
    listed = shortened([f"'{cell[:30]}'" for cell in cells], 12) if cells else "nothing"
    if columns is not None:
        asked = " ".join(f"'{name}'" for wanted in columns.wanted for name in wanted.names)
        return RecordingError(
            f"{path} has not all of the columns {asked} that --columns names; it has {listed}"
        )
    return RecordingError(
        f"{path}: its first line must name the columns, one of them 'time' (in s), the others channels such "
        f"as 'acc_x [g]'; it has {listed}. Or say which are which: --columns \"{EXAMPLE}\""
    )
