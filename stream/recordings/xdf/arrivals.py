"""Samples whose stamps cannot be true, by the order in which a recorder wrote a file's chunks. Pure.

LabRecorder writes samples as they come, and each few seconds the offset of every sender's clock, measured by
its own: those chunks tell when what lies between them was written. As live, stamps are trusted as long as
they can be true; where they cannot (Unix time, a counter from zero, a clock set anew), the time of writing
stands in for the clock, by the shortest delay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

AHEAD: Final = 1.0
"""s by which a stamp may lie after its sample was written."""
LATE: Final = 5.0
"""s after its stamp within which a sample is written."""
BACK: Final = 0.5
"""s by which the recorder's clock may step back from chunk to chunk: its threads wait for each other."""
SHARE: Final = 0.9
"""Share of a stream's chunks whose stamps can be true, or of those that agree on where they belong."""
CLOSE: Final = 1.0
"""s; streams are put on another time only where it is known that well."""
WAVER: Final = 0.3
"""s by which the delay of a stream's transport changes."""
TRANSPORT: Final = 0.2
"""s that samples take from their sender to the recorder: no time is known better."""
STEEP: Final = 0.2
"""s a second by which a clock may run wrong, at most; beyond, it is none."""
FEWEST: Final = 10
"""Chunks by which a clock is seen to run wrong."""
SHORT: Final = 3
"""Chunks that tell nothing of a clock."""
_JUMP: Final = 5.0
"""s by which the delay of a chunk changes where a clock was set anew."""


class Order(NamedTuple):
    """Chunks of samples and of clock offsets in the order of a file."""

    streams: NDArray[np.int64]
    """(k,) number of each chunk's stream."""
    counts: NDArray[np.int64]
    """(k,) samples in it; -1 for a clock offset."""
    clock: NDArray[np.float64]
    """(k,) recorder's time of a clock offset, s; NaN for samples."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Samples whose stamps cannot be true, and what has to be added to them."""

    first: int
    last: int
    """Samples [first, last) of the stream."""
    by: float
    """s, at the stamp `since`."""
    since: float
    """s."""
    drift: float
    """s a second of their stamps; 0 where the clock runs right."""
    within: float
    """s by which the time may be wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class _Chunks:
    """Chunks of one stream."""

    places: NDArray[np.int64]
    """(k,) place in the file's order."""
    ends: NDArray[np.int64]
    """(k,) samples of the stream up to its end."""
    last: NDArray[np.float64]
    """(k,) its last stamp, s."""
    times: NDArray[np.float64]
    """(n,) every stamp of the stream, s."""


def shifts(order: Order, times: Mapping[int, NDArray[np.float64]]) -> dict[int, list[Shift]]:
    """Number of stream -> its samples that belong elsewhere; nothing where the file's order does not tell.

    `times`: number of stream -> (n,) stamps on the recorder's clock as the file's offsets have it, s.
    """
    marks = np.flatnonzero(np.isfinite(order.clock))
    clock = order.clock[marks]
    if len(marks) < 2 or (np.diff(clock) < -BACK).any() or clock[-1] - clock[0] <= BACK:
        return {}
    chunks = {
        number: found for number, t in times.items() if (found := _chunks(order, number, t)) is not None
    }
    wrong = {n: c for n, c in chunks.items() if np.mean(_possible(*_bounds(marks, clock, c, c.last))) < SHARE}
    if not wrong:
        return {}
    trusted = [c for n, c in chunks.items() if n not in wrong]
    places = np.concatenate([marks, *(c.places for c in trusted)])
    stamps = np.concatenate([clock, *(c.last for c in trusted)])
    ranked = np.argsort(places, kind="stable")
    places, stamps = places[ranked], stamps[ranked]
    moved = {n: _shifts_of(c, marks, clock, places, stamps) for n, c in wrong.items()}
    shared = _shared({n: parts for n, parts in moved.items() if parts}, wrong, marks, clock)
    return {number: parts for number, parts in shared.items() if parts}


def _shared(
    moved: Mapping[int, list[Shift]],
    wrong: Mapping[int, _Chunks],
    marks: NDArray[np.int64],
    clock: NDArray[np.float64],
) -> dict[int, list[Shift]]:
    """The same shift for streams that may share a clock, which their stamps then go on sharing: of those that
    agree the one that is known best, also for markers, too few to tell by themselves."""
    whole = {n: p[0] for n, p in moved.items() if len(p) == 1 and not p[0].drift}
    whole = {n: p for n, p in whole.items() if p.last - p.first == len(wrong[n].times)}
    ranked = sorted(whole, key=lambda n: (whole[n].within, -len(wrong[n].ends)))
    leaders: list[Shift] = []
    found = dict(moved)
    for number in (*ranked, *(n for n in wrong if n not in moved)):
        chunks, by_itself = wrong[number], whole.get(number)
        for leader in leaders:
            if by_itself is not None:
                same = abs(leader.by - by_itself.by) <= leader.within + by_itself.within
            else:
                same = bool(
                    np.mean(_possible(*_bounds(marks, clock, chunks, chunks.last + leader.by))) >= SHARE
                )
            if same:
                found[number] = [
                    replace(leader, first=0, last=len(chunks.times), since=float(chunks.last[0]))
                ]
                break
        else:
            if by_itself is not None:
                leaders.append(by_itself)
    return found


def _chunks(order: Order, number: int, times: NDArray[np.float64]) -> _Chunks | None:
    """Chunks of a stream; None where they are not those of its samples.

    Of one that is not read, `times` has two of each chunk.
    """
    places = np.flatnonzero((order.streams == number) & (order.counts > 0))
    counts = order.counts[places]
    if counts.sum() != len(times):
        counts = np.minimum(counts, 2)
    if not len(times) or counts.sum() != len(times):
        return None
    ends = np.cumsum(counts)
    last = times[ends - 1]
    kept = np.isfinite(last)
    return _Chunks(places[kept], ends[kept], last[kept], times) if kept.any() else None


def _bounds(
    places: NDArray[np.int64], clock: NDArray[np.float64], chunks: _Chunks, stamps: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(k,) least and greatest delay of each chunk's last sample: between the times before and after it, s."""
    before = np.concatenate([[-np.inf], np.maximum.accumulate(clock)])
    after = np.concatenate([np.minimum.accumulate(clock[::-1])[::-1], [np.inf]])
    at = np.searchsorted(places, chunks.places)
    return before[at] - stamps, after[at] - stamps


def _possible(least: NDArray[np.float64], greatest: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (greatest >= -AHEAD) & (least <= LATE)


def _shifts_of(
    chunks: _Chunks,
    marks: NDArray[np.int64],
    clock: NDArray[np.float64],
    places: NDArray[np.int64],
    stamps: NDArray[np.float64],
) -> list[Shift]:
    # what came before, was written before; what comes after, may have waited: only the recorder's own clock
    # says when it was written
    least, _ = _bounds(places, stamps, chunks, chunks.last)
    _, greatest = _bounds(marks, clock, chunks, chunks.last)
    middle = np.where(np.isfinite(least) & np.isfinite(greatest), (least + greatest) / 2, np.nan)
    known = np.flatnonzero(np.isfinite(middle))
    if not len(known):
        return []
    jumps = known[1:][np.abs(np.diff(middle[known])) > _JUMP]
    found = []
    before: tuple[float, float, float, float] | None = None
    for begin, end in zip([0, *jumps.tolist()], [*jumps.tolist(), len(middle)], strict=True):
        part = slice(begin, end)
        coarse = _bounds(marks, clock, _part(chunks, part), chunks.last[part])
        if np.mean(_possible(least[part], greatest[part])) >= SHARE:
            continue
        addend = _addend(chunks.last[part], least[part], greatest[part], coarse)
        if addend is None and end - begin < SHORT:  # lone wrong stamps in a chunk or two
            addend = before
        elif addend is None:
            return []  # a stream is put elsewhere as a whole or not at all
        if addend is None:
            continue
        before = addend
        last = len(chunks.times) if end == len(middle) else _jump(chunks, end)
        found.append(Shift(_jump(chunks, begin) if begin else 0, last, *addend))
    return found


def _jump(chunks: _Chunks, number: int) -> int:
    """The sample of a chunk with which its time is another: the first, or one amid it."""
    first = int(chunks.ends[number - 1])
    steps = np.abs(np.diff(chunks.times[first - 1 : int(chunks.ends[number])]))
    return first + int(np.nanargmax(steps)) if np.isfinite(steps).any() else first


def _part(chunks: _Chunks, part: slice) -> _Chunks:
    return _Chunks(chunks.places[part], chunks.ends[part], chunks.last[part], chunks.times)


def _addend(
    last: NDArray[np.float64],
    least: NDArray[np.float64],
    greatest: NDArray[np.float64],
    coarse: Sequence[NDArray[np.float64]],
) -> tuple[float, float, float, float] | None:
    """Addend at the first stamp, that stamp, drift and accuracy of a stretch of chunks; None: not known.

    `coarse`: bounds by the recorder's own clock alone, which has to agree.
    """
    drift = 0.0
    bounds = _within(least, greatest)
    if bounds is None and len(last) >= FEWEST:
        both = np.isfinite(least) & np.isfinite(greatest)
        if both.sum() < FEWEST or np.ptp(last[both]) <= 0:
            return None
        along = last - last[0]
        drift = _drift(along, least, greatest, both)
        if abs(drift) > STEEP:
            return None
        bounds = _within(least - drift * along, greatest - drift * along)
    if bounds is None:
        return None
    low, high = bounds
    by = (low + high) / 2 if low <= high else high
    along = drift * (last - last[0])
    agree = (coarse[0] - along - CLOSE <= by) & (by <= coarse[1] - along + CLOSE)
    if np.mean(agree) < SHARE or not (np.isfinite(coarse[0]).any() and np.isfinite(coarse[1]).any()):
        return None
    return by, float(last[0]), drift, max(abs(high - low), TRANSPORT)


def _drift(
    along: NDArray[np.float64],
    least: NDArray[np.float64],
    greatest: NDArray[np.float64],
    both: NDArray[np.bool_],
) -> float:
    """The slope for which most room is left between the bounds, near that of their middles; s a second."""
    about = float(np.polyfit(along[both], (least + greatest)[both] / 2, 1)[0])
    spread = 2 * _JUMP / float(np.ptp(along[both]))

    def room(slope: float) -> float:
        below, above = (least - slope * along)[both], (greatest - slope * along)[both]
        return float(above.min() - np.quantile(below, SHARE))

    return max((about + spread * step / 200 for step in range(-200, 201)), key=room)


def _within(least: NDArray[np.float64], greatest: NDArray[np.float64]) -> tuple[float, float] | None:
    """Greatest lower and least upper bound of a constant delay; None for none, or too coarse a one."""
    below, above = least[np.isfinite(least)], greatest[np.isfinite(greatest)]
    if not len(below) or not len(above):
        return None
    low, high = float(np.quantile(below, SHARE)), float(above.min())
    return (low, high) if -WAVER <= high - low <= CLOSE else None
