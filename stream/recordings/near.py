"""Annotations by time, where they may overlap and nest."""

from collections.abc import Sequence

import numpy as np

from . import Annotation


class Near:
    """Finds the annotations that reach into a stretch of time; nested ones end in another order."""

    def __init__(self, annotations: Sequence[Annotation]) -> None:
        self._annotations = annotations
        self._onsets = np.array([a.onset for a in annotations])
        self._offsets = np.array([a.offset for a in annotations])

    def to(self, start: float, end: float) -> list[Annotation]:
        """Those that share some time with [start, end] s, in their order."""
        found = np.flatnonzero((self._onsets < end) & (self._offsets > start))
        return [self._annotations[k] for k in found.tolist()]
