"""Time stamps of one stream made fit for cutting windows: increasing, finite, and without lone outliers.
Pure.

None of liblsl's own repairs is safe live: dejitter hides gaps and is wrong for minutes after one, monotonize
freezes on one bad stamp, one NaN stamp spoils every later one. Here a stamp that does not fit is held until
the next ones show whether the clock has really jumped (a new segment) or the stamp was wrong (dropped and
counted).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERSIST = 5
"""Consistent stamps in a row that make a jump real."""
SLACK = 2.0
"""s by which a stamp may run ahead of the time that passed since the last sample."""
NUDGE = 1e-6
"""s between stamps that repeat or step back by less than `STEP_BACK`."""
STEP_BACK = 0.05
"""s; smaller steps back are jitter of the sender's clock."""


@dataclass(slots=True)
class StampCounts:
    """Counts of the faults found in a stream's stamps."""

    repeated: int = 0
    """Stamps equal to their predecessor, spread or nudged."""
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


class Stamps:
    """The stamps of one connection, chunk by chunk."""

    def __init__(self, gap: float = 0.5) -> None:
        """`gap`: a step ahead of more than this is counted, s."""
        self.counts = StampCounts()
        self._gap = gap
        self._last: float | None = None
        self._arrived = 0.0
        self._held: list[tuple[NDArray[np.floating], float]] = []

    @property
    def held(self) -> int:
        """Samples that wait for those after them to show whether their stamps are right."""
        return len(self._held)

    def forget(self) -> None:
        """No more will come: what is held is given up."""
        self._held.clear()

    def accept(
        self, samples: NDArray[np.floating], timestamps: NDArray[np.float64], arrived: float
    ) -> list[Segment]:
        """(n, channels) samples with stamps (n,), which arrived at `arrived` (s) -> what can be handed on
        now."""
        plain = self._lone(float(timestamps[0]), arrived) if len(timestamps) == 1 else None
        if plain is None and self._plain(timestamps, arrived):
            self._count_gaps(timestamps)
            plain = float(timestamps[-1])
        if plain is not None:
            self._arrived, self._last = arrived, plain
            return [Segment(samples, timestamps, False)]
        segments: list[Segment] = []
        rows: list[NDArray[np.floating]] = []
        stamps: list[float] = []
        jumped = False
        for row, stamp in zip(samples, self._spread(timestamps), strict=True):
            if not np.isfinite(stamp):
                self.counts.dropped += 1
            elif self._fits(stamp, arrived):
                self.counts.dropped += len(self._held)
                self._held.clear()
                stamp = self._increasing(stamp)
                rows.append(row)
                stamps.append(stamp)
                self._arrived = arrived
            elif self._hold(row, stamp):
                if rows:
                    segments.append(Segment(np.array(rows), np.array(stamps), jumped))
                rows, stamps = [r for r, _ in self._held], [s for _, s in self._held]
                jumped = self._last is not None
                self.counts.jumps += jumped
                self._held.clear()
                self._last, self._arrived = stamps[-1], arrived
        if rows:
            segments.append(Segment(np.array(rows), np.array(stamps, dtype=np.float64), jumped))
        return segments

    def _lone(self, stamp: float, arrived: float) -> float | None:
        """The stamp of a lone sample in the usual case, as most streams send them; None where it is another.

        What `_plain` says, without arrays: they would cost more than all else that is done to a sample.
        """
        if self._held or self._last is None:
            return None
        step = stamp - self._last
        if not 0.0 < step <= arrived - self._arrived + SLACK:  # nor where it is no number
            return None
        if step > self._gap:
            self.counts.gaps += 1
        return stamp

    def _plain(self, timestamps: NDArray[np.float64], arrived: float) -> bool:
        """The usual case, without a loop: nothing held, all increasing and none far ahead."""
        if self._held or not np.isfinite(timestamps).all():
            return False
        if self._last is None:
            # The first stamp of a connection may itself be the wrong one: it counts once its neighbors
            # agree.
            steps = np.diff(timestamps)
            return len(timestamps) >= PERSIST and bool((steps > 0).all()) and bool(steps.max() <= SLACK)
        steps = np.diff(timestamps, prepend=self._last)
        return bool((steps > 0).all()) and bool(steps.max() <= arrived - self._arrived + SLACK)

    def _fits(self, stamp: float, arrived: float) -> bool:
        if self._last is None:
            return False
        return -STEP_BACK <= stamp - self._last <= arrived - self._arrived + SLACK

    def _increasing(self, stamp: float) -> float:
        previous = self._last if self._last is not None else stamp - NUDGE
        if stamp == previous:
            self.counts.repeated += 1
        elif stamp < previous:
            self.counts.back += 1
        elif stamp - previous > self._gap:
            self.counts.gaps += 1
        self._last = max(stamp, previous + NUDGE)
        return self._last

    def _hold(self, row: NDArray[np.floating], stamp: float) -> bool:
        """Keep a stamp that does not fit; True once `PERSIST` in a row agree with each other."""
        if self._held and not -STEP_BACK <= stamp - self._held[-1][1] <= SLACK:
            self.counts.dropped += len(self._held)
            self._held.clear()
        if self._held and stamp <= self._held[-1][1]:
            stamp = self._held[-1][1] + NUDGE
        self._held.append((row, stamp))
        return len(self._held) >= PERSIST

    def _spread(self, timestamps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bursts that share one stamp (Bluetooth): their samples lie evenly between the stamp before and
        theirs."""
        if len(timestamps) < 2 or not (timestamps[1:] == timestamps[:-1]).any():
            return timestamps
        spread = timestamps.astype(np.float64)
        starts = np.flatnonzero(np.concatenate([[True], timestamps[1:] != timestamps[:-1]]))
        ends = np.append(starts[1:], len(timestamps))
        before = self._last
        for start, end in zip(starts, ends, strict=True):
            stamp, count = timestamps[start], int(end - start)
            if count > 1 and before is not None and 0 < stamp - before < self._gap:
                spread[start:end] = before + (stamp - before) * np.arange(1, count + 1) / count
                self.counts.repeated += count - 1
            before = float(stamp) if np.isfinite(stamp) else before
        return spread

    def _count_gaps(self, timestamps: NDArray[np.float64]) -> None:
        previous = timestamps[0] if self._last is None else self._last
        self.counts.gaps += int((np.diff(timestamps, prepend=previous) > self._gap).sum())
