"""The accelerometer alone: acceleration (with gravity) in g, of loggers that have no gyroscope."""

from typing import Final

from ..modality import Modality, ModalityKind

ACCELEROMETER: Final = ModalityKind(
    "accelerometer",
    channels=("acc_x", "acc_y", "acc_z"),
    units=("g", "g", "g"),
    rate=50.0,
    encoders={"compact": "compact_accelerometer"},
)


def accelerometer(rate: float = ACCELEROMETER.rate, name: str = ACCELEROMETER.name) -> Modality:
    """An accelerometer on a grid of `rate` Hz."""
    return ACCELEROMETER.modality(rate, name)
