"""The period of a motion and where it holds: how alike each stretch is to the one just before it.

For a lag, the two stretches that meet at a moment, each of one lag's length, are correlated over all
channels: an autocorrelation taken locally (regularity after Moe-Nilssen & Helbostad, J Biomech 2004; periods
of exercises after Morris et al., CHI 2014: RecoFit). A mean of its own is taken from each of the two, so an
offset or a slow drift is no motion.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .signals import RATE, Motion

SHORTEST: Final = 0.24
"""Shortest period, s: four knocks a second."""
LONGEST: Final = 6.0
"""Longest period, s: a slow rise from a chair and back."""
DRIFT: Final = 1.35
"""Ratio by which the tempo of a movement may be slower or faster elsewhere in it."""
STEP: Final = 1.05
"""Ratio of one lag to the next that is tried."""
ALIKE: Final = 0.6
"""Similarity from which on two stretches are repetitions."""
VERY_ALIKE: Final = 0.75
"""Similarity that two repetitions without a third must reach."""
LEAST_RUN: Final = 0.3
"""Periods for which they must be alike."""
STILL: Final = 0.15
"""Share of the variance of the liveliest stretch below which nothing moves."""


@dataclass(frozen=True, slots=True, eq=False)
class Periodicity:
    """A period, and how well each moment agrees with it."""

    lag: int
    """Period in steps of the grid."""
    similarity: NDArray[np.float64]
    """(n,) -1 to 1: that of the lag before a moment to the lag after it; 0 where one is not there."""
    nearly: NDArray[np.float64]
    """(n,) the highest similarity of all lags near it: tempo drifts."""
    run: tuple[int, int]
    """First moment at which it holds, and the one after the last."""
    regularity: float
    """Mean similarity in the run."""

    @property
    def certain(self) -> bool:
        """True where the motion was repeated surely, be it only once."""
        begin, stop = self.run
        return stop - begin >= LEAST_RUN * self.lag and float(self.similarity[begin:stop].max()) >= VERY_ALIKE


class Similarity:
    """How alike each stretch of a motion is to the one just before it, for any lag."""

    def __init__(self, motion: Motion) -> None:
        """`motion`: (n, C)."""
        self._motion = motion
        self._sums = _sums(motion)
        self._squares = _sums(np.einsum("ij,ij->i", motion, motion))

    def at(self, lag: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of the lags before and after each moment, (n,), and their variance, (n,); 0 at the edges."""
        n = len(self._motion)
        alike, variance = np.zeros(n), np.zeros(n)
        if n < 2 * lag:
            return alike, variance
        # each lag's sum, from each step on; the moment itself lies where the first ends and the second begins
        whole = self._sums[lag:] - self._sums[:-lag]
        energy = np.einsum("ij,ij->i", whole, whole)
        products = _sums(np.einsum("ij,ij->i", self._motion[:-lag], self._motion[lag:]))
        both = np.einsum("ij,ij->i", whole[:-lag], whole[lag:])
        shared = products[lag:] - products[:-lag] - both / lag
        total = self._squares[2 * lag :] - self._squares[: -2 * lag] - (energy[:-lag] + energy[lag:]) / lag
        total = np.maximum(total, 1e-12)
        inside = slice(lag, min(n, n - lag + 1))
        size = inside.stop - inside.start
        alike[inside] = (2.0 * shared / total)[:size]
        variance[inside] = (total / (2.0 * lag))[:size]
        return alike, variance


def periodicity(motion: Motion) -> Periodicity | None:
    """The period that explains most of a motion; None where nothing repeats."""
    lags = _lags(len(motion))
    similarity = Similarity(motion)
    looked_at = [similarity.at(lag) for lag in lags]
    runs = [_run(alike, variance, lag) for lag, (alike, variance) in zip(lags, looked_at, strict=True)]
    scored = [(run[0], number) for number, run in enumerate(runs) if run is not None]
    if not scored:
        return None
    best = max(scored)[1]
    lag, alike, run = lags[best], looked_at[best][0], runs[best]
    assert run is not None
    begin, stop = run[1]
    near = [a for other, (a, _) in zip(lags, looked_at, strict=True) if lag / DRIFT <= other <= lag * DRIFT]
    return Periodicity(lag, alike, np.max(near, axis=0), (begin, stop), float(alike[begin:stop].mean()))


def _lags(steps: int) -> list[int]:
    """Lags to try for a motion of so many steps."""
    lags: list[int] = []
    lag = SHORTEST * RATE
    while lag <= min(LONGEST * RATE, steps / 2):
        if not lags or round(lag) > lags[-1]:
            lags.append(round(lag))
        lag *= STEP
    return lags


def _run(
    alike: NDArray[np.float64], variance: NDArray[np.float64], lag: int
) -> tuple[float, tuple[int, int]] | None:
    """The best run of moments that agree with a lag, and its score: the variance that it explains."""
    holds = (alike >= ALIKE) & (variance >= STILL * variance.max())
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    if not len(edges):
        return None
    gained = _sums(variance * alike)
    runs = [
        (float(gained[stop] - gained[begin]), (int(begin), int(stop))) for begin, stop in edges.reshape(-1, 2)
    ]
    return max(runs)


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of all before each: one longer than `values`."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), values.cumsum(axis=0)])
