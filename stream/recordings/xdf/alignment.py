"""The streams of an XDF file on one clock: as the user says, or refused where they share no time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..clock_choice import ClockChoice
from ..clocks import Clocked, align
from .scan import Scan
from .select import MARKERS, StreamEntry


def on_one_clock(
    entries: Sequence[StreamEntry],
    modalities: Mapping[int, Sequence[str]],
    loaded: Sequence[dict[str, Any]],
    looked: Scan,
    choice: ClockChoice,
) -> tuple[frozenset[int], list[str]]:
    """Put the time stamps of all streams on one clock, in `loaded`.

    Args:
        entries: Every stream of the file.
        modalities: Index of stream -> its modalities, or "markers", of those that are read.
        loaded: What pyxdf gave of each; the time stamps of those that are moved are replaced.
        looked: How the file's chunks lie.
        choice: Clocks as the user says them.

    Returns:
        Indices of streams that are left out, and notes.

    Raises:
        RecordingError: Where streams that are read share no time, and nothing says how they go together.
    """
    streams = [
        _clocked(entry, next(iter(modalities.get(entry.index, ())), ""), loaded[entry.index], looked)
        for entry in entries
    ]
    aligned = align(streams, choice)
    for entry, stream, times in zip(entries, streams, aligned.times, strict=True):
        if times is not stream.times:
            loaded[entry.index]["time_stamps"] = times
    return frozenset(entries[k].index for k in aligned.left_out), list(aligned.notes)


def _clocked(entry: StreamEntry, role: str, stream: Mapping[str, Any], looked: Scan) -> Clocked:
    times = np.asarray(stream["time_stamps"], np.float64)
    if not role and (entry.text or entry.description.nominal_rate <= 0):
        times = times[:0]  # what comes when it comes says nothing of where a clock begins
    _, offset = looked.clocks.get(stream["info"]["stream_id"], (0.0, 0.0))
    return Clocked(entry.description, times, MARKERS if role == MARKERS else role, offset)
