"""The comparison of performed and recognized activities, printed: a line each, or where there are too many a
row an activity."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from rich.markup import escape
from rich.table import Table

from ..recordings.comparison import ActivityScore, ComparisonRow, by_activity
from ..recordings.score import Score
from .console import SafeConsole

MOST_LINES: Final = 60
"""Lines of a comparison that are shown one by one."""
MOST_ACTIVITIES: Final = 20
"""Activities that are shown one by one; the others are added up."""
_LONGEST: Final = 48
"""Letters of a label."""


def print_comparison(
    console: SafeConsole,
    score: Score,
    lines: Sequence[ComparisonRow],
    origin: float,
    since: str,
    file: Path | None,
) -> None:
    """Print the table; times are s from `origin`, which is `since`; `file`: where all of it was written."""
    if len(lines) <= MOST_LINES:
        console.print(_of_lines(lines, origin))
        console.say(f"s: from {since}", "dim")
        console.say(
            "onset: when the event is dated minus when the action began; it is decided later and dated back",
            "dim",
        )
    else:
        activities = by_activity(score)
        if activities:  # what was performed may all be unknown to the weights
            console.print(_of_activities(activities))
        where = f"they are in {file}" if file is not None else "--record writes them to a file"
        console.say(f"{len(lines):,} lines of comparison are too many to show here: {where}", "dim")


def _table(title: str, *columns: tuple[str, Literal["left", "right"]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading, justify in columns:
        table.add_column(heading, justify=justify)
    return table


def _label(text: str) -> str:
    return escape(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _of_lines(lines: Sequence[ComparisonRow], origin: float) -> Table:
    table = _table(
        "Performed and recognized",
        ("s", "right"),
        ("performed", "left"),
        ("recognized", "left"),
        ("onset", "right"),
    )
    for line in lines:
        found = {
            "hit": f"[green]✓[/] {line.confidence or 0.0:.0%}",
            "missed": "[red]missed[/]",
            "not learned": "[dim]not learned[/]",
            "false": f"[red]{_label(line.recognized)}[/], not performed",
            "not scored": f"[dim]{_label(line.recognized)}, not scored[/]",
        }[line.verdict]
        error = "" if line.onset_error is None else f"{line.onset_error:+.1f} s"
        table.add_row(f"{line.time - origin:.1f}", _label(line.performed), found, error)
    return table


def _of_activities(scores: Sequence[ActivityScore]) -> Table:
    """A row an activity, those with most mistakes first; those beyond `MOST_ACTIVITIES` in one row."""
    table = _table(
        "Performed and recognized, by activity",
        *(("activity", "left"), ("performed", "right"), ("recognized", "right"), ("missed", "right")),
        *(("false", "right"), ("F1", "right"), ("mostly taken for", "left")),
    )
    for score in scores[:MOST_ACTIVITIES]:
        table.add_row(*_cells(score))
    rest = scores[MOST_ACTIVITIES:]
    if rest:
        together = ActivityScore(
            f"{len(rest):,} more",
            sum(score.performed for score in rest),
            sum(score.hits for score in rest),
            sum(score.false for score in rest),
            "",
        )
        table.add_row(*_cells(together), style="dim")
    return table


def _cells(score: ActivityScore) -> tuple[str, ...]:
    counts = (score.performed, score.hits, score.misses, score.false)
    return (_label(score.label), *map(str, counts), f"{score.f1:.2f}", _label(score.taken_for))
