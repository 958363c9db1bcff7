"""Falls as events: the decision stage that serves live, and its settings, chosen on other people.

The settings of a fold are chosen on what the other folds' networks say of their people, whom they never saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.decision import Decision
from hnhar.stream.decide.decider import Decider
from hnhar.stream.messages import Event, Prediction
from hnhar.stream.recordings.recording import Annotation
from hnhar.stream.recordings.score import Recognized, match, recognized

from ...corpora.upfall.files import FALLS
from .fold import NAMES, Read
from .windows import FALL, WINDOW

OTHER: Final = "other"
GRID: Final[tuple[Decision, ...]] = tuple(
    Decision(smoothing=0.5, enter=enter, leave=enter / 2, minimum=minimum, refractory=1.0, again=3.0)
    for minimum, enter in product((0.5, 1.0, 1.5), (0.3, 0.5, 0.6, 0.7, 0.8, 0.9))
)
"""Settings that are tried."""
PRICE: Final = 0.05
"""Recall that a false fall an hour is worth."""


@dataclass(frozen=True, slots=True)
class FallsFound:
    """Falls found in some recordings."""

    hits: int
    falls: int
    false_elsewhere: int
    """Events in recordings without a fall."""
    false_beside: int
    """Events that match no fall, in recordings of falls."""
    hours: float
    """Of recordings without a fall."""
    delays: tuple[float, ...] = ()
    """s from the begin of each found fall to its event's publication."""

    @property
    def recall(self) -> float:
        """Share of the falls that were found; NaN without falls."""
        return self.hits / self.falls if self.falls else float("nan")

    @property
    def false_per_hour(self) -> float:
        """False falls an hour of other activities; NaN without such."""
        return self.false_elsewhere / self.hours if self.hours > 0 else float("nan")


def probability(read: Read, subset: Sequence[str]) -> NDArray[np.float64]:
    """(N,) probability of a fall in each window: the mean of what each of these sensors says alone.

    A sensor that is worn or moves as no other did is as sure as it is wrong, and in a sum of logits it
    outvotes four others. NaN where a window has none of the sensors.
    """
    alone = np.stack([read.probability[name] for name in subset]).astype(np.float64)
    there = np.isfinite(alone)
    total = np.where(there, alone, 0.0).sum(axis=0)
    return np.asarray(np.where(there.any(axis=0), total / there.sum(axis=0).clip(min=1), np.nan))


def events_of(read: Read, subset: Sequence[str], decision: Decision) -> list[Recognized]:
    """Falls by the decision stage from what these sensors say of a recording's windows, in order."""
    decider = Decider(read.recording.wearer, (OTHER, FALL), OTHER, decision, WINDOW)
    columns = [NAMES.index(name) for name in subset]
    events: list[Event] = []
    for row, (end, fall) in enumerate(zip(read.ends, probability(read, subset), strict=True)):
        if np.isnan(fall):
            continue
        p = float(fall)
        covered = {NAMES[c]: float(read.coverage[row, c]) for c in columns if read.coverage[row, c] > 0}
        events += decider.update(
            Prediction(
                row,
                read.recording.wearer,
                float(end) - WINDOW,
                float(end),
                None,
                FALL if p >= 0.5 else OTHER,
                max(p, 1 - p),
                {OTHER: 1 - p, FALL: p},
                tuple(covered),
                covered,
                "samples",
                "falls",
            )
        )
    return recognized([*events, *decider.finish()])


def found(reads: Sequence[Read], subset: Sequence[str], decision: Decision) -> FallsFound:
    """Falls found in these recordings; an event may be 1.5 s late, as everywhere.

    Recordings of who wore none of these sensors are left out.
    """
    hits = falls = elsewhere = beside = 0
    hours, delays = 0.0, []
    for read in reads:
        if len(read.ends) and np.isnan(probability(read, subset)).all():
            continue
        performed = [
            Annotation(a.onset, a.duration, FALL) for a in read.recording.annotations if a.label in FALLS
        ]
        score = match(performed, events_of(read, subset, decision))
        hits, falls = hits + len(score.hits), falls + score.actions
        delays += [hit.delay for hit in score.hits]
        if performed:
            beside += len(score.false_events)
        else:
            elsewhere += len(score.false_events)
            hours += (read.recording.annotations[-1].offset - read.recording.annotations[0].onset) / 3600
    return FallsFound(hits, falls, elsewhere, beside, hours, tuple(delays))


def chosen(results: Sequence[FallsFound]) -> Decision:
    """The settings of `GRID` that find most falls, a false fall an hour weighed at `PRICE`.

    `results`: what each of them finds, in their order. Of equally good ones it is the middle.
    """
    values = [
        f.hits / max(f.falls, 1) - PRICE * (f.false_elsewhere + f.false_beside) / (f.hours or 1.0)
        for f in results
    ]
    best = [d for d, value in zip(GRID, values, strict=True) if value >= max(values) - 1e-9]
    return best[len(best) // 2]


def together(parts: Sequence[FallsFound]) -> FallsFound:
    """Several as one."""
    return FallsFound(
        sum(p.hits for p in parts),
        sum(p.falls for p in parts),
        sum(p.false_elsewhere for p in parts),
        sum(p.false_beside for p in parts),
        sum(p.hours for p in parts),
        tuple(d for p in parts for d in p.delays),
    )
