"""Repetitions of an activity added up over the parts in which it was looked at."""

from collections import deque
from typing import Final

import numpy as np

from ..messages import Repetitions
from .count import Counted

NEWEST: Final = 256
"""Durations that are told of one activity at most."""


class Tally:
    """The repetitions so far."""

    def __init__(self) -> None:
        self.count = 0
        """Repetitions that are settled."""
        self._durations: deque[float] = deque(maxlen=NEWEST)
        self._regularity = 0.0
        self._ranges: dict[str, float] = {}
        """Joint -> its range, deg, times the repetitions in which it was measured."""
        self._measured: dict[str, int] = {}
        """Joint -> repetitions in which it was measured."""

    def add(self, found: Counted | None, until: float = float("inf")) -> int:
        """Add the repetitions that end before a time, s; gives how many."""
        if found is None or (not found.repeats and self.count):
            return 0
        ended = int(np.searchsorted(found.bounds[1:], until))
        weight = ended if found.repeats else 1
        if not weight:
            return 0
        if found.repeats:
            self._durations.extend(np.diff(found.bounds[: ended + 1]).tolist())
            self._regularity += ended * found.regularity
            self.count += ended
        for joint, degrees in found.ranges.items():
            self._ranges[joint] = self._ranges.get(joint, 0.0) + degrees * weight
            self._measured[joint] = self._measured.get(joint, 0) + weight
        return ended

    def repetitions(self) -> Repetitions:
        """The message, in digits that mean something: sums differ in the last ones between processors."""
        ranges = {joint: total / self._measured[joint] for joint, total in self._ranges.items()}
        joint = max(ranges, key=ranges.__getitem__, default="")
        repeats = self.count > 1
        return Repetitions(
            count=max(1, self.count),
            durations=tuple(round(duration, 3) for duration in self._durations) if repeats else (),
            cadence=round(60.0 / float(np.median(list(self._durations))), 2) if repeats else None,
            regularity=round(self._regularity / self.count, 3) if repeats else 0.0,
            range_of_motion=round(ranges[joint], 1) if joint else None,
            joint=joint,
        )
