"""Temperature scaling (Guo et al. 2017): one number per subset of modalities makes confidences true.

Loads no torch. Legend: n windows, K labels.
"""

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.05, 20.0
"""Temperatures that are tried."""


def fit_temperature(logits: NDArray[np.floating], targets: NDArray[np.integer]) -> float:
    """The divisor of (n, K) logits that makes the (n,) targets most likely, between `LOWEST` and `HIGHEST`.

    The likelihood has one maximum in 1 / temperature, so a ternary search on its logarithm finds it. Fit it
    on windows of people whom the weights were not trained on, or it will say that they are always right.

    Raises:
        ValueError: Nothing to fit on, or shapes that do not fit each other.
    """
    if logits.ndim != 2 or targets.shape != logits.shape[:1] or not len(targets):
        raise ValueError(f"targets of shape {targets.shape} do not fit logits of shape {logits.shape}")
    low, high = np.log(LOWEST), np.log(HIGHEST)
    while high - low > 1e-4:
        third = (high - low) / 3
        if _loss(logits, targets, np.exp(low + third)) < _loss(logits, targets, np.exp(high - third)):
            high -= third
        else:
            low += third
    return float(np.exp((low + high) / 2))


def calibration_error(
    probabilities: NDArray[np.floating], targets: NDArray[np.integer], *, bins: int = 15
) -> float:
    """Expected calibration error, 0 to 1: how far confidence and accuracy lie apart, over bins of confidence.

    Args:
        probabilities: (n, K), rows adding up to 1.
        targets: (n,) label indices.
        bins: Of confidence between 0 and 1.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == targets
    index = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(index, weights=right - confidence.astype(np.float64), minlength=bins)
    return float(np.abs(gaps).sum() / len(targets))


def _loss(logits: NDArray[np.floating], targets: NDArray[np.integer], temperature: float) -> float:
    """Mean negative log-likelihood."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    chosen = scaled[np.arange(len(targets)), targets]
    return float((np.log(np.exp(scaled).sum(axis=1)) - chosen).mean())
