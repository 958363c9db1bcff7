"""The time stamps of a recorded stream made fit, by the very stages through which live ones go. Pure."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

from ..flow.placing import Placing
from ..flow.runs import NEAR, NEAREST
from ..flow.sender_clock import ClockReading
from ..flow.stamps import SLACK, STEP_BACK, Segment, StampCounts, Stamps, gap_limit
from .arrivals import arrivals

BACKWARD: Final = 0.5
"""Share of steps back above which time runs backward, and cannot be repaired."""
AT_ONCE: Final = 0.25
"""s of samples that go through the stages at once; live, it is what arrives at once."""
_ITS_OWN: Final = ClockReading(0.0)
"""A recording is a source whose clock is its own."""


@dataclass(frozen=True, slots=True)
class Break:
    """The begin of a new segment, which does not continue what came before."""

    time: float
    """Of its first sample, s."""
    reason: str


@dataclass(frozen=True, slots=True)
class StampReport:
    """Counts of what became of the stamps of a recorded stream."""

    received: int
    """Samples in the recording."""
    counts: StampCounts
    not_finite: int = 0
    """Samples with a value that is no number."""
    expired: int = 0
    """Samples that lie too long before their arrival."""
    breaks: tuple[Break, ...] = ()
    fault: str = ""
    """Fault of its time, in words; "" where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedSamples:
    """Samples whose stamps are fit for cutting windows."""

    rows: NDArray[np.int64]
    """(kept,) index of each sample that is kept."""
    samples: NDArray[np.float32]
    """(kept, channels)."""
    times: NDArray[np.float64]
    """(kept,) s; they increase strictly from one break to the next."""
    report: StampReport


def fit(samples: NDArray[np.float32], times: NDArray[np.float64], rate: float = 0.0) -> FittedSamples:
    """Samples (n, channels) whose stamps (n,), s, are made fit as live ones are.

    `rate`: declared, Hz, 0 for none. Raises RecordingError where most steps go back.
    """
    times = np.asarray(times, np.float64)
    check_direction(times)
    finite = np.isfinite(samples)
    bad = 0 if finite.all() else int((~finite).any(axis=1).sum())
    known = np.flatnonzero(np.isfinite(times))
    if len(known) < len(times):
        samples = samples[known]
    stamps, lost = times[known], len(times) - len(known)
    if _plain(stamps):
        gaps = int((np.diff(stamps) > gap_limit(rate)).sum())
        report = StampReport(len(times), StampCounts(gaps=gaps, dropped=lost), bad)
        return FittedSamples(known, samples, stamps, report)
    rows, kept, report = _Stages(rate).fit(stamps)
    report.counts.dropped += lost
    return FittedSamples(
        known[rows], samples[rows], kept, replace(report, received=len(times), not_finite=bad)
    )


def check_direction(times: NDArray[np.float64]) -> None:
    """Raise RecordingError where most of (n,) stamps are before the one above."""
    kept = times[np.isfinite(times)]
    backward = int(np.sum(np.diff(kept) < 0))
    if backward > BACKWARD * max(len(kept) - 1, 1):
        raise RecordingError(
            f"its time runs backward: {backward} of {len(kept)} time stamps are before the one above, from "
            f"{kept[0]:g} s at first to {kept[-1]:g} s at last. Sort its samples by time, the oldest first"
        )


def _plain(times: NDArray[np.float64]) -> bool:
    """True for stamps that the stages would leave as they are, however they are split; and for those that are
    so far apart that none continues another, and nothing shows which are wrong."""
    steps = np.diff(times)
    if not len(steps) or float(steps.min()) > SLACK:
        return True
    most = float(steps.max())
    return most <= SLACK and float(steps.min()) > min(NEAR * most, NEAREST)


class _Stages:
    """Stamps and placing of one recorded stream, by modeled arrivals."""

    def __init__(self, rate: float) -> None:
        self._stamps = Stamps(gap_limit(rate), rate)
        self._placing = Placing()
        self._rows: list[NDArray[np.int64]] = []
        self._times: list[NDArray[np.float64]] = []
        self._breaks: list[Break] = []
        self._expired = 0
        self._fault = ""

    def fit(self, times: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64], StampReport]:
        """Index and time of each sample that is kept, of all of the stream."""
        arrived = arrivals(times)
        index = np.arange(len(times), dtype=np.float64)[:, None]
        for begin, end in pairwise(_bounds(times, arrived)):
            for segment in self._stamps.accept(
                index[begin:end], times[begin:end].copy(), float(arrived[end - 1])
            ):
                self._place(segment)
        for segment in self._stamps.settle(np.inf):
            self._place(segment)
        counts = self._stamps.counts
        counts.dropped += self._stamps.held  # nothing comes any more that would show them to be right
        report = StampReport(len(times), counts, 0, self._expired, tuple(self._breaks), self._fault)
        rows = np.concatenate(self._rows) if self._rows else np.zeros(0, np.int64)
        return rows, np.concatenate(self._times) if self._times else np.zeros(0), report

    def _place(self, segment: Segment) -> None:
        placed = self._placing.place(segment, _ITS_OWN, 0.0)
        self._expired += placed.expired
        self._fault = self._fault or self._placing.timeline.fault
        if len(placed.times):
            if placed.broke:
                self._breaks.append(Break(float(placed.times[0]), placed.broke))
            self._rows.append(segment.samples[placed.expired :, 0].astype(np.int64))
            self._times.append(placed.times)


def _bounds(times: NDArray[np.float64], arrived: NDArray[np.float64]) -> list[int]:
    """Where what arrives at once begins, and the end; what does not continue what came before is alone."""
    steps = np.diff(times)
    odd = ~((steps >= -STEP_BACK) & (steps <= AT_ONCE))  # nor where a step is no number
    slots = np.floor(arrived / AT_ONCE)
    cuts = (slots[1:] != slots[:-1]) | odd
    cuts[1:] |= odd[:-1]
    return [0, *(np.flatnonzero(cuts) + 1).tolist(), len(times)]
