"""Scheduling of wearers under overload: which windows come first, and which are left out. Pure.

Where recognition keeps up this changes nothing: what is due is taken in its order, in batches of those that
end within one hop. Where it does not, some have to wait, and soon all would: what can no longer be on time
is therefore left out as soon as there is anything else to do, so that the rest is, and who was served longest
ago comes first, so that all get an equal share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from ..messages import Window

PATIENCE: Final = 0.8
"""Share of a hop that a window may have waited when its recognition begins."""
BATCH: Final = 32
"""Windows in one batch at most: more are no cheaper each, and all of them wait for the last."""
MEMORY: Final = 0.2
"""Weight of the newest batch in what a window is expected to take."""


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """A window that can be recognized."""

    window: Window
    since: float
    """Time from which on it could have been, s."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """The next batch, and the windows that wait or are left out."""

    batch: tuple[Due, ...]
    """To be recognized now, together."""
    rest: tuple[Due, ...]
    """To be looked at again afterwards."""
    skipped: tuple[Due, ...]
    """To be left out."""


def batch_of(windows: Sequence[Window], most: int = BATCH) -> int:
    """Size of the first batch of these windows: a power of two, of windows with one index."""
    alike = sum(1 for _ in takewhile(lambda w: w.index == windows[0].index, windows))
    return 1 << (min(alike, most).bit_length() - 1)


class Turns:
    """Gives all wearers their turns."""

    def __init__(self, hop: float) -> None:
        """`hop`: from a wearer's window to the next, s."""
        self._hop = hop
        self._cost = 0.0
        self._served: dict[str, int] = {}
        """Wearer -> which of all windows his last one was."""
        self._count = 0
        self._owed: set[str] = set()
        """Wearers whose last window was left out."""

    def order(self, due: Sequence[Due]) -> tuple[Due, ...]:
        """As they come from the engine, by end; while some are left out, who waits longest first in each."""
        if not self._owed:
            return tuple(due)
        ends: dict[float, int] = {}
        places = [ends.setdefault(d.window.end, len(ends)) for d in due]
        served = [self._served.get(d.window.wearer, -1) for d in due]
        return tuple(due[i] for i in sorted(range(len(due)), key=lambda i: (places[i], served[i])))

    def next(self, due: Sequence[Due], now: float, *, begun: bool) -> Turn:
        """The next of what is due, in order, at `now`, s; `begun`: a batch of it was recognized already.

        Something is always recognized first, be it late: who is always late would never be, otherwise.
        """
        skipped: tuple[Due, ...] = ()
        if due and not self._on_time(min([d.since for d in due]), now):
            fresh = tuple(d for d in due if self._on_time(d.since, now))
            if fresh or begun:
                skipped = tuple(d for d in due if not self._on_time(d.since, now))
                self._owed |= {d.window.wearer for d in skipped}
                due = fresh
        if not due:
            return Turn((), (), skipped)
        most = self._most(due[0], now)
        size = batch_of([d.window for d in due[:most]], most)
        return Turn(tuple(due[:size]), tuple(due[size:]), skipped)

    def took(self, batch: Sequence[Due], seconds: float) -> None:
        """A batch was recognized, in so many s."""
        each = seconds / len(batch)
        self._cost = each if not self._cost else self._cost + MEMORY * (each - self._cost)
        for due in batch:
            self._served[due.window.wearer] = self._count
            self._owed.discard(due.window.wearer)
            self._count += 1

    def _on_time(self, since: float, now: float) -> bool:
        """True if a recognition that begins at `now` ends in time."""
        waited = now - since
        return waited <= PATIENCE * self._hop and waited + self._cost <= self._hop

    def _most(self, first: Due, now: float) -> int:
        """Windows of which the last is still on time."""
        left = first.since + self._hop - now
        return BATCH if not self._cost or self._cost * BATCH <= left else max(1, int(left / self._cost))
