"""What an IMU and a skeleton are to the models: channels, order, units, grid.

Canonical units: acceleration (with gravity) in g, angular velocity in deg/s, positions in meters with y up.
Samples of a modality are (n, channels) float32 in the order of `Modality.channels`; a skeleton's channels are
joint-major (head_x, head_y, head_z, shoulder_center_x, ...), so `samples.reshape(n, 20, 3)` gives joints.
"""

from dataclasses import dataclass

UTD_JOINTS: tuple[str, ...] = (
    "head",
    "shoulder_center",
    "spine",
    "hip_center",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "left_hand",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "right_hand",
    "left_hip",
    "left_knee",
    "left_ankle",
    "left_foot",
    "right_hip",
    "right_knee",
    "right_ankle",
    "right_foot",
)
"""Joint order of UTD-MHAD, the canonical skeleton of this project."""

IMU_CHANNELS: tuple[str, ...] = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
IMU_UNITS: tuple[str, ...] = ("g", "g", "g", "deg/s", "deg/s", "deg/s")
SKELETON_CHANNELS: tuple[str, ...] = tuple(f"{joint}_{axis}" for joint in UTD_JOINTS for axis in "xyz")
SKELETON_UNITS: tuple[str, ...] = ("m",) * len(SKELETON_CHANNELS)


@dataclass(frozen=True, slots=True)
class Modality:
    """One kind of signal as an encoder takes it."""

    name: str
    """"imu" or "skeleton": the key of every mapping by modality."""
    kind: str
    """"imu" or "skeleton": which encoder family and channel mapping apply."""
    channels: tuple[str, ...]
    """Labels, in the order of the encoder's input."""
    units: tuple[str, ...]
    """Unit of each channel: "g", "deg/s" or "m"."""
    rate: float
    """Rate of the encoder's time grid, Hz."""

    def steps(self, window: float) -> int:
        """Grid points in a window of `window` seconds; the last lies on the window's end."""
        return round(window * self.rate)


def imu(rate: float = 50.0, name: str = "imu") -> Modality:
    """A six-axis inertial sensor on a grid of `rate` Hz."""
    return Modality(name, "imu", IMU_CHANNELS, IMU_UNITS, rate)


def skeleton(rate: float = 25.0, name: str = "skeleton") -> Modality:
    """Twenty joints in three dimensions on a grid of `rate` Hz."""
    return Modality(name, "skeleton", SKELETON_CHANNELS, SKELETON_UNITS, rate)
