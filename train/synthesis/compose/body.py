"""A skeleton as a root, limb directions and bone lengths, and smooth paths of directions.

Postures are blended by their limb directions, so that bones keep their lengths on the way; positions are
(..., 20, 3) meters, directions (..., 20, 3) unit vectors from a joint's parent (the root's is unused).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_PARENTS

Array = NDArray[np.float64]

ROOT = 3
"""The hip center."""
ORDER: tuple[int, ...] = (2, 1, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
"""Joints, parents first."""
TRUNK, LEFT_ARM, RIGHT_ARM = (0, 1, 2), (5, 6, 7), (9, 10, 11)
LEFT_LEG, RIGHT_LEG = (13, 14, 15), (17, 18, 19)


@dataclass(frozen=True, slots=True, eq=False)
class SkeletonPosture:
    """One posture, or many along leading axes."""

    root: Array
    """(..., 3) m."""
    directions: Array
    """(..., 20, 3)."""
    lengths: Array
    """(..., 20) m; 0 for the root."""
    up: Array
    """(..., 3) unit vector: upwards, in the frame of the sensor."""

    def positions(self) -> Array:
        """(..., 20, 3) m."""
        joints = np.zeros(self.directions.shape)
        joints[..., ROOT, :] = self.root
        for j in ORDER:
            joints[..., j, :] = (
                joints[..., UTD_PARENTS[j], :] + self.lengths[..., j, None] * self.directions[..., j, :]
            )
        return joints


def limbs(positions: Array) -> tuple[Array, Array, Array]:
    """Root (..., 3), directions (..., 20, 3) and bone lengths (..., 20) of positions (..., 20, 3)."""
    bones = positions - positions[..., UTD_PARENTS, :]
    lengths = np.linalg.norm(bones, axis=-1)
    directions = np.where(
        lengths[..., None] > 1e-6, bones / np.maximum(lengths, 1e-6)[..., None], (0.0, 1.0, 0.0)
    )
    return positions[..., ROOT, :], directions, lengths


def unit(vectors: Array) -> Array:
    """Vectors (..., 3) scaled to length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def slerp(a: Array, b: Array, share: Array) -> Array:
    """Great-circle path from unit vectors a (share 0) to b (share 1); `share` lacks the last axis."""
    cosine = np.clip(np.sum(a * b, axis=-1), -1.0, 1.0)
    angle = np.arccos(cosine)
    sine = np.sin(angle)
    straight = sine < 1e-4
    safe = np.where(straight, 1.0, sine)
    at_a = np.where(straight, 1.0 - share, np.sin((1.0 - share) * angle) / safe)
    at_b = np.where(straight, share, np.sin(share * angle) / safe)
    return unit(at_a[..., None] * a + at_b[..., None] * b)


def minimum_jerk(share: Array) -> Array:
    """Time course of a human reach (Flash and Hogan 1985): from 0 to 1, at rest at both ends."""
    s = np.clip(share, 0.0, 1.0)
    return np.asarray(s**3 * (10.0 - 15.0 * s + 6.0 * s**2))


def smooth(samples: Array, sigma: float) -> Array:
    """Gaussian smoothing (n, C) along time, `sigma` in samples; ends continued by point reflection."""
    reach = min(int(np.ceil(3 * sigma)), len(samples) - 1)
    if reach < 1:
        return samples.copy()
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    head = 2 * samples[0] - samples[reach:0:-1]
    tail = 2 * samples[-1] - samples[-2 : -reach - 2 : -1]
    padded = np.concatenate([head, samples, tail])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return np.asarray(windows @ kernel)
