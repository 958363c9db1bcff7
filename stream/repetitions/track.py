"""Samples of one wearer as the windows had them, without the overlap: bounded, forgotten from the front."""

from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality

from ..messages import Window
from ..windows.resample import time_grid

SAME: Final = 1e-6
"""Grid points closer than this are one, s."""

Stretch = tuple[NDArray[np.float64], NDArray[np.float32]]
"""(n,) s, ascending, and (n, channels): grids of windows that follow each other need not be one grid."""


class Track:
    """Samples of windows in their order, each grid point once."""

    def __init__(self, modalities: Sequence[Modality], window: float) -> None:
        """`window`: length of a window, s."""
        self._offsets = {m.name: time_grid(0.0, m.steps(window), m.rate) for m in modalities}
        self._pieces: dict[str, deque[Stretch]] = {m.name: deque() for m in modalities}
        self._newest = dict.fromkeys(self._pieces, -np.inf)
        self.end = -np.inf
        """End of the last window, s."""

    def take(self, window: Window) -> None:
        """Add a window that ends after the ones before it."""
        self.end = window.end
        for name, samples in window.samples.items():
            times = window.end + self._offsets[name]
            begin = int(np.searchsorted(times, self._newest[name] + SAME))
            if begin < len(times):
                # a copy: the rest of the window may go
                self._pieces[name].append((times[begin:].copy(), samples[begin:].copy()))
                self._newest[name] = float(times[-1])

    @property
    def kept(self) -> int:
        """Samples that are kept, of all modalities."""
        return sum(len(times) for pieces in self._pieces.values() for times, _ in pieces)

    def clear(self) -> None:
        """Forget everything: time has stepped back."""
        for name, pieces in self._pieces.items():
            pieces.clear()
            self._newest[name] = -np.inf
        self.end = -np.inf

    def forget(self, before: float) -> None:
        """Drop what lies before a time, s."""
        for pieces in self._pieces.values():
            while pieces and pieces[0][0][-1] < before:
                pieces.popleft()

    def between(self, start: float, end: float) -> dict[str, Stretch]:
        """Modality -> its samples of [start, end], s; only modalities that have two or more."""
        out: dict[str, Stretch] = {}
        for name, pieces in self._pieces.items():
            there = [p for p in pieces if p[0][-1] >= start and p[0][0] <= end]
            if not there:
                continue
            times = np.concatenate([times for times, _ in there])
            begin, stop = np.searchsorted(times, (start, end + SAME))
            if stop - begin >= 2:
                samples = np.concatenate([samples for _, samples in there])
                out[name] = (times[begin:stop], samples[begin:stop])
        return out
