"""Postures, noise and seams of one wearer, learned from this wearer's own trials.

A pause is made of postures taken from the wearer's trials: joints of one instant together with the direction
of gravity that the sensor saw at that instant, so that skeleton and IMU agree however the sensor was strapped
on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...corpora.utd_mhad.trials import IMU_RATE, UtdTrial
from .body import LEFT_LEG, RIGHT_LEG, Array, SkeletonPosture, limbs, smooth, unit
from .parts import (
    IMU_AHEAD,
    IMU_BLOCK,
    IMU_PAST,
    IMU_SIGMA,
    LIMBS,
    PARTS,
    SENSORS,
    SKELETON_AHEAD,
    SKELETON_PAST,
    Part,
    imu_level,
)
from .seam import Seam, continuation
from .texture import Texture, learn


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """The state of body and sensor where a trial meets a pause."""

    posture: SkeletonPosture
    turning: Array
    """(20, 3) change of the limb directions, 1/s."""
    velocity: Array
    """(3,) m/s, of the root."""
    imu: Array
    """(6,) smoothed sample: g, deg/s."""
    imu_near: Array | None = None
    """(PAST, 6) the trial's samples, the one next to the pause last; None where there is no trial."""
    skeleton_near: Array | None = None
    """(PAST, 60) the same of its frames."""


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """One wearer, one placement of the sensor."""

    rest: SkeletonPosture
    """(n,) postures between actions: quiet first and last frames, standing."""
    quiet: SkeletonPosture
    """(n,) any posture held quietly enough that the accelerometer shows gravity."""
    imu: Texture
    skeleton: tuple[Texture, ...]
    """Of each of `PARTS`."""
    imu_seam: Seam
    skeleton_seam: Seam
    longest: Array
    """(20,) m that each bone measures at most in the trials."""


def seated(directions: Array) -> Array:
    """(...) bool: postures of directions (..., 20, 3) that sit, their thighs far from vertical."""
    thighs = 0.5 * (directions[..., LEFT_LEG[0], 1] + directions[..., RIGHT_LEG[0], 1])
    return np.asarray(thighs > -0.7)


def build(trials: Sequence[UtdTrial]) -> Library:
    """Learn from the trials of one wearer and placement."""
    postures, edges, quiet, standing = [], [], [], []
    imus, skeletons = [], []
    for trial in trials:
        raw = trial.imu.astype(np.float64)
        slow = smooth(raw, 3.0)
        joints = trial.skeleton.astype(np.float64)
        slow_joints = smooth(joints, 2.0)
        imus.append(raw)
        skeletons.append(joints)
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
        SkeletonPosture(*(part[rest] for part in every)),
        SkeletonPosture(*(part[held_still] for part in every)),
        learn(
            imus, [IMU_RATE] * len(imus), SENSORS, imu_level, sigma=IMU_SIGMA, block=IMU_BLOCK, scaled=True
        ),
        tuple(_noise(part, trials, skeletons) for part in PARTS),
        continuation(imus, SENSORS, IMU_PAST, IMU_AHEAD),
        continuation(skeletons, list(LIMBS.values()), SKELETON_PAST, SKELETON_AHEAD),
        np.max([limbs(s.reshape(-1, 20, 3))[2].max(axis=0) for s in skeletons], axis=0),
    )


def _noise(part: Part, trials: Sequence[UtdTrial], skeletons: Sequence[Array]) -> Texture:
    """Texture of a part of the body."""
    rates = [t.skeleton_rate for t in trials]
    pieces = [s[:, part.channels] for s in skeletons]
    if part.mirrored:
        other = [c for limb in part.mirrored for c in LIMBS[limb]]
        flip = np.tile((-1.0, 1.0, 1.0), len(other) // 3)
        pieces, rates = pieces + [s[:, other] * flip for s in skeletons], rates * 2
    return learn(pieces, rates, part.groups, part.level(), sigma=part.sigma, block=part.block)


def edge_of(trial: UtdTrial, *, last: bool) -> Edge:
    """State at the beginning of a trial, or where it would go on one sample after its end."""
    imu, joints, rate = trial.imu.astype(np.float64), trial.skeleton.astype(np.float64), trial.skeleton_rate
    if last:  # the same seen backwards: index 0 is the sample next to the pause
        imu, joints = imu[::-1], joints[::-1]
    ahead = -1.0 if last else 0.0
    here, slope = _extended(joints[:4], ahead)
    state, _ = _extended(imu[:5], ahead)
    sign = -1.0 if last else 1.0
    step = 0.02
    root, directions, lengths = limbs(here.reshape(20, 3))
    next_root, next_directions, _ = limbs((here + sign * step * rate * slope).reshape(20, 3))
    # Gravity from a quarter of a second: the last sample alone may still hold the action's own acceleration.
    posture = SkeletonPosture(root, directions, lengths, unit(imu[:12, :3].mean(axis=0)))
    return Edge(
        posture,
        np.clip((next_directions - directions) / step, -4.0, 4.0),
        np.clip((next_root - root) / step, -0.5, 0.5),
        state,
        _outermost(imu, IMU_PAST),
        _outermost(joints, SKELETON_PAST),
    )


def _outermost(samples: Array, count: int) -> Array:
    """(count, C) the first of samples (n, C), last first; the furthest again where there are fewer."""
    near = samples[:count][::-1]
    return np.pad(near, ((count - len(near), 0), (0, 0)), "edge")


def _extended(samples: Array, at: float) -> tuple[Array, Array]:
    """A line through samples (n, C), 0 the first: its value at `at`, and its slope."""
    x = np.arange(len(samples)) - (len(samples) - 1) / 2
    slope = np.tensordot(x, samples, axes=(0, 0)) / np.sum(x**2)
    return samples.mean(axis=0) + slope * (at + x[0]), slope
