"""Novelty of a window (out-of-distribution score of its logits), and the threshold that a bundle holds.

The score is the free energy, -T log sum exp(logits / T) (Liu et al., "Energy-based out-of-distribution
detection", NeurIPS 2020): logits of what was learned are large, those of anything else small. Where the
bundle keeps exemplars, `DISTANCE` times the cosine distance to the nearest one is added (Sun et al.,
"Out-of-distribution detection with deep nearest neighbors", ICML 2022). Loads no torch.
Legend: n windows, N exemplars, M modalities, E width of a modality's embedding, K labels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRANGE = 2.0
"""Weight of an event's strangeness beside its doubt, both in standard deviations."""
DISTANCE = 10.0
"""Weight of the cosine distance in the score. Chosen on a training subject, with three classes left out of a
training on others."""


BEST = 4
"""Windows of an event, the likest and the surest of its label, that its score is the mean over: at its ends
an event's windows are half of something else."""
REJECTED = 0.02
"""Share of the windows, and of the recognized events, of learned activities that may count as unknown."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A quantity as it is over the recognized events of people held out."""

    mean: float
    spread: float
    """Standard deviation; above 0."""

    def __call__(self, value: float) -> float:
        """Standard deviations of `value` above the mean."""
        return (value - self.mean) / self.spread


@dataclass(frozen=True, slots=True)
class EventNovelty:
    """Threshold of unknown events for one subset of modalities.

    An event is unknown where its evidence never settles: even its likest windows are far from all examples,
    and even its surest ones doubt. Weights were chosen on training subjects with actions left out of a
    training on others (docs/streaming.md).
    """

    threshold: float
    """Scores above it are unknown."""
    rejected: float
    """Share of the recognized events of people held out that lie above it: 0 to 1."""
    strangeness: Usual
    """Mean of the event's `BEST` lowest strangenesses (`hnhar.model.classifier.Classified`)."""
    doubt: Usual
    """Mean of its `BEST` lowest negative log-probabilities of the label."""

    def score(self, strangeness: float, doubt: float) -> float:
        """The score of an event with these two."""
        return STRANGE * self.strangeness(strangeness) + self.doubt(doubt)


@dataclass(frozen=True, slots=True)
class Novelty:
    """Threshold of unknown windows for one subset of modalities."""

    threshold: float
    """Scores above it are unknown."""
    rejected: float
    """Share of the windows of learned labels that lie above it, on people held out: 0 to 1."""
    accepted: float | None = None
    """Share of the windows of activities left out of a training that lay below a threshold set likewise; None
    where that was not measured."""
    events: EventNovelty | None = None
    """Threshold of unknown events; None: none is unknown."""


def energy(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """(n, K) logits -> (n,) scores, higher for what is less like anything learned."""
    scaled = logits.astype(np.float64)
    scaled /= temperature
    top = scaled.max(axis=1, keepdims=True)
    scaled -= top
    np.exp(scaled, out=scaled)
    return np.asarray(-temperature * (top[:, 0] + np.log(scaled.sum(axis=1))))


def threshold(scores: NDArray[np.floating], rejected: float) -> float:
    """The score that the share `rejected` of (n,) scores of learned labels exceeds. ValueError without."""
    if not len(scores):
        raise ValueError("no windows to set a threshold by")
    return float(np.quantile(scores, 1.0 - rejected))


def auroc(known: NDArray[np.floating], unknown: NDArray[np.floating]) -> float:
    """Probability that an unknown window scores above a known one, ties half; NaN where either is empty."""
    if not len(known) or not len(unknown):
        return float("nan")
    ordered = np.sort(known)
    below = np.searchsorted(ordered, unknown, side="left")
    tied = np.searchsorted(ordered, unknown, side="right") - below
    return float((below + 0.5 * tied).sum() / (len(known) * len(unknown)))
