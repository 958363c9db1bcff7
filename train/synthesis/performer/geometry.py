"""Rotations and smooth paths, vectorized over time.

Axes: x to the person's right, y up, z backwards (the axes of a camera that the person faces); right-handed.
Shapes: n samples, k keyframes, c channels. Angles in rad.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def unit(v: Array) -> Array:
    """(..., 3) vectors at length one."""
    scaled: Array = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
    return scaled


def about_y(angle: Array) -> Array:
    """(n,) turns about the vertical -> (n, 3, 3); a positive turn is to the left, seen from above."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((*angle.shape, 3, 3))
    out[..., 0, 0] = out[..., 2, 2] = c
    out[..., 0, 2], out[..., 2, 0] = s, -s
    out[..., 1, 1] = 1.0
    return out


def about_x(angle: Array) -> Array:
    """(n,) turns about the axis to the right -> (n, 3, 3); a negative turn of the trunk bends it forwards."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((*angle.shape, 3, 3))
    out[..., 1, 1] = out[..., 2, 2] = c
    out[..., 1, 2], out[..., 2, 1] = -s, s
    out[..., 0, 0] = 1.0
    return out


def about_z(angle: Array) -> Array:
    """(n,) turns about the axis backwards -> (n, 3, 3); a positive turn of the trunk leans it to the left."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((*angle.shape, 3, 3))
    out[..., 0, 0] = out[..., 1, 1] = c
    out[..., 0, 1], out[..., 1, 0] = -s, s
    out[..., 2, 2] = 1.0
    return out


def rotation(vector: Array) -> Array:
    """Rotation vectors (..., 3) -> matrices (..., 3, 3), by Rodrigues' formula."""
    angle = np.linalg.norm(vector, axis=-1)
    axis = vector / np.maximum(angle, 1e-12)[..., None]
    k = np.zeros((*angle.shape, 3, 3))
    k[..., 0, 1], k[..., 0, 2], k[..., 1, 2] = -axis[..., 2], axis[..., 1], -axis[..., 0]
    k[..., 1, 0], k[..., 2, 0], k[..., 2, 1] = axis[..., 2], -axis[..., 1], axis[..., 0]
    s, c = np.sin(angle)[..., None, None], np.cos(angle)[..., None, None]
    rotated: Array = np.eye(3) + s * k + (1.0 - c) * (k @ k)
    return rotated


def turn(matrices: Array, vectors: Array) -> Array:
    """(n, 3, 3) applied to (n, 3) or to one (3,)."""
    turned: Array = np.einsum("nij,nj->ni", matrices, np.broadcast_to(vectors, (len(matrices), 3)))
    return turned


def angular_velocity(frames: Array, step: float) -> Array:
    """Angular velocity (n, 3), rad/s, in the frame itself, of frames (n, 3, 3) `step` seconds apart.

    From the rotation between the neighbors on both sides, so it belongs to the sample in the middle.
    """
    change = np.swapaxes(frames[:-2], -1, -2) @ frames[2:]
    cosine = np.clip((np.trace(change, axis1=-2, axis2=-1) - 1.0) / 2.0, -1.0, 1.0)
    angle = np.arccos(cosine)
    axis = np.stack(
        [
            change[:, 2, 1] - change[:, 1, 2],
            change[:, 0, 2] - change[:, 2, 0],
            change[:, 1, 0] - change[:, 0, 1],
        ],
        axis=-1,
    )
    # axis is 2 sin(angle) long; for small angles angle / (2 sin) tends to 1/2
    scale = np.where(angle > 1e-6, angle / np.maximum(2.0 * np.sin(angle), 1e-12), 0.5)
    inner = axis * scale[:, None] / (2.0 * step)
    return np.concatenate([inner[:1], inner, inner[-1:]])


def path(times: Array, values: Array, stops: NDArray[np.bool_], at: Array) -> Array:
    """Quintic path (n, c) through keyframes (k,), (k, c): two continuous derivatives, held at both ends.

    At a stop velocity and acceleration are zero, so between two stops it is the minimum-jerk movement
    (Flash & Hogan 1985). At the others they are those of the parabola through the neighbors.
    """
    if len(times) == 1:
        return np.repeat(values, len(at), axis=0)
    k = len(times)
    velocity, acceleration = np.zeros_like(values), np.zeros_like(values)
    if k > 2:
        before, after = np.diff(times)[:-1, None], np.diff(times)[1:, None]
        slope_before, slope_after = np.diff(values, axis=0)[:-1] / before, np.diff(values, axis=0)[1:] / after
        inner = ~stops[1:-1, None]
        velocity[1:-1] = inner * (slope_before * after + slope_after * before) / (before + after)
        acceleration[1:-1] = inner * 2.0 * (slope_after - slope_before) / (before + after)
    i = np.clip(np.searchsorted(times, at, side="right") - 1, 0, k - 2)
    h = (times[i + 1] - times[i])[:, None]
    s = np.clip((at - times[i])[:, None] / h, 0.0, 1.0)
    p0, p1 = values[i], values[i + 1]
    v0, v1 = velocity[i] * h, velocity[i + 1] * h
    a0, a1 = acceleration[i] * h * h, acceleration[i + 1] * h * h
    d = p1 - p0
    c3 = 10.0 * d - 6.0 * v0 - 4.0 * v1 - 1.5 * a0 + 0.5 * a1
    c4 = -15.0 * d + 8.0 * v0 + 7.0 * v1 + 1.5 * a0 - a1
    c5 = 6.0 * d - 3.0 * (v0 + v1) - 0.5 * (a0 - a1)
    return p0 + s * (v0 + s * (0.5 * a0 + s * (c3 + s * (c4 + s * c5))))
