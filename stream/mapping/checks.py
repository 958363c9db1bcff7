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
class SteadyMotion:
    """Motion of a sensor over seconds: a vector of which a part is steady (gravity), and what turns."""

    vector: tuple[int, ...]
    """Its three columns, in the unit of `swing` and `sizes`."""
    sizes: tuple[float, float]
    """Median sizes of the vector outside of which nothing is said of it."""
    steady: float
    """Share of its size that stays of it on average over seconds, at least, whatever a wearer does."""
    unsteady_fault: str
    """Message where it does not."""
    turning: tuple[int, ...] = ()
    """Columns of the angular velocity, () where another feed has it."""
    swing: float = float("inf")
    """Difference between the quartiles of the vector's size within a second, from which it is shaken."""
    turns: float = 0.0
    """Fastest turn in a second of shaking, at least."""
    still_fault: str = ""
    """Message where it is less, with "{turns}" in it."""
    moves: tuple[float, float] = (float("inf"), float("inf"))
    """Change within a second of two columns of the vector, and of the angular velocity, that the third takes
    part in."""
    frozen_fault: str = ""
    """Message where it does not."""
    offset_fault: str = ""
    """Message where it turns across the resting vector, with "{turns}" in it."""


@dataclass(frozen=True, slots=True)
class SignalChecks:
    """Checks of one feed; columns are given by their place in it."""

    limits: tuple[float, ...]
    """Greatest magnitude of each column that is a measurement, in its canonical unit; infinite: any is."""
    needed: tuple[int, ...]
    """Columns without which a sample is left out."""
    sensors: tuple[Sensor, ...] = ()
    size: Size | None = None
    motion: SteadyMotion | None = None
    place: tuple[int, int, int] | None = None
    """x, y and z of a body, m, side by side: where they leap, it is another body."""
    parts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Parts that may be missing by themselves, by name: joints."""
    absent: str = "its values are missing"
    """Message where no column has a value."""


def any_value(columns: int) -> SignalChecks:
    """Every value is a measurement, and every column is needed."""
    return SignalChecks((float("inf"),) * columns, tuple(range(columns)))
