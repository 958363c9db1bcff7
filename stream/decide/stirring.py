"""Motion that nothing is decided on: something goes on, and no activity is near. Pure."""

from dataclasses import dataclass

from ..messages import Prediction

LEAST = 1.0
"""s that it lasts at the least: activities that begin are restless, too, until they are decided on."""
RESTING = 0.5
"""From this belief in idle on, nothing goes on."""


@dataclass(frozen=True, slots=True)
class Stirring:
    """A stretch of such windows."""

    since: float
    """End of its first window, s."""
    last: float
    """End of its last one, s."""
    total: float
    """Probabilities that something goes on, added up."""
    windows: int

    @property
    def long_enough(self) -> bool:
        """True where it is no flicker."""
        return self.last - self.since >= LEAST - 1e-9

    @property
    def confidence(self) -> float:
        """Mean probability that something goes on."""
        return self.total / self.windows


def stirred(before: Stirring | None, prediction: Prediction, idle: str) -> Stirring:
    """The stretch with one window more."""
    end, something = prediction.end, 1.0 - prediction.probabilities[idle]
    if before is None:
        return Stirring(end, end, something, 1)
    return Stirring(before.since, end, before.total + something, before.windows + 1)
