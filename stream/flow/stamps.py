"""Time stamps of one stream made fit for cutting windows: increasing, finite, and without lone outliers.
Pure.

None of liblsl's own repairs is safe live: dejitter hides gaps and is wrong for minutes after one, monotonize
freezes on one bad stamp, one NaN stamp spoils every later one. Here a stamp that does not fit is held until
the next ones show whether the clock has really jumped (a new segment) or the stamp was wrong (dropped and
counted). Samples that share a stamp are held until the next stamp, or a silence, shows that they are all
there (`runs`).

What comes out does not depend on how the samples are split into chunks.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..mapping.finite import all_finite
from .runs import BURST, CALM, MOST_NEAR, QUIET, BurstSpreading, Pace, StampRun

PERSIST: Final = 5
"""Consistent samples in a row that make a jump real."""
STAMPS: Final = 3
"""Stamps that they have, at least: of a burst all are wrong where one is."""
SLACK: Final = 2.0
"""s by which a stamp may run ahead of the time that passed since the last sample."""
FEW: Final = 32
"""Samples at once whose stamps are sooner looked at one by one than as an array."""
NUDGE: Final = 1e-6
"""s between stamps that repeat or step back by less than `STEP_BACK`."""
STEP_BACK: Final = 0.05
"""s; smaller steps back are jitter of the sender's clock."""


def gap_limit(rate: float) -> float:
    """s between two samples after which there is a gap, of a stream of `rate` Hz; 0: of no rate."""
    return max(0.25, 3.0 / rate) if rate else 0.5


@dataclass(slots=True)
class StampCounts:
    """Counts of the faults found in a stream's stamps."""

    repeated: int = 0
    """Samples of their predecessor's stamp, or nearly: spread or nudged."""
    back: int = 0
    """Small steps back, nudged."""
    dropped: int = 0
    """Samples left out: not finite, or alone far from their neighbors."""
    jumps: int = 0
    """New segments: the clock was set anew, back or far ahead."""
    gaps: int = 0
    """Steps ahead of more than the gap limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Samples whose stamps increase strictly; `jumped` where they do not continue what came before."""

    samples: NDArray[np.floating]
    timestamps: NDArray[np.float64]
    jumped: bool
    arrived: float
    """Arrival of the last of them, s."""


class Stamps:
    """The stamps of one connection, chunk by chunk."""

    def __init__(self, gap: float = 0.5, rate: float = 0.0) -> None:
        """`gap`: a step ahead of more than this is counted, s; `rate`: declared, Hz, 0 where none is."""
        self.counts = StampCounts()
        self._gap = gap
        self._last: float | None = None
        """Time of the last sample that was handed on, s."""
        self._arrived = 0.0
        self._pace = Pace(rate)
        self._spreading = BurstSpreading(rate)
        self._open: StampRun | None = None
        """The run to which further samples may belong."""
        self._bursts = 0
        """Above 0 while the stream has bursts: runs are held until they are complete."""
        self._within = BURST
        """s between the arrivals of two samples of one run, as seen lately."""
        self._held: list[StampRun] = []
        """Runs that do not fit, and may be the first of a new segment."""
        self._rows: list[NDArray[np.floating]] = []
        self._times: list[NDArray[np.float64]] = []
        self._jumped = False
        self._made: list[Segment] = []

    @property
    def held(self) -> int:
        """Samples that wait for those after them to show whether their stamps are right."""
        return sum(run.count for run in self._held) + (self._open.count if self._open is not None else 0)

    @property
    def bursts(self) -> bool:
        """True while samples come in bursts, whose arrivals show when each is over."""
        return self._bursts > 0

    def forget(self) -> None:
        """No more will come: what is held is given up."""
        self._held.clear()
        self._open = None

    def accept(
        self, samples: NDArray[np.floating], timestamps: NDArray[np.float64], arrived: float
    ) -> list[Segment]:
        """(n, channels) samples with stamps (n,), which arrived at `arrived` (s) -> what can be handed on
        now."""
        plain = self._few(timestamps.tolist(), arrived) if len(timestamps) <= FEW else None
        if plain is None and self._plain(timestamps, arrived):
            plain = float(timestamps[-1])
        if plain is not None:
            self._arrived, self._last = arrived, plain
            return [Segment(samples, timestamps, False, arrived)]
        self._take(samples, timestamps, arrived)
        return self._segments()

    def settle(self, now: float) -> list[Segment]:
        """Nothing came until `now`, s: what can be handed on, since a burst is over by then."""
        run = self._open
        if run is None or now - run.arrived <= min(max(QUIET, 2 * self._within), BURST):
            return []
        self._open = None
        self._close(run)
        return self._segments()

    def _few(self, stamps: list[float], arrived: float) -> float | None:
        """The last stamp of a few samples in the usual case, as most streams send them; None where it is
        another.

        What `_plain` says, without arrays: they would cost more than all else that is done to a sample.
        """
        last = self._last
        if self._held or last is None or self._bursts or self._open is not None:
            return None
        pace, most, gaps = self._pace, arrived - self._arrived + SLACK, 0
        near, gap = pace.near, self._gap
        for stamp in stamps:
            step = stamp - last
            if not near < step <= most:  # nor where it is no number
                return None
            if step > gap:
                gaps += 1
            last = stamp
        if gaps:
            self.counts.gaps += gaps
            pace.restart()
        pace.samples += len(stamps)
        if last >= pace.until:
            pace.measure(last)
        return last

    def _plain(self, timestamps: NDArray[np.float64], arrived: float) -> bool:
        """The usual case, without a loop: nothing held, all increasing and none far ahead."""
        if self._held or self._bursts or self._open is not None or not all_finite(timestamps):
            return False
        last = self._last
        if last is None and len(timestamps) < PERSIST:
            # The first stamp of a connection may itself be the wrong one: it counts once its neighbors
            # agree.
            return False
        steps = np.diff(timestamps) if last is None else np.diff(timestamps, prepend=last)
        longest = float(steps.max())
        most = SLACK if last is None else arrived - self._arrived + SLACK
        if not (longest <= most and float(steps.min()) > self._pace.near):
            return False
        gaps = int((steps > self._gap).sum()) if longest > self._gap else 0
        self.counts.gaps += gaps
        self._paced(timestamps, len(timestamps), 0, gaps > 0)
        return True

    def _paced(self, timestamps: NDArray[np.float64], count: int, near: int, broken: bool) -> None:
        if broken:
            self._pace.restart()
        self._pace.count(count, near)
        if timestamps[-1] >= self._pace.until:
            self._pace.measure(float(timestamps[-1]))

    def _take(self, samples: NDArray[np.floating], timestamps: NDArray[np.float64], arrived: float) -> None:
        """Any samples, by runs."""
        changes = np.flatnonzero(timestamps[1:] != timestamps[:-1]) + 1
        bounds = [0, *changes.tolist(), len(timestamps)]
        for begin, end in pairwise(bounds):
            stamp = float(timestamps[begin])
            if not isfinite(stamp):
                self.counts.dropped += end - begin
            elif not self._join(samples[begin:end], stamp, arrived):
                self._begin(samples[begin:end], stamp, arrived)

    def _join(self, samples: NDArray[np.floating], stamp: float, arrived: float) -> bool:
        """Add samples of one stamp to the run before them; False where they are a run of their own."""
        run = self._open if self._open is not None else self._held[-1] if self._held else None
        if run is None or run.endless:
            return False
        step = stamp - run.stamp
        near = self._pace.near if self._pace.dense else 0.0
        if not (0.0 <= step <= near and stamp - run.first <= MOST_NEAR * near):
            if not (run.continues and 0.0 < step <= BURST):
                return False
            # samples of the stamp before are gone: these lie between that stamp and the next one
            run.continues, run.first = False, stamp
        run.extend(samples, stamp, arrived)
        self._bursts = CALM
        return True

    def _begin(self, samples: NDArray[np.floating], stamp: float, arrived: float) -> None:
        if self._open is not None:
            run, self._open = self._open, None
            self._close(run)
        run = StampRun(samples, stamp, stamp, arrived)
        run.continues = not self._held and stamp == self._last
        if self._bursts or run.continues or self._pace.dense:
            self._open = run
        elif run.count == 1:
            self._close(run)
        else:
            # as if they had come one by one: the first could not know of the others
            self._close(StampRun(samples[:1], stamp, stamp, arrived))
            if not self._join(samples[1:], stamp, arrived):
                self._begin(samples[1:], stamp, arrived)

    def _close(self, run: StampRun) -> None:
        """A run is complete: hand it on, hold it, or drop what was held before it."""
        if run.count > 1 or run.continues:
            self._bursts = CALM
            self._within = run.within if self._within == BURST else max(run.within, 0.8 * self._within)
        elif self._bursts:
            self._bursts -= 1
        if self._fits(run.stamp, run.arrived):
            self._drop_held()
            self._hand_on(run, jumped=False)
        elif self._hold(run):
            runs, self._held = self._held, []
            jumped = self._last is not None
            self.counts.jumps += jumped
            self._last = None
            self._pace.restart()
            for before, after in pairwise(runs):
                if after.count > 1:
                    self._spreading.note(after.stamp - before.stamp, after.count)
            for number, held in enumerate(runs):
                self._hand_on(held, jumped=jumped and number == 0)

    def _fits(self, stamp: float, arrived: float) -> bool:
        if self._last is None:
            return False
        return -STEP_BACK <= stamp - self._last <= arrived - self._arrived + SLACK

    def _hold(self, run: StampRun) -> bool:
        """Keep a run that does not fit; True once enough in a row agree with each other."""
        if self._held and not -STEP_BACK <= run.stamp - self._held[-1].stamp <= SLACK:
            self._drop_held()
        self._held.append(run)
        return len(self._held) >= STAMPS and sum(held.count for held in self._held) >= PERSIST

    def _drop_held(self) -> None:
        if self._held:
            self.counts.dropped += sum(run.count for run in self._held)
            self._held.clear()

    def _hand_on(self, run: StampRun, *, jumped: bool) -> None:
        last, count = self._last, run.count
        step = np.inf if last is None else run.stamp - last
        if count == 1 and step > 0:
            times = np.array([run.stamp])
        elif step > 0:
            self.counts.repeated += count - 1
            if last is not None:
                self._spreading.note(step, count)
            times = self._spreading.times(count, run.stamp, last)
            if last is None and count > 1 and times[0] == times[-1]:
                times = times + NUDGE * np.arange(count)
        else:
            self.counts.repeated += count if step == 0 else count - 1
            self.counts.back += step < 0
            times = (last or 0.0) + NUDGE * np.arange(1, count + 1)
        broken = last is not None and times[0] - last > self._gap
        self.counts.gaps += bool(broken)
        near = count - 1 + (0 <= step <= self._pace.near)
        self._paced(times, count, near, broken)
        if jumped:
            self._end_segment()
            self._jumped = True
        self._last, self._arrived = float(times[-1]), run.arrived
        self._rows += run.parts
        self._times.append(times)

    def _segments(self) -> list[Segment]:
        self._end_segment()
        made, self._made = self._made, []
        return made

    def _end_segment(self) -> None:
        """Make a segment of what was handed on so far."""
        if self._times:
            rows = self._rows[0] if len(self._rows) == 1 else np.concatenate(self._rows)
            times = self._times[0] if len(self._times) == 1 else np.concatenate(self._times)
            self._made.append(Segment(rows, times, self._jumped, self._arrived))
        self._rows, self._times, self._jumped = [], [], False
