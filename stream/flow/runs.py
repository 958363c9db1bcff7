"""Bursts of samples that share a time stamp, or nearly: found, and spread over the time they cover. Pure.

A radio (BLE) sends several samples at once, which get the time of their arrival; a clock that is cut to
tenths, or ticks every 15.6 ms, stamps several samples alike; a server stamps a packet's samples 0.1 ms apart.
The samples of such a run lie evenly between the stamp before and theirs.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

BURST: Final = 1.05
"""s between two stamps, at most, over which a run is spread where the period is not known."""
LOSS: Final = 1.5
"""Times the period of a run's samples after which the time before it holds samples that were lost."""
NEAR: Final = 0.1
"""Periods between two samples that no sensor takes so soon after each other."""
NEAREST: Final = 0.005
"""s between them, at most."""
MOST_NEAR: Final = 20
"""Such steps that a burst lasts at most: what goes on for longer is no burst."""
DENSE: Final = 0.5
"""Share of such steps from which on they are bursts, and no jitter."""
PACE: Final = 1.0
"""s over which the period is measured."""
KNOWN: Final = 9
"""Runs by whose median the period of spread samples is told."""
CALM: Final = 8
"""Samples with stamps of their own after which a stream has no bursts any more."""
MOST: Final = 4096
"""Samples of a run: a clock that stands still has no end of them."""
QUIET: Final = 0.05
"""s without a further sample after which a burst is over; longer where its samples come one by one."""


class StampRun:
    """Consecutive samples of (nearly) one stamp."""

    __slots__ = ("arrived", "begun", "continues", "count", "first", "parts", "stamp", "within")

    def __init__(self, samples: NDArray[np.floating], first: float, stamp: float, arrived: float) -> None:
        """(n, channels) samples stamped from `first` to `stamp`, which arrived at `arrived`, all in s."""
        self.parts = [samples]
        self.count = len(samples)
        self.first, self.stamp, self.arrived = first, stamp, arrived
        self.begun = arrived
        self.within = 0.0
        """Longest time between the arrivals of two of its samples, s."""
        self.continues = False
        """Samples of its stamp were handed on already."""

    def extend(self, samples: NDArray[np.floating], stamp: float, arrived: float) -> None:
        """More samples, the last stamped `stamp`."""
        self.parts.append(samples)
        self.count += len(samples)
        self.within = max(self.within, arrived - self.arrived)
        self.stamp, self.arrived = stamp, arrived

    @property
    def endless(self) -> bool:
        """True if more samples cannot be of the same burst."""
        return self.count >= MOST or self.arrived - self.begun > BURST

    @property
    def samples(self) -> NDArray[np.floating]:
        """(count, channels)."""
        return self.parts[0] if len(self.parts) == 1 else np.concatenate(self.parts)


class Pace:
    """Period of a stream's samples by their stamps, and the share of them that come in bursts."""

    __slots__ = ("_begin", "_near", "dense", "near", "samples", "until")

    def __init__(self, rate: float) -> None:
        """`rate`: declared, Hz; 0 where there is none."""
        self.dense = False
        """Most samples follow the one before them sooner than a sensor can measure."""
        self.near = min(NEAR / rate, NEAREST) if rate else 0.0
        """s between two stamps of one burst, at most."""
        self.until = -np.inf
        """Stamp from which on `measure` has to be called, s."""
        self.samples = 0
        """Samples since the last measurement, counted by whoever has them."""
        self._begin: float | None = None
        self._near = 0

    def restart(self) -> None:
        """The stamps to come do not continue those before."""
        self._begin, self.until, self.samples, self._near = None, -np.inf, 0, 0

    def count(self, samples: int, near: int) -> None:
        """So many samples came, `near` of them sooner than a sensor can measure."""
        self.samples += samples
        self._near += near

    def measure(self, stamp: float) -> None:
        """A sample of that stamp came, s, and was counted."""
        if self._begin is not None and self.samples:
            self.near = min(NEAR * (stamp - self._begin) / self.samples, NEAREST)
            self.dense = self._near >= DENSE * self.samples
        self._begin, self.until, self.samples, self._near = stamp, stamp + PACE, 0, 0


class BurstSpreading:
    """Times of the samples of runs, one run after the other."""

    def __init__(self, rate: float) -> None:
        """`rate`: declared, Hz; 0 where there is none."""
        self._periods: deque[float] = deque(maxlen=KNOWN)
        self._declared = 1.0 / rate if rate else 0.0

    @property
    def period(self) -> float:
        """s between the samples of runs, in the median; 0 where it is not known."""
        known = sorted(self._periods)
        return known[len(known) // 2] if known else self._declared

    def note(self, step: float, count: int) -> None:
        """A run of `count` samples came `step` s after the run before it."""
        if 0 < step <= BURST:
            self._periods.append(step / count)

    def times(self, count: int, stamp: float, last: float | None) -> NDArray[np.float64]:
        """(count,) s: of a run's samples, the last at `stamp`, all after `last`, the time of the sample
        before."""
        back = np.arange(1 - count, 1, dtype=np.float64)
        period = self.period
        if last is None:
            return stamp + back * period
        step = stamp - last
        lost = step > LOSS * count * period if period else step > BURST
        if lost and period:
            return stamp + back * period
        return stamp + back * (min(step, BURST) / count)
