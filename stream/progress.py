"""Progress bars of all commands: a task, its bar, the amount done of the total, and the time left."""

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Amount(ProgressColumn):
    """Amount done of the total: a count, or seconds."""

    def __init__(self, unit: str) -> None:
        super().__init__()
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
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        _Amount(unit),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
        transient=transient,
        # of one that nobody sees rich leaves an empty line
        disable=disable or (transient and not console.is_terminal),
        refresh_per_second=4,
    )
