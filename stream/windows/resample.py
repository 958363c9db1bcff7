"""Samples on their own time stamps -> samples on a regular grid: one place, for training and serving alike.

Linear interpolation in time, never in the frequency domain (which assumes a periodic signal and bends the
edges of a window), and never across the sample index (which hides gaps). Samples much denser than the grid
are averaged first (`lowpass`), so that a vibration is not read as a motion. Loads no torch.
"""

import numpy as np
from numpy.typing import NDArray

from .lowpass import averaged, is_dense


def time_grid(end: float, steps: int, rate: float) -> NDArray[np.float64]:
    """The (steps,) grid, s, whose last point lies on `end` and whose points are 1 / `rate` apart."""
    return end + np.arange(1 - steps, 1, dtype=np.float64) / rate


def resample(
    timestamps: NDArray[np.float64], samples: NDArray[np.float32], grid: NDArray[np.float64], *, gap: float
) -> tuple[NDArray[np.float32], float]:
    """Interpolate every channel at the times of `grid`; where samples are dense, average around them.

    Args:
        timestamps: (n,) s, any n; sorted here where they are not.
        samples: (n, C); an entry that is not finite is missing and bridged by its channel's neighbors.
        grid: (T,) s, ascending.
        gap: Longest distance, s, between the two samples around a grid point that still supports it.

    Returns:
        (T, C) float32, finite: before the first and after the last sample the edge is held, a channel never
        seen is 0. Coverage, 0 to 1: the share of grid points x channels that lie on a sample, between two at
        most `gap` apart, or beyond the edge by at most `gap`.

    Raises:
        ValueError: Shapes that do not fit each other.
    """
    if samples.ndim != 2 or timestamps.shape != samples.shape[:1]:
        raise ValueError(f"{timestamps.shape} time stamps do not fit samples of shape {samples.shape}")
    count, channels = samples.shape
    steps = len(grid)
    valid_times = np.isfinite(timestamps)
    if not valid_times.all():
        timestamps, samples = timestamps[valid_times], samples[valid_times]
        count = len(timestamps)
    if not (count and channels and steps):
        return np.zeros((steps, channels), np.float32), 0.0
    if count > 1 and (timestamps[1:] < timestamps[:-1]).any():
        order = np.argsort(timestamps, kind="stable")
        timestamps, samples = timestamps[order], samples[order]
    finite = np.isfinite(samples)
    if finite.all():
        values, supported = _at_grid(timestamps, samples, grid, gap)
        return values, supported / steps
    return _resample_missing(timestamps, samples, finite, grid, gap)


def between_samples(
    times: NDArray[np.float64],
    samples: NDArray[np.float32],
    grid: NDArray[np.float64],
    after: NDArray[np.intp],
) -> NDArray[np.float32]:
    """`resample`, to the bit, of samples that surround the grid, where nothing is missing or dense.

    Args:
        times: (n,) s, strictly ascending, from the grid's first point or before to its last or after.
        samples: (n, C) float32, finite, with a finite sum of squares: no difference overflows.
        grid: (T,) s, ascending.
        after: (T,) number of samples up to each grid point; may be changed.
    """
    last = int(after[-1]) - 1
    on_sample = times[last] == grid[-1]
    if on_sample:
        after[-1] = last
    left = after - 1
    begin = times.take(left)
    weight = grid - begin
    weight /= times.take(after) - begin
    base = samples.take(left, axis=0)
    values = samples.take(after, axis=0)
    values -= base
    values *= weight.astype(np.float32)[:, None]
    values += base
    if on_sample:
        values[-1] = samples[last] + np.float32(0)
    return values


def _resample_missing(
    timestamps: NDArray[np.float64],
    samples: NDArray[np.float32],
    finite: NDArray[np.bool_],
    grid: NDArray[np.float64],
    gap: float,
) -> tuple[NDArray[np.float32], float]:
    """`resample` where entries are missing: channels that miss the same entries are interpolated together."""
    steps, channels = len(grid), samples.shape[1]
    out = np.zeros((steps, channels), np.float32)
    groups: dict[bytes, list[int]] = {}
    for channel, mask in enumerate(np.packbits(finite, axis=0).T):
        groups.setdefault(mask.tobytes(), []).append(channel)
    supported = 0
    for members in groups.values():
        rows = finite[:, members[0]]
        if rows.any():
            values, hits = _at_grid(timestamps[rows], samples[rows][:, members], grid, gap)
            out[:, members] = values
            supported += hits * len(members)
    return out, supported / (steps * channels)


def _at_grid(
    times: NDArray[np.float64], samples: NDArray[np.float32], grid: NDArray[np.float64], gap: float
) -> tuple[NDArray[np.float32], int]:
    """As `_interpolate`, of averages where the samples are dense."""
    values, supported = _interpolate(times, samples, grid, gap)
    if is_dense(times, grid, gap):
        values = averaged(times, samples, grid, values)
    return values, supported


def _interpolate(
    times: NDArray[np.float64], samples: NDArray[np.float32], grid: NDArray[np.float64], gap: float
) -> tuple[NDArray[np.float32], int]:
    """(T, C) values and the number of supported grid points; sorted times, finite samples, at least one."""
    after = np.searchsorted(times, grid, side="right")
    left = np.maximum(after - 1, 0)
    right = np.minimum(after, len(times) - 1)
    since = grid - times[left]
    span = times[right] - times[left]
    inside = span > 0
    weight = np.divide(since, span, out=np.zeros_like(span), where=inside).astype(np.float32)[:, None]
    base = samples[left].astype(np.float32, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        values = samples[right] - base
        values *= weight
        values += base
    # At the edges left == right, so `since` is the distance to the only neighbor; on a sample it is 0.
    supported = (since == 0) | (np.where(inside, span, np.abs(since)) <= gap)
    if not np.isfinite(values).all():  # finite neighbors whose difference overflows float32
        values = (samples[right] * weight + base * (1 - weight)).astype(np.float32)
    return values, int(np.count_nonzero(supported))
