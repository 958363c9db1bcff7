"""References of a mounting, for a wearer who wears the sensor turned. Pure."""

from typing import Final

import numpy as np

from hnhar.model.bundle.mount import LimbMap, MountReference

from .mount_search import Array

_DIGITS: Final = 6


def turned_reference(reference: MountReference, turn: Array) -> MountReference:
    """The reference of the sensor as it is worn.

    Args:
        reference: In the axes that the weights learned.
        turn: (3, 3) rotation that takes a vector as the worn sensor measures it to those axes.
    """
    means = np.array(reference.means)
    count, size = means.shape
    at = np.tril_indices(size)
    lower = np.zeros((count, size, size))
    lower[:, at[0], at[1]] = np.array(reference.whitening)
    whole = np.kron(np.eye(size // 3), turn)
    # the covariance of turned vectors, factored anew: a turned triangle is none
    half = np.linalg.inv(lower @ whole)
    factors = np.linalg.inv(np.linalg.cholesky(half @ half.transpose(0, 2, 1)))
    limb = None if reference.limb is None else _turned_limb(reference.limb, turn)
    return MountReference(reference.shares, _rows(means @ whole), _rows(factors[:, at[0], at[1]]), limb)


def _turned_limb(limb: LimbMap, turn: Array) -> LimbMap:
    weights = np.array(limb.weights)
    whole = np.kron(np.eye(weights.shape[1] // 3), turn)
    hanging = tuple((row[0], row[1], row[2]) for row in _rows(turn.T @ np.array(limb.hanging).reshape(-1, 3)))
    return LimbMap(
        limb.joints,
        _rows(weights @ whole),
        limb.spread,
        _rows(np.array(limb.bone)[None] @ turn)[0],
        hanging if limb.hanging else (),
    )


def _rows(matrix: Array) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(f"{value:.{_DIGITS}g}") for value in row) for row in matrix)
