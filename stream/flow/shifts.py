"""Time by which a stream's stamps were moved, since they could not be true; for what else has its clock."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

STEP: Final = 0.05
"""s by which a shift has to change to be noted: it follows its stream all the time, by very little."""
MOST: Final = 10_000
"""Changes that are noted; what comes later goes with the last of them."""


class Shifts:
    """The shifts of one connection, by the arrival of its samples. Written by one thread."""

    def __init__(self) -> None:
        self._arrived: list[float] = []
        self._by: list[float] = []

    @property
    def any(self) -> bool:
        """True where stamps were moved at all."""
        return bool(self._by)

    def note(self, arrived: float, by: float) -> None:
        """Samples that arrived at `arrived` were moved by `by`, both in s."""
        last = self._by[-1] if self._by else 0.0
        if abs(by - last) > STEP and len(self._by) < MOST:
            self._arrived.append(arrived)
            self._by.append(by)

    def at(self, arrived: float) -> float:
        """The shift of what arrived then, s: of what came first, before that; 0 without any."""
        return self._by[max(bisect_right(self._arrived, arrived) - 1, 0)] if self._by else 0.0


def moved(stamp: float, arrived: float, shifts: Iterable[Shifts]) -> float:
    """A stamp of another stream, such as of markers, moved as those were that have the same clock, s.

    Which clock it has, its arrival shows: a shift that brings it nearer to that than it is, is its own.
    """
    delay = arrived - stamp
    return stamp + min((0.0, *(s.at(arrived) for s in shifts)), key=lambda by: abs(delay - by))
