"""Markers of an XDF file as annotations.

Understood are pairs `label/start` and `label/stop` (or `/end`; also `onset`, `offset`), as `hnhar-replay`
sends them; JSON objects with "label" and "duration"; two-channel markers (label, duration in s); anything
else is an instant with the text as its label.
"""

import json
import re
from collections.abc import Sequence

from .recording import Annotation

_EDGE = re.compile(r"(?P<label>.+)/(?P<edge>start|stop|begin|end|onset|offset)$", re.IGNORECASE)
_OPENING = ("start", "begin", "onset")


def annotations(times: Sequence[float], texts: Sequence[Sequence[str]]) -> tuple[list[Annotation], list[str]]:
    """Annotations by onset, and notes on starts without a stop (kept as instants) and lone stops."""
    found: list[Annotation] = []
    running: dict[str, list[float]] = {}
    lone_stops = 0
    for time, columns in sorted(zip(times, texts, strict=True), key=lambda pair: pair[0]):
        text = columns[0] if columns else ""
        edge = _EDGE.match(text)
        if edge is None:
            label, duration = _with_duration(text, columns)
            found.append(Annotation(time, duration, label))
        elif edge["edge"].lower() in _OPENING:
            running.setdefault(edge["label"], []).append(time)
        elif running.get(edge["label"]):
            onset = running[edge["label"]].pop(0)
            found.append(Annotation(onset, time - onset, edge["label"]))
        else:
            lone_stops += 1
    open_ends = [(onset, label) for label, onsets in running.items() for onset in onsets]
    found += [Annotation(onset, 0.0, label) for onset, label in open_ends]
    notes = []
    if open_ends:
        notes.append(f"{len(open_ends)} markers /start have no /stop; they are kept as instants")
    if lone_stops:
        notes.append(f"{lone_stops} markers /stop have no /start; they were left out")
    return sorted(found, key=lambda a: (a.onset, a.label)), notes


def _with_duration(text: str, columns: Sequence[str]) -> tuple[str, float]:
    """Label and duration in s (0 where none is said)."""
    label, duration = text, 0.0
    if text.startswith("{"):
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):  # no JSON, or nested beyond what its parser takes
            return text, 0.0
        label = str(message.get("label", text))
        duration = _seconds(message.get("duration"))
    elif len(columns) == 2:
        duration = _seconds(columns[1])
    return label, duration


def _seconds(value: object) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        return 0.0
    return seconds if 0.0 <= seconds < 1e9 else 0.0
