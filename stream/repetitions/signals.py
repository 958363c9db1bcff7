"""Samples of all modalities -> one motion signal of many channels, whatever was worn or seen.

Each sensor becomes a group of channels of one mean square, so that an accelerometer, a gyroscope and a
skeleton have about equal say, but for one that hardly moves: it has less. Correlations over all
channels at once do not depend on how a sensor is turned. Sensors are told by their units, joints by the
labels of their channels.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality

from ..windows.buffers import GAP
from ..windows.resample import resample
from .track import Stretch

RATE: Final = 50.0
"""Hz of the common grid."""
FLOORS: Final = {"g": 0.06, "deg/s": 15.0, "m": 0.3}
"""Unit of a sensor -> root mean square of its motion below which it has less than its share: of positions, of
their velocity, m/s."""
WEIGHTS: Final = {"g": 0.8, "deg/s": 1.0, "m": 1.0}
"""Unit of a sensor -> root mean square that its motion gets: what shakes a sensor is no movement."""
CENTER: Final = "hip_center"
"""Joint that the others are seen from: walking across a room is no movement of the limbs."""
SMOOTH: Final = 0.08
"""Length of the moving average that takes the noise away, s."""
LIVELIEST: Final = 15
"""Columns of a sensor that are looked at, at most: those that move most."""

Motion = NDArray[np.float64]


class MotionChannels:
    """The channels of a modality that show motion."""

    def __init__(self, modality: Modality) -> None:
        self.groups = {
            unit: [i for i, u in enumerate(modality.units) if u == unit]
            for unit in FLOORS
            if unit in modality.units
        }
        """Unit -> columns."""
        labels = modality.channels
        center = [labels.index(f"{CENTER}_{axis}") for axis in "xyz" if f"{CENTER}_{axis}" in labels]
        self.center = center if len(center) == 3 else []
        """Columns of the joint that others are seen from; none where it is not among them."""

    def motion(self, stretch: Stretch, grid: NDArray[np.float64]) -> list[Motion]:
        """A sensor of the modality an entry: (len(grid), columns), of mean 0, scaled by its unit."""
        times, samples = stretch
        found = []
        for unit, columns in self.groups.items():
            values = samples[:, columns]
            if unit == "m" and self.center:
                joints = values.reshape(len(values), -1, 3) - samples[:, None, self.center]
                values = joints.reshape(len(values), -1)
            on_grid = smoothed(resample(times, values, grid, gap=GAP)[0].astype(np.float64))
            if unit == "m":
                # a raised arm is far from one that hangs, but moves no faster than one that knocks
                on_grid = np.gradient(on_grid, 1 / RATE, axis=0)
            on_grid -= on_grid.mean(axis=0)
            moved = (on_grid**2).mean(axis=0)
            size = float(np.sqrt(moved.sum()))
            if len(columns) > LIVELIEST:
                on_grid = on_grid[:, np.sort(np.argsort(-moved, kind="stable")[:LIVELIEST])]
            found.append(on_grid * (WEIGHTS[unit] / max(size, FLOORS[unit])))
        return found


def smoothed(values: Motion, width: int = max(1, round(SMOOTH * RATE) | 1)) -> Motion:
    """Moving average of (n, C) over `width` steps, odd: centered, so nothing is late; edges are held."""
    half = width // 2
    padded = np.concatenate([values[:1].repeat(half, 0), values, values[-1:].repeat(half, 0)])
    sums = np.concatenate([np.zeros((1, values.shape[1])), padded.cumsum(axis=0)])
    out: Motion = (sums[width:] - sums[:-width]) / width
    return out


def grid_of(stretches: Sequence[Stretch]) -> NDArray[np.float64]:
    """The common grid, s: from the earliest to the latest sample."""
    begin = min(float(times[0]) for times, _ in stretches)
    end = max(float(times[-1]) for times, _ in stretches)
    return begin + np.arange(int((end - begin) * RATE) + 1) / RATE


def motion_of(
    stretches: Mapping[str, Stretch], channels: Mapping[str, MotionChannels], grid: NDArray[np.float64]
) -> Motion:
    """(len(grid), C): all sensors side by side, C 0 where none shows motion."""
    parts = [p for name, stretch in stretches.items() for p in channels[name].motion(stretch, grid)]
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(grid), 0))
