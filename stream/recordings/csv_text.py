"""Cells of a table as text: separator, what stands above the headings, lines of units. Pure."""

import csv
import io
from collections.abc import Callable
from typing import Final, NamedTuple

_PREAMBLE: Final = 40
"""Lines above the headings, at most (ActiGraph writes 10, OpenBCI 4, Xsens 12)."""
_SEPARATORS: Final = ",;\t"
_LONGEST: Final = 10_000
"""Letters of a line above the headings, at most."""


class TextTable(NamedTuple):
    """A table's headings and lines."""

    headings: list[str]
    units: list[str]
    """Of a line of units below the headings; empty without."""
    rows: list[tuple[int, list[str]]]
    """Number of the line, and its cells."""
    separator: str
    above: list[str]
    """Lines above the headings."""


def text_table(text: str, is_header: Callable[[list[str]], bool]) -> TextTable:
    """The table in a text; its headings are the first line that `is_header`, or else the first of all.

    Raises csv.Error.
    """
    lines = text.split("\n", _PREAMBLE)[:_PREAMBLE]
    start, separator = 0, ""
    for number, line in enumerate(lines):
        if len(line) <= _LONGEST:
            stated = _stated(line)
            separator = stated or separator
            cells = split(line, separator or separator_of(line))
            if not stated and is_header(cells):
                start = number
                break
    separator = separator or separator_of(lines[start])
    rest = text if not start else text.split("\n", start)[start]
    reader = csv.reader(io.StringIO(rest), delimiter=separator)
    headings = [cell.strip() for cell in next(reader, [])]
    if headings and not headings[-1]:  # a separator at the end of each line
        headings.pop()
    rows: list[tuple[int, list[str]]] = []
    units: list[str] = []
    for number, row in enumerate(reader, start=start + 2):
        if len(row) == len(headings) + 1 and not row[-1].strip():
            row = row[:-1]
        if not row:
            continue
        if not rows and _unitlike(row):
            units = [cell.strip() for cell in row]  # of Shimmer: a line "CAL", then one of units
            continue
        rows.append((number, row))
    return TextTable(headings, units, rows, separator, lines[:start])


def rows_of(text: str, start: int, separator: str) -> list[tuple[int, list[str]]]:
    """Number and cells of each line that is not empty, from the one at index `start`. Raises csv.Error."""
    rest = text if not start else text.split("\n", start)[start:]
    lines = csv.reader(io.StringIO(rest if isinstance(rest, str) else "".join(rest)), delimiter=separator)
    return [(number, row) for number, row in enumerate(lines, start=start + 1) if row]


def _stated(line: str) -> str:
    """The separator that a line `sep=;` states."""
    text = line.strip("\r").strip('"')
    return text[4:5] if text.lower().startswith("sep=") and len(text) >= 5 else ""


def separator_of(line: str) -> str:
    """The likeliest separator of a line: that which it has most often."""
    return max(_SEPARATORS, key=line.count)


def split(line: str, separator: str) -> list[str]:
    """The cells of a line; none where it is no CSV."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def _unitlike(row: list[str]) -> bool:
    """True for a line without any digit but those of units, of which each cell is short: m/(s^2), CAL."""
    cells = [cell.strip() for cell in row]
    return sum(map(bool, cells)) >= max(2, len(cells) // 2) and not any(
        len(cell) > 20 or cell[:1].isdigit() or cell[:1] in ("-", "+", ".")
        or cell.lower() in ("nan", "null", "na", "n/a", "inf")
        for cell in cells if cell
    )  # fmt: skip
