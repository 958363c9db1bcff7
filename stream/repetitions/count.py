"""Samples of a stretch of time -> its repetitions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .angles import JointAngles
from .cycles import cycles_of
from .period import periodicity
from .signals import RATE, MotionChannels, grid_of, motion_of
from .track import Stretch


@dataclass(frozen=True, slots=True)
class Counting:
    """Motion channels and joint angles of the modalities of a wearer."""

    channels: Mapping[str, MotionChannels]
    """Modality -> its channels that show motion."""
    angles: Mapping[str, JointAngles]
    """Modality -> its joint angles."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Repetitions of a stretch of time."""

    bounds: NDArray[np.float64]
    """(count + 1,) s: where each repetition begins, and the end of the last; of an activity that was
    performed once, the stretch."""
    regularity: float
    """Mean similarity of one to the next, 0 to 1; 0 where nothing repeats."""
    ranges: dict[str, float]
    """Joint -> angle that it goes through in a repetition, deg."""
    repeats: bool
    """False where nothing repeats."""

    @property
    def count(self) -> int:
        """Number of repetitions: 0 where nothing repeats."""
        return len(self.bounds) - 1 if self.repeats else 0


def counted(
    stretches: Mapping[str, Stretch],
    counting: Counting,
    anchor: float | None = None,
    *,
    ranges: bool = True,
) -> Counted | None:
    """The repetitions in samples of all modalities; None without samples that show motion.

    `anchor`: time up to which they were counted before, s; from there on then. Without `ranges` joints are
    not looked at.
    """
    grid = grid_of(list(stretches.values())) if stretches else np.zeros(0)
    motion = motion_of(stretches, counting.channels, grid)
    if not motion.shape[1]:
        return None
    found = periodicity(motion)
    bounds, regularity, repeats = grid[[0, -1]], 0.0, False
    if found is not None:
        steps = cycles_of(motion, found, None if anchor is None else (anchor - grid[0]) * RATE)
        if len(steps) > 3 or (len(steps) > (1 if anchor is not None else 2) and found.certain):
            bounds, repeats = grid[0] + steps / RATE, True
            regularity = min(1.0, max(0.0, found.regularity))
    joints: dict[str, float] = {}
    for name, stretch in stretches.items() if ranges else ():
        joints |= counting.angles[name].ranges(stretch, bounds)
    return Counted(bounds, regularity, joints, repeats)
