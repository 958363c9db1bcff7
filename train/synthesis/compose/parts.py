"""Groups of a sensor's channels, their speeds, and the smoothing that parts noise from motion."""

from dataclasses import dataclass

import numpy as np

from .body import LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, Array, smooth
from .texture import Level


def _channels(*joints: int) -> list[int]:
    return [3 * j + axis for j in joints for axis in range(3)]


LIMBS: dict[str, list[int]] = {
    "trunk": _channels(0, 1, 2, 3, 4, 8, 12, 16),
    "left arm": _channels(*LEFT_ARM),
    "right arm": _channels(*RIGHT_ARM),
    "left leg": _channels(*LEFT_LEG),
    "right leg": _channels(*RIGHT_LEG),
}
"""Channels of the skeleton by limb."""
SENSORS: list[list[int]] = [[0, 1, 2], [3, 4, 5]]
"""Channels of accelerometer and gyroscope."""
IMU_PAST, SKELETON_PAST = 12, 6
"""Samples of a trial that its seam looks back to."""
IMU_AHEAD, SKELETON_AHEAD = 40, 24
"""Samples of a pause that its seam reaches into."""
IMU_SIGMA, IMU_BLOCK = 7.0, 64
"""Smoothing that separates motion from texture, and the texture's blocks, in samples."""
SKELETON_SIGMA = 4.0
"""Smoothing of the made motion of a body, frames; it has nothing as quick as its noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Limbs whose noise is drawn together."""

    limbs: tuple[str, ...]
    sigma: float
    """Smoothing that separates motion from texture, frames: the less the limbs do, the longer."""
    block: int
    """Frames of the texture's blocks."""
    mirrored: tuple[str, ...] = ()
    """Limbs whose mirror image lends its texture: an arm that is hardly ever at rest has too little."""

    @property
    def channels(self) -> list[int]:
        """Of the skeleton."""
        return [c for limb in self.limbs for c in LIMBS[limb]]

    @property
    def groups(self) -> list[list[int]]:
        """The channels of each limb, among those of the part."""
        at, out = 0, []
        for limb in self.limbs:
            out.append(list(range(at, at + len(LIMBS[limb]))))
            at += len(LIMBS[limb])
        return out

    def level(self) -> Level:
        """Logarithms (n, limbs) of the limbs' speeds, m/s."""
        groups = self.groups

        def level(samples: Array, rate: float) -> Array:
            low = smooth(samples, 1.5)
            return np.log(np.stack([body_speed(low[:, g], rate) for g in groups], axis=1) + 0.001)

        return level


PARTS = (
    Part(("trunk", "left arm", "left leg", "right leg"), 10.0, 40),
    Part(("right arm",), 8.0, 36, mirrored=("left arm",)),
)
"""The whole body; the right arm, which does most of the corpus's actions, apart."""


def imu_level(samples: Array, _rate: float) -> Array:
    """(n, 2) logarithms of the sensor's motion (0.01 g counts as 1 deg/s) and of its turning, deg/s."""
    low = smooth(samples, 3.0)
    turning = np.linalg.norm(low[:, 3:], axis=1)
    moved = 100.0 * np.abs(np.linalg.norm(low[:, :3], axis=1) - 1.0) + turning
    return np.log(np.stack([moved, turning], axis=1) + 2.0)


def body_speed(joints: Array, rate: float) -> Array:
    """(F,) root mean square speed of joints, m/s; `joints` (F, 3 n) smoothed."""
    if len(joints) < 2:
        return np.zeros(len(joints))
    velocity = np.gradient(joints, axis=0) * rate
    return np.asarray(np.sqrt(np.mean(velocity**2, axis=1) * 3.0))
