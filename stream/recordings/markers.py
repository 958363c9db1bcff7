"""Markers of an XDF file as annotations.

Understood are pairs `label/start` and `label/stop` (or `/end`; also `onset`, `offset`), as `hnhar-replay`
sends them, and `label/cancel`, which takes a start back; `start_walk` and the like where both edges are there
(`edges.py`); JSON objects with "label" and "duration"; two-channel markers (label, duration in s); anything
else is an instant, its text the label.
"""

import json
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from hnhar.model.labels import counted

from .edges import CANCELING, OPENING, edges_of
from .recording import Annotation, Unfinished

_MOST_LISTED: Final = 5
"""Markers that a note lists one by one."""


class Marked(NamedTuple):
    """Annotations read from markers, with notes."""

    annotations: list[Annotation]
    """By onset; starts without a stop as instants."""
    notes: list[str]
    """On starts without a stop, and stops without a start."""
    unfinished: list[Unfinished]
    """Those starts and stops, by onset, each as far as the next or the last marker of its label."""


def annotations(times: Sequence[float], texts: Sequence[Sequence[str]], *, begin: float = 0.0) -> Marked:
    """Annotations of the markers at these times (s). Notes count times from `begin`, s.

    A start while the same label runs abandons the one before: its stop was forgotten, and when it ended is
    not known.
    """
    found: list[Annotation] = []
    unfinished: list[Unfinished] = []
    running: dict[str, float] = {}
    before: dict[str, float] = {}
    abandoned: list[tuple[float, str]] = []
    lone_stops = canceled = 0
    ordered = sorted(zip(times, texts, strict=True), key=lambda pair: pair[0])
    edges, loose = edges_of([columns[0] if columns else "" for _, columns in ordered])
    for (time, columns), (label, edge) in zip(ordered, edges, strict=True):
        text = columns[0] if columns else ""
        if not edge:
            label, duration = _with_duration(text, columns)
            found.append(Annotation(time, duration, label))
        elif edge in OPENING:
            if label in running:
                abandoned.append((running[label], label))
                unfinished.append(Unfinished(running[label], time, label))
            running[label] = time
        elif edge in CANCELING:
            if label in running:
                unfinished.append(Unfinished(running.pop(label), time, label))
                canceled += 1
        elif label in running:
            onset = running.pop(label)
            found.append(Annotation(onset, time - onset, label))
        else:
            lone_stops += 1
            unfinished.append(Unfinished(before.get(label, -math.inf), time, label))
        if edge:
            before[label] = time
    unended = sorted([*abandoned, *((onset, label) for label, onset in running.items())])
    found += [Annotation(onset, 0.0, label) for onset, label in unended]
    unfinished += [Unfinished(onset, math.inf, label) for label, onset in running.items()]
    notes = [loose] if loose else []
    if canceled:
        notes.append(f"{counted(canceled, 'start')} taken back (/cancel): what lies between is left out")
    if unended:
        kept = "it is kept as an instant" if len(unended) == 1 else "they are kept as instants"
        notes.append(
            f"{_lacking(len(unended), '/start', '/stop')} ({_listed(unended, begin)}); {kept}, since nobody "
            "said when it ended"
        )
    if lone_stops:
        left_out = "it was left out" if lone_stops == 1 else "they were left out"
        notes.append(f"{_lacking(lone_stops, '/stop', '/start')}; {left_out}")
    unfinished.sort(key=lambda u: (u.onset, u.label))
    return Marked(sorted(found, key=lambda a: (a.onset, a.label)), notes, unfinished)


def _lacking(count: int, edge: str, other: str) -> str:
    """`1 marker /start has no /stop`."""
    return (
        f"{counted(count, f'marker {edge}', f'markers {edge}')} {'has' if count == 1 else 'have'} no {other}"
    )


def _listed(marked: Sequence[tuple[float, str]], begin: float) -> str:
    places = [f"'{label[:64]}' at {onset - begin:.1f} s" for onset, label in marked[:_MOST_LISTED]]
    return ", ".join([*places, "…"] if len(marked) > _MOST_LISTED else places)


def _with_duration(text: str, columns: Sequence[str]) -> tuple[str, float]:
    """Label and duration in s (0 where none is given)."""
    label, duration = text, 0.0
    if text.startswith("{"):
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):  # no JSON, or nested beyond what its parser takes
            return text, 0.0
        label = message.get("label")
        if not isinstance(label, str):  # nobody's name for what was done, so it lasts no time either
            return text, 0.0
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
