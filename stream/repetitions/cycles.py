"""The cycles of a periodic motion: where each begins and ends, whatever the phase of its labels.

The motion is filtered to the band around its period, by differences of centered moving averages, so nothing
is late; its first principal component there goes to and fro once a period. Its extremes, taken with
hysteresis, are counted as far as the motion is alike to what comes before or after it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .period import Periodicity
from .signals import Motion, smoothed

LEAST_ALIKE: Final = 0.3
"""Similarity down to which a run goes on, once it has begun."""
HYSTERESIS: Final = 0.35
"""Share of the amplitude that an extreme must reach."""
NARROW: Final = 0.4
"""Length of the shorter moving average, in periods: what is left between it and one of a whole period."""


@dataclass(frozen=True, slots=True, eq=False)
class Cycles:
    """Repetitions, in steps of the grid."""

    bounds: NDArray[np.float64]
    """(count + 1,) where each begins, and the end of the last."""

    @property
    def count(self) -> int:
        """Number of repetitions."""
        return max(0, len(self.bounds) - 1)


def cycles_of(motion: Motion, found: Periodicity) -> Cycles:
    """The repetitions of a motion, (n, C), whose period was found."""
    first, last = _reach(found)
    component = _component(motion, found)
    turns = [turn for turn in _turns(component) if first <= turn[0] < last]
    tops = [at for at, sign in turns if sign > 0]
    bottoms = [at for at, sign in turns if sign < 0]
    peaks, valleys = (tops, bottoms) if len(tops) <= len(bottoms) else (bottoms, tops)
    if len(peaks) < 2:
        return Cycles(np.zeros(0))
    inner = [float(v) for v in valleys if peaks[0] < v < peaks[-1]]
    half = float(np.median(np.diff(peaks))) / 2
    before = [float(v) for v in valleys if v < peaks[0]][-1:] or [max(0.0, peaks[0] - half)]
    after = [float(v) for v in valleys if v > peaks[-1]][:1] or [min(len(motion) - 1.0, peaks[-1] + half)]
    return Cycles(np.array([*before, *inner, *after]))


def _reach(found: Periodicity) -> tuple[int, int]:
    """The part of the motion that is alike to a neighbor a period away."""
    begin, stop = found.run
    alike = found.similarity >= LEAST_ALIKE
    while begin > 0 and alike[begin - 1]:
        begin -= 1
    while stop < len(alike) and alike[stop]:
        stop += 1
    return begin - found.lag, stop + found.lag


def _component(motion: Motion, found: Periodicity) -> NDArray[np.float64]:
    """(n,) the direction in which the motion goes most at its period, in units of its amplitude there."""
    lag = found.lag
    narrow = smoothed(motion, max(1, int(NARROW * lag) | 1)) - smoothed(motion, lag | 1)
    core = narrow[max(0, found.run[0] - lag // 2) : found.run[1] + lag // 2]
    spread, directions = np.linalg.eigh(core.T @ core / len(core))
    axis = directions[:, -1]
    # the sign of an eigenvector is anybody's: the same for the same motion, whatever solved it
    axis = axis * np.sign(axis[np.argmax(np.abs(axis))])
    amplitude = float(np.sqrt(2.0 * max(spread[-1], 1e-18)))
    out: NDArray[np.float64] = narrow @ axis / amplitude
    return out


def _turns(component: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Extremes beyond the hysteresis, in turn: (index, 1 for a top or -1 for a bottom)."""
    found: list[tuple[int, int]] = []
    beyond = np.flatnonzero(np.abs(component) > HYSTERESIS)
    if not len(beyond):
        return found
    signs = np.sign(component[beyond]).astype(int)
    for part in np.split(np.arange(len(beyond)), np.flatnonzero(np.diff(signs)) + 1):
        inside = beyond[part]
        sign = int(signs[part[0]])
        found.append((int(inside[np.argmax(sign * component[inside])]), sign))
    return found
