"""The cycles of a periodic motion: where each begins and ends, whatever the phase of its labels.

The motion is filtered to the band around its period, by differences of centered moving averages, so nothing
is late. Its first principal component there goes to and fro once a period: two half cycles make a cycle. They
are counted as far as the motion is alike to what comes before or after it; a half cycle at either end that is
unlike the one a period further in is how a hand comes and goes, and no part of it.
"""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .period import Periodicity
from .signals import Motion, smoothed

STILL_ALIKE: Final = 0.3
"""Similarity down to which a run goes on, once it has begun."""
BEYOND: Final = 0.5
"""Periods before the run's first moment and after its last at which half cycles may still lie."""
HYSTERESIS: Final = 0.35
"""Share of the amplitude that a half cycle must reach."""
NARROW: Final = 0.4
"""Length of the shorter moving average, in periods: what is left between it and one of a whole period."""
SAME_MOVE: Final = 0.75
"""Similarity from which on the half cycle at an end belongs to those a period further in."""
NO_BOUNDS: Final = np.zeros(0)


def cycles_of(motion: Motion, found: Periodicity, anchor: float | None = None) -> NDArray[np.float64]:
    """Where each cycle of a motion, (n, C), begins, and the end of the last: steps of the grid, fractional.

    From `anchor` on, where cycles were counted up to there: one of them begins near it. Empty where there is
    no half cycle at all.
    """
    narrow = _in_band(motion, found.lag)
    component = _component(narrow, found)
    first, last = _reach(found)
    turns = [turn for turn in _turns(component) if first <= turn < last]
    turns = _without_ends(turns, narrow, found.lag)
    if len(turns) < 2:
        return NO_BOUNDS
    halves = _crossings(component, turns, found.lag)
    if anchor is not None:
        halves = halves[int(np.argmin(np.abs(halves - anchor))) :]
        if len(halves) < 2:
            return NO_BOUNDS
    if len(halves) % 2 == 0:
        # an odd half cycle: its return ran into something else
        halves = np.append(halves, halves[-1] + (halves[-1] - halves[0]) / (len(halves) - 1))
    return halves[::2]


def _in_band(motion: Motion, lag: int) -> Motion:
    return smoothed(motion, max(1, int(NARROW * lag) | 1)) - smoothed(motion, lag | 1)


def _reach(found: Periodicity) -> tuple[float, float]:
    """Moments between which half cycles lie; up to an edge that the run reaches, where nobody can tell."""
    begin, stop = found.run
    alike = found.nearly >= STILL_ALIKE
    while begin > 0 and alike[begin - 1]:
        begin -= 1
    while stop < len(alike) and alike[stop]:
        stop += 1
    first = begin - BEYOND * found.lag if begin > found.lag else 0
    last = stop + BEYOND * found.lag if stop < len(alike) - found.lag else len(alike)
    return first, last


def _component(narrow: Motion, found: Periodicity) -> NDArray[np.float64]:
    """(n,) the direction in which the motion goes most, in units of its amplitude there."""
    half = found.lag // 2
    core = narrow[max(0, found.run[0] - half) : found.run[1] + half]
    spread, directions = np.linalg.eigh(np.einsum("ij,ik->jk", core, core) / len(core))
    out: NDArray[np.float64] = narrow @ directions[:, -1] / np.sqrt(2.0 * max(spread[-1], 1e-18))
    return out


def _turns(component: NDArray[np.float64]) -> list[int]:
    """The extreme of each half cycle, tops and bottoms in turn."""
    beyond = np.flatnonzero(np.abs(component) > HYSTERESIS)
    if not len(beyond):
        return []
    changes = np.flatnonzero(np.diff(np.sign(component[beyond]))) + 1
    return [int(part[np.argmax(np.abs(component[part]))]) for part in np.split(beyond, changes)]


def _without_ends(turns: list[int], narrow: Motion, lag: int) -> list[int]:
    """Half cycles without those at the ends that are unlike the one a period further in."""
    reach = max(1, lag // 4)

    def same(at: int, inner: int) -> bool:
        before, after = min(reach, at, inner), min(reach, len(narrow) - 1 - max(at, inner))
        this, other = narrow[at - before : at + after + 1], narrow[inner - before : inner + after + 1]
        total = float((this**2).sum() + (other**2).sum())
        return 2.0 * float((this * other).sum()) >= SAME_MOVE * total

    while len(turns) > 2 and not same(turns[0], turns[2]):
        turns = turns[1:]
    while len(turns) > 2 and not same(turns[-1], turns[-3]):
        turns = turns[:-1]
    return turns


def _crossings(component: NDArray[np.float64], turns: list[int], lag: int) -> NDArray[np.float64]:
    """(len(turns) + 1,) where each half cycle begins, and the end of the last: zeros of the component."""
    between = []
    for left, right in itertools.pairwise(turns):
        part = component[left : right + 1]
        last = int(np.flatnonzero(np.sign(part[:-1]) != np.sign(part[1:]))[-1])
        between.append(left + last + part[last] / (part[last] - part[last + 1]))
    begin, end = max(0.0, turns[0] - lag / 4), min(len(component) - 1.0, turns[-1] + lag / 4)
    return np.array([min(begin, between[0]), *between, max(end, between[-1])])
