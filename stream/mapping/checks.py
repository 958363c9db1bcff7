"""Plausibility checks of the samples of a kind of modality, applied by `flow.quality`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sensor:
    """Columns that one sensor measures together: worn, it cannot stay the same to the last bit for long."""

    name: str
    """As in messages: "acceleration"."""
    columns: tuple[int, ...]
    still_with: tuple[int, ...] = ()
    """Columns of another sensor: only where they have moved meanwhile is this one stuck."""


@dataclass(frozen=True, slots=True)
class Size:
    """Length of a vector whose median lies within bounds whatever a wearer does."""

    ends: tuple[int, ...]
    """Three columns of a vector, or six of two points."""
    bounds: tuple[float, float]
    """In the columns' canonical unit."""
    fault: str
    """Message where it does not, with "{size}" in it."""


@dataclass(frozen=True, slots=True)
class SignalChecks:
    """Checks of one feed; columns are given by their place in it."""

    limits: tuple[float, ...]
    """Greatest magnitude of each column that is a measurement, in its canonical unit; infinite: any is."""
    needed: tuple[int, ...]
    """Columns without which a sample is left out."""
    sensors: tuple[Sensor, ...] = ()
    size: Size | None = None
    place: tuple[int, int, int] | None = None
    """x, y and z of a body, m, side by side: where they leap, it is another body."""
    parts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Parts that may be missing by themselves, by name: joints."""
    absent: str = "its values are missing"
    """Message where no column has a value."""


def any_value(columns: int) -> SignalChecks:
    """Every value is a measurement, and every column is needed."""
    return SignalChecks((float("inf"),) * columns, tuple(range(columns)))
