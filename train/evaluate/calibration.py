"""Expected calibration error of confidences. Loads no torch. Legend: n windows, K labels.

Temperatures that lower it are found in training (`train/bundles/calibrate.py`).
"""

import numpy as np
from numpy.typing import NDArray


def calibration_error(
    probabilities: NDArray[np.floating], targets: NDArray[np.integer], *, bins: int = 15
) -> float:
    """Expected calibration error, 0 to 1: how far confidence and accuracy lie apart, over bins of confidence.

    Guo et al., "On calibration of modern neural networks", ICML 2017.

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
