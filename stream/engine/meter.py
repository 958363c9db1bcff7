"""Counts of a run's predictions and events, and quantiles of its latency. Pure."""

import math
from array import array
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final

import numpy as np

from ..messages import Latency, Quantiles

SPAN: Final = 60.0
"""s over which a status gives quantiles."""
_MOST: Final = 8192
"""Predictions of the last minute that are looked at."""
PARTS: Final = tuple(field.name for field in fields(Latency))
_parts = attrgetter(*PARTS)
_FINEST: Final = 1e-6
_STEP: Final = 1.02
_BINS: Final = 1400
"""Bins of the histogram: from 1 µs on, 2 % apart, to about 10^6 s."""


class Histogram:
    """Counts of positive numbers in bins 2 % apart: quantiles of any number of them in fixed memory."""

    def __init__(self) -> None:
        self._counts = [0] * _BINS

    def add(self, value: float) -> None:
        """Count one value; what is not above 1 µs counts as 1 µs."""
        place = math.ceil(math.log(max(value, _FINEST) / _FINEST, _STEP))
        self._counts[min(place, _BINS - 1)] += 1

    def quantile(self, share: float) -> float:
        """Upper edge of the bin that holds the quantile (0 to 1); NaN where nothing was counted."""
        total = sum(self._counts)
        if not total:
            return math.nan
        place = int(np.searchsorted(np.cumsum(self._counts), max(1, math.ceil(share * total))))
        return float(_FINEST * _STEP**place)


@dataclass(slots=True)
class WearerCount:
    """Counts of one wearer."""

    predictions: int = 0
    events: int = 0
    """Activities begun: onsets."""


class Meter:
    """Fed by the pipeline's one thread."""

    def __init__(self) -> None:
        self.wearers: dict[str, WearerCount] = {}
        self.total = Histogram()
        """Latency from the newest sample to the hand-over, of all predictions, s."""
        self._recent = array("d")
        """Of each of the last predictions the time of its hand-over and the parts of its latency, s; once it
        is full the oldest is written over."""
        self._next = 0

    @property
    def predictions(self) -> int:
        """Predictions so far, of all wearers."""
        return sum(count.predictions for count in self.wearers.values())

    @property
    def events(self) -> int:
        """Activities begun so far, of all wearers."""
        return sum(count.events for count in self.wearers.values())

    def predicted(self, wearer: str, latency: Latency, now: float) -> None:
        """Count a prediction that was handed over at `now`, s."""
        self._count(wearer).predictions += 1
        row = array("d", (now, *_parts(latency)))
        self._recent[self._next : self._next + len(row)] = row
        self._next = (self._next + len(row)) % (_MOST * len(row))
        self.total.add(latency.total)

    def began(self, wearer: str) -> None:
        """Count an onset."""
        self._count(wearer).events += 1

    def latency(self, now: float) -> dict[str, Quantiles]:
        """Part of `Latency` -> quantiles over the last minute; empty before the first prediction."""
        rows = np.array(self._recent).reshape(-1, 1 + len(PARTS))
        values = rows[rows[:, 0] >= now - SPAN, 1:]
        if not len(values):
            return {}
        p50, p99 = np.quantile(values, (0.5, 0.99), axis=0).tolist()
        return {part: Quantiles(p50[i], p99[i]) for i, part in enumerate(PARTS)}

    def _count(self, wearer: str) -> WearerCount:
        count = self.wearers.get(wearer)
        if count is None:
            count = self.wearers[wearer] = WearerCount()
        return count
