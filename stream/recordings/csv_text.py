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
            cells = _cells(line, separator or _separator(line))
            if not stated and is_header(cells):
                start = number
                break
    separator = separator or _separator(lines[start])
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


def _stated(line: str) -> str:
    """The separator that a line `sep=;` states."""
    text = line.strip("\r").strip('"')
    return text[4:5] if text.lower().startswith("sep=") and len(text) >= 5 else ""


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def _unitlike(row: list[str]) -> bool:
    """True for a line without any digit but those of units, of which each cell is short: m/(s^2), CAL."""
    return len(row) > 2 and all(
        cell.strip() and len(cell) <= 20 and not cell.strip()[0].isdigit() and cell.strip()[0] not in "-+."
        and cell.strip().lower() not in ("nan", "null", "na", "n/a", "inf")
        for cell in row
    )  # fmt: skip
