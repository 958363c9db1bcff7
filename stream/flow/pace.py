"""Rate of a stream's samples against the weights' time grid: is it enough. Pure."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..windows.buffers import longest_gap

FEW: Final = 16
"""Steps between samples by whose median the rate is judged."""
SLOW: Final = 7.0
"""Grid points a sample, from which fast motion is lost. Measured on training subjects of UTD-MHAD with the
shipped weights: event F1 of the IMU on a grid of 50 Hz was .99 at 8 Hz, .96 at 6 Hz and .93 at 5 Hz."""


class RateCheck:
    """The rate of one feed, watched all the time; bursts and lone gaps do not matter to a median."""

    def __init__(self, grid: float) -> None:
        """`grid`: rate of the modality's time grid, Hz."""
        self.fault = ""
        """The present fault, in words; "" where the rate is enough."""
        self._grid = grid
        self._steps: list[float] = []
        self._last: float | None = None

    def restart(self) -> None:
        """Begin a new segment: the step to its first sample is none."""
        self._last = None

    def take(self, times: NDArray[np.float64]) -> None:
        """(n,) time stamps more, s, increasing."""
        stamps = times.tolist()  # of so few, sooner than by arrays
        if stamps:
            before = stamps if self._last is None else [self._last, *stamps]
            self._steps += [then - time for time, then in pairwise(before)]
            self._last = stamps[-1]
        if len(self._steps) >= FEW:
            steps = sorted(self._steps)
            middle = len(steps) // 2
            self.fault = _judged((steps[middle] + steps[~middle]) / 2, self._grid)
            self._steps.clear()


def too_slow(times: NDArray[np.float64], grid: float) -> str:
    """The fault of a whole stream by its (n,) time stamps, s; "" where its rate is enough."""
    return _judged(float(np.median(np.diff(times))), grid) if len(times) > FEW else ""


def _judged(step: float, grid: float) -> str:
    """The fault of a stream whose samples are `step` s apart, on a time grid of `grid` Hz."""
    rate, longest = 1 / step if step > 0 else np.inf, longest_gap(grid)
    what = f"for the weights' grid of {grid:g} Hz"
    if step > longest:
        return f"its {rate:.2g} Hz are too slow {what}: {1 / longest:.2g} Hz are the least"
    return f"its {rate:.2g} Hz are slow {what}: fast motion is lost" if rate * SLOW < grid else ""
