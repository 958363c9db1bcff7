"""Time stamps of a recorded stream put in order: those that step back are held, time that runs backward is
refused."""

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

MAX_STEP_BACK = 0.25
"""A larger step back of the time stamps begins a new segment, s."""
BACKWARD = 0.5
"""Share of steps back above which time runs backward, and cannot be repaired."""


def in_order(
    times: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], list[str]]:
    """Which samples to keep, their time stamps without steps back, and what was done about those.

    Raises RecordingError where most steps go back.
    """
    notes = []
    index = np.flatnonzero(np.isfinite(times))
    if len(index) < len(times):
        notes.append(f"{len(times) - len(index)} samples without a finite time stamp were left out")
    kept = times[index]
    backward = int(np.sum(np.diff(kept) < 0))
    if backward > BACKWARD * max(len(kept) - 1, 1):
        raise RecordingError(
            f"its time runs backward: {backward} of {len(kept)} time stamps are before the one above, from "
            f"{kept[0]:g} s at first to {kept[-1]:g} s at last. Sort its samples by time, the oldest first"
        )
    breaks = np.flatnonzero(np.diff(kept) < -MAX_STEP_BACK) + 1
    if len(breaks):
        segments = np.split(np.arange(len(kept)), breaks)
        longest = max(segments, key=len)
        notes.append(
            f"its time stamps jump back {len(breaks)} times; the longest segment was kept "
            f"({len(longest)} of {len(kept)} samples)"
        )
        index, kept = index[longest], kept[longest]
    back = int(np.sum(np.diff(kept) < 0))
    if back:
        worst = -float(np.diff(kept).min())
        notes.append(f"{back} time stamps stepped back by up to {worst * 1000:.0f} ms; they were held")
        kept = np.maximum.accumulate(kept)
    return index, kept, notes
