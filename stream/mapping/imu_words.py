"""Words by which labels, types and names say which sensor of an IMU they are of."""

from typing import Final

from hnhar.model.labels import words

ACC: Final = frozenset(words("acc accel accelerometer acceleration accelerometers accelerations"))
GYRO: Final = frozenset(
    words("gyro gyr gyroscope gyroscopes gyros omega angvel angularvelocity rotationrate rotrate rate")
)
SHORT_ACC: Final = frozenset(words("a"))
SHORT_GYRO: Final = frozenset(words("g w"))
"""Letters that say so only where no word does: "A1 gyro x" is of a gyroscope."""


def is_inertial(label: str) -> bool:
    """True for a label of a channel that an inertial sensor measures, wherever it is worn."""
    return not (ACC | GYRO).isdisjoint(words(label))
