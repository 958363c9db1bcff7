"""A sensor that is worn otherwise: turned by any rotation, or on the other arm of a person who uses that."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.recordings import Recording

from .streams import Array, of_inertial, of_joints

AXES: Final = "xyz"
HIP_CENTER: Final = UTD_JOINTS.index("hip_center")
OTHER_SIDE: Final = tuple(
    UTD_JOINTS.index(
        joint.replace("left_", "right_") if joint.startswith("left_") else joint.replace("right_", "left_")
    )
    for joint in UTD_JOINTS
)
"""Joint -> its partner on the other side of the body; those in the middle are their own."""


def rotation(axis: ArrayLike, degrees: float) -> Array:
    """(3, 3) matrix of a turn about a (3,) axis of any length (Rodrigues)."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    across = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.deg2rad(degrees)
    return np.asarray(np.eye(3) + np.sin(angle) * across + (1.0 - np.cos(angle)) * across @ across)


def mounted(recording: Recording, matrix: ArrayLike) -> Recording:
    """The recording with the vectors of its IMUs, (3,) each, multiplied by a (3, 3) rotation.

    Any columns of three components each: accelerometers alone as well.
    """
    turn = np.asarray(matrix, float)
    streams = tuple(
        replace(
            stream,
            samples=(stream.samples.reshape(len(stream.samples), -1, 3) @ turn.T)
            .reshape(stream.samples.shape)
            .astype(stream.samples.dtype),
        )
        if stream.kind == IMU.name
        else stream
        for stream in recording.streams
    )
    return replace(recording, streams=streams)


def turned(recording: Recording, degrees: float, axis: str | ArrayLike) -> Recording:
    """The recording with its IMUs turned by `degrees` about an axis of theirs: "x", "y", "z", or (3,)."""
    if not degrees:
        return recording
    about = np.eye(3)[AXES.index(axis)] if isinstance(axis, str) else axis
    return mounted(recording, rotation(about, degrees))


def left_handed(recording: Recording, axis: str = "y") -> Recording:
    """The recording of a person who does with the left arm what this one did with the right, sensor and all.

    The skeleton is mirrored. The sensor's motion is mirrored, but a device is not: of its axes in the mirror
    image one points the other way, `axis`. With x along the forearm to the hand, as UTD-MHAD wore it, it is y
    if the same face looks out, z if the device was moved over as it is.
    """
    reversal = np.where(np.arange(3) == AXES.index(axis), -1.0, 1.0)
    # angular velocity is a pseudovector: a reflection turns round what lies in the mirror's plane
    signs = np.concatenate([reversal, -reversal])

    def mirrored(joints: Array, times: Array) -> Array:
        made: Array = joints[:, OTHER_SIDE].copy()
        made[..., 0] = 2.0 * np.median(joints[:, HIP_CENTER, 0]) - made[..., 0]
        return made

    return of_joints(of_inertial(recording, lambda imu, times: imu * signs), mirrored)
