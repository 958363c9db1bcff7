"""Progress bars: nothing of those that nobody sees is in what a command prints."""

import io
import re

import pytest
from rich.console import Console

from hnhar.stream.progress import progress_bars


def drawn(*, terminal: bool, transient: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80, color_system=None)
    with progress_bars(console, unit="s", transient=transient) as bars:
        task = bars.add_task("anna", total=10.0, note="")
        bars.update(task, completed=10.0)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_passing_bar_leaves_no_line_where_there_is_no_terminal() -> None:
    assert drawn(terminal=False, transient=True) == ""


def test_a_bar_that_stays_is_told_without_a_terminal_too() -> None:
    assert "10/10 s" in drawn(terminal=False, transient=False)


def test_a_terminal_sees_the_amount_done() -> None:
    assert "10/10 s" in drawn(terminal=True, transient=True)


@pytest.mark.parametrize("name", ["pre-training", "fine-tuning on IMU and skeleton", "a long name " * 9])
def test_at_80_columns_the_amount_and_the_time_left_are_whole_beside_what_was_measured(name: str) -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=80, color_system=None)
    with progress_bars(console) as bars:
        task = bars.add_task(name, total=300.0, note="loss 1.235  accuracy 0.987  clamped 0.000")
        bars.update(task, completed=0.0)
    assert isinstance(console.file, io.StringIO)
    assert re.search(r"  0/300 -:--:-- loss 1\.235", console.file.getvalue())
