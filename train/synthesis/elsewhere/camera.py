"""A camera that stands elsewhere: at an angle to the person, higher, looking down."""

import numpy as np

from hnhar.stream.recordings import Recording

from .mount import HIP_CENTER, rotation
from .streams import Array, of_joints


def viewed(
    recording: Recording,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    height: float = 0.0,
    about_camera: bool = False,
) -> Recording:
    """The recording as a camera elsewhere would have seen its skeletons (y up).

    Args:
        recording: With skeletons in a camera's frame.
        yaw: Degrees that the person is turned about the vertical: the camera has gone round as far. About the
            person's place (mean of the hip center), so that the distance stays.
        pitch: Degrees that the camera looks down; positions are told in its own, tilted frame.
        height: m that the camera is higher.
        about_camera: Yaw about the camera's place: the camera has turned, the person stands aside.
    """
    turn, tilt = rotation((0.0, 1.0, 0.0), yaw), rotation((1.0, 0.0, 0.0), -pitch)

    def seen(joints: Array, times: Array) -> Array:
        place = np.zeros(3) if about_camera else joints[:, HIP_CENTER].mean(axis=0)
        turned = (joints - place) @ turn.T + place
        return np.asarray((turned - (0.0, height, 0.0)) @ tilt.T)

    return of_joints(recording, seen)
