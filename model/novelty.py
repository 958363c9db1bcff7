"""How unlike everything learned a window is: a score of its logits, and the threshold that a bundle holds.

The score is the free energy, -T log sum exp(logits / T) (Liu et al., "Energy-based out-of-distribution
detection", NeurIPS 2020): logits of what was learned are large, those of anything else small. Loads no torch.
Legend: n windows, K labels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Novelty:
    """From where on a window counts as unknown, for one subset of modalities."""

    threshold: float
    """Scores above it are unknown."""
    rejected: float
    """Share of the windows of learned labels that lie above it, on people held out: 0 to 1."""
    accepted: float | None = None
    """Share of the windows of activities left out of a training that lay below a threshold set likewise; None
    where that was not measured."""


def energy(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """(n, K) logits -> (n,) scores, higher for what is less like anything learned."""
    scaled = logits.astype(np.float64) / temperature
    top = scaled.max(axis=1)
    total = np.exp(scaled - top[:, None]).sum(axis=1)
    return np.asarray(-temperature * (top + np.log(total)))


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
