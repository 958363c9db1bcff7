"""Streams of a recording by kind, as arrays in canonical units, and back."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU, IMU_CHANNELS
from hnhar.model.kinds.skeleton import SKELETON, SKELETON_CHANNELS, UTD_JOINTS
from hnhar.stream.mapping.units import unit
from hnhar.stream.recordings import RecordedStream, Recording

Array = NDArray[np.float64]
Change = Callable[[Array, Array], Array]
"""(n, ...) samples and their (n,) times, s -> the samples as they would have been."""


def of_inertial(recording: Recording, change: Change) -> Recording:
    """The recording with its IMUs changed; `change` gets (n, 6) g and deg/s.

    Raises RecordingError where an IMU is no accelerometer and gyroscope in one stream, in known units.
    """

    def changed(stream: RecordedStream) -> RecordedStream:
        known = [unit(spelling) for spelling in stream.description.units]
        factors = np.array([u.factor for u in known if u is not None])
        if stream.samples.shape[1:] != (len(IMU_CHANNELS),) or len(factors) != len(known):
            raise RecordingError(
                f"{stream.description.name} has the channels {', '.join(stream.description.channels)}: such "
                "a change needs acc x y z and gyro x y z in one stream, in units that are known."
            )
        made = change(stream.samples.astype(np.float64) * factors, stream.timestamps) / factors
        return replace(stream, samples=made.astype(stream.samples.dtype))

    return _each(recording, IMU.name, changed)


def of_joints(recording: Recording, change: Change) -> Recording:
    """The recording with its skeletons changed; `change` gets (n, 20, 3) m.

    Raises RecordingError where a skeleton has other joints, or another order.
    """

    def changed(stream: RecordedStream) -> RecordedStream:
        if tuple(stream.description.channels) != SKELETON_CHANNELS:
            raise RecordingError(
                f"{stream.description.name} has other joints than hnhar's twenty, or another order."
            )
        joints = stream.samples.reshape(len(stream.samples), len(UTD_JOINTS), 3).astype(np.float64)
        made = change(joints, stream.timestamps).reshape(stream.samples.shape)
        return replace(stream, samples=made.astype(stream.samples.dtype))

    return _each(recording, SKELETON.name, changed)


def at_rest(recording: Recording, times: Array) -> NDArray[np.bool_]:
    """(n,) True at those times at which nothing is annotated; everywhere where that is nowhere."""
    resting = np.ones(len(times), np.bool_)
    for annotation in recording.annotations:
        resting &= (times < annotation.onset) | (times > annotation.offset)
    return resting if resting.any() else ~resting


def _each(recording: Recording, kind: str, change: Callable[[RecordedStream], RecordedStream]) -> Recording:
    streams = tuple(
        change(stream) if stream.kind == kind and len(stream.samples) else stream
        for stream in recording.streams
    )
    return replace(recording, streams=streams)
