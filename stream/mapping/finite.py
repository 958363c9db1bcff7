"""Check of samples for values that are no number, as most samples come: alone, of few channels."""

from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FEW: Final = 16
"""Values that are sooner looked at one by one than as an array."""


def all_finite(samples: NDArray[Any]) -> bool:
    """True if every value is a number, neither NaN nor infinite."""
    if samples.size <= FEW:
        return all(map(isfinite, samples.ravel().tolist()))
    return bool(np.logical_and.reduce(np.isfinite(samples), axis=None))
