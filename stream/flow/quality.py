"""Implausible samples found in canonical units, masked, and reported as faults. Pure.

A value that is not finite is missing already, and lowers coverage. This adds faults that show over time: a
channel that is gone, a sensor that repeats itself, a size that gravity or a body cannot have. A masked sample
is NaN in every channel, which lowers the window's coverage. Values at a sensor's limit are data: actions
clip. Axes of one sensor that are exchanged leave gravity's size as it is, and cannot be seen here.

Most samples come alone or a few at once, and are right: `_measured` and `_near` say so almost without arrays,
whose calls would cost more than all else that is done to a sample. What they cannot say is left to what is
written for any number.
"""

from collections import deque
from collections.abc import Sequence
from operator import itemgetter, le

import numpy as np
from numpy.typing import NDArray

from ..mapping.checks import Sensor, SignalChecks
from .motion import MotionCheck

GONE = 0.25
"""s without a value after which a channel is gone; what is shorter is bridged."""
STUCK = 2.0
"""s in which a worn sensor cannot stay the same to the last bit."""
MOVED = 0.1
"""Change of another sensor, in its unit (g), that an honest sensor cannot sleep through."""
BLOCKS = 3
"""s, one block each, that must all have an impossible median."""
LEAP = 1.0
"""m that a body does not move between two frames."""
LEAP_WITHIN = 0.2
"""s."""


BRIEF = 0.9
"""s of samples at once in which no block both begins and ends."""
FEW = 32
"""Samples at once that are sooner looked at one by one than as an array."""
FEW_COLUMNS = 16
"""Columns that are sooner looked at one by one than as an array."""


class Quality:
    """Watches the samples of one feed, chunk by chunk."""

    def __init__(self, checks: SignalChecks) -> None:
        self.faults: tuple[str, ...] = ()
        """Present faults, in words."""
        self.masked: dict[str, int] = {}
        """Reason -> samples that count as missing for it: "value", "absent", "stuck", "size", "motion"."""
        self._checks = checks
        self._needed = list(checks.needed)
        self._place = list(checks.place or ())
        self._limits = np.array(checks.limits, np.float32)
        self._limits_listed: list[float] = self._limits.tolist()
        self._seen: NDArray[np.float64] | float | None = None
        """Time of the last value of each column, or of all of them, s."""
        self._repeats = [_Repeats(sensor) for sensor in checks.sensors]
        self._waking = [c for sensor in checks.sensors for c in sensor.still_with]
        """Columns whose motion shows that another sensor is stuck."""
        self._then: Sequence[float] | None = None
        """Their values when that sensor changed last."""
        self._moved = False
        self._ends = list(checks.size.ends) if checks.size is not None else []
        self._sizes = _Sizes(self._ends, checks.size.bounds if checks.size is not None else (-np.inf, np.inf))
        self._motion = MotionCheck(checks.motion) if checks.motion is not None else None
        self._body: tuple[float, Sequence[float]] | None = None
        """Last time (s) and place (x, y, z) of the body."""

    def restart(self) -> None:
        """Begin a new segment: coming samples do not continue those before."""
        self._seen = self._body = self._then = None
        self._sizes.clear()
        if self._motion is not None:
            self._motion.clear()
        for repeats in self._repeats:
            repeats.clear()

    def leap(self, values: NDArray[np.float32], times: NDArray[np.float64]) -> int:
        """Index of the first frame whose body is elsewhere at once (another person), or `len(times)`."""
        if not self._place:
            return len(times)
        first = self._place[0]
        if len(times) <= FEW and self._near(values[:, first : first + 3].tolist(), times.tolist()):
            return len(times)
        places = values[:, self._place]
        tracked = np.flatnonzero(np.isfinite(places).all(axis=1))
        if not len(tracked):
            return len(times)
        where, when = places[tracked], times[tracked]
        if self._body is not None:
            where = np.concatenate([np.array([self._body[1]], np.float32), where])
            when = np.concatenate([[self._body[0]], when])
        far = np.linalg.norm(np.diff(where, axis=0), axis=1) > LEAP
        leaps = np.flatnonzero(far & (np.diff(when) < LEAP_WITHIN))
        if len(leaps):
            return int(tracked[leaps[0] + (self._body is None)])
        self._body = float(when[-1]), where[-1].tolist()
        return len(times)

    def _near(self, places: list[list[float]], times: list[float]) -> bool:
        """True if the body surely did not leap, in which case its last place is noted."""
        if self._body is None:
            return False
        u, v, w = self._body[1]
        for x, y, z in places:
            # by a margin, for the limit is drawn in single precision
            if not (x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2 < (0.99 * LEAP) ** 2:
                return False
            u, v, w = x, y, z
        if places:
            self._body = times[-1], places[-1]
        return True

    def mask(
        self, values: NDArray[np.float32], times: NDArray[np.float64], *, counted: bool = True
    ) -> NDArray[np.float32]:
        """(n, columns) with NaN in every sample that cannot be right; `times` (n,) s increase.

        Each is counted once, by the first reason, unless another is `counted` for all of them.
        """
        faults: list[str] = []
        if 0 < len(times) <= FEW and self._measured(values, last := float(times[-1])):
            if self._undecided(values, float(times[0]), last):
                self.faults = ()
                return values
            absurd: NDArray[np.bool_] = np.zeros(len(times), np.bool_)
            gone = stuck = absurd
        else:
            beyond = np.abs(values) > self._limits
            absurd = np.asarray(beyond.any(axis=1))
            if absurd.any():
                values = np.where(beyond, np.float32(np.nan), values)
                faults.append("it sends values that no sensor measures: they count as missing")
            gone, stuck = self._gone(values, times, faults), self._stuck(values, times, faults)
        wrong = self._wrong_size(values, times, faults)
        restless = np.zeros(len(times), np.bool_)
        if self._motion is not None:
            restless = self._motion.take(values, times)
            faults += self._motion.faults
        self.faults = tuple(faults)
        bad = np.asarray(gone | stuck | wrong | restless)
        if counted and (bad.any() or absurd.any()):
            left = np.ones(len(times), np.bool_)
            reasons = ("value", "absent", "stuck", "size", "motion")
            for reason, found in zip(reasons, (absurd, gone, stuck, wrong, restless), strict=True):
                self.count(reason, int((found & left).sum()))
                left &= ~found
        if not bad.any():
            return values
        masked = values.copy()
        masked[bad] = np.nan
        return masked

    def count(self, reason: str, samples: int) -> None:
        """So many samples more count as missing."""
        if samples:
            self.masked[reason] = self.masked.get(reason, 0) + samples

    def _measured(self, values: NDArray[np.float32], time: float) -> bool:
        """True if all values of a few samples, (n, columns), the last at `time`, s, are there and none
        repeats the one before it: they are noted. False: they surely are, or may be."""
        row: list[float] = values[-1].tolist()
        if self._seen is None or not self._within(values, row):  # nor where a value is missing
            return False
        if not all(repeats.differ(values) for repeats in self._repeats):
            return False
        for repeats in self._repeats:
            repeats.note(row, time)
        self._seen = time
        if self._waking:
            self._then, self._moved = [row[c] for c in self._waking], False
        return True

    def _undecided(self, values: NDArray[np.float32], first: float, last: float) -> bool:
        """True if nothing is decided by a few samples, from `first` to `last`, s, measured all, which are
        kept then."""
        if last - first >= BRIEF or self._sizes.decides_at(last):
            return False
        if self._motion is not None:
            if self._motion.decides_at(last):
                return False
            self._motion.note(values, first)
        if self._ends:
            self._sizes.note(values, first)
        return True

    def _within(self, values: NDArray[np.float32], row: list[float]) -> bool:
        """True if every value of a few samples, the last one also as a list, is a measurement."""
        if len(values) == 1 and len(row) <= FEW_COLUMNS:
            return all(map(le, map(abs, row), self._limits_listed))
        return bool(np.logical_and.reduce(np.abs(values) <= self._limits, axis=None))

    def _gone(
        self, values: NDArray[np.float32], times: NDArray[np.float64], faults: list[str]
    ) -> NDArray[np.bool_]:
        finite = np.isfinite(values)
        if self._seen is None:
            self._seen = np.full(values.shape[1], times[0])
        seen = np.where(finite, times[:, None], self._seen)
        seen = np.maximum.accumulate(np.maximum(seen, self._seen), axis=0)
        self._seen = seen[-1]
        gone = times[:, None] - seen > GONE
        now = gone[-1]
        lost = [part for part, columns in self._checks.parts if now[list(columns)].any()]
        if now.all():
            faults.append(self._checks.absent)
        elif lost:
            faults.append(f"not tracked: {', '.join(lost[:4])}{', …' if len(lost) > 4 else ''}")
        elif now.any():
            count = int(now.sum())
            have = "has" if count == 1 else "have"
            faults.append(f"{count} of its channels {have} no values: the stream is left out until all have")
        return np.asarray(gone[:, self._needed].any(axis=1))

    def _stuck(
        self, values: NDArray[np.float32], times: NDArray[np.float64], faults: list[str]
    ) -> NDArray[np.bool_]:
        bad = np.zeros(len(times), np.bool_)
        for repeats in self._repeats:
            since = repeats.last_change(values, times)
            stuck = times - since > STUCK
            if repeats.sensor.still_with:
                if since[-1] == times[-1] and not stuck.any():  # as usual
                    self._then, self._moved = values[-1, self._waking].tolist(), False
                else:
                    stuck &= self._woke(values, times, since)
            if stuck[-1]:
                faults.append(f"its {repeats.sensor.name} is stuck: the same for over {STUCK:g} s")
            bad |= stuck
        return bad

    def _woke(
        self, values: NDArray[np.float32], times: NDArray[np.float64], since: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """(n,) True where the other sensor moved since this one changed: at rest it may read exactly 0."""
        waking = values[:, self._waking]
        begin = (since == times) & (np.diff(since, prepend=-np.inf) != 0)
        if self._then is None:
            begin[0] = True
        # the row at which the present stillness of each sample began; -1 for one from before these
        start = np.maximum.accumulate(np.where(begin, np.arange(len(times)), -1))
        then = waking[np.maximum(start, 0)]
        if start[0] < 0 and self._then is not None:
            then = np.where((start < 0)[:, None], np.array(self._then, np.float32), then)
        far = (np.abs(waking - then) > MOVED).any(axis=1)
        last_far = np.maximum.accumulate(np.where(far, np.arange(len(times)), -1))
        woke = (last_far >= np.maximum(start, 0)) & (last_far >= 0)
        woke |= (start < 0) & self._moved
        self._then, self._moved = then[-1].tolist(), bool(woke[-1])
        return np.asarray(woke)

    def _wrong_size(
        self, values: NDArray[np.float32], times: NDArray[np.float64], faults: list[str]
    ) -> NDArray[np.bool_]:
        if not self._ends:
            return np.zeros(len(times), np.bool_)
        wrong = self._sizes.take(_sizes(values[:, self._ends]), times)
        if self._sizes.wrong is not None and self._checks.size is not None:
            faults.append(self._checks.size.fault.format(size=self._sizes.wrong))
        return wrong


def _sizes(ends: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) lengths of vectors (n, 3), or of the differences of two in each row (n, 6)."""
    vectors = ends if ends.shape[1] == 3 else ends[:, :3] - ends[:, 3:]
    return np.asarray(np.linalg.norm(vectors, axis=1), np.float32)


class _Repeats:
    """Time of the last change of some columns."""

    def __init__(self, sensor: Sensor) -> None:
        self.sensor = sensor
        self.columns = columns = list(sensor.columns)
        self._pick = itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)
        self.clear()

    def clear(self) -> None:
        self._row: tuple[float, ...] | None = None
        self._since = -np.inf

    def differ(self, values: NDArray[np.float32]) -> bool:
        """True if each of (n, all columns) samples surely differs from the one before it; False for the first
        of all."""
        if self._row is None:
            return False
        # as nearly always, one column tells
        first, before = values[:, self.columns[0]].tolist(), self._row[0]
        for place, value in enumerate(first):
            if value == before and self._same(values, place):
                return False
            before = value
        return True

    def _same(self, values: NDArray[np.float32], place: int) -> bool:
        """True if a sample repeats the one before it."""
        before = self._row if place == 0 else self._pick(values[place - 1].tolist())
        return self._pick(values[place].tolist()) == before

    def note(self, row: list[float], time: float) -> None:
        """The columns changed at `time`, s, to what they are in `row`, (all columns,)."""
        self._row, self._since = self._pick(row), time

    def last_change(self, values: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) s; a missing value counts as a change, for its absence is a fault of its own."""
        rows = values[:, self.columns]
        if self._row is None:
            self._row, self._since = (float("nan"),) * rows.shape[1], float(times[0])
        changed = (rows != np.concatenate([np.array([self._row], np.float32), rows[:-1]])).any(axis=1)
        since = np.maximum.accumulate(np.where(changed, times, self._since))
        self._row, self._since = tuple(rows[-1].tolist()), float(since[-1])
        return since


class _Sizes:
    """Medians of a size over the last seconds."""

    def __init__(self, ends: list[int], bounds: tuple[float, float]) -> None:
        self.wrong: float | None = None
        """The last median, where the last `BLOCKS` were all out of bounds on one side; else None."""
        self._ends = ends
        self._bounds = bounds
        self._medians: deque[float] = deque(maxlen=BLOCKS)
        self.clear()

    def clear(self) -> None:
        self.wrong = None
        self._block: list[NDArray[np.float32]] = []
        self._kept: list[NDArray[np.float32]] = []
        """Samples of the block, all columns, whose size is not computed yet."""
        self._begun = np.nan
        self._medians.clear()

    def decides_at(self, time: float) -> bool:
        """True if the size is wrong, or a sample of that time, s, may end a block and make it so."""
        return self.wrong is not None or time - self._begun >= 1.0

    def note(self, values: NDArray[np.float32], time: float) -> None:
        """Samples, all columns finite, the first at `time`, s: as `take` where nothing is decided; their
        sizes are computed when something is."""
        if not self._block and not self._kept:
            self._begun = time
        self._kept.append(values)

    def take(self, sizes: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) True where the size is `wrong`, of (n,) sizes more at (n,) times, s."""
        out = np.full(len(times), self.wrong is not None)
        known = np.flatnonzero(np.isfinite(sizes))
        sizes, when = sizes[known], times[known]
        at = 0
        while at < len(known):
            if not self._block and not self._kept:
                self._begun = float(when[at])
            # the sample a second after a block's first is its last
            end = at + int(np.searchsorted(when[at:] - self._begun, 1.0)) + 1
            self._block.append(sizes[at:end])
            if end <= len(known):
                self._end_block()
                out[known[end - 1] :] = self.wrong is not None
            at = end
        return out

    def _end_block(self) -> None:
        self._begun = np.nan
        if self._kept:
            self._block.append(_sizes(np.concatenate(self._kept)[:, self._ends]))
        ordered = np.sort(np.concatenate(self._block))
        middle = len(ordered) // 2
        self._medians.append(float((ordered[middle] + ordered[~middle]) / 2))
        self._block.clear()
        self._kept.clear()
        low, high = self._bounds
        out = len(self._medians) == BLOCKS and (min(self._medians) > high or max(self._medians) < low)
        self.wrong = self._medians[-1] if out else None
