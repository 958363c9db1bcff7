"""When the samples of a steady stream are worth being looked for. Pure.

A window ends with the first sample at or past a multiple of the hop, so only that one has to be taken as it
comes. Its stamp is known before, by the stream's period, and its arrival by how late such samples came: it is
looked for a little before most of them are there, and then in steps that grow with how late it is.
"""

from math import ceil, floor, inf
from typing import Final

STEP: Final = 0.0003
"""s between the first looks for a sample that is expected."""
GROWTH: Final = 0.25
"""Share of its lateness by which the next look is later."""
LATE: Final = 0.05
"""s after which an expected sample is overdue: the stream is silent."""
SLOW: Final = 0.01
"""s between looks for it then."""
LEAST: Final = 0.0001
"""s by which the next is expected later after one that was not there at the first look, and sooner after one
that was."""
SHARE: Final = 0.05
"""Share of how far they are off by which it is, where that is more."""
FOLLOW: Final = 0.1
"""Weight of what came last in the period, and in how far samples are off."""
BESIDE: Final = 0.05
"""s for which one stream's sample may wait for another's of the same wearer."""
JUST: Final = 0.05
"""Periods before a window's end at which a sample may as well be past it."""


class Due:
    """The sample of one stream that ends the next window. Times are in s, by the common clock."""

    def __init__(self, hop: float, beside: "list[Due] | None" = None) -> None:
        """`hop`: windows end at multiples of it, s; `beside`: the streams of the wearer, this one among them
        from now on until it is `over`."""
        self._hop = hop
        self._beside = [] if beside is None else beside
        self._beside.append(self)
        self._later = False
        """It is looked for later than it would be alone."""
        self._period = 0.0
        self._delay = inf
        """From the stamp that is expected to the arrival that is, s."""
        self._off = 0.0
        """By how much samples come later than expected, on average, s."""
        self._newest: float | None = None
        self._stamp = inf
        """Stamp of the sample that is expected, s."""
        self._looks = 0
        """Looks for it that found none."""

    def restart(self) -> None:
        """What comes does not continue what came before."""
        self._newest, self._stamp, self._looks = None, inf, 0

    def over(self) -> None:
        """Nothing more will come."""
        self._beside.remove(self)

    def came(self, newest: float, count: int, arrived: float) -> None:
        """`count` samples were there at `arrived`, the last stamped `newest`."""
        if self._newest is not None and newest > self._newest:
            period = (newest - self._newest) / count
            self._period += (period - self._period) * (FOLLOW if self._period else 1.0)
        self._learn(newest, arrived)
        self._newest, self._looks = newest, 0
        end = (floor(newest / self._hop) + 1) * self._hop
        just = min(max(self._off, JUST * self._period), self._period / 2)
        steps = max(1, ceil((end - newest - just) / self._period)) if self._period else 0
        self._stamp = newest + steps * self._period

    def overdue(self, now: float) -> bool:
        """True if the expected sample should have come long ago."""
        return now - self._expected > LATE + 2 * self._period

    def wait(self, now: float) -> float:
        """s from `now` until the next look; to be asked after each look."""
        expected = last = self._expected
        for other in self._beside:
            if last < other._expected < expected + BESIDE:
                last = other._expected
        self._later = last > expected
        late = now - last
        if late < 0:
            return -late
        self._looks += 1
        return SLOW if self.overdue(now) else max(STEP, GROWTH * late)

    @property
    def _expected(self) -> float:
        """Arrival of the sample that is expected, s."""
        return self._stamp + self._delay

    def _learn(self, newest: float, arrived: float) -> None:
        """What came at `arrived` says about when the next will."""
        delay = arrived - newest
        of_it = arrived >= self._expected and newest > self._stamp - self._period / 2
        if of_it and not self._later:
            by = max(LEAST, SHARE * self._off)
            late = min(arrived - self._expected, LATE) if self._looks else by
            self._off += FOLLOW * (late - self._off)
            self._delay += by if self._looks else -by
        self._delay = min(self._delay, delay)
