"""Map of one body's channels onto the canonical joints."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .channel_map import ChannelMap
from .checks import SignalChecks
from .skeleton_checks import skeleton_checks


@dataclass(frozen=True, slots=True)
class SkeletonMap(ChannelMap):
    """Joints picked, averaged where one has to be made, scaled and turned; untracked ones are NaN."""

    positions: tuple[tuple[int, int, int], ...]
    """Stream channels of the canonical x, y, z of each joint that is read."""
    confidences: tuple[int, ...]
    """Stream channel of each of these joints' confidence, -1 where there is none."""
    made_of: tuple[tuple[int, ...], ...]
    """For each canonical joint the entries of `positions` whose mean it is."""
    scale: tuple[float, float, float]
    """Meters (with sign) per unit of the stream on the channels of x, y, z."""
    root: int = -1
    """Entry of `positions` that is the origin: zeros are its place, not its absence. -1: none is."""
    _index: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    """Stream channel of each column, where no joint has to be made; else empty."""
    _factor: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lone = all(len(parts) == 1 for parts in self.made_of) and max(self.confidences, default=-1) < 0
        index = [channel for parts in self.made_of for channel in self.positions[parts[0]]] if lone else []
        object.__setattr__(self, "_index", np.array(index, np.intp))
        object.__setattr__(self, "_factor", np.tile(np.array(self.scale), len(index) // 3))

    @property
    def checks(self) -> SignalChecks:
        """See `skeleton_checks`."""
        return skeleton_checks(self.feed.columns)

    def apply(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, channels of the stream) -> (n, 60) in meters, y up; joints that were not tracked are NaN."""
        raw = np.asarray(samples, dtype=np.float64)
        if len(self._index):
            picked = raw.take(self._index, axis=1)
            # nothing missing, nor anything that looks so: as nearly all samples, which come one by one
            if picked.all() and np.isfinite(picked).all():
                return (picked * self._factor).astype(np.float32)
        joints = raw[:, np.asarray(self.positions)]
        missing = ~np.isfinite(joints).all(axis=2) | (joints == 0.0).all(axis=2)
        confidences = np.asarray(self.confidences)
        known = confidences >= 0
        if known.any():
            missing[:, known] |= ~(raw[:, confidences[known]] > 0.0)
        if self.root >= 0:
            missing[:, self.root] = np.delete(missing, self.root, axis=1).all(axis=1)
        joints = joints * np.asarray(self.scale)
        joints[missing] = np.nan
        made = [
            joints[:, parts[0]] if len(parts) == 1 else joints[:, parts].mean(axis=1)
            for parts in self.made_of
        ]
        return np.stack(made, axis=1).reshape(len(raw), -1).astype(np.float32)
