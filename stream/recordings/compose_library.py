"""What a wearer's own trials say of how this wearer stands, holds the arms, and looks to the sensors.

A pause is made of postures taken from the wearer's trials: joints of one instant together with the direction
of gravity that the sensor saw at that instant, so that skeleton and IMU agree however the sensor was strapped
on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .compose_body import LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, Array, Posture, limbs, smooth, unit
from .compose_texture import Texture, learn
from .utd_mhad import IMU_RATE, Trial

IMU_SIGMA, IMU_BLOCK = 3.0, 32
"""Smoothing that separates motion from texture, and the texture's blocks, in samples."""
SKELETON_SIGMA, SKELETON_BLOCK = 2.0, 16


def _channels(*joints: int) -> list[int]:
    return [3 * j + axis for j in joints for axis in range(3)]


LIMBS: dict[str, list[int]] = {
    "trunk": _channels(0, 1, 2, 3, 4, 8, 12, 16),
    "left arm": _channels(*LEFT_ARM),
    "right arm": _channels(*RIGHT_ARM),
    "left leg": _channels(*LEFT_LEG),
    "right leg": _channels(*RIGHT_LEG),
}
"""Channels of the skeleton whose noise is drawn together: a camera sees moving arms worse than still legs."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """The state of body and sensor where a trial meets a pause."""

    posture: Posture
    turning: Array
    """(20, 3) change of the limb directions, 1/s."""
    velocity: Array
    """(3,) m/s, of the root."""
    imu: Array
    """(6,) smoothed sample: g, deg/s."""
    imu_residual: Array
    """(6,) what the smoothing took away from the outermost sample."""
    skeleton_residual: Array
    """(60,) the same, of the outermost frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """One wearer, one placement of the sensor."""

    rest: Posture
    """(n,) postures between actions: quiet first and last frames, standing."""
    quiet: Posture
    """(n,) any posture held quietly enough that the accelerometer shows gravity."""
    imu: Texture
    skeleton: dict[str, Texture]
    """By limb."""


def body_speed(joints: Array, rate: float) -> Array:
    """(F,) root mean square speed of joints, m/s; `joints` (F, 3 n) smoothed."""
    if len(joints) < 2:
        return np.zeros(len(joints))
    velocity = np.gradient(joints, axis=0) * rate
    return np.asarray(np.sqrt(np.mean(velocity**2, axis=1) * 3.0))


def sensor_speed(imu: Array) -> Array:
    """(n,) how much the sensor moves: angular speed in deg/s; 1 g of acceleration counts as 100 deg/s."""
    turning = np.linalg.norm(imu[:, 3:], axis=1)
    return np.asarray(turning + 100.0 * np.abs(np.linalg.norm(imu[:, :3], axis=1) - 1.0))


def seated(directions: Array) -> Array:
    """Whether postures of directions (..., 20, 3) sit: the thighs are far from vertical."""
    thighs = 0.5 * (directions[..., LEFT_LEG[0], 1] + directions[..., RIGHT_LEG[0], 1])
    return np.asarray(thighs > -0.7)


def build(trials: Sequence[Trial]) -> Library:
    """Learn from the trials of one wearer and placement."""
    postures, edges, quiet, standing = [], [], [], []
    imus, imu_levels, skeletons, slow_skeletons, rates = [], [], [], [], []
    for trial in trials:
        raw = trial.imu.astype(np.float64)
        slow = smooth(raw, IMU_SIGMA)
        joints = trial.skeleton.astype(np.float64)
        slow_joints = smooth(joints, SKELETON_SIGMA)
        imus.append(raw)
        imu_levels.append(sensor_speed(slow))
        skeletons.append(joints)
        slow_skeletons.append(slow_joints)
        rates.append(trial.skeleton_rate)
        frames = len(joints)
        at = np.minimum((np.arange(frames) * IMU_RATE / trial.skeleton_rate).astype(int), len(raw) - 1)
        root, directions, lengths = limbs(slow_joints.reshape(frames, 20, 3))
        postures.append((root, directions, lengths, unit(slow[at, :3])))
        held = np.abs(np.linalg.norm(slow[at, :3], axis=1) - 1.0) < 0.15
        quiet.append(held & (np.linalg.norm(slow[at, 3:], axis=1) < 60.0))
        standing.append(np.logical_not(seated(directions)))
        edge = np.zeros(frames, bool)
        edge[[0, 1, 2, -3, -2, -1]] = True
        edges.append(edge & (np.linalg.norm(slow[at, 3:], axis=1) < 25.0))
    every = [np.concatenate(parts) for parts in zip(*postures, strict=True)]
    is_quiet, is_edge = np.concatenate(quiet), np.concatenate(edges)
    is_standing = np.concatenate(standing)
    rest = next((m for m in (is_edge & is_quiet & is_standing, is_edge, is_quiet) if m.any()), None)
    if rest is None:
        rest = np.ones(len(is_edge), bool)
    held_still = is_quiet if is_quiet.any() else rest
    return Library(
        Posture(*(part[rest] for part in every)),
        Posture(*(part[held_still] for part in every)),
        learn(imus, imu_levels, IMU_SIGMA, IMU_BLOCK),
        {
            limb: learn(
                [s[:, c] for s in skeletons],
                [body_speed(s[:, c], rate) for s, rate in zip(slow_skeletons, rates, strict=True)],
                SKELETON_SIGMA,
                SKELETON_BLOCK,
            )
            for limb, c in LIMBS.items()
        },
    )


def edge_of(trial: Trial, *, last: bool) -> Edge:
    """State at the beginning of a trial, or where it would go on one sample after its end."""
    imu, joints, rate = trial.imu.astype(np.float64), trial.skeleton.astype(np.float64), trial.skeleton_rate
    if last:  # the same seen backwards: index 0 is the sample next to the pause
        imu, joints = imu[::-1], joints[::-1]
    ahead = -1.0 if last else 0.0
    here, slope, joint_residual = _extended(joints[:4], ahead)
    state, _, imu_residual = _extended(imu[:5], ahead)
    sign = -1.0 if last else 1.0
    step = 0.02
    root, directions, lengths = limbs(here.reshape(20, 3))
    next_root, next_directions, _ = limbs((here + sign * step * rate * slope).reshape(20, 3))
    # Gravity from a quarter of a second: the last sample alone may still hold the action's own acceleration.
    posture = Posture(root, directions, lengths, unit(imu[:12, :3].mean(axis=0)))
    return Edge(
        posture,
        np.clip((next_directions - directions) / step, -4.0, 4.0),
        np.clip((next_root - root) / step, -0.5, 0.5),
        state,
        imu_residual,
        joint_residual,
    )


def _extended(samples: Array, at: float) -> tuple[Array, Array, Array]:
    """A line through samples (n, C), 0 the first: value at `at`, slope, and what it leaves of the first."""
    x = np.arange(len(samples)) - (len(samples) - 1) / 2
    slope = np.tensordot(x, samples, axes=(0, 0)) / np.sum(x**2)
    middle = samples.mean(axis=0)
    return middle + slope * (at + x[0]), slope, samples[0] - (middle + slope * x[0])
