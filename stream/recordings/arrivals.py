"""When the samples of a recorded stream would have arrived live: by their stamps, where those can be true.

A file has no arrival times, and the chain of samples (`hnhar.stream.flow`) needs them to tell an interruption
from a clock that was set anew. They are modeled in two passes. First the stamps are sorted into clocks:
samples that continue each other are of one, whatever lies between them. Then the clock of most samples is
believed: its samples arrived when they are stamped, without a delay; those of other clocks one after the
other beside them, at their own pace; and a lone sample with the one before it.

So a silence that begins and ends on one clock is an interruption, as live. A leap ahead that nothing comes
back from may be a pause or a clock that was set: up to `PAUSE` it is taken for a pause, since nothing shows
the difference. What arrived late live is in time in a file.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..flow.stamps import PERSIST, SLACK, STAMPS, STEP_BACK

PAUSE: Final = 86400.0
"""s; a longer leap ahead is another clock."""
BACK: Final = 1.5
"""s; a clock that is set back by less is still believed: its samples seem to have come so late."""
_CLOCKS: Final = 16
"""Clocks that are looked through for the one that a sample continues."""


@dataclass(slots=True)
class _Clock:
    """Stretches of samples that continue each other, in their order."""

    stretches: list[tuple[int, int]]
    """First sample, and the one behind the last."""
    count: int
    stamps: int
    """Different stamps."""


def arrivals(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) s, never decreasing and finite: modeled arrival of samples with stamps (n,), s, in the order in
    which they are in the file."""
    if not len(times) or _simple(times):
        return np.maximum.accumulate(times) if len(times) else times
    finite = np.flatnonzero(np.isfinite(times))
    if not len(finite):
        return np.zeros(len(times))
    stamps = times[finite]
    clocks = _clocks(stamps)
    main = max(clocks, key=lambda clock: clock.count)
    period = _period(stamps)
    found = np.full(len(stamps), np.nan)
    for clock in clocks:
        if clock is main or _paused(clock, main, stamps):
            for first, last in clock.stretches:
                found[first:last] = stamps[first:last]
    for clock in clocks:
        if np.isnan(found[clock.stretches[0][0]]) and clock.count >= PERSIST and clock.stamps >= STAMPS:
            for first, last in clock.stretches:
                found[first:last] = stamps[first:last] + _beside(found, stamps, first, last, period)
    out = np.full(len(times), np.nan)
    out[finite] = found
    known = np.flatnonzero(np.isfinite(out))
    out[: known[0]] = out[known[0]]
    return np.fmax.accumulate(out)


def _simple(times: NDArray[np.float64]) -> bool:
    """True where every stamp continues the one before it, or one before a pause."""
    steps = np.diff(times)
    if not np.isfinite(times).all() or not ((steps >= -STEP_BACK) & (steps <= PAUSE)).all():
        return False
    # time that only goes forward has pauses, and no clock but one: unless a lone wrong stamp ends it
    bounds = [0, *(np.flatnonzero(steps > SLACK) + 1).tolist(), len(times)]
    return len(bounds) == 2 or all(
        last - first >= PERSIST and len(np.unique(times[first:last])) >= STAMPS
        for first, last in pairwise(bounds)
    )


def _period(stamps: NDArray[np.float64]) -> float:
    """s between two samples, in the median of those that continue each other."""
    steps = np.diff(stamps)
    near = steps[(steps >= 0) & (steps <= SLACK)]
    return float(near.mean()) if len(near) else 0.0


def _clocks(stamps: NDArray[np.float64]) -> list[_Clock]:
    steps = np.diff(stamps)
    breaks = np.flatnonzero(~((steps >= -STEP_BACK) & (steps <= SLACK))) + 1
    bounds = [0, *breaks.tolist(), len(stamps)]
    period = _period(stamps)
    clocks: list[_Clock] = []
    lately: list[_Clock] = []
    for first, last in pairwise(bounds):
        different = 1 + int((np.diff(stamps[first:last]) > 0).sum())
        fitting = [c for c in lately if _continues(c, stamps, first, period)]
        clock = max(fitting, key=lambda c: c.count, default=None)
        if clock is None:
            clock = _Clock([], 0, 0)
            clocks.append(clock)
        else:
            lately.remove(clock)
        clock.stretches.append((first, last))
        clock.count += last - first
        clock.stamps += different
        lately = [clock, *lately[: _CLOCKS - 1]]
    return clocks


def _continues(clock: _Clock, stamps: NDArray[np.float64], first: int, period: float) -> bool:
    """True if the sample `first` may be the next of a clock, whose last is some samples before it."""
    last = clock.stretches[-1][1] - 1
    step = float(stamps[first] - stamps[last])
    return -BACK <= step <= SLACK + 2 * (first - last) * period


def _paused(clock: _Clock, main: _Clock, stamps: NDArray[np.float64]) -> bool:
    """True if all of a clock comes before or after all of the main one, in time and in the file, by a pause
    at most."""
    if clock.count < PERSIST or clock.stamps < STAMPS:
        return False
    mine, others = (clock.stretches[0][0], clock.stretches[-1][1] - 1), main.stretches
    begin, end = others[0][0], others[-1][1] - 1
    if mine[0] > end:
        return bool(0 < stamps[mine[0]] - stamps[end] <= PAUSE)
    if mine[1] < begin:
        return bool(0 < stamps[begin] - stamps[mine[1]] <= PAUSE)
    return False


def _beside(
    found: NDArray[np.float64], stamps: NDArray[np.float64], first: int, last: int, period: float
) -> float:
    """s to add to the stamps of a stretch of another clock, so that it follows what comes before it; or comes
    before what follows, where nothing is known before it."""
    before = np.flatnonzero(np.isfinite(found[:first]))
    if len(before):
        at = int(before[-1])
        return float(found[at] + (_run_end(stamps, first) - at) * period - stamps[first])
    after = last + int(np.flatnonzero(np.isfinite(found[last:]))[0])
    return float(found[after] - (_run_end(stamps, after) - last + 1) * period - stamps[last - 1])


def _run_end(stamps: NDArray[np.float64], first: int) -> int:
    """Index of the last of the samples that share a stamp: it is that one's."""
    others = np.flatnonzero(stamps[first:] != stamps[first])
    return first + int(others[0]) - 1 if len(others) else len(stamps) - 1
