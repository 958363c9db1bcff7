"""The common clock of a trial's signals, which were cut by hand: found by the motion that all of them saw.

An accelerometer measures the acceleration of its place against free fall, so its magnitude is that of
p'' + g at the joint where it is worn. Both are smoothed, and the shift at which they correlate best is the
offset of the skeleton. Wrist and hip were cut together, so their correlations are added. The correlation at a
shift counts by the root of the samples that overlap there, as chance correlations fall with it.

Where no shift stands out nothing is claimed: a quiet trial has no such motion, and one that repeats itself
fits at each repetition.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS

Signal = NDArray[np.float64]
WORN: Final[Mapping[str, int]] = {
    "accelerometer.wrist": UTD_JOINTS.index("right_wrist"),
    "accelerometer.hip": UTD_JOINTS.index("hip_center"),
}
"""Accelerometer -> the joint where it is worn."""
RATE: Final = 25.0
"""Hz at which motion is compared."""
FARTHEST: Final = 5.0
"""s; the authors' cuts lie up to four apart."""
AROUND: Final = 0.5
"""s about the best shift that are not counted as another one."""
SURE: Final = 3.0
"""Margin from which an offset is believed: of those planted in UTD-MHAD's trials 97 % are then right to
0.2 s."""
GRAVITY: Final = 9.81
"""m/s²."""
_WIDTH: Final = 11
"""Samples of the cubic whose second derivative is an acceleration, and of the window that smooths both."""


class SkeletonOffset(NamedTuple):
    """The skeleton's begin against the accelerometers'."""

    seconds: float
    """Of the accelerometers' clock at the skeleton's first frame."""
    margin: float
    """By which the best shift's correlation, times the root of its samples, stands above any other."""

    @property
    def sure(self) -> bool:
        """True where the margin says that it is no chance."""
        return self.margin >= SURE


def offset_of(
    signals: Mapping[str, NDArray[np.float32]], times: Mapping[str, Signal]
) -> SkeletonOffset | None:
    """Offset of a trial's skeleton; None without one, without an accelerometer, or where both are too short.

    `signals`: accelerometers (n, 3) g and "skeleton" (F, 60) m, y up; `times`: s from each one's begin.
    """
    if "skeleton" not in signals:
        return None
    limit = round(FARTHEST * RATE)
    total = np.zeros(2 * limit + 1)
    found = False
    body = signals["skeleton"].reshape(len(signals["skeleton"]), -1, 3)
    for name, joint in WORN.items():
        if name not in signals:
            continue
        measured = _smooth(np.linalg.norm(_even(signals[name], times[name]), axis=1))
        seen = _load(_even(body[:, joint], times["skeleton"]))
        if min(len(measured), len(seen)) < 2 * _WIDTH:
            continue
        total += correlations(measured, seen, limit)
        found = True
    if not found:
        return None
    best = int(total.argmax())
    elsewhere = total[np.abs(np.arange(len(total)) - best) > AROUND * RATE]
    margin = float(total[best] - elsewhere.max(initial=-np.inf))
    return SkeletonOffset((best - limit) / RATE, margin if np.isfinite(margin) else 0.0)


def correlations(first: Signal, second: Signal, limit: int) -> Signal:
    """(2·limit + 1,) correlation times the root of the overlap, of `second` begun -limit to limit samples
    after `first`; -inf where less than half of the shorter overlaps."""
    least = min(len(first), len(second)) / 2
    out = np.full(2 * limit + 1, -np.inf)
    for place, shift in enumerate(range(-limit, limit + 1)):
        begin, end = max(0, shift), min(len(first), len(second) + shift)
        if end - begin < least:
            continue
        a, b = first[begin:end], second[begin - shift : end - shift]
        a, b = a - a.mean(), b - b.mean()
        size = float(np.sqrt((a @ a) * (b @ b)))
        out[place] = float(a @ b) / size * np.sqrt(end - begin) if size > 1e-9 else 0.0
    return out


def _even(samples: NDArray[np.float32], times: Signal) -> Signal:
    """(n, C) at (n,) s on an even grid of `RATE`."""
    grid = np.arange(0.0, float(times[-1] - times[0]) + 1e-9, 1 / RATE)
    return np.stack(
        [np.interp(grid, times - times[0], samples[:, c]) for c in range(samples.shape[1])], axis=1
    )


def _load(place: Signal) -> Signal:
    """(n,) |p'' + g| in g of (n, 3) m, y up, smoothed."""
    if len(place) < 2 * _WIDTH:
        return np.zeros(len(place))
    reach = _WIDTH // 2
    powers = np.arange(-reach, reach + 1)[:, None] ** np.arange(4)
    curvature = 2 * np.linalg.pinv(powers)[2] * RATE**2
    padded = np.pad(place, ((reach, reach), (0, 0)), mode="edge")
    acceleration = np.stack([np.convolve(padded[:, c], curvature[::-1], "valid") for c in range(3)], axis=1)
    felt = acceleration / GRAVITY
    felt[:, 1] += 1.0
    return _smooth(np.linalg.norm(felt, axis=1))


def _smooth(values: Signal) -> Signal:
    """(n,) -> (n,) by a window as wide as the cubic's, its extremes drawn in: falls end in blows."""
    window = np.hanning(_WIDTH - 2)
    drawn = np.sign(values - 1.0) * np.log1p(5 * np.abs(values - 1.0))
    reach = len(window) // 2
    return np.convolve(np.pad(drawn, reach, mode="edge"), window / window.sum(), "valid")
