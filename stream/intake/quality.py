"""Samples that cannot be right, though they come on time: found in canonical units, masked, and said. Pure.

A value that is not finite is missing already, and lowers coverage. This adds what only time tells: a channel
that is gone, a sensor that repeats itself, a size that gravity or a body cannot have. What is masked is NaN
in every channel of its sample, so that the window's coverage tells. Values at a sensor's limit are data:
actions clip. Axes of one sensor that are exchanged leave gravity's size as it is, and cannot be seen here.

Most samples come alone and are right: `_right` and `_near` say so without arrays, whose calls would cost more
than all else that is done to a sample. What they cannot say is left to what is written for any number.
"""

from collections import deque
from collections.abc import Sequence
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS

from ..messages import Feed

GONE = 0.25
"""s without a value after which a channel is gone; what is shorter is bridged."""
STUCK = 2.0
"""s in which a worn sensor cannot stay the same to the last bit."""
MOVED = 0.1
"""g of change that an honest gyroscope cannot sleep through."""
BLOCKS = 3
"""s, one block each, that must all have an impossible median."""
ACC = (0.4, 4.0)
"""g; the median of acceleration with gravity, at rest 1, lies within this whatever a wearer does."""
TORSO = (0.2, 1.5)
"""m from hip center to head, of a person of any size."""
MOST = {"acc": 400.0, "gyro": 1e4, "skeleton": 100.0}
"""g, deg/s, m: what is beyond is no measurement."""
LEAP = 1.0
"""m that a hip center does not move between two frames."""
LEAP_WITHIN = 0.2
"""s."""


class Quality:
    """Watches the samples of one feed, chunk by chunk."""

    def __init__(self, feed: Feed) -> None:
        columns = feed.columns
        self.faults: tuple[str, ...] = ()
        """What is wrong now, in words."""
        self.leaps = 0
        """Times that the tracked body was elsewhere at once."""
        self._skeleton = feed.modality == "skeleton"
        self._acc = [columns.index(c) for c in (0, 1, 2) if c in columns and not self._skeleton]
        self._gyro = [columns.index(c) for c in (3, 4, 5) if c in columns and not self._skeleton]
        if self._skeleton and len(columns) == 3 * len(UTD_JOINTS):
            self._needed = [3 * UTD_JOINTS.index("hip_center") + axis for axis in range(3)]
        else:
            self._needed = [*self._acc, *self._gyro]
        limits = [MOST["skeleton" if self._skeleton else "acc" if c < 3 else "gyro"] for c in columns]
        self._limits = np.array(limits, np.float32)
        self._head = 3 * UTD_JOINTS.index("head")
        self._hip = 3 * UTD_JOINTS.index("hip_center")
        self._seen: NDArray[np.float64] | float | None = None
        """When each column, or all of them, had a value last, s."""
        self._repeats = [_Repeats(c) for c in (self._acc, self._gyro) if c]
        if self._skeleton:
            self._repeats = [_Repeats(list(range(len(columns))))]
        self._acc_then: Sequence[float] | None = None
        self._moved = False
        self._sizes = _Sizes(TORSO if self._skeleton else ACC)
        self._ends: list[int] = []
        """Columns of the vectors whose size is known: of gravity, or the head's and then the hips'."""
        if self._skeleton and self._needed:
            self._ends = [*range(self._head, self._head + 3), *self._needed]
        elif len(self._acc) == 3:
            self._ends = self._acc
        self._hips: tuple[float, Sequence[float]] | None = None
        """When and where they were last."""

    def restart(self) -> None:
        """What comes next does not continue what came before."""
        self._seen = self._hips = self._acc_then = None
        self._sizes.clear()
        for repeats in self._repeats:
            repeats.clear()

    def leap(self, values: NDArray[np.float32], times: NDArray[np.float64]) -> int:
        """Index of the first frame whose body is elsewhere at once (another person), or `len(times)`."""
        if not self._skeleton or not self._needed:
            return len(times)
        if len(times) == 1 and self._near(values[0, self._hip : self._hip + 3].tolist(), float(times[0])):
            return 1
        hips = values[:, self._needed]
        tracked = np.flatnonzero(np.isfinite(hips).all(axis=1))
        if not len(tracked):
            return len(times)
        where, when = hips[tracked], times[tracked]
        if self._hips is not None:
            where = np.concatenate([np.array([self._hips[1]], np.float32), where])
            when = np.concatenate([[self._hips[0]], when])
        far = np.linalg.norm(np.diff(where, axis=0), axis=1) > LEAP
        leaps = np.flatnonzero(far & (np.diff(when) < LEAP_WITHIN))
        if len(leaps):
            self.leaps += 1
            return int(tracked[leaps[0] + (self._hips is None)])
        self._hips = float(when[-1]), where[-1].tolist()
        return len(times)

    def _near(self, hips: list[float], time: float) -> bool:
        """Whether they are surely where they just were: then they are noted."""
        if self._hips is None:
            return False
        (x, y, z), (u, v, w) = hips, self._hips[1]
        # by a margin, for the limit is drawn in single precision
        near = (x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2 < (0.99 * LEAP) ** 2
        if near:
            self._hips = time, hips
        return near

    def mask(self, values: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float32]:
        """(n, columns) with NaN in every sample that cannot be right; `times` (n,) s increase."""
        if len(times) == 1 and self._right(values, float(times[0])):
            self.faults = ()
            return values
        faults: list[str] = []
        absurd = np.abs(values) > self._limits
        if absurd.any():
            values = np.where(absurd, np.float32(np.nan), values)
            faults.append("it sends values that no sensor measures: they count as missing")
        gone, stuck = self._gone(values, times, faults), self._stuck(values, times, faults)
        bad = np.asarray(gone | stuck | self._wrong_size(values, times, faults))
        self.faults = tuple(faults)
        if not bad.any():
            return values
        masked = values.copy()
        masked[bad] = np.nan
        return masked

    def _right(self, values: NDArray[np.float32], time: float) -> bool:
        """Whether a lone sample, (1, columns), is surely right in every respect: then it is noted."""
        if self._seen is None or self._sizes.decides_at(time):
            return False
        if not (np.abs(values) <= self._limits).all():  # nor where a value is missing
            return False
        row = values[0].tolist()
        if not all(repeats.differs(row) for repeats in self._repeats):
            return False
        for repeats in self._repeats:
            repeats.note(row, time)
        self._seen = time
        if self._acc and self._gyro:
            self._acc_then, self._moved = [row[c] for c in self._acc], False
        if self._ends:
            self._sizes.note([row[c] for c in self._ends], time)
        return True

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
        if now.all():
            faults.append("nobody is tracked" if self._skeleton else "its values are missing")
        elif now.any() and self._skeleton:
            lost = [UTD_JOINTS[j] for j in range(len(now) // 3) if now[3 * j : 3 * j + 3].any()]
            faults.append(f"not tracked: {', '.join(lost[:4])}{', …' if len(lost) > 4 else ''}")
        elif now.any():
            faults.append(f"{int(now.sum())} of its channels have no values: it is left out")
        return np.asarray(gone[:, self._needed].any(axis=1))

    def _stuck(
        self, values: NDArray[np.float32], times: NDArray[np.float64], faults: list[str]
    ) -> NDArray[np.bool_]:
        bad = np.zeros(len(times), np.bool_)
        for repeats in self._repeats:
            since = repeats.last_change(values, times)
            stuck = times - since > STUCK
            if repeats.columns == self._gyro and self._acc:
                stuck &= self._acc_moved(values, times, since)
            if stuck[-1]:
                what = (
                    "body"
                    if self._skeleton
                    else "angular velocity"
                    if repeats.columns == self._gyro
                    else "acceleration"
                )
                faults.append(f"its {what} is stuck: the same for over {STUCK:g} s")
            bad |= stuck
        return bad

    def _acc_moved(
        self, values: NDArray[np.float32], times: NDArray[np.float64], since: NDArray[np.float64]
    ) -> bool:
        """Whether the accelerometer moved since the gyroscope changed: at rest that may read exactly 0."""
        acc = values[:, self._acc]
        fresh = np.flatnonzero(since == times)
        if len(fresh) or self._acc_then is None:
            self._acc_then, self._moved = acc[fresh[-1] if len(fresh) else 0].tolist(), False
        then = np.array(self._acc_then, np.float32)
        self._moved = self._moved or bool((np.abs(acc - then) > MOVED).any())
        return self._moved

    def _wrong_size(
        self, values: NDArray[np.float32], times: NDArray[np.float64], faults: list[str]
    ) -> NDArray[np.bool_]:
        if not self._ends:
            return np.zeros(len(times), np.bool_)
        wrong = self._sizes.take(_sizes(values[:, self._ends]), times)
        if wrong is not None and self._skeleton:
            faults.append(f"head and hips are {wrong:.3g} m apart: is its unit right?")
        elif wrong is not None:
            faults.append(
                f"its acceleration is {wrong:.3g} g, which with gravity it cannot be: are its unit and "
                "channels right?"
            )
        return np.full(len(times), wrong is not None)


def _sizes(ends: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) lengths of vectors (n, 3), or of the differences of two in each row (n, 6)."""
    vectors = ends if ends.shape[1] == 3 else ends[:, :3] - ends[:, 3:]
    return np.asarray(np.linalg.norm(vectors, axis=1), np.float32)


class _Repeats:
    """When some columns changed last."""

    def __init__(self, columns: list[int]) -> None:
        self.columns = columns
        self._pick = itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)
        self.clear()

    def clear(self) -> None:
        self._row: tuple[float, ...] | None = None
        self._since = -np.inf

    def differs(self, row: list[float]) -> bool:
        """Whether a row, (all columns,), is surely not the one before it again; False before the first."""
        return self._row is not None and self._pick(row) != self._row

    def note(self, row: list[float], time: float) -> None:
        """The columns changed at `time`, s, to what they are in `row`, (all columns,)."""
        self._row, self._since = self._pick(row), time

    def last_change(self, values: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) s; a missing value counts as a change, for its absence is told elsewhere."""
        rows = values[:, self.columns]
        if self._row is None:
            self._row, self._since = (float("nan"),) * rows.shape[1], float(times[0])
        changed = (rows != np.concatenate([np.array([self._row], np.float32), rows[:-1]])).any(axis=1)
        since = np.maximum.accumulate(np.where(changed, times, self._since))
        self._row, self._since = tuple(rows[-1].tolist()), float(since[-1])
        return since


class _Sizes:
    """Medians of a size over the last seconds."""

    def __init__(self, bounds: tuple[float, float]) -> None:
        self.wrong: float | None = None
        """The last median, where the last `BLOCKS` were all out of bounds on one side; else None."""
        self._bounds = bounds
        self._medians: deque[float] = deque(maxlen=BLOCKS)
        self.clear()

    def clear(self) -> None:
        self.wrong = None
        self._block: list[NDArray[np.float32]] = []
        self._rows: list[list[float]] = []
        """Vectors of the block whose size is not computed yet."""
        self._begun = np.nan
        self._medians.clear()

    def decides_at(self, time: float) -> bool:
        """Whether a sample of that time, s, is, or may be, one of a wrong size."""
        return self.wrong is not None or time - self._begun >= 1.0

    def note(self, ends: list[float], time: float) -> None:
        """A sample's vectors, finite: as `take` where nothing is decided, and computed when something is."""
        if not self._block and not self._rows:
            self._begun = time
        self._rows.append(ends)

    def take(self, sizes: NDArray[np.float32], times: NDArray[np.float64]) -> float | None:
        """`wrong`, after (n,) sizes more."""
        known = sizes[np.isfinite(sizes)]
        if len(known):
            if not self._block and not self._rows:
                self._begun = float(times[0])
            self._block.append(known)
            if times[-1] - self._begun >= 1.0:
                self._end_block()
        return self.wrong

    def _end_block(self) -> None:
        self._begun = np.nan
        if self._rows:
            self._block.append(_sizes(np.array(self._rows, np.float32)))
        self._medians.append(float(np.median(np.concatenate(self._block))))
        self._block.clear()
        self._rows.clear()
        low, high = self._bounds
        out = len(self._medians) == BLOCKS and (min(self._medians) > high or max(self._medians) < low)
        self.wrong = self._medians[-1] if out else None
