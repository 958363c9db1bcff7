"""Recordings of a sensor that is worn otherwise: turned about one of its axes."""

from dataclasses import replace
from typing import Final

import numpy as np

from hnhar.stream.recordings import Recording

AXES: Final = "xyz"


def turned(recording: Recording, degrees: float, axis: str) -> Recording:
    """The recording with its IMUs turned by `degrees` about their `axis`: acceleration and rotation alike.

    Expects columns of three components each.
    """
    if not degrees:
        return recording
    angle, k = np.deg2rad(degrees), AXES.index(axis)
    i, j = (k + 1) % 3, (k + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    streams = tuple(
        replace(
            stream,
            samples=(stream.samples.reshape(len(stream.samples), -1, 3) @ matrix.T)
            .reshape(stream.samples.shape)
            .astype(stream.samples.dtype),
        )
        if stream.modality == "imu"
        else stream
        for stream in recording.streams
    )
    return replace(recording, streams=streams)
