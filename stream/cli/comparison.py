"""What was performed beside what was recognized, printed: line by line, or by activity where there are
too many lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..recordings.comparison import ActivityScore, ComparisonRow, by_activity
from ..recordings.score import Score

MOST_LINES: Final = 60
"""Lines of a comparison that are shown one by one."""
MOST_ACTIVITIES: Final = 20
"""Activities that are shown one by one; the others are added up."""
_LONGEST: Final = 48
"""Letters of a label."""


def print_comparison(
    console: Console,
    score: Score,
    lines: Sequence[ComparisonRow],
    origin: float,
    since: str,
    file: Path | None,
) -> None:
    """Print the table; times are s from `origin`, which is `since`; `file`: where all of it was written."""
    if len(lines) <= MOST_LINES:
        console.print(_of_lines(lines, origin))
        _dim(console, f"s: from {since}")
        _dim(
            console,
            "onset: when the event is dated minus when the action began; it is decided later and dated back",
        )
    else:
        console.print(_of_activities(by_activity(score)))
        where = f"they are in {file}" if file is not None else "--record writes them to a file"
        _dim(console, f"{len(lines):,} lines of comparison are too many to show here: {where}")


def _dim(console: Console, text: str) -> None:
    console.print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


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
    """Those with most mistakes first; what is beyond `MOST_ACTIVITIES` in one row."""
    table = _table(
        "Performed and recognized, by activity",
        *(("activity", "left"), ("performed", "right"), ("recognized", "right"), ("missed", "right")),
        *(("false", "right"), ("F1", "right"), ("mostly taken for", "left")),
    )
    for one in scores[:MOST_ACTIVITIES]:
        table.add_row(*_cells(one))
    rest = scores[MOST_ACTIVITIES:]
    if rest:
        together = ActivityScore(
            f"{len(rest):,} more",
            sum(one.performed for one in rest),
            sum(one.hits for one in rest),
            sum(one.false for one in rest),
            "",
        )
        table.add_row(*_cells(together), style="dim")
    return table


def _cells(one: ActivityScore) -> tuple[str, ...]:
    counts = (one.performed, one.hits, one.misses, one.false)
    return (_label(one.label), *map(str, counts), f"{one.f1:.2f}", _label(one.taken_for))
