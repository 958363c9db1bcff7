"""Evidence that an activity is the one that it was taken for, over all of its windows. Pure.

A window of something that was never learned often looks like an activity, and confidently so; over a whole
event it does not settle. Little is kept of an event, however long it lasts.
"""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from math import log

from hnhar.model.bundle.novelty import BEST, Novelty
from hnhar.model.bundle.subsets import subset_key

from ..messages import Prediction
from .belief import FLOOR

Thresholds = Callable[[set[str]], Novelty | None]
"""Modalities of a window -> the thresholds of the unknown for it; None without."""


@dataclass(slots=True)
class _OfSubset:
    """Of the windows made from one subset of modalities."""

    windows: int = 0
    strange: list[float] = field(default_factory=list)
    """The `BEST` lowest, ascending."""
    doubts: list[float] = field(default_factory=list)
    """Likewise, of -log of the label's probability."""


@dataclass(frozen=True, slots=True)
class Settled:
    """State to which the evidence for an event's label settled, by the windows that say most for it."""

    modalities: frozenset[str]
    """Modalities that most of its windows were made from: the others do not count here."""
    strangeness: float
    """Mean of its lowest ones (`hnhar.model.bundle.novelty.BEST`)."""
    doubt: float
    """Mean of its lowest negative log-probabilities of the label."""


class Evidence:
    """Evidence of an event's windows for its label."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._of: dict[str, _OfSubset] = {}

    def add(self, prediction: Prediction) -> None:
        """Take a window of the event; one without strangeness says nothing."""
        if prediction.strangeness is None:
            return
        key = _key(prediction.modalities)
        of = self._of.get(key)
        if of is None:
            of = self._of[key] = _OfSubset()
        of.windows += 1
        _keep(of.strange, prediction.strangeness)
        _keep(of.doubts, -log(max(prediction.probabilities[self._label], FLOOR)))

    def settled(self) -> Settled | None:
        """The state that it has settled to so far; None without a window that says something."""
        if not self._of:
            return None
        key = max(self._of, key=lambda each: self._of[each].windows)
        of = self._of[key]
        modalities = frozenset(key.split("+"))
        return Settled(modalities, sum(of.strange) / len(of.strange), sum(of.doubts) / len(of.doubts))

    def unknown(self, thresholds: Thresholds) -> bool:
        """True where it has not settled: the event's score lies above the threshold."""
        settled = self.settled()
        novelty = thresholds(set(settled.modalities)) if settled is not None else None
        if settled is None or novelty is None or novelty.events is None:
            return False
        return novelty.events.score(settled.strangeness, settled.doubt) > novelty.events.threshold


@lru_cache(maxsize=1024)
def _key(modalities: tuple[str, ...]) -> str:
    return subset_key(modalities)


def _keep(lowest: list[float], value: float) -> None:
    insort(lowest, value)
    del lowest[BEST:]
