"""Labels as tables of text: BORIS, Audacity, and a line a label with start and end. Pure."""

import csv
import io
import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from hnhar.model.errors import RecordingError

from .csv_text import separator_of, split
from .markers import annotations
from .recording import Unfinished
from .score import Recognized

MOST: Final = 200_000
"""Lines."""
_ABOVE: Final = 60
"""Lines above BORIS's headings, at most."""
_AUDACITY: Final = re.compile(r"\s*(-?\d+(?:[.,]\d+)?)\t\s*(-?\d+(?:[.,]\d+)?)(?:\t(.*))?\s*")
_FROM: Final = (
    *("onset", "start", "begin", "start (s)", "start_s", "start time", "start_time", "from", "begin time"),
)
_TO: Final = ("stop", "end", "offset", "stop (s)", "end (s)", "end_s", "stop_s", "end time", "end_time", "to")
_NAMES: Final = (
    *("label", "trial_type", "activity", "action", "behavior", "annotation", "event", "name", "value"),
)
_NOTHING: Final = frozenset(("", "n/a", "na", "nan", "none", "-"))

_SLASH: Final = "\u2044"
"""In place of the slash in a behavior, which would be read as the begin of an edge."""

Tiers = dict[str, list[Recognized]]


def boris(text: str) -> tuple[Tiers, list[str], list[Unfinished]] | None:
    """Events of BORIS by subject, of its table of events or of aggregated ones; notes; unfinished ones.

    None where it is no such table. Raises RecordingError for a line that is wrong.
    """
    found = _headed(text, lambda h: "behavior" in h and bool({"time", "start (s)"} & set(h)))
    if found is None:
        return None
    headings, rows = found
    if len({row.get("observation id", "") for _, row in rows}) > 1:
        raise RecordingError("it holds several observations: export one, as a table of its own")
    aggregated = "start (s)" in headings
    tiers: Tiers = {}
    notes, unfinished = list[str](), list[Unfinished]()
    subjects = list(dict.fromkeys(row.get("subject", "") for _, row in rows))
    for subject in subjects:
        mine = [(n, row) for n, row in rows if row.get("subject", "") == subject]
        if aggregated:
            tiers[subject or "No focal subject"] = [_aggregated(n, row) for n, row in mine]
            continue
        marked = annotations(
            [_seconds(n, row.get("time", ""), "time") for n, row in mine], [[_edge(row)] for _, row in mine]
        )
        tiers[subject or "No focal subject"] = [
            Recognized(a.onset, a.duration, a.label.replace(_SLASH, "/"), math.nan)
            for a in marked.annotations
        ]
        notes += marked.notes
        unfinished += marked.unfinished
    return tiers, notes, unfinished


def _edge(row: Mapping[str, str]) -> str:
    kind = (row.get("behavior type") or row.get("status") or "").strip().lower()
    label = row["behavior"].replace("/", _SLASH)
    return f"{label}/{kind}" if kind in ("start", "stop") else label


def _aggregated(number: int, row: Mapping[str, str]) -> Recognized:
    onset = _seconds(number, row.get("start (s)", ""), "start")
    stop = row.get("stop (s)", "")
    end = onset if stop.strip().lower() in _NOTHING else _seconds(number, stop, "stop")
    return _lasting(number, onset, end, row["behavior"])


def audacity(text: str) -> list[Recognized] | None:
    """Labels of a track of Audacity: start, end and label, without headings; None where it is none."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if not _AUDACITY.fullmatch(first):
        return None
    events = []
    for number, line in enumerate(lines[:MOST], 1):
        if not line.strip() or line.startswith("\\"):  # behind a backslash are the frequencies of a label
            continue
        found = _AUDACITY.fullmatch(line)
        if found is None:
            raise RecordingError(f"line {number} is no label, start and end in s: {line[:80]!r}")
        onset, end = (float(found[k].replace(",", ".")) for k in (1, 2))
        if found[3] and found[3].strip():
            events.append(_lasting(number, onset, end, found[3]))
    return events


def spans(text: str) -> list[Recognized] | None:
    """A line a label, with headings that name its start, its end or duration, and the label; None where it
    is no such table."""
    found = _headed(text, lambda h: bool(set(_FROM) & set(h)) and bool({*_TO, "duration"} & set(h)), above=1)
    if found is None:
        return None
    headings, rows = found
    name = next((n for n in _NAMES if n in headings), None)
    begin = next(n for n in _FROM if n in headings)
    end = next((n for n in _TO if n in headings), None)
    if name is None:
        return None
    events = []
    for number, row in rows:
        if row[name].strip().lower() in _NOTHING:
            continue
        onset = _seconds(number, row[begin], begin)
        lasts = 0.0 if end else _seconds(number, row["duration"], "duration")
        until = _seconds(number, row[end], end) if end else onset + lasts
        events.append(_lasting(number, onset, until, row[name]))
    return events


def _headed(
    text: str, is_header: Callable[[list[str]], bool], above: int = _ABOVE
) -> tuple[list[str], list[tuple[int, dict[str, str]]]] | None:
    """Headings in lower case, and number and cells of each line below them; None without such headings."""
    lines = text.split("\n", above)[:above]
    for start, line in enumerate(lines):
        separator = separator_of(line[:10_000])
        headings = [cell.lower() for cell in split(line[:10_000], separator)]
        if not is_header(headings):
            continue
        rest = text.split("\n", start + 1)
        below = rest[start + 1] if len(rest) > start + 1 else ""
        rows: list[tuple[int, dict[str, str]]] = []
        try:
            for number, row in enumerate(csv.reader(io.StringIO(below), delimiter=separator), start + 2):
                if len(rows) > MOST:
                    raise RecordingError(f"it has more than the {MOST:,} lines that are read")
                if any(cell.strip() for cell in row):
                    padded = [*row, *[""] * (len(headings) - len(row))]
                    rows.append((number, dict(zip(headings, padded, strict=False))))
        except csv.Error as error:
            raise RecordingError(f"it is no table ({error})") from error
        return headings, rows
    return None


def _seconds(number: int, text: str, what: str) -> float:
    """Seconds, also of hh:mm:ss.ms."""
    parts = text.strip().replace(",", ".").split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    seconds = float(sum(value * 60.0**k for k, value in enumerate(reversed(values))))
    if not 1 <= len(values) <= 3 or not math.isfinite(seconds):
        raise RecordingError(f"line {number}: its {what} '{text[:20]}' is no time")
    return seconds


def _lasting(number: int, onset: float, end: float, label: str) -> Recognized:
    if not 0 <= end - onset < math.inf:
        raise RecordingError(f"line {number}: it ends at {end:g} s, before it begins at {onset:g} s")
    return Recognized(onset, end - onset, " ".join(label.split()), math.nan)
