"""Gravity in the frame of a moving sensor, and vectors on the way from one direction to another."""

import numpy as np

from ..compose.body import slerp, unit
from .streams import Array

SETTLED = 0.7
"""s in which the accelerometer corrects what the gyroscope propagates. On real calm samples of a training
subject's wrist, gravity then is 4° off in pauses and 7° in actions, with 2 s 10° and 12°: gyroscopes clip."""
STEADY = 0.2
"""g by which the length of the acceleration may differ from 1 where it corrects with a good half of its
weight."""


def gravity(imu: Array, times: Array) -> Array:
    """(n, 3) g: the specific force of a sensor at rest with the orientation of each sample; length 1.

    The gyroscope carries it from sample to sample, forward and backward, and the acceleration corrects it
    slowly, most where nothing else is felt. `imu` is (n, 6) g and deg/s at (n,) s.
    """
    if not len(imu):
        return np.zeros((0, 3))
    acc, rate = imu[:, :3], np.deg2rad(imu[:, 3:])
    steps = np.diff(times)
    middle = (rate[1:] + rate[:-1]) / 2.0
    ahead = _carried(acc, -middle * steps[:, None], steps)
    back = _carried(acc[::-1], (middle * steps[:, None])[::-1], steps[::-1])[::-1]
    return unit(ahead + back)


def between(rest: Array, directions: Array, share: float) -> Array:
    """(n, 3) unit vectors on the way from `rest`, (3,) or (n, 3), to `directions`: there at a share of 1."""
    return slerp(np.broadcast_to(rest, directions.shape), directions, np.asarray(share))


def _carried(acc: Array, turns: Array, steps: Array) -> Array:
    """(n, 3) unit vectors, each the one before turned by `turns` (n - 1, 3) rad and drawn to `acc`."""
    error = np.linalg.norm(acc, axis=1) - 1.0
    weight = np.exp(-0.5 * (error / STEADY) ** 2)
    gain = np.clip(steps / SETTLED, 0.0, 1.0) * weight[1:]
    matrices = _matrices(turns)
    out = np.empty((len(acc), 3))
    first = unit(acc[:25].mean(axis=0))
    out[0] = first
    for k in range(1, len(acc)):
        carried = matrices[k - 1] @ out[k - 1]
        carried += gain[k - 1] * (acc[k] - carried)
        out[k] = carried / max(float(np.sqrt(carried @ carried)), 1e-9)
    return out


def _matrices(turns: Array) -> Array:
    """(n, 3, 3) rotations by (n, 3) rotation vectors, rad."""
    angle = np.linalg.norm(turns, axis=1)
    x, y, z = (turns / np.maximum(angle, 1e-12)[:, None]).T
    nought = np.zeros(len(turns))
    across = np.stack([nought, -z, y, z, nought, -x, -y, x, nought], axis=1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * across + (1.0 - cosine) * (across @ across))
