"""One look of every progress bar: amounts of totals, names as they are."""

import io

import pytest
from rich.console import Console

from hnhar.stream.progress import progress_bars


def drawn(total: float | None, completed: float, unit: str = "", name: str = "cells", note: str = "") -> str:
    out = io.StringIO()
    console = Console(file=out, width=100)
    bars = progress_bars(console, unit=unit)
    bars.update(bars.add_task(name, total=total, note=note), completed=completed)
    console.print(bars.get_renderable())
    return out.getvalue()


@pytest.mark.parametrize(
    ("total", "completed", "unit", "words"),
    [(100, 7, "", "  7/100 "), (63.6, 12.4, "s", "12/64 s "), (None, 3, "", "3/? ")],
)
def test_how_much_of_how_much_is_shown(total: float | None, completed: float, unit: str, words: str) -> None:
    assert words in drawn(total, completed, unit)


def test_names_and_notes_are_no_markup() -> None:
    line = drawn(2, 1, name="[red]odd[/] name", note="[walk]/start")
    assert line.startswith("[red]odd[/] name")
    assert "[walk]/start" in line


def test_the_time_left_is_shown() -> None:
    assert "-:--:--" in drawn(100, 0)
