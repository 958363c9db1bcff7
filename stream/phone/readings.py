"""Readings of a phone's sensors, as every protocol gives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import HnharError

G: Final = 9.80665
"""m/s² in 1 g, as phones convert it."""
ACC: Final = "acc"
"""Acceleration with gravity; at rest with the screen up z is positive, as Android and the W3C have it."""
LINEAR: Final = "linear_acc"
"""Acceleration without gravity: no weights take it, and its channels are named so that it is refused."""
GYRO: Final = "gyro"
UNITS: Final = {ACC: "m/s²", LINEAR: "m/s²", GYRO: "rad/s"}
AXES: Final = ("x", "y", "z")
LARGEST: Final = 1e5
"""A value beyond it is none, in whichever unit."""
LATEST: Final = 1e11
"""s; no clock counts further (5138 by Unix time)."""


class MessageError(HnharError):
    """A message from a phone cannot be read; the reason, in a line."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Readings of one sensor, in the order in which they were sent."""

    sensor: str
    """ACC, LINEAR or GYRO."""
    times: NDArray[np.float64]
    """(n,) s by the phone's clock."""
    values: NDArray[np.float64]
    """(n, 3) in the unit of `UNITS`; NaN where a value is missing."""


def readings(
    sensor: str, times: Sequence[float], values: Sequence[Sequence[float | None]], factor: float = 1.0
) -> Readings:
    """Readings of numbers as a message has them; a stamp that is none is left out, a value becomes NaN.

    `factor`: of the values, into the unit of the sensor.
    """
    stamps = np.array(times, np.float64).reshape(-1)
    rows = np.array(values, np.float64).reshape(len(stamps), len(AXES)) * factor
    rows[~(np.abs(rows) < LARGEST)] = np.nan
    kept = np.abs(stamps) < LATEST
    return Readings(sensor, stamps[kept], rows[kept])


def number(value: object) -> float:
    """A number of a message; NaN for what is none, or true and false."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return nan
    try:
        return float(value)
    except OverflowError:  # JSON has integers of any length
        return nan
