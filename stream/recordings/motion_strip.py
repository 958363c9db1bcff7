"""Motion of a recording over a stretch of time as a row of numbers, to see where something begins. Pure."""

import numpy as np
from numpy.typing import NDArray

from .recording import RecordedStream, Recording


def motion(recording: Recording, begin: float, end: float, bins: int) -> NDArray[np.float64]:
    """(bins,) 0 to 1: how much the streams change in each part of [begin, end), s on the recording's clock.

    Of each stream the change of its channels from sample to sample, in the mean of a part and in units of
    what is much for it; of several streams the most. NaN where there is no sample.
    """
    rows = [_of(stream, begin, end, bins) for stream in recording.streams if len(stream.timestamps) > 2]
    if not rows:
        return np.full(bins, np.nan)
    return np.asarray(np.fmax.reduce(rows))


def _of(stream: RecordedStream, begin: float, end: float, bins: int) -> NDArray[np.float64]:
    values = np.nan_to_num(stream.samples.astype(np.float64))
    scale = np.maximum(np.quantile(np.abs(values - np.median(values, 0)), 0.98, axis=0), 1e-9)
    steps = np.maximum(np.diff(stream.timestamps), 1e-6)
    change = np.abs(np.diff(values / scale, axis=0)).mean(1) / steps
    much = float(np.quantile(change, 0.98)) or 1.0
    place = np.floor((stream.timestamps[1:] - begin) / (end - begin) * bins)
    inside = (place >= 0) & (place < bins)
    number = place[inside].astype(np.int64)
    counts = np.bincount(number, minlength=bins)
    sums = np.bincount(number, weights=change[inside], minlength=bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.minimum(sums / counts / much, 1.0))
