"""Samples of one wearer as the windows had them, without the overlap: bounded, forgotten from the front."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality

from ..messages import Window
from ..windows.resample import time_grid

SAME: Final = 1e-6
"""Grid points closer than this are one, s."""
ROOM: Final = 1.5
"""Room for samples when it has to be made, as a multiple of those that are kept."""

Stretch = tuple[NDArray[np.float64], NDArray[np.float32]]
"""(n,) s, ascending, and (n, channels): grids of windows that follow each other need not be one grid."""


class Track:
    """Samples of windows in their order, each grid point once."""

    def __init__(self, modalities: Sequence[Modality], window: float) -> None:
        """`window`: length of a window, s."""
        self._rows = {m.name: _Rows(m, window) for m in modalities}
        self._before = -np.inf
        self.end = -np.inf
        """End of the last window, s."""

    def take(self, window: Window) -> None:
        """Add a window that ends after the ones before it."""
        self.end = end = window.end
        for name, samples in window.samples.items():
            self._rows[name].take(end, samples, self._before)

    @property
    def kept(self) -> int:
        """Samples that are kept, of all modalities."""
        return sum(rows.stop - rows.first(self._before) for rows in self._rows.values())

    def clear(self) -> None:
        """Forget everything: time has stepped back."""
        for rows in self._rows.values():
            rows.clear()
        self.end = self._before = -np.inf

    def forget(self, before: float) -> None:
        """Drop what lies before a time, s."""
        self._before = before

    def between(self, start: float, end: float) -> dict[str, Stretch]:
        """Modality -> its samples of [start, end], s; only modalities that have two or more."""
        start = max(start, self._before)
        found = {name: rows.between(start, end + SAME) for name, rows in self._rows.items()}
        return {name: stretch for name, stretch in found.items() if len(stretch[0]) >= 2}


class _Rows:
    """Samples of one modality, in room that is made anew when it is full."""

    def __init__(self, modality: Modality, window: float) -> None:
        self._grid = time_grid(0.0, modality.steps(window), modality.rate)
        self._offsets: list[float] = self._grid.tolist()
        self._rate = modality.rate
        self._times = np.empty(0)
        self._samples = np.empty((0, len(modality.channels)), np.float32)
        self.stop = 0
        """Row behind the last one."""
        self._newest = -np.inf

    def take(self, end: float, samples: NDArray[np.float32], before: float) -> None:
        """The samples of a window that ends at `end`, s, from the newest on; what lies before may go."""
        offsets, seen = self._offsets, self._newest + SAME
        # about there, and then exactly
        back = (end - seen) * self._rate
        place = 0 if back >= len(offsets) else max(0, len(offsets) - 1 - int(back))
        while place and end + offsets[place - 1] >= seen:
            place -= 1
        while place < len(offsets) and end + offsets[place] < seen:
            place += 1
        count = len(offsets) - place
        if not count:
            return
        if self.stop + count > len(self._times):
            self._make_room(count, before)
        rows = slice(self.stop, self.stop + count)
        np.add(self._grid[place:], end, out=self._times[rows])
        self._samples[rows] = samples[place:]
        self.stop += count
        self._newest = end + offsets[-1]

    def clear(self) -> None:
        self.stop = 0
        self._newest = -np.inf

    def first(self, before: float) -> int:
        """The first row that does not lie before a time, s."""
        return int(np.searchsorted(self._times[: self.stop], before))

    def between(self, start: float, end: float) -> Stretch:
        """Copies of the rows in [start, end), s."""
        begin, stop = np.searchsorted(self._times[: self.stop], (start, end))
        return self._times[begin:stop].copy(), self._samples[begin:stop].copy()

    def _make_room(self, count: int, before: float) -> None:
        kept = slice(self.first(before), self.stop)
        size = kept.stop - kept.start
        room = round(ROOM * (size + count))
        times, samples = np.empty(room), np.empty((room, self._samples.shape[1]), np.float32)
        times[:size], samples[:size] = self._times[kept], self._samples[kept]
        self._times, self._samples, self.stop = times, samples, size
