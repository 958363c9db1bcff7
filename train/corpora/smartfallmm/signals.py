"""SmartFallMM's signals: acceleration in g on its own clock, and the canonical joints in meters, y up.

An accelerometer's file has epoch (ms), clock, elapsed (s), x, y, z (g), with or without a line of headings.
Its epoch is rounded to seconds for some people, so the elapsed column is the clock. A file of a skeleton has
32 joints of Azure Kinect's body tracking, x, y, z in mm with y down, and no time at all.
"""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS

from ..packed import Numbers, lines_of, numbers

SKELETON_RATE: Final = 30.0
"""Frames a second, nominal; the files have no time stamps."""
FEWEST: Final = 10
"""Samples, or frames, without which there is no signal."""
LONGEST: Final = 40.0
"""s; some files hold all repetitions of an activity, uncut, or a minute after it."""
ACC_LIMIT: Final = 64.0
"""g; beyond any sensor's range."""
AT_REST: Final = (0.5, 2.0)
"""g; median magnitude of what measures gravity. Files of angular velocity lie among those of acceleration."""
REACH: Final = 20.0
"""m from the camera, beyond its range."""
AZURE_JOINTS: Final = 32
AZURE: Final = {
    "head": 26,
    "shoulder_center": 3,
    "spine": 1,
    "hip_center": 0,
    "left_shoulder": 5,
    "left_elbow": 6,
    "left_wrist": 7,
    "left_hand": 8,
    "right_shoulder": 12,
    "right_elbow": 13,
    "right_wrist": 14,
    "right_hand": 15,
    "left_hip": 18,
    "left_knee": 19,
    "left_ankle": 20,
    "left_foot": 21,
    "right_hip": 22,
    "right_knee": 23,
    "right_ankle": 24,
    "right_foot": 25,
}
"""Canonical joint -> its number in k4abt's order; the neck is the shoulders' center."""
_ROWS: Final = np.array([AZURE[joint] for joint in UTD_JOINTS])
_TO_CANONICAL: Final = np.array([-1e-3, -1e-3, 1e-3])
"""mm, x right, y down -> m, x left, y up: half a turn about the axis of view, as of Kinect's skeletons."""


class OddSignalError(RecordingError):
    """A file, whole as its authors made it, of something else than one performance by this sensor."""


class Signal(NamedTuple):
    """A sensor's samples during a trial."""

    samples: NDArray[np.float32]
    """(n, channels)."""
    times: NDArray[np.float64]
    """(n,) s from its first sample, ascending."""
    left_out: int
    """Rows that could not be used."""


def read_accelerometer(path: Path) -> Signal:
    """(n, 3) g. Raises RecordingError for a file that is not one performance's acceleration."""
    table = _table(path, (2, 3, 4, 5), 6)
    values = table.values[:, 1:].clip(-1e6, 1e6)
    good = (np.abs(values) <= ACC_LIMIT).all(axis=1)
    rows = table.values[good]
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    new = np.diff(rows[:, 0], prepend=-np.inf) > 0
    rows = rows[new]
    left_out = table.bad + int(np.sum(~good)) + int(np.sum(~new))
    magnitude = float(np.median(np.linalg.norm(values, axis=1))) if len(values) else 1.0
    if not AT_REST[0] <= magnitude <= AT_REST[1]:
        raise OddSignalError(
            f"{path} holds no acceleration in g: the median magnitude of its samples is {magnitude:.1f}, "
            "where gravity alone is 1"
        )
    return _usable(path, rows[:, 1:].astype(np.float32), rows[:, 0], left_out)


def read_skeleton(path: Path) -> Signal:
    """(F, 60) m, y up, at the nominal rate; a frame that could not be used leaves a gap. Raises as above."""
    width = 3 * AZURE_JOINTS
    lines = _body(lines_of(path))
    table = numbers([f"{number},{line}" for number, line in enumerate(lines)], range(width + 1), width + 1)
    joints = table.values[:, 1:].reshape(-1, AZURE_JOINTS, 3)[:, _ROWS] * _TO_CANONICAL
    # a body that was not tracked is a point at the camera
    good = (np.abs(joints) <= REACH).all(axis=(1, 2)) & (np.ptp(joints, axis=1) > 1e-3).any(axis=1)
    left_out = table.bad + int(np.sum(~good))
    samples = joints[good].reshape(-1, 3 * len(UTD_JOINTS)).astype(np.float32)
    return _usable(path, samples, table.values[good, 0] / SKELETON_RATE, left_out)


def _table(path: Path, columns: tuple[int, ...], width: int) -> Numbers:
    return numbers(_body(lines_of(path)), columns, width)


def _body(lines: list[str]) -> list[str]:
    """The lines without one of headings."""
    if not lines:
        return lines
    try:
        float(lines[0].split(",", 1)[0])
    except ValueError:
        return lines[1:]
    return lines


def _usable(path: Path, samples: NDArray[np.float32], times: NDArray[np.float64], left_out: int) -> Signal:
    """Samples as a signal from its first on, if they are of one performance."""
    if len(samples) < FEWEST:
        rows = f"{len(samples)} usable rows" + (f" ({left_out} others)" if left_out else "")
        raise RecordingError(f"{path} has {rows}: at least {FEWEST} are needed")
    if times[-1] - times[0] > LONGEST:
        raise OddSignalError(
            f"{path} lasts {times[-1] - times[0]:.0f} s: one performance takes {LONGEST:g} s at most"
        )
    return Signal(samples, times - times[0], left_out)
