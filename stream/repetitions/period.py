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
    run: tuple[int, int]
    """First moment at which it holds, and the one after the last."""
    regularity: float
    """Mean similarity in the run."""

    @property
    def certain(self) -> bool:
        """True where the motion was repeated surely, be it only once."""
        begin, stop = self.run
        return stop - begin >= LEAST_RUN * self.lag and float(self.similarity[begin:stop].max()) >= VERY_ALIKE


def similarity(motion: Motion, lag: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the lag before each moment to the one after it, (n,), and their variance, (n,); 0 at the edges."""
    n = len(motion)
    alike, variance = np.zeros(n), np.zeros(n)
    if n < 2 * lag or not motion.shape[1]:
        return alike, variance
    sums = _sums(motion)
    squares = _sums((motion**2).sum(axis=1))
    products = _sums((motion[:-lag] * motion[lag:]).sum(axis=1))
    at = np.arange(lag, n - lag + 1)
    before, after = sums[at] - sums[at - lag], sums[at + lag] - sums[at]
    shared = products[at] - products[at - lag] - (before * after).sum(axis=1) / lag
    total = squares[at + lag] - squares[at - lag] - ((before**2).sum(axis=1) + (after**2).sum(axis=1)) / lag
    inside = at[at < n]
    total = np.maximum(total, 1e-12)
    alike[inside] = (2.0 * shared / total)[: len(inside)]
    variance[inside] = (total / (2.0 * lag))[: len(inside)]
    return alike, variance


def periodicity(motion: Motion) -> Periodicity | None:
    """The period that explains most of a motion; None where nothing repeats."""
    best: Periodicity | None = None
    most = 0.0
    last = 0
    lag = SHORTEST * RATE
    while lag <= min(LONGEST * RATE, len(motion) / 2):
        if round(lag) > last:
            last = round(lag)
            alike, variance = similarity(motion, last)
            found = _run(alike, variance, last)
            if found is not None:
                score, run = found
                if score > most:
                    most = score
                    best = Periodicity(last, alike, run, float(alike[run[0] : run[1]].mean()))
        lag *= STEP
    return best


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
