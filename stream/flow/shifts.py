"""Time by which a stream's stamps were moved, since they could not be true; for what else has its clock."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

STEP: Final = 0.05
"""s by which a shift has to change to be noted: it follows its stream all the time, by very little."""
MOST: Final = 10_000
"""Changes that are noted; of more, smaller ones are left out."""


class Shifts:
    """The shifts of one stream, by the arrival of its samples. Written by one thread."""

    def __init__(self) -> None:
        self._begun: float | None = None
        """Arrival of the first samples, s."""
        self._arrived: list[float] = []
        self._by: list[float] = []
        self._step = STEP

    @property
    def any(self) -> bool:
        """True where stamps were moved at all."""
        return bool(self._by)

    def note(self, arrived: float, by: float) -> None:
        """Samples that arrived at `arrived` were moved by `by`, both in s."""
        if self._begun is None:
            self._begun = arrived
        last = self._by[-1] if self._by else 0.0
        if abs(by - last) > self._step:
            self._arrived.append(arrived)
            self._by.append(by)
            while len(self._by) > MOST:
                self._thin()

    def follow(self, later: "Shifts") -> None:
        """Those of the stream's next connection."""
        if later._begun is not None and self.any:
            self.note(later._begun, later._by[0] if later._by else 0.0)
        for arrived, by in zip(later._arrived, later._by, strict=True):
            self.note(arrived, by)

    def at(self, arrived: float) -> tuple[float, ...]:
        """The shift of what arrived then, and the next, s: the first, before that; none without any."""
        place = max(bisect_right(self._arrived, arrived) - 1, 0)
        return tuple(self._by[place : place + 2])

    def _thin(self) -> None:
        """Forget the changes that are smaller than twice as much."""
        self._step *= 2
        changes = list(zip(self._arrived, self._by, strict=True))
        self._arrived.clear()
        self._by.clear()
        for arrived, by in changes:
            self.note(arrived, by)


def moved(stamp: float, arrived: float, shifts: Iterable[Shifts]) -> float:
    """A stamp of another stream, such as of markers, moved as those were that have the same clock, s.

    Which clock it has, its arrival shows: a shift that brings it nearer to that than it is, is its own.
    """
    delay = arrived - stamp
    return stamp + min((0.0, *(by for s in shifts for by in s.at(arrived))), key=lambda by: abs(delay - by))
