"""The streams of an XDF file on one clock: as the user says, or refused where they share no time."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...mapping.stamp_unit import SECOND, stamp_unit
from ..clock_choice import ClockChoice
from ..clocked import Clocked, scaled
from ..clocks import align
from .arrivals import Order, Shift, shifts
from .scan import Scan
from .select import MARKERS, StreamEntry

LISTED: Final = 3
"""Streams with the same words that are named one by one."""
FAR_TOO_LONG: Final = 100.0
"""Times a recording's length that a stream may last by its stamps before another unit is looked for."""


def by_order(
    entries: Sequence[StreamEntry], loaded: Sequence[dict[str, Any]], looked: Scan, choice: ClockChoice
) -> list[str]:
    """Put samples whose stamps cannot be true where the recorder wrote them, in `loaded`; notes on those.

    Streams whose clock the user says are left as they are. A file whose order does not tell stays as it is.
    """
    if choice.trusted:
        return []
    order = Order(
        np.frombuffer(looked.writers, np.int64),
        np.frombuffer(looked.sizes, np.int64),
        np.frombuffer(looked.recorded, np.float64),
    )
    numbers = {stream["info"]["stream_id"]: k for k, stream in enumerate(loaded)}
    times: dict[int, NDArray[np.float64]] = {}
    moves: dict[str, list[str]] = {}
    for number, k in numbers.items():
        stream = _clocked(entries[k], MARKERS if entries[k].text else "?", loaded[k], looked)
        rate = entries[k].description.nominal_rate
        whole = not entries[k].text and len(stream.times) == entries[k].samples
        if (
            rate <= 0 and whole
        ):  # what comes when it comes, as triggers do, is taken in s; a sensor need not be
            whole = _lasts(stream.times) > FAR_TOO_LONG * _lasts(order.clock)
        unit = stamp_unit(stream.times, rate) if whole else SECOND
        times[number] = scaled(stream, unit.seconds)
    for number, parts in shifts(order, times).items():
        k, moved = numbers[number], times[number].copy()
        stream = Clocked(entries[k].description, moved, MARKERS if entries[k].text else "?")
        if stream.named(choice.names):
            continue
        for part in parts:
            stamps = moved[part.first : part.last]
            stamps += part.by + part.drift * (stamps - part.since)
        loaded[k]["time_stamps"] = moved
        moves.setdefault(_moved(parts, len(moved)), []).append(stream.name)
    return [note for words, names in moves.items() for note in _of_each(names, words)]


def _of_each(names: Sequence[str], words: str) -> list[str]:
    """The same words of some streams; of many in one note."""
    if len(names) <= LISTED:
        return [f"{name}: {words}" for name in names]
    return [f"{', '.join(names[:LISTED])} and {len(names) - LISTED} more, each: {words}"]


def _lasts(times: NDArray[np.float64]) -> float:
    """s from the first to the last of (n,) times that are known, by their middle nine tenths."""
    known = times[np.isfinite(times)]
    low, high = np.quantile(known, (0.05, 0.95)) if len(known) else (0.0, 0.0)
    return float(high - low)


def _moved(parts: Sequence[Shift], count: int) -> str:
    """The shifts of a stream of `count` samples in words."""
    moved = sum(part.last - part.first for part in parts)
    first = max(parts, key=lambda part: part.last - part.first)
    stamps = "its time stamps" if moved == count else f"{moved} of its {count} time stamps"
    off = f"{abs(first.by):.1f} s {'behind' if first.by > 0 else 'ahead of'} the recorder's clock"
    run = f" and gain {-first.drift:+.1%} by it" if first.drift else ""
    return (
        f"{stamps} are {off}{run}; they were moved to when the recorder wrote their samples, right within "
        f"{max(part.within for part in parts):.1f} s"
    )


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
    number = stream["info"]["stream_id"]
    _, offset = looked.clocks.get(number, (0.0, 0.0))
    at = np.frombuffer(looked.recorded)[np.frombuffer(looked.writers, np.int64) == number]
    at = at[np.isfinite(at)]
    measured = (float(at.min()), float(at.max())) if len(at) else None
    return Clocked(entry.description, times, role, offset, measured)
