"""The period of a motion and where it holds: how alike each stretch is to the one just before it.

For a lag, the two stretches that meet at a moment, each of one lag's length, are correlated over all
channels: an autocorrelation taken locally (regularity after Moe-Nilssen & Helbostad, J Biomech 2004; periods
of exercises after Morris et al., CHI 2014: RecoFit). A mean of its own is taken from each of the two, so an
offset or a slow drift is no motion.
"""

from collections.abc import Iterable
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
COARSE: Final = 2
"""Of the lags, each so many-th is tried at first."""
NEARLY_ALIKE: Final = 0.5
"""Similarity from which on the lags beside one are tried as well."""
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
        # channels first: sums over them go along time, in one sweep
        self._motion = np.ascontiguousarray(motion.T)
        self._sums = np.zeros((self._motion.shape[0], len(motion) + 1))
        self._motion.cumsum(axis=1, out=self._sums[:, 1:])
        self._sizes = np.einsum("ct,ct->t", self._sums, self._sums)
        self._squares = _sums(np.einsum("ct,ct->t", self._motion, self._motion))

    def at(self, lag: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of the lags before and after each moment, (n,), and their variance, (n,); 0 at the edges."""
        n = self._motion.shape[1]
        alike, variance = np.zeros(n), np.zeros(n)
        count = n - 2 * lag + 1  # moments with a whole lag before and after them
        if count < 1:
            return alike, variance
        sums, sizes = self._sums, self._sizes
        # products of the sums up to moments that are a lag apart, and two
        near = np.einsum("ct,ct->t", sums[:, :-lag], sums[:, lag:])
        far = np.einsum("ct,ct->t", sums[:, :count], sums[:, 2 * lag :])
        middle = sizes[lag : lag + count]
        # the sum over the lag before a moment times that over the lag after it, and the squares of both
        both = near[lag:] - middle
        both += near[:count]
        both -= far
        energy = sizes[:count] + sizes[2 * lag :]
        energy -= 2.0 * (both + far)
        products = _sums(np.einsum("ct,ct->t", self._motion[:, :-lag], self._motion[:, lag:]))
        shared = products[lag:] - products[:count]
        shared -= both / lag
        total = self._squares[2 * lag :] - self._squares[:count]
        total -= energy / lag
        total = np.maximum(total, 1e-12)
        inside = slice(lag, lag + count)
        alike[inside] = 2.0 * shared / total
        variance[inside] = total / (2.0 * lag)
        return alike, variance


def periodicity(motion: Motion) -> Periodicity | None:
    """The period that explains most of a motion; None where nothing repeats."""
    lags = _lags(len(motion))
    tried = _Tried(motion, lags)
    tried.look(range(0, len(lags), COARSE))
    # a lag between two that were tried may explain more than both
    beside = [place for place, alike in tried.alike.items() if alike.max() >= NEARLY_ALIKE]
    tried.look(place + step for place in beside for step in (-1, 1))
    if not tried.scores:
        return None
    best = tried.best
    while True:
        near = [p for p, lag in enumerate(lags) if lags[best] / DRIFT <= lag <= lags[best] * DRIFT]
        tried.look(near)
        if tried.best == best:
            break
        best = tried.best
    alike, (begin, stop) = tried.alike[best], tried.runs[best]
    nearly = np.max([tried.alike[p] for p in near], axis=0)
    return Periodicity(lags[best], alike, nearly, (begin, stop), float(alike[begin:stop].mean()))


class _Tried:
    """The lags that were looked at, by their place."""

    def __init__(self, motion: Motion, lags: list[int]) -> None:
        self._similarity = Similarity(motion)
        self._lags = lags
        self.alike: dict[int, NDArray[np.float64]] = {}
        self.scores: dict[int, float] = {}
        """Variance that the best run of a lag explains; only lags that have one."""
        self.runs: dict[int, tuple[int, int]] = {}

    @property
    def best(self) -> int:
        """The place that explains most; of equals, the longer lag."""
        return max(self.scores, key=lambda place: (self.scores[place], place))

    def look(self, places: Iterable[int]) -> None:
        """Look at those that were not yet, and are there."""
        for place in places:
            if place in self.alike or not 0 <= place < len(self._lags):
                continue
            lag = self._lags[place]
            self.alike[place], variance = self._similarity.at(lag)
            run = _run(self.alike[place], variance)
            if run is not None:
                self.scores[place], self.runs[place] = run


def _lags(steps: int) -> list[int]:
    """Lags to try for a motion of so many steps."""
    lags: list[int] = []
    lag = SHORTEST * RATE
    while lag <= min(LONGEST * RATE, steps / 2):
        if not lags or round(lag) > lags[-1]:
            lags.append(round(lag))
        lag *= STEP
    return lags


def _run(alike: NDArray[np.float64], variance: NDArray[np.float64]) -> tuple[float, tuple[int, int]] | None:
    """The best run of moments that agree with a lag, and its score: the variance that it explains."""
    holds = alike >= ALIKE
    if not holds.any():
        return None
    holds &= variance >= STILL * variance.max()
    # nothing is alike at the edges: what begins also ends
    edges = (np.flatnonzero(holds[1:] != holds[:-1]) + 1).tolist()
    if not edges:
        return None
    gained = _sums(variance * alike)[edges].tolist()
    runs = zip(edges[::2], edges[1::2], gained[::2], gained[1::2], strict=True)
    return max((after - before, (begin, stop)) for begin, stop, before, after in runs)


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n + 1,) sums of all before each of n."""
    out = np.empty(len(values) + 1)
    out[0] = 0.0
    values.cumsum(out=out[1:])
    return out
