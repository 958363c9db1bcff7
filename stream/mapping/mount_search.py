"""Search of a worn sensor's rotation against a bundle's `MountReference`. Pure; no clock, no thread.

A rotation R takes a vector as the worn sensor measures it to the axes that the weights learned. Its evidence
is the mean log-likelihood of the turned vectors under the reference's mixture, and, where a skeleton is seen,
how well R takes them to what the limb's motion predicts.
Legend: n points in time, V vectors of a sensor, G rotations, K components.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.mount import LimbMap, MountReference

Array = NDArray[np.float64]

COARSE: Final = 576
"""Rotations of the grid: neighbors lie some 30° apart."""
FINE: Final = 4608
"""Rotations of the finer grid: some 15° apart."""
FLOOR: Final = -25.0
"""Least log-likelihood of a point: one that was never seen must not rule."""


@lru_cache(maxsize=4)
def rotations(count: int = COARSE) -> Array:
    """(count, 3, 3) rotations, read-only, spread evenly: super-Fibonacci spirals (Alexa, CVPR 2022)."""
    s = np.arange(count) + 0.5
    outer, inner = np.sqrt(s / count), np.sqrt(1 - s / count)
    a, b = 2 * np.pi * s / np.sqrt(2), 2 * np.pi * s / 1.533751168755204288118041
    grid = of_quaternions(
        np.stack([outer * np.sin(a), outer * np.cos(a), inner * np.sin(b), inner * np.cos(b)], axis=1)
    )
    grid.flags.writeable = False
    return grid


def near_identity() -> Array:
    """(25, 3, 3): none at all, and rotations by 10, 14 and 20° about the axes and between them."""
    axes = [sign * axis for axis in np.eye(3) for sign in (1.0, -1.0)]
    between = [a + b for k, a in enumerate(axes) for b in axes[k + 1 :] if a @ b == 0]
    turns = [about(axis, degrees) for degrees in (10.0, 20.0) for axis in axes]
    return np.stack([np.eye(3), *turns, *(about(axis, 14.0) for axis in between)])


def of_quaternions(quaternions: Array) -> Array:
    """(n, 4) unit quaternions x, y, z, w -> (n, 3, 3)."""
    x, y, z, w = quaternions.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def about(axis: Array, degrees: float) -> Array:
    """(3, 3) rotation about an axis (3,)."""
    half = np.deg2rad(degrees) / 2
    unit = axis / np.linalg.norm(axis)
    return np.asarray(of_quaternions(np.array([[*(np.sin(half) * unit), np.cos(half)]]))[0])


def angles(first: Array, second: Array) -> Array:
    """Degrees between (..., 3, 3) rotations."""
    cosine = (np.einsum("...ij,...ij->...", first, second) - 1) / 2
    return np.asarray(np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))))


def nearest_rotation(matrix: Array) -> tuple[Array, float]:
    """The rotation R of greatest trace(Rᵀ matrix) (Wahba, Kabsch), and that trace."""
    left, sizes, right = np.linalg.svd(matrix)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return left @ np.diag(signs) @ right, float((sizes * signs).sum())


class MotionLikelihood:
    """Log-likelihood of a sensor's vectors under a reference's mixture, for many rotations at once."""

    def __init__(self, reference: MountReference) -> None:
        means = np.array(reference.means)
        count, size = means.shape
        lower = np.zeros((count, size, size))
        rows, columns = np.tril_indices(size)
        lower[:, rows, columns] = np.array(reference.whitening)
        scale = np.log(np.abs(np.diagonal(lower, axis1=1, axis2=2))).sum(axis=1)
        inverse = np.einsum("kji,kjl->kil", lower, lower)
        toward = np.einsum("kij,kj->ki", inverse, means)
        constant = np.log(np.array(reference.shares)) + scale - 0.5 * size * np.log(2 * np.pi)
        constant -= 0.5 * (toward * means).sum(axis=1)
        # a quadratic in the vectors: of every product once, which is some three times as fast as whitening
        self._rows, self._columns = np.triu_indices(size)
        twice = np.where(self._rows == self._columns, -0.5, -1.0)
        products = inverse[:, self._rows, self._columns] * twice
        self._weights = np.concatenate([products, toward, constant[:, None]], axis=1).astype(np.float32)
        self._size = size

    def of(self, vectors: Array, turns: Array) -> Array:
        """(n, V, 3) and (G, 3, 3) -> (n, G)."""
        shape = (len(vectors), len(turns))
        turned = np.einsum("gij,nvj->ving", turns, vectors).reshape(self._size, -1).astype(np.float32)
        # a row for each quantity, so that all goes along whole rows
        quantities = np.empty((self._weights.shape[1], turned.shape[1]), np.float32)
        pairs = len(self._rows)
        np.multiply(turned.take(self._rows, axis=0), turned.take(self._columns, axis=0), quantities[:pairs])
        quantities[pairs:-1] = turned
        quantities[-1] = 1.0
        logs = self._weights @ quantities
        top = logs.max(axis=0)
        logs -= top
        total = top + np.log(np.exp(logs, out=logs).sum(axis=0))
        return np.asarray(np.maximum(total, FLOOR).reshape(shape), np.float64)


@lru_cache(maxsize=16)
def motion_likelihood(reference: MountReference) -> MotionLikelihood:
    """The same for all sensors of one reference."""
    return MotionLikelihood(reference)


class LimbPrediction:
    """A sensor's vectors as a limb in the skeleton predicts them."""

    def __init__(self, limb: LimbMap) -> None:
        self._weights = np.array(limb.weights)
        self.precision = 1.0 / np.square(np.array(limb.spread))
        """(1 or 2,) of acceleration and of angular velocity."""

    def of(self, features: Array) -> Array:
        """(n, F) -> (n, 1 or 2, 3)."""
        predicted = features @ self._weights[:-1] + self._weights[-1]
        return np.asarray(predicted.reshape(len(features), -1, 3))

    def agreement(self, measured: Array, predicted: Array) -> Array:
        """(3, 3): trace(Rᵀ of it) is what of the log-likelihood depends on R."""
        return np.asarray(np.einsum("s,nsi,nsj->ij", self.precision, predicted, measured))
