"""When the samples of a steady stream are worth being looked for. Pure.

A window ends with the first sample at or past a multiple of the hop, so only that one has to be taken as it
comes. Its stamp is known before, by the stream's period, and its arrival by how soon such samples came: from
then on it is waited for, or looked for in steps that grow. A window wants all streams of a wearer, so those
whose samples come soon after one another are looked at together, for the last.
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
CREEP: Final = 0.0001
"""s by which the next is expected later, after one that was not there yet."""
EARLY: Final = 0.0005
"""s by which it is expected sooner, after one that was: one of six is."""
BESIDE: Final = 0.05
"""s for which one stream's sample may wait for another's of the same wearer."""
FOLLOW: Final = 0.1
"""Weight of what came last in when stamps are expected, and in how far they are off that."""
STEADY: Final = 0.02
"""Weight of what came last in the period, once that is known: of a few samples it is off by their jitter."""
CHANGED: Final = 3
"""Times in a row that stamps are off by half a period, which is then another; once is a pause."""
JUST: Final = 0.05
"""Periods before a window's end at which a sample may as well be past it, at least."""


class ExpectedSample:
    """The sample of one stream that ends the next window. Times are in s, by the common clock."""

    def __init__(self, hop: float, beside: "list[ExpectedSample] | None" = None, phase: float = 0.0) -> None:
        """`hop`: windows end at multiples of it and `phase`, s; `beside`: the streams of the wearer, this one
        among them from now on until it is `over`."""
        self._hop = hop
        self._phase = phase
        self._beside = [] if beside is None else beside
        self._beside.append(self)
        self._period = self._jitter = 0.0
        """Between two stamps, and by how far they are off what was expected on average, s."""
        self._measured = self._odd = 0
        """Times that the period was measured, and that stamps were far off it in a row."""
        self._line = 0.0
        """Stamp of the newest sample, had it been in time: a sender that is late once is not the next time,
        s."""
        self._delay = inf
        """From the stamp that is expected to the soonest arrival of late, s."""
        self._newest: float | None = None
        self._stamp = inf
        """Stamp of the sample that is expected, s."""
        self.steps = 0
        """Samples from the newest to it, this one included; 0 where that is not known."""
        self._looks = 0
        """Looks for it that found none."""
        self._later = False
        """It is looked for later than it would be alone."""

    @property
    def expected(self) -> float:
        """Arrival of the sample that ends the next window, s; infinite where nothing is known of it."""
        return self._stamp + self._delay

    @property
    def awaited(self) -> bool:
        """True if it may be there at any moment, after a `wait` that said so."""
        return self._looks > 0

    def restart(self) -> None:
        """Begin anew: coming samples do not continue those before."""
        self._newest, self._stamp, self._looks, self.steps = None, inf, 0, 0

    def over(self) -> None:
        """Nothing more will come."""
        self._beside.remove(self)

    def came(self, newest: float, count: int, arrived: float) -> None:
        """`count` samples were there at `arrived`, the last stamped `newest`."""
        self._follow(newest, count)
        if abs(newest - self._stamp) < self._period / 2:
            if self._looks:
                self._delay = min(self._delay + CREEP, arrived - self._stamp)
            elif arrived >= self.expected and not self._later:
                self._delay -= EARLY
        self._delay = min(self._delay, arrived - newest)
        self._newest, self._looks = newest, 0
        end = (floor((newest - self._phase) / self._hop) + 1) * self._hop + self._phase
        just = max(4 * self._jitter, JUST * self._period)
        self.steps = max(1, ceil((end - self._line - just) / self._period)) if self._period else 0
        self._stamp = self._line + self.steps * self._period

    def _follow(self, newest: float, count: int) -> None:
        """Learn the period, and where the stamps lie by it."""
        before, expected = self._newest, self._line + count * self._period
        self._line = newest
        if before is None or newest <= before:
            return
        period, off = (newest - before) / count, newest - expected
        if self._period and abs(off) > self._period / 2:
            self._odd += 1
            if self._odd < CHANGED:
                return
            self._measured = 0
        self._odd = 0
        self._measured += 1
        self._period += (period - self._period) * max(STEADY, 1 / self._measured)
        if self._measured > 1:
            self._jitter += FOLLOW * (abs(off) - self._jitter)
            self._line -= max(off, 0.0) * (1 - FOLLOW)

    def overdue(self, now: float) -> bool:
        """True if the expected sample should have come long ago."""
        return now - self.expected > LATE + 2 * self._period

    def wait(self, now: float) -> float:
        """s from `now` until the next look; to be asked after each look."""
        expected = last = self.expected
        for other in self._beside:
            if last < other.expected < expected + BESIDE:
                last = other.expected
        self._later = last > expected
        late = now - last
        if late < 0:
            return -late
        if self.overdue(now):
            self._looks = 0
            return SLOW
        self._looks += 1
        return max(STEP, GROWTH * late)
