"""Signals of a worn sensor and of a limb in the skeleton that tell of the mounting, amid a window. Pure.

The same for training, which learns a `MountReference` of it, and for the stream, which compares.
Legend: N windows, T steps, C channels, V vectors of a sensor, F features.
"""

from collections.abc import Sequence
from functools import lru_cache
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
_BESIDE: Final = (0, 2, None)
"""Directions beside the bone that the sensor is on: the bones next to it, and the body's back."""
_MOST: Final = 6.0
"""Bound of every predicted component: one bad joint must not rule."""


@lru_cache(maxsize=64)
def kernel(steps: int, rate: float, sigma: float, shift: float = 0.0) -> Array:
    """(T,) weights of a Gaussian around the middle of a window, `shift` s later; read-only."""
    times = (np.arange(steps) - (steps - 1) / 2) / rate - shift
    sigma = max(sigma, 0.5 / rate)
    weights = np.asarray(np.exp(-0.5 * (times / sigma) ** 2))
    weights /= weights.sum()
    weights.flags.writeable = False
    return weights


@lru_cache(maxsize=64)
def _near(steps: int, rate: float, sigma: float, shift: float) -> tuple[slice, Array]:
    """The part of a `kernel` that weighs something."""
    weights = kernel(steps, rate, sigma, shift)
    near = np.flatnonzero(weights > 1e-9)
    part = slice(int(near[0]), int(near[-1]) + 1)
    return part, weights[part]


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
    count = len(joints)
    turn = _to_front(joints, sides)
    # (3 N, 4, 3): all before, all now, all after
    at = np.concatenate([_limb_at(joints, rate, limb, shift) @ turn for shift in (-STEP, 0.0, STEP)])
    before, now, after = at[:count], at[count : 2 * count], at[2 * count :]
    lever = now[:, 2]
    acceleration = (after[:, 2] - 2 * lever + before[:, 2]) / STEP**2 / _STANDARD_GRAVITY
    acceleration = np.clip(acceleration, -_MOST, _MOST)
    acceleration[:, 1] += 1.0
    up = np.broadcast_to((0.0, 1.0, 0.0), acceleration.shape)
    bones = _unit(at[:, 1:] - at[:, :-1])
    frames = _frames(bones)
    # (3, 3, N): of each frame how it turns, and what it makes of up and of the acceleration
    middle, moved = frames[:, count : 2 * count], frames[:, 2 * count :] - frames[:, :count]
    turned = np.einsum("bnik,bnjk->bnij", moved, middle) / (2 * STEP)
    rates = turned[:, :, (1, 2, 0), (2, 0, 1)] - turned[:, :, (2, 0, 1), (1, 2, 0)]
    rates = np.clip(np.rad2deg(rates) / 2 / GYRO_SCALE, -_MOST, _MOST)
    seen = [np.einsum("bnij,nj->bni", middle, vector) for vector in (up, acceleration)]
    features = [part[beside] for beside in range(len(_BESIDE)) for part in (*seen, rates)]
    directions = bones[count : 2 * count]
    features += [*directions.swapaxes(0, 1), acceleration]
    swing = bones[2 * count :, :2] - bones[:count, :2]
    swings = np.rad2deg(_cross(directions[:, :2], swing / (2 * STEP))) / GYRO_SCALE
    features += [*np.clip(swings, -_MOST, _MOST).swapaxes(0, 1)]
    return np.concatenate(features, axis=1)


def _to_front(joints: NDArray[np.floating], sides: Sequence[int]) -> Array:
    """(N, 3, 3): a row vector times it is turned about the vertical so that the body's right is x."""
    right_shoulder, left_shoulder, right_hip, left_hip = joints[:, :, list(sides)].mean(axis=1).swapaxes(0, 1)
    right = (right_shoulder - left_shoulder + right_hip - left_hip).astype(np.float64)
    right[:, 1] = 0.0
    x = _unit(right)
    y = np.broadcast_to((0.0, 1.0, 0.0), x.shape)
    return np.stack([x, y, _cross(x, y)], axis=2)


def _limb_at(joints: NDArray[np.floating], rate: float, limb: Sequence[int], shift: float) -> Array:
    """(N, 4, 3) m: positions of the limb's joints `shift` s after the middle of the window."""
    part, weights = _near(joints.shape[1], rate, JOINT_SIGMA, shift)
    return np.asarray(np.einsum("t,ntkc->nkc", weights, joints[:, part, list(limb)]))


def _frames(bones: Array) -> Array:
    """(3, N, 3, 3) of the limb's bones (N, 3, 3), for each of `_BESIDE`: rows along the bone that the sensor
    is on, across it toward a direction beside it, and across both."""
    bone = bones[:, 1]
    back = np.broadcast_to((0.0, 0.0, 1.0), bone.shape)
    other = np.stack([back if beside is None else bones[:, beside] for beside in _BESIDE])
    third = _unit(_cross(other, bone), 1e-2)
    along = np.broadcast_to(bone, other.shape)
    return np.stack([along, _cross(third, along), third], axis=2)


def _cross(first: Array, second: Array) -> Array:
    """`np.cross` of (..., 3), in fewer steps."""
    return np.asarray(
        first[..., (1, 2, 0)] * second[..., (2, 0, 1)] - first[..., (2, 0, 1)] * second[..., (1, 2, 0)]
    )


def _unit(vectors: Array, least: float = 1e-6) -> Array:
    lengths = np.sqrt(np.square(vectors).sum(axis=-1, keepdims=True))
    return np.asarray(vectors / np.maximum(lengths, least))
