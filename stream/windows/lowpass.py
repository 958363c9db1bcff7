"""Low-pass of samples that are denser than the grid, before they are taken onto it. Pure, without torch.

A grid of 50 Hz cannot tell 52 Hz from 2 Hz: without this, the vibration of a motor reads as a shaken arm.
Each grid point is the average of the signal around it, weighted by a triangle that reaches to the neighboring
grid points. Its response sinc²(f / rate) vanishes at the multiples of the grid's rate, about which lies all
that would fold onto slow motion, and it needs nothing from beyond a window's end. A constant and a straight
line pass as they are.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

DENSE: Final = 1.5
"""Samples a grid step from which they are averaged. Below, nothing folds onto slow motion."""


def is_dense(times: NDArray[np.float64], grid: NDArray[np.float64], gap: float) -> bool:
    """True where (n,) sorted stamps hold at least `DENSE` samples a step of the grid (T,), holes of more than
    `gap` (s) left out."""
    if len(times) < DENSE * len(grid) / 2 or len(grid) < 2:
        return False
    steps = np.diff(times)
    spanned = float(steps[steps <= gap].sum())
    return spanned > 0 and (len(times) - 1) * (grid[1] - grid[0]) >= DENSE * spanned


def averaged(
    times: NDArray[np.float64],
    samples: NDArray[np.float32],
    grid: NDArray[np.float64],
    values: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Average of the signal around each grid point, (T, C).

    Args:
        times: (n,) s, sorted, at least two.
        samples: (n, C), finite.
        grid: (T,) s, evenly spaced.
        values: (T, C), kept at grid points that lie beyond the samples.

    The signal is the line through the samples, mirrored at its ends, so that the average of a window's last
    point is one over the past alone. It is the second difference of the signal's second integral.
    """
    width = float(grid[1] - grid[0])
    origin = times[0]
    at, line = _mirrored(times - origin, samples.astype(np.float64), width)
    step = np.diff(at)[:, None]
    slope = np.divide(np.diff(line, axis=0), step, out=np.zeros_like(line[1:]), where=step > 0)
    first = _summed(step * (line[1:] + line[:-1]) / 2)
    second = _summed(step * (first[:-1] + step * (line[:-1] / 2 + slope * step / 6)))
    inside = (grid >= times[0]) & (grid <= times[-1])
    centers = grid[inside] - origin

    def integral(places: NDArray[np.float64]) -> NDArray[np.float64]:
        left = np.clip(np.searchsorted(at, places, side="right") - 1, 0, len(at) - 2)
        d = (places - at[left])[:, None]
        return second[left] + d * (first[left] + d * (line[left] / 2 + d * slope[left] / 6))

    around = integral(centers - width) - 2 * integral(centers) + integral(centers + width)
    out = values.copy()
    out[inside] = around / width**2
    return out


def _mirrored(
    times: NDArray[np.float64], line: NDArray[np.float64], width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Samples with those of `width` s at either end mirrored beyond it."""
    head = slice(min(int(np.searchsorted(times, times[0] + width, side="right")), len(times) - 1), 0, -1)
    from_end = max(int(np.searchsorted(times, times[-1] - width)) - 1, 0)
    tail = slice(-2, from_end - len(times) - 1, -1) if from_end else slice(-2, None, -1)
    at = np.concatenate([2 * times[0] - times[head], times, 2 * times[-1] - times[tail]])
    return at, np.concatenate([line[head], line, line[tail]])


def _summed(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running sum from 0."""
    return np.concatenate([np.zeros((1, parts.shape[1])), np.cumsum(parts, axis=0)])
