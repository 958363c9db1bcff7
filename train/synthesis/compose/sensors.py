"""Signals of both sensors in a pause: the made motion with its texture, joined to the trials beside it."""

import numpy as np

from ...corpora.utd_mhad.trials import IMU_RATE
from .body import Array, SkeletonPosture, limbs, minimum_jerk, smooth
from .library import Edge, Library
from .parts import IMU_PAST, IMU_SIGMA, PARTS, SKELETON_PAST, SKELETON_SIGMA
from .pause import PauseMotion
from .seam import Seam
from .texture import Ends, Texture

HUSH = 1.0
"""s in which the stillness of a trial's end goes over into that of a pause."""
ACC_STEP, GYRO_STEP = 1 / 4096, 1000 / 32750
"""Resolution of the corpus's sensor, g and deg/s; it clips at 8 g and 1000 deg/s."""
STRETCH = 1.2
"""Times its longest in the trials that a bone may measure in a pause."""
Near = tuple[Array | None, Array | None]
"""Measured samples before and after a pause, (past, C) each, the one next to the pause last."""


def sensed_imu(
    motion: PauseMotion,
    count: int,
    edges: tuple[Edge, Edge],
    library: Library,
    generator: np.random.Generator,
) -> Array:
    """(count, 6) g and deg/s, as the corpus's sensor would store them."""
    near = (edges[0].imu_near, edges[1].imu_near)
    step = 1 / IMU_RATE
    imu = smooth(
        motion.imu(_beyond(np.arange(count, dtype=np.float64) * step, IMU_PAST, step, step)), IMU_SIGMA
    )
    imu += library.imu.draw(imu, IMU_RATE, _ends(len(imu), near, library.imu, IMU_RATE), generator)
    imu = _joined(imu, near, library.imu_seam)
    imu[:, :3] = np.clip(np.round(imu[:, :3] / ACC_STEP) * ACC_STEP, -8.0, 8.0)
    imu[:, 3:] = np.clip(np.round(imu[:, 3:] / GYRO_STEP) * GYRO_STEP, -1000.0, 1000.0)
    return imu


def sensed_joints(
    motion: PauseMotion,
    frames: Array,
    intervals: tuple[float, float],
    edges: tuple[Edge, Edge],
    library: Library,
    generator: np.random.Generator,
) -> Array:
    """(F, 60) meters at the times of the frames, s; `intervals` between frames before and after, s."""
    near = (edges[0].skeleton_near, edges[1].skeleton_near)
    made = motion.at(_beyond(frames, SKELETON_PAST, *intervals)).positions().reshape(-1, 60)
    joints = smooth(made, SKELETON_SIGMA)
    rate = len(frames) / motion.duration
    for part, texture in zip(PARTS, library.skeleton, strict=True):
        motion_of_part = joints[:, part.channels]
        beside = (_of(near[0], part.channels), _of(near[1], part.channels))
        ends = _ends(len(joints), beside, texture, rate)
        joints[:, part.channels] = motion_of_part + texture.draw(motion_of_part, rate, ends, generator)
    return _held_together(_joined(joints, near, library.skeleton_seam), library.longest)


def _held_together(joints: Array, longest: Array) -> Array:
    """(F, 60) meters in which no bone is much longer than it ever was in the trials.

    Noise of a bone's two ends adds up, and a joint that jumps at a trial's end takes its seam along.
    """
    positions = joints.reshape(-1, 20, 3)
    root, directions, lengths = limbs(positions)
    torn = (lengths > STRETCH * longest).any(axis=1)
    whole = SkeletonPosture(
        root[torn], directions[torn], np.minimum(lengths[torn], STRETCH * longest), root[torn]
    )
    out = positions.copy()
    out[torn] = whole.positions()
    return out.reshape(-1, 60)


def _of(measured: Array | None, channels: list[int]) -> Array | None:
    return None if measured is None else measured[:, channels]


def _beyond(times: Array, more: int, first: float, last: float) -> Array:
    """Times with `more` before them, `first` s apart, and as many after them, `last` s apart."""
    steps = np.arange(1, more + 1)
    return np.concatenate([times[0] - first * steps[::-1], times, times[-1] + last * steps])


def _ends(n: int, near: Near, texture: Texture, rate: float) -> Ends:
    """Levels of the trials beside a pause of n samples, and how much they count in it."""
    reach = min(round(HUSH * rate), n // 2)
    share, there = np.zeros((n, 1)), np.zeros((n, len(texture.groups)))
    for measured in near:
        if measured is not None:
            there[: n // 2] = texture.level(measured, rate)[-4:].mean(axis=0)
            share[: n // 2] = 1.0 - minimum_jerk((np.arange(n // 2) - len(measured)) / reach)[:, None]
        share, there = share[::-1], there[::-1]
    return there, share


def _joined(made: Array, near: Near, seam: Seam) -> Array:
    """Samples of a pause: `made`, which extends `seam.past` samples beyond both ends, joined to `near`."""
    past, out = seam.past, made
    for measured in near:
        if measured is not None:
            ahead = seam.onwards(measured - out[:past])
            reach = min(len(ahead), len(out) - 2 * past)
            out[past : past + reach] += ahead[:reach]
        out = out[::-1]
    return out[past : len(out) - past].copy()
