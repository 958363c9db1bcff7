"""A recording and its events, as they are written for other programs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .recording import Annotation
from .score import Recognized


@dataclass(frozen=True, slots=True, eq=False)
class ExportedStream:
    """A stream as the weights took it."""

    name: str
    """Of its feed: "imu", "imu.acc"."""
    channels: tuple[str, ...]
    units: tuple[str, ...]
    """Canonical: g, deg/s, m."""
    times: NDArray[np.float64]
    """(n,) s on the recording's clock."""
    samples: NDArray[np.float32]
    """(n, channels)."""
    placement: str = ""
    """Place where it was worn; "" where not known."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportedRun:
    """A recording and what was recognized of it; times are s on its clock."""

    name: str
    wearer: str
    zero: float
    """Time from which what is written counts."""
    streams: tuple[ExportedStream, ...]
    performed: tuple[Annotation, ...]
    """What was done, as far as labels say it."""
    recognized: tuple[Recognized, ...]
    weights: str
    """Id of the weights."""
