"""Made-up people of 20 joints, in meters with y up, who face the camera (-z)."""

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS

_MIDDLE = {
    "head": (0, 0.65, 0),
    "shoulder_center": (0, 0.45, 0),
    "spine": (0, 0.1, 0),
    "hip_center": (0, 0, 0),
}
_RIGHT = {
    "shoulder": (0.18, 0.38, 0),
    "elbow": (0.22, 0.1, 0.02),
    "wrist": (0.22, -0.12, -0.08),
    "hand": (0.22, -0.18, -0.11),
    "hip": (0.08, -0.06, 0),
    "knee": (0.1, -0.47, -0.03),
    "ankle": (0.1, -0.87, 0.02),
    "foot": (0.1, -0.92, -0.13),
}
STANDING = np.array(
    [
        _MIDDLE[joint]
        if joint in _MIDDLE
        else np.array(_RIGHT[joint.partition("_")[2]])
        * ([-1, 1, 1] if joint.startswith("left") else [1, 1, 1])
        for joint in UTD_JOINTS
    ],
    np.float64,
)
"""(20, 3) about the hips."""
LYING = STANDING[:, [0, 2, 1]] * [1, -1, 1]
"""On the back along z, the head away from the camera."""
BEFORE_THE_CAMERA = (0.3, -0.1, 2.6)


def moving(
    pose: NDArray[np.float64] = STANDING,
    *,
    at: tuple[float, float, float] = BEFORE_THE_CAMERA,
    frames: int = 40,
    seed: int = 0,
) -> NDArray[np.float64]:
    """(frames, 20, 3) of somebody in a pose whose joints tremble by some mm."""
    noise = np.random.default_rng(seed).normal(0, 0.004, (frames, len(pose), 3))
    return pose + noise + np.array(at)
