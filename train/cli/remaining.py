"""Progress of a comparison on stderr: the total and the time left, from the start."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.progress import figures, names

SETTLED = 5.0
"""s after which the time left is that of the speed so far."""


class TimeLeft(ProgressColumn):
    """Time left as the task's field `left` has it, s."""

    def render(self, task: Task) -> Text:
        """ "1:04:59 left", or "–" where it is not known yet."""
        left = task.fields["left"]
        return Text("–" if left is None else f"{timedelta(seconds=round(left))} left", "progress.remaining")


def lasting(seconds: float | None) -> str:
    """A time in words, to the minute: "about 2 h 25 min"; "not known" for None."""
    if seconds is None:
        return "not known"
    minutes = max(round(seconds / 60), 1)
    return f"about {minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"about {minutes} min"


@contextmanager
def counted(
    minutes: float | None, workers: int, unit: str = "cells"
) -> Iterator[Callable[[str, float, int], None]]:
    """A bar while the context lasts; where stderr is no terminal, a line for each part that is done.

    Args:
        minutes: Cost of all of it in one process, for the time left at the start; None: not known.
        workers: Processes that share it.
        unit: Of what is counted.

    Yields:
        A function that takes what is done, how much of the whole is (fractions count), and the whole.
    """
    console = SafeConsole(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False, table_column=names()),
        BarColumn(),
        TextColumn("{task.fields[count]}", table_column=figures(len("1/10 cells"))),
        TimeLeft(table_column=figures(len("0:00:00 left"))),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(unit, total=None, count="", left=None)
        began = time.monotonic()
        first = reached = last_whole = -1.0
        left: float | None = None

        def advance(what: str, done: float, total: int) -> None:
            nonlocal first, reached, last_whole, left
            spent = time.monotonic() - began
            if first < 0:
                first = reached = last_whole = done
                left = None if minutes is None else 60 * minutes * (1 - done / total) / workers
                console.print(
                    f"{total} {unit}, {done:g} of them are there; time left: {lasting(left)}", soft_wrap=True
                )
            if done == int(done) > last_whole and not console.is_terminal:
                line = f"{done:g}/{total} {unit}: {what}; time left: {lasting(left)}"
                console.print(line, markup=False, soft_wrap=True)
            if done == int(done):
                last_whole = done
            reached = max(reached, done)  # what was under way counts for less for a moment when it is done
            if reached > first and spent > SETTLED:
                left = spent * (total - reached) / (reached - first)
            count = f"{int(last_whole)}/{total} {unit}"
            progress.update(task, completed=reached, total=total, description=what, count=count, left=left)

        yield advance
