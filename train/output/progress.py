"""Progress display of a training: a bar for each stage with the time left, and lines for the run's log.

Where no terminal is there (`> log 2>&1`), a line as each stage begins and ends instead of its bar.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress

from hnhar.stream.progress import progress_bars

Log = Callable[[str, int, dict[str, float]], None]
"""Takes a stage, its step and what was measured there."""
SHOWN = ("loss", "accuracy", "clamped")
"""Measurements that stand beside the bar."""
EVERY: Final = 60.0
"""s between two lines on a stage that goes on, where no bar is drawn."""


class StageLines:
    """Lines on the stages of a training: as each begins, ends, and meanwhile every minute."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._stage = ""
        self._over = False
        self._begun = self._last = 0.0

    def take(self, stage: str, name: str, done: int, total: int, note: str = "") -> None:
        """Step `done` of `total` of a stage, called `name` in the line; `note`: what was measured there."""
        now = self._clock()
        begins = stage != self._stage or (self._over and done < total)
        if begins:
            self._stage, self._over, self._begun, self._last = stage, False, now, now
        note = f"  {note}" if note else ""
        if done >= total and not self._over:
            self._over = True
            self._say(f"{name}: done, {total} of {total} in {now - self._begun:.0f} s{note}")
        elif begins:
            self._say(f"{name}: begins, {done} of {total}")
        elif not self._over and now - self._last >= EVERY:
            self._last = now
            self._say(f"{name}: {done} of {total} after {now - self._begun:.0f} s{note}")


@dataclass(slots=True)
class Display:
    """One progress bar a stage, with the time left; every tenth step goes to the run's log."""

    progress: Progress
    log: Log | None = None
    board: Log | None = None
    """Takes every step."""
    lines: StageLines | None = None
    """Takes every step, and each session, where the bars cannot be seen."""
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
        if self.lines is not None:
            self.lines.take(stage, stage, done, total, note)
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
        if self.lines is not None:
            self.lines.take(self._stage, what, done, total)


@contextmanager
def shown(console: Console) -> Iterator[Display]:
    """A display on a console while the context lasts."""
    seen = console.is_terminal
    with progress_bars(console, disable=not seen) as progress:
        yield Display(progress, lines=None if seen else StageLines(lambda text: _plain(console, text)))


def _plain(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
