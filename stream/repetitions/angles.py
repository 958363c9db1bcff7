"""Angles of the joints of a skeleton, and how far they go in each repetition."""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality

from .signals import smoothed
from .track import Stretch

JOINTS: Final = {
    "elbow": ("{side}_shoulder", "{side}_elbow", "{side}_wrist"),
    "shoulder": ("{side}_hip", "{side}_shoulder", "{side}_elbow"),
    "hip": ("{side}_shoulder", "{side}_hip", "{side}_knee"),
    "knee": ("{side}_hip", "{side}_knee", "{side}_ankle"),
}
"""Joint -> the three points of its angle, the second its vertex."""
LONGEST_JUMP: Final = 5
"""Width of the median filter over an angle, frames: a joint that jumps for two of them has not moved."""


class JointAngles:
    """The angles that a modality's channels give."""

    def __init__(self, modality: Modality) -> None:
        self.columns: dict[str, tuple[list[int], list[int], list[int]]] = {}
        """Name of a joint -> columns of its three points, x y z each."""
        labels = {label: i for i, label in enumerate(modality.channels)}
        for side in ("left", "right"):
            for joint, points in JOINTS.items():
                names = [[f"{point.format(side=side)}_{axis}" for axis in "xyz"] for point in points]
                if all(name in labels for point in names for name in point):
                    a, b, c = ([labels[name] for name in point] for point in names)
                    self.columns[f"{side}_{joint}"] = (a, b, c)
        self._places = np.array(list(self.columns.values()), int).reshape(-1, 3, 3).swapaxes(0, 1)
        """(3 points, joints, xyz)."""

    def ranges(self, stretch: Stretch, bounds: NDArray[np.float64]) -> dict[str, float]:
        """Joint -> angle that it goes through from one of `bounds` (s) to the next, deg: mean over all."""
        times, samples = stretch
        edges = np.searchsorted(times, bounds).tolist()
        parts = [slice(i, j) for i, j in itertools.pairwise(edges) if j - i >= 2]
        if not parts or not self.columns:
            return {}
        a, vertex, c = (samples[:, places] for places in self._places)
        steady = _steady(angles(a, vertex, c))
        mean = np.mean([np.ptp(steady[part], axis=0) for part in parts], axis=0)
        return dict(zip(self.columns, mean.tolist(), strict=True))


def angles(
    a: NDArray[np.float32], vertex: NDArray[np.float32], c: NDArray[np.float32]
) -> NDArray[np.float64]:
    """(...,) angle at `vertex`, deg, of points (..., 3); 180 is straight."""
    u, v = (p.astype(np.float64) - vertex for p in (a, c))
    size = np.maximum(np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1), 1e-9)
    out: NDArray[np.float64] = np.rad2deg(np.arccos(np.clip((u * v).sum(axis=-1) / size, -1.0, 1.0)))
    return out


def _steady(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, joints) without jumps of single frames, and smoothed."""
    half = LONGEST_JUMP // 2
    padded = np.pad(angle, ((half, half), (0, 0)), mode="edge")
    frames = np.stack([padded[k : k + len(angle)] for k in range(LONGEST_JUMP)])
    frames.partition(half, axis=0)
    return smoothed(frames[half], 3)
