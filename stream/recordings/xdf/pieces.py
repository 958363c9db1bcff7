"""Streams of one origin in a file: duplicates count once, pieces of a sender that came back are joined.

Pure.

One origin are streams of the same name, type, source_id and host. Those that overlap in time and are not the
same are of several devices, and none is joined: which is meant has to be said.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.labels import counted

from ...mapping import units
from ...messages import StreamDescription
from .select import StreamEntry

TOGETHER: Final = 0.05
"""s by which time stamps of two recordings of one sample, or of successive pieces, may be off: the error of a
clock offset."""
ALIKE: Final = 0.9
"""Share of the samples that both have in common, from which two streams are one."""
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stream with samples: its entry, and what it is made of."""

    entry: StreamEntry
    times: NDArray[np.float64]
    """(n,) s, finite."""
    samples: NDArray[Any]
    """(n, channels)."""
    uid: str

    @property
    def span(self) -> tuple[float, float]:
        """First and last time, s."""
        return float(self.times.min()), float(self.times.max())


def united(
    entries: Sequence[StreamEntry],
    loaded: Sequence[dict[str, Any]],
    *,
    named: Sequence[Sequence[int]] = (),
    apart: Sequence[int] = (),
) -> tuple[list[StreamEntry], list[dict[str, Any]], list[str]]:
    """Entries, one for each origin; the streams as pyxdf gave them, or joined; and notes.

    `named` are numbers of streams that the user names together, which are then of one origin; one that is
    named alone stays as it is. So do those of the numbers `apart`, and entries that are of text, or triggers.
    """
    together = {number: tuple(numbers) for numbers in named for number in numbers}
    groups: dict[tuple[object, ...], list[StreamEntry]] = {}
    for entry in entries:
        if entry.samples and not entry.text and not entry.trigger and entry.number not in apart:
            d = entry.description
            key: tuple[object, ...] = d.name, d.type, d.source_id, d.hostname, len(d.channels)
            groups.setdefault(together.get(entry.number, key), []).append(entry)
    streams, notes = list(loaded), list[str]()
    gone: set[int] = set()
    changed: dict[int, StreamEntry] = {}
    for group in groups.values():
        if len(group) < 2:
            continue
        pieces = [p for entry in group if len((p := _piece(entry, loaded[entry.index])).times)]
        if len(pieces) < 2:
            continue
        single, duplicates = _once(pieces)
        joined, more = _joined(single)
        notes += [*duplicates, *more]
        gone |= {p.entry.index for p in pieces} - {p.entry.index for p in joined}
        for piece in joined:
            if piece not in pieces:
                at = piece.entry.index
                streams[at] = {**loaded[at], "time_stamps": piece.times, "time_series": piece.samples}
                changed[at] = piece.entry
    kept = [changed.get(entry.index, entry) for entry in entries if entry.index not in gone]
    return kept, streams, notes


def _piece(entry: StreamEntry, stream: Mapping[str, Any]) -> Piece:
    times = np.asarray(stream["time_stamps"], np.float64)
    samples = np.asarray(stream["time_series"]).reshape(len(times), -1)
    finite = np.isfinite(times)
    uid = stream["info"].get("uid") or [""]
    return Piece(entry, times[finite], samples[finite], str(uid[0] or ""))


def _once(pieces: Sequence[Piece]) -> tuple[list[Piece], list[str]]:
    """Each stream that was recorded several times once, the longest recording of it."""
    kept: list[Piece] = []
    notes = []
    for piece in sorted(pieces, key=lambda p: -len(p.times)):
        if any(_same(piece, other) for other in kept):
            notes.append(
                f"{piece.entry} was recorded twice, as streams of one origin; the one with "
                f"{counted(len(piece.times), 'sample')} was left out"
            )
        else:
            kept.append(piece)
    return sorted(kept, key=lambda p: p.span), notes


def _same(piece: Piece, other: Piece) -> bool:
    """True if `piece` holds the samples of `other`, where they overlap in time."""
    (begin, end), (first, last) = piece.span, other.span
    begin, end = max(begin, first) - TOGETHER, min(end, last) + TOGETHER
    if end - begin <= 2 * TOGETHER:
        return False
    if piece.uid and piece.uid == other.uid:
        return True
    if not _layouts_match(piece.entry.description, other.entry.description):
        return False
    inside = np.flatnonzero((piece.times >= begin) & (piece.times <= end))
    there: dict[bytes, list[float]] = {}
    for time, row in zip(other.times.tolist(), other.samples, strict=True):
        if begin - TOGETHER <= time <= end + TOGETHER:
            there.setdefault(row.tobytes(), []).append(time)
    if len(inside) < _FEWEST or len(there) < _FEWEST:
        return False
    for times in there.values():
        times.sort()  # of a sensor at rest many samples are alike
    again = sum(
        _holds(there.get(piece.samples[k].tobytes(), []), float(piece.times[k])) for k in inside.tolist()
    )
    return again >= ALIKE * len(inside)


def _holds(times: Sequence[float], time: float) -> bool:
    """True if one of `times`, in order, is `time`."""
    first = bisect_left(times, time - TOGETHER)
    return first < len(times) and times[first] <= time + TOGETHER


def _layouts_match(given: StreamDescription, other: StreamDescription) -> bool:
    return given.channels == other.channels and given.units == other.units


def _joined(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], list[str]]:
    """One stream of pieces that follow each other; the pieces as they are where they overlap or differ."""
    if len(pieces) < 2:
        return pieces, []
    first = pieces[0]
    gaps = []
    parts = [first.samples]
    for before, piece in pairwise(pieces):
        gap = piece.span[0] - before.span[1]
        samples = _laid_out(piece, first.entry.description)
        if gap < -TOGETHER or samples is None:
            return pieces, []
        gaps.append(max(gap, 0.0))
        parts.append(samples)
    times = np.concatenate([p.times for p in pieces])
    rates = {p.entry.description.nominal_rate for p in pieces}
    description = replace(first.entry.description, nominal_rate=rates.pop() if len(rates) == 1 else 0.0)
    entry = replace(first.entry, description=description, samples=len(times))
    listed = ", ".join(f"{gap:.1f} s" for gap in gaps[:5]) + (", …" if len(gaps) > 5 else "")
    note = (
        f"'{description.name}' (type {description.type or 'unknown'}) is {len(pieces)} streams of one "
        f"origin, one after the other, as of a device that came back: they were joined, with gaps of {listed}"
    )
    return [Piece(entry, times, np.concatenate(parts), "")], [note]


def _laid_out(piece: Piece, wanted: StreamDescription) -> NDArray[Any] | None:
    """The samples of a piece with the channels and units of another; None where it has not the same."""
    given = piece.entry.description
    if _layouts_match(given, wanted):
        return piece.samples
    if sorted(given.channels) != sorted(wanted.channels):
        return None
    alike = given.channels == wanted.channels
    if not alike and len(set(given.channels)) < len(given.channels):
        return None
    order = range(len(given.channels)) if alike else [given.channels.index(c) for c in wanted.channels]
    factors = [_factor(given.units[k], unit) for k, unit in zip(order, wanted.units, strict=True)]
    if None in factors:
        return None
    return piece.samples[:, list(order)] * np.array(factors, np.float64)


def _factor(given: str, wanted: str) -> float | None:
    """By which values are multiplied to be in another unit; None where they cannot be."""
    if given == wanted:
        return 1.0
    known, other = units.unit(given), units.unit(wanted)
    if known is None or other is None or known.canonical != other.canonical:
        return None
    return known.factor / other.factor
