"""Progress bars of all commands: a task, its bar, the amount done of the total, and the time left."""

from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

_NAME: Final = 32
"""Letters of a task's name, at most: with the longest of them there is room for the figures at 80 columns."""


def names() -> Column:
    """A column of the names of tasks; long ones are cut."""
    return Column(no_wrap=True, max_width=_NAME)


def figures(width: int) -> Column:
    """A column of figures, never narrower than `width` letters: where room is short, the bar gives way."""
    return Column(no_wrap=True, min_width=width)


class _Amount(ProgressColumn):
    """Amount done of the total: a count, or seconds."""

    def __init__(self, unit: str) -> None:
        super().__init__(table_column=figures(7))
        self.unit = f" {unit}" if unit else ""

    def render(self, task: Task) -> Text:
        """ "12/100 s"; "12/?" where the total is not known yet."""
        total = "?" if task.total is None else f"{task.total:.0f}"
        return Text(f"{task.completed:{len(total)}.0f}/{total}{self.unit}", style="progress.download")


def progress_bars(
    console: Console, *, unit: str = "", transient: bool = False, disable: bool = False
) -> Progress:
    """A context that draws the bars of its tasks; a field `note` of a task stands behind its bar.

    Args:
        console: Where they are drawn.
        unit: Of what is counted: "s", or none.
        transient: True if nothing of them stays.
        disable: True if nothing is drawn.
    """
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=names()),
        BarColumn(),
        _Amount(unit),
        TimeRemainingColumn(table_column=figures(7)),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
        transient=transient,
        # of one that nobody sees rich leaves an empty line
        disable=disable or (transient and not console.is_terminal),
        refresh_per_second=4,
    )
