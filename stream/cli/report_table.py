"""A report on a terminal: a row a trial, the spread of each part, the total, and what was missing."""

from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ..report.report import DISCLAIMER, Report
from ..report.table import headline, spread_rows, trial_rows
from .common import warn
from .console import SafeConsole

_HEADS: Final = ("stand\nup", "walk\nout", "turn", "walk\nback", "turn\nto sit", "sit\ndown")
"""Heads of the columns of `hnhar.stream.report.trials.PARTS`, as narrow as a terminal wants them."""


def print_report(console: SafeConsole, report: Report) -> None:
    """Print all of it."""
    console.say(f"Timed Up and Go: {report.name}", "bold")
    if report.trials:
        console.print(_trials(report))
    console.say(f"total: {headline(report)}", "bold")
    for number, trial in enumerate(report.trials, 1):
        if trial.missing:
            console.say(f"trial {number} is incomplete and not counted: {'; '.join(trial.missing)}")
    for note in report.notes:
        warn(note)
    console.say(f"weights: {', '.join(report.weights)}", "dim")
    console.say(DISCLAIMER, "dim")


def _trials(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    several = len(report.sessions) > 1
    for head in ("trial", *(["file"] if several else []), "start", *_HEADS, "total", "conf."):
        left = head in ("trial", "file")
        table.add_column(head, justify="left" if left else "right", overflow="fold" if left else "ellipsis")
    for trial, row in zip(report.trials, trial_rows(report.trials), strict=True):
        number, start, *cells, _ = row
        names = [trial.source] if several else []
        table.add_row(number, *names, start, *cells, style="" if trial.complete else "dim")
    if report.complete:
        table.add_section()
        for name, values in spread_rows(report):
            blank = ["", ""] if several else [""]
            table.add_row(name, *blank, *values, "", style="bold" if name == "mean" else "")
    return table
