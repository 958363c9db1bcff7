"""Durations over the complete trials of a report: mean, standard deviation, least and greatest."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from .trials import PARTS, Trial

TOTAL = "total"
"""The row of whole trials beside those of `PARTS`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations of one part over several trials."""

    count: int
    """Trials that have the part."""
    mean: float
    """s; NaN for none."""
    deviation: float
    """Standard deviation of a sample, s; NaN for fewer than two."""
    least: float
    """s; NaN for none."""
    greatest: float
    """s; NaN for none."""


def spreads(trials: Sequence[Trial]) -> dict[str, Spread]:
    """Part of `PARTS`, or `TOTAL` -> its durations over those of the trials that are complete."""
    whole = [trial for trial in trials if trial.complete]
    out = {part: _spread([t.duration(part) for t in whole if part in t.parts]) for part in PARTS}
    return out | {TOTAL: _spread([t.total for t in whole])}


def _spread(values: Sequence[float]) -> Spread:
    if not values:
        return Spread(0, math.nan, math.nan, math.nan, math.nan)
    deviation = statistics.stdev(values) if len(values) > 1 else math.nan
    return Spread(len(values), statistics.fmean(values), deviation, min(values), max(values))


def seconds(value: float, digits: int = 2) -> str:
    """A duration in words of a table; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def mean_and_deviation(spread: Spread, digits: int = 2) -> str:
    """ "11.24 ± 0.31", or the mean alone where one trial has no spread."""
    if math.isnan(spread.deviation):
        return seconds(spread.mean, digits)
    return f"{spread.mean:.{digits}f} ± {spread.deviation:.{digits}f}"
