"""Times of a table: which column has them, in which unit; dates. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.labels import words

_SECONDS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millis", "milliseconds", "millisecond"), 1e-3),
    **dict.fromkeys(("us", "µs", "usec", "micros", "microseconds", "microsecond"), 1e-6),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanoseconds", "nanosecond"), 1e-9),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
}
"""Unit, or word of a heading -> s."""
_NAMES: Final = {1.0: "s", 1e-3: "ms", 1e-6: "µs", 1e-9: "ns"}
_TIME_WORDS: Final = frozenset(
    words(
        "time timestamp timestamps elapsed epoch epoc unix datetime date clock t uptime seconds millis micros"
    )
)
_BESIDE: Final = frozenset(
    words("lsl from start since reboot boot begin system utc local unix cal raw fine txt")
)
_COUNTS: Final = frozenset(
    ("packetcounter", "samplenumber", "sampleindex", "sample", "index", "counter", "frame")
)
_KNOWN: Final = {"sampletimefine": 1e-6}
"""Xsens: one column in µs."""
_DAYS: Final = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d")
_HALVES: Final = tuple(f"{day} %I:%M:%S.%f %p" for day in (*_DAYS, "%Y-%m-%d"))
_FORMATS: Final = (*(f"{day} %H:%M:%S.%f" for day in _DAYS), *_HALVES, "%Y-%m-%d %H:%M:%S:%f", "%H:%M:%S.%f")
_WRAP: Final = 2.0**32
"""Counts after which a counter of 32 bits begins anew."""


class TimeColumn(NamedTuple):
    """A column that may say when samples were taken."""

    place: int
    heading: str
    unit: float | None
    """s; None: not said. 0: it counts samples."""
    stated: str = ""
    """A unit that is not known."""


class TableTimes(NamedTuple):
    """(n,) times, s; NaN where there is none; and notes on what was assumed."""

    seconds: NDArray[np.float64]
    notes: list[str]


def time_columns(headings: Sequence[tuple[str, str]]) -> list[TimeColumn]:
    """The columns that may be times, by label and unit, the likeliest first; counters of samples last."""
    found = []
    for place, (label, unit) in enumerate(headings):
        parts = [word for word in words(label) if not word.isdigit()]
        glued = "".join(parts)
        given = _SECONDS.get(unit.strip().lower().replace("μ", "µ"))
        if glued in _KNOWN:
            found.append(TimeColumn(place, label, _KNOWN[glued]))
        elif glued in _COUNTS:
            found.append(TimeColumn(place, label, 0.0))
        elif parts and (set(parts) & _TIME_WORDS or glued.startswith(("time", "elapsed"))):
            others = [p for p in parts if p not in _TIME_WORDS and p not in _BESIDE and p not in _SECONDS]
            if len(others) <= 4 and not set(words(label)) & {"x", "y", "z"}:
                inside = [_SECONDS[p] for p in parts if p in _SECONDS]
                stated = "" if given is not None else unit
                inner = given if given is not None or unit else next(iter(inside), None)
                found.append(TimeColumn(place, label, inner, stated))
    return sorted(found, key=lambda c: (c.unit == 0.0, c.unit is None))


def is_unit_of_time(text: str) -> bool:
    """True for a unit of time that is known."""
    return text.strip().lower().replace("μ", "µ") in _SECONDS


def number(cell: str, separator: str) -> float:
    """The number in a cell; NaN in an empty one. Raises ValueError."""
    cell = cell.strip()
    if separator != "," and cell.count(",") == 1 and "." not in cell:
        cell = cell.replace(",", ".")
    if not cell or cell.lower() in ("null", "na", "n/a", "none", "-"):
        return float("nan")
    return float(cell)


def seconds_of(column: TimeColumn, cells: Sequence[str], separator: str, rate: float) -> TableTimes:
    """Times of a column's cells. `rate`: Hz, where something says it; 0 where nothing does.

    Raises RecordingError for what is no time.
    """
    name = f"'{column.heading}'"
    try:
        values = np.array([number(cell, separator) for cell in cells], np.float64)
    except ValueError:
        return TableTimes(_dates(name, cells), [])
    values[np.isinf(values)] = np.nan
    if column.unit == 0.0:
        if not rate:
            raise RecordingError(
                f"it has no time: {name} counts samples, and nothing says how many there are a second. Add a "
                "column 'time [s]', or name its columns with --columns, as rate=50,acc=…"
            )
        return TableTimes(values / rate, [f"times are those of {name} at {rate:g} Hz"])
    if column.unit is not None:
        return TableTimes(_unwrapped(values) * column.unit, [])
    if column.stated:
        raise RecordingError(
            f"the unit of {name}, '{column.stated[:20]}', is none of s, ms, µs, ns and min: write one of them"
        )
    unit, note = _inferred(name, values)
    return TableTimes(values * unit, [note] if note else [])


def _unwrapped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counters of 32 bits that began anew go on."""
    turns = np.diff(values, prepend=values[:1]) < -0.9 * _WRAP
    return values + _WRAP * np.cumsum(turns) if turns.any() else values


def _inferred(name: str, values: NDArray[np.float64]) -> tuple[float, str]:
    """The unit by what a clock or a sensor of 5 to 1000 Hz would show, and a note; s where that is plain."""
    finite = values[np.isfinite(values)]
    if len(finite) < 2:
        return 1.0, ""
    steps = np.diff(finite)
    moving = steps[steps > 0]
    step = float(np.median(moving)) if len(moving) else 0.0
    if step <= 1.0:
        return 1.0, ""
    since_1970 = float(np.median(np.abs(finite)))
    for unit, least in ((1e-9, 1e17), (1e-6, 1e14), (1e-3, 1e11)):
        if since_1970 >= least and step * unit <= 1.0:
            return unit, f"{name} is taken as {_NAMES[unit]} since 1970, by its magnitude"
    for unit in (1e-3, 1e-6, 1e-9):
        if 1e-3 <= step * unit <= 0.2 and (finite == np.round(finite)).all():
            return unit, f"{name} gives no unit: {_NAMES[unit]} is assumed, as it counts {step:g} a sample"
    return 1.0, ""


def _dates(name: str, cells: Sequence[str]) -> NDArray[np.float64]:
    """Dates and times of day as s."""
    found = []
    for form in ("", *_FORMATS):
        try:
            times = np.array([_date(cell.strip(), form) for cell in cells])
        except ValueError:
            continue
        if not form:
            return times
        found.append(times)
    if not found:
        raise RecordingError(
            f"{name} is neither numbers nor dates that are known: {cells[0][:40]!r}. Write seconds, or dates "
            "as 2024-01-31 12:00:00.020"
        )
    times = min(
        found, key=lambda each: float(np.nanmax(each) - np.nanmin(each))
    )  # day and month, or the reverse
    midnight = np.diff(times, prepend=times[:1]) < -43200.0
    return times + 86400.0 * np.cumsum(midnight) if times.max() < 2 * 86400 else times


def _date(cell: str, form: str) -> float:
    cell = re.sub(r"(?<=:\d\d),(?=\d)", ".", cell)
    cell = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", cell)
    if not form:
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", cell))
    else:
        if form.endswith(".%f") and "." not in cell[-8:]:
            cell += ".0"
        elif form.endswith("%p") and "." not in cell:
            cell = re.sub(r"(:\d\d)(?=\s*[AaPp]\.?[Mm])", r"\1.0", cell)
        at = datetime.strptime(re.sub(r"(\.\d{6})\d+$", r"\1", cell), form)
    if at.tzinfo is not None:
        return at.timestamp()
    return (at - (datetime(1970, 1, 1) if at.year > 1900 else datetime(1900, 1, 1))).total_seconds()
