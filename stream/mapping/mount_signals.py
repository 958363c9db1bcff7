"""Signals of a worn sensor and of a limb in the skeleton that tell of the mounting, amid a window. Pure.

The same for training, which learns a `MountReference` of it, and for the stream, which compares.
Legend: N windows, T steps, C channels, V vectors of a sensor, F features.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GYRO_SCALE: Final = 150.0
"""deg/s that count as much as 1 g."""
GRAVITY_SIGMA: Final = 0.32
"""s; of the Gaussian whose mean acceleration counts as gravity."""
SENSOR_SIGMA: Final = 0.02
"""s; likewise of what else the sensor measures."""
JOINT_SIGMA: Final = 0.05
"""s; likewise of the joints' positions."""
STEP: Final = 0.04
"""s between the positions of which velocities are made."""
SIDES: Final = ("right_shoulder", "left_shoulder", "right_hip", "left_hip")
"""Joints by which the body's right is known."""
ACTIVE: Final = (0.1, 0.2)
"""Least acceleration beside gravity (g), or angular velocity (`GYRO_SCALE`), of a sensor that is moving."""
_STANDARD_GRAVITY: Final = 9.81
_MOST: Final = 6.0
"""Bound of every predicted component: one bad joint must not rule."""


def kernel(steps: int, rate: float, sigma: float, shift: float = 0.0) -> Array:
    """(T,) weights of a Gaussian around the middle of a window, `shift` s later."""
    times = (np.arange(steps) - (steps - 1) / 2) / rate - shift
    sigma = max(sigma, 0.5 / rate)
    weights = np.exp(-0.5 * (times / sigma) ** 2)
    return np.asarray(weights / weights.sum())


def sensed(samples: NDArray[np.floating], rate: float) -> Array:
    """(N, T, 3 or 6) in g and deg/s -> (N, V, 3): gravity, the rest of acceleration, angular velocity."""
    steps = samples.shape[1]
    slow, fast = kernel(steps, rate, GRAVITY_SIGMA), kernel(steps, rate, SENSOR_SIGMA)
    gravity = np.einsum("t,ntc->nc", slow, samples[..., :3])
    now = np.einsum("t,ntc->nc", fast, samples)
    vectors = [gravity, now[:, :3] - gravity]
    if samples.shape[2] > 3:
        vectors.append(now[:, 3:6] / GYRO_SCALE)
    return np.stack(vectors, axis=1)


def measured(vectors: Array) -> Array:
    """(N, V, 3) of `sensed` -> (N, 1 or 2, 3): acceleration with gravity, angular velocity."""
    return np.concatenate([vectors[:, :1] + vectors[:, 1:2], vectors[:, 2:]], axis=1)


def moving(vectors: Array) -> NDArray[np.bool_]:
    """(N, V, 3) of `sensed` -> (N,): true where the sensor moves."""
    sizes = np.linalg.norm(vectors[:, 1:], axis=2)
    return np.asarray((sizes > np.array(ACTIVE[: sizes.shape[1]])).any(axis=1))


def mirrored(vectors: Array) -> Array:
    """(N, V, 3) as a mirror image would measure them: z reversed, and the pseudovector accordingly."""
    signs = np.ones((vectors.shape[1], 3))
    signs[:2, 2] = -1.0
    signs[2:, :2] = -1.0
    return np.asarray(vectors * signs)


def limb_features(
    joints: NDArray[np.floating], rate: float, limb: Sequence[int], sides: Sequence[int]
) -> Array:
    """(N, T, J, 3) m, y up -> (N, F): the motion of a limb, whatever way the body faces.

    `limb`: four joints from the trunk outwards; `sides`: right and left shoulder, right and left hip.
    """
    turn = _to_front(joints, sides)
    before, now, after = at = [_limb_at(joints, rate, limb, shift) @ turn for shift in (-STEP, 0.0, STEP)]
    lever = now[:, 2]
    acceleration = (after[:, 2] - 2 * lever + before[:, 2]) / STEP**2 / _STANDARD_GRAVITY
    acceleration = np.clip(acceleration, -_MOST, _MOST)
    acceleration[:, 1] += 1.0
    up = np.broadcast_to((0.0, 1.0, 0.0), acceleration.shape)
    back = np.broadcast_to((0.0, 0.0, 1.0), acceleration.shape)
    features = []
    for beside in (0, 2, None):
        first, middle, last = (_frame(*_axes(a, beside, back)) for a in at)
        turned = np.einsum("nik,njk->nij", last - first, middle) / (2 * STEP)
        pairs = ((1, 2), (2, 0), (0, 1))
        rates = np.stack([turned[:, i, j] - turned[:, j, i] for i, j in pairs], axis=1)
        rates = np.rad2deg(rates) / 2 / GYRO_SCALE
        features += [np.einsum("nij,nj->ni", middle, vector) for vector in (up, acceleration)]
        features.append(np.clip(rates, -_MOST, _MOST))
    directions = [_unit(now[:, k + 1] - now[:, k]) for k in range(3)]
    features += [*directions, acceleration]
    for k in range(2):
        swing = _unit(after[:, k + 1] - after[:, k]) - _unit(before[:, k + 1] - before[:, k])
        rate_k = np.rad2deg(np.cross(directions[k], swing / (2 * STEP))) / GYRO_SCALE
        features.append(np.clip(rate_k, -_MOST, _MOST))
    return np.concatenate(features, axis=1)


def _to_front(joints: NDArray[np.floating], sides: Sequence[int]) -> Array:
    """(N, 3, 3): a row vector times it is turned about the vertical so that the body's right is x."""
    right_shoulder, left_shoulder, right_hip, left_hip = joints[:, :, list(sides)].mean(axis=1).swapaxes(0, 1)
    right = (right_shoulder - left_shoulder + right_hip - left_hip).astype(np.float64)
    right[:, 1] = 0.0
    x = _unit(right)
    y = np.broadcast_to((0.0, 1.0, 0.0), x.shape)
    return np.stack([x, y, np.cross(x, y)], axis=2)


def _limb_at(joints: NDArray[np.floating], rate: float, limb: Sequence[int], shift: float) -> Array:
    """(N, 4, 3) m: positions of the limb's joints `shift` s after the middle of the window."""
    weights = kernel(joints.shape[1], rate, JOINT_SIGMA, shift)
    near = np.flatnonzero(weights > 1e-9)
    part = joints[:, near[0] : near[-1] + 1, list(limb)]
    return np.asarray(np.einsum("t,ntkc->nkc", weights[near[0] : near[-1] + 1], part))


def _axes(positions: Array, beside: int | None, back: Array) -> tuple[Array, Array]:
    """The bone that the sensor is on, and a direction beside it: another bone, or the body's back."""
    bone = _unit(positions[:, 2] - positions[:, 1])
    other = back if beside is None else _unit(positions[:, beside + 1] - positions[:, beside])
    return bone, other


def _frame(bone: Array, other: Array) -> Array:
    """(N, 3, 3): rows along the bone, across it toward `other`, and across both."""
    third = _unit(np.cross(other, bone), 1e-2)
    return np.stack([bone, np.cross(third, bone), third], axis=1)


def _unit(vectors: Array, least: float = 1e-6) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), least))
