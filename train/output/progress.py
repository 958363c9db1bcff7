"""Progress display of a training: a bar for each stage with the time left, and lines for the run's log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import Progress

from hnhar.stream.progress import progress_bars

Log = Callable[[str, int, dict[str, float]], None]
"""Takes a stage, its step and what was measured there."""
SHOWN = ("loss", "accuracy", "clamped")
"""Measurements that stand beside the bar."""


@dataclass(slots=True)
class Display:
    """One progress bar a stage, with the time left; every tenth step goes to the run's log."""

    progress: Progress
    log: Log | None = None
    board: Log | None = None
    """Takes every step."""
    _stage: str = ""
    _task: Any = None

    def step(self, stage: str, done: int, total: int, measured: dict[str, float]) -> None:
        """Step `done` of `total` of a stage, and what was measured there."""
        if stage != self._stage:
            self._stage, self._task = stage, self.progress.add_task(stage, total=total, note="")
        note = "  ".join(f"{name} {value:.3f}" for name, value in measured.items() if name in SHOWN)
        if note:
            self.progress.update(self._task, note=note)
        self.progress.update(self._task, completed=done)
        if self.log is not None and measured and (done % 10 == 0 or done in (1, total)):
            self.log(stage, done, measured)
        if self.board is not None:
            self.board(stage, done, measured)

    def advance(self, what: str, done: int, total: int) -> None:
        """Session `done` of `total`; `what` describes it."""
        if self._stage != f"sessions {total}":
            self._stage = f"sessions {total}"
            self._task = self.progress.add_task(what, total=total, note="")
        self.progress.update(self._task, completed=done, description=what)


@contextmanager
def shown(console: Console) -> Iterator[Display]:
    """A display on a console while the context lasts."""
    with progress_bars(console) as progress:
        yield Display(progress)
