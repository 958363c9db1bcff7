"""The six-axis inertial sensor: acceleration (with gravity) in g, angular velocity in deg/s."""

from typing import Final

from ..modality import Modality, ModalityKind

IMU: Final = ModalityKind(
    "imu",
    channels=("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"),
    units=("g", "g", "g", "deg/s", "deg/s", "deg/s"),
    rate=50.0,
    encoders={"compact": "compact_inertial", "paper": "paper_inertial"},
)
IMU_CHANNELS: Final = IMU.channels
IMU_UNITS: Final = IMU.units


def imu(rate: float = IMU.rate, name: str = IMU.name) -> Modality:
    """A six-axis inertial sensor on a grid of `rate` Hz."""
    return IMU.modality(rate, name)
