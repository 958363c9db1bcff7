"""The dashboard's list of the last activities. Pure."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from hnhar.model.labels import UNKNOWN

from .colors import QUIET, style_of
from .glyphs import framed, words_of
from .state import Activity, DashboardState, WearerView
from .words import duration

_LABEL: Final = 8
"""Columns that a label is to have, where it is so long."""
_LONGEST: Final = 40
"""Columns that a label may have."""


def events(state: DashboardState, now: float, width: int, height: int) -> RenderableType:
    """The last activities of all wearers, newest first."""
    latest = sorted(
        ((activity, wearer, view) for wearer, view in state.wearers.items() for activity in view.activities),
        key=lambda found: -found[0].decided,
    )[: max(1, height - 2)]
    rows = [_event(state, activity, wearer, view, now) for activity, wearer, view in latest]
    body = Group(*_event_lines(rows, width - 4)) if rows else Text("none yet", style="italic")
    return framed(body, "events", height, width)


def _event(
    state: DashboardState, activity: Activity, wearer: str, view: WearerView, now: float
) -> tuple[str, Text, str, str, str]:
    """The cells of an activity: time since its onset, label and wearer, duration, confidence, repetitions."""
    ended = "?" if activity is not view.going or state.stale(view, now) else "▶ now"
    label = Text(words_of(activity.label), style=style_of(activity.label, state.labels))
    if activity.unknown:
        label = Text(UNKNOWN, style="italic")
    if len(state.wearers) > 1:
        label = Text.assemble((f"{wearer} ", "bold"), label)
    return (
        f"−{duration(view.time(now) - activity.onset)}",
        label,
        f"{activity.duration:.1f} s" if activity.duration is not None else ended,
        f"{activity.confidence:.0%}",
        f"×{activity.count}" if activity.count else "",
    )


def _event_lines(rows: Sequence[tuple[str, Text, str, str, str]], width: int) -> list[Text]:
    """In columns; where labels have no room, how sure it was is left out, then how long ago it began, then
    how often it was repeated.
    """
    ago, lasted, sure, often = (max(len(row[column]) for row in rows) for column in (0, 2, 3, 4))
    longest = min(_LONGEST, max(row[1].cell_len for row in rows))
    room = 0
    choices = ((ago, lasted, sure, often), (ago, lasted, 0, often), (0, lasted, 0, often), (0, lasted, 0, 0))
    for shown in choices:
        room = width - sum(size + 1 for size in shown if size)
        if room >= min(_LABEL, longest):
            break
    lines = []
    for began, label, length, confidence, count in rows:
        label.truncate(max(1, min(longest, room)), overflow="ellipsis", pad=True)
        line = Text(no_wrap=True)
        if shown[0]:
            line.append(f"{began:>{ago}} ", QUIET)
        line.append_text(label).append(f" {count:<{often}}" if shown[3] else "").append(
            f" {length:>{lasted}}"
        )
        lines.append(line.append(f" {confidence:>{sure}}") if shown[2] else line)
    return lines
