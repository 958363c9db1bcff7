"""Unit of a stream's time stamps by how far they go on with each sample: LSL counts seconds, some senders
ms, µs or ns. Pure."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

UNITS: Final = {"ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
"""Unit -> s."""
_LIKELY: Final = (0.1, 10.0)
"""Ratio of a stream's rate to its nominal one that is no matter of units."""
_SLOW: Final = 1.0
"""s between two samples from which on a stream without a nominal rate may count in another unit."""
_MOTION: Final = (1e-3, 0.2)
"""s between two samples of a body in motion."""

_FEWEST: Final = 10
"""Steps by which such a stream shows it."""


class StampUnit(NamedTuple):
    """A unit of time stamps."""

    seconds: float
    """s."""
    name: str


SECOND: Final = StampUnit(1.0, "s")


def stamp_unit(stamps: NDArray[np.float64], nominal: float) -> StampUnit:
    """The unit that (n,) stamps of one stream are in; s where that is likely, or nothing else is.

    `nominal`: declared rate, Hz; 0 where there is none.
    """
    steps = np.diff(stamps[np.isfinite(stamps)])
    moving = steps[steps > 0]
    if not len(moving):
        return SECOND
    step = float(np.median(moving))
    # of bursts that share a stamp most steps are 0
    mean = float(np.minimum(moving, 10 * step).sum()) / len(steps)
    for name, unit in UNITS.items():
        if nominal > 0:
            fits = any(_LIKELY[0] <= each * unit * nominal <= _LIKELY[1] for each in (step, mean))
            plain = any(_LIKELY[0] <= each * nominal <= _LIKELY[1] for each in (step, mean))
        else:
            plain = step <= _SLOW or len(steps) < _FEWEST
            fits = _MOTION[0] <= step * unit <= _MOTION[1]
        if fits and not plain:
            return StampUnit(unit, name)
    return SECOND
