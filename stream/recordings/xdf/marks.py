"""Markers of a file as annotations: of text or of numbers, those that were recorded twice once."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from ...messages import StreamDescription
from ..marker_map import meaning
from ..markers import Marked, annotations
from ..recording import Annotation, Unfinished

SAME: Final = 0.05
"""s between two recordings of one marker, at most: those of a clock offset's error."""
_LISTED: Final = 5

Mark = tuple[float, list[str]]
"""Time, s, and the text of each channel."""


class MarkerStream(NamedTuple):
    """One stream of markers as pyxdf gives it."""

    description: StreamDescription
    text: bool
    """True if its samples are strings."""
    loaded: Mapping[str, Any]


def marks(streams: Sequence[MarkerStream], meanings: Mapping[str, str], begin: float) -> Marked:
    """Annotations of all streams; notes count times from `begin`, s.

    Streams of one sender, as a recorder with two network cards stores them, count as one stream, and a marker
    that is in several of them once.
    """
    found, unfinished, notes = list[Annotation](), list[Unfinished](), list[str]()
    for group in _origins(streams):
        parts = [_marks_of(stream, meanings) for stream in group]
        merged, twice = _merged(parts)
        name = group[0].description.name
        if twice:
            notes.append(
                f"the markers of '{name}' were recorded {len(group)} times (as streams of one origin): "
                f"{twice} duplicates were left out"
            )
        if note := _codes(group, merged, meanings):
            notes.append(note)
        of_group = annotations([t for t, _ in merged], [texts for _, texts in merged], begin=begin)
        found += of_group.annotations
        unfinished += of_group.unfinished
        notes += of_group.notes
    found.sort(key=lambda a: (a.onset, a.label))
    unfinished.sort(key=lambda u: (u.onset, u.label))
    return Marked(found, notes, unfinished)


def _origins(streams: Iterable[MarkerStream]) -> list[list[MarkerStream]]:
    groups: list[list[MarkerStream]] = []
    for stream in streams:
        group = next((g for g in groups if _same(g[0].description, stream.description)), None)
        if group is None:
            groups.append([stream])
        else:
            group.append(stream)
    return groups


def _same(first: StreamDescription, other: StreamDescription) -> bool:
    """True for streams of one outlet, or of one that was opened anew."""
    if (first.name, first.type) != (other.name, other.type):
        return False
    if first.source_id and other.source_id:
        return first.source_id == other.source_id
    return first.hostname == other.hostname


def _merged(parts: Sequence[Sequence[Mark]]) -> tuple[list[Mark], int]:
    """The markers of all parts by time, each once; and how many were left out."""
    kept = list(parts[0])
    twice = 0
    for part in parts[1:]:
        waiting: dict[tuple[str, ...], deque[float]] = {}  # all are in the order of time
        for time, texts in kept:
            waiting.setdefault(tuple(texts), deque()).append(time)
        fresh: list[Mark] = []
        for time, texts in part:
            alike = waiting.get(tuple(texts), deque())
            while alike and alike[0] < time - SAME:
                alike.popleft()
            if alike and alike[0] <= time + SAME:
                alike.popleft()
                twice += 1
            else:
                fresh.append((time, texts))
        kept = sorted([*kept, *fresh], key=lambda mark: mark[0])
    return kept, twice


def _marks_of(stream: MarkerStream, meanings: Mapping[str, str]) -> list[Mark]:
    times = np.asarray(stream.loaded["time_stamps"], np.float64)
    series = stream.loaded["time_series"]
    order = np.flatnonzero(np.isfinite(times))
    order = order[np.argsort(times[order], kind="stable")]
    if stream.text:
        rows = [(float(times[k]), [str(text) for text in series[k]]) for k in order.tolist()]
    else:
        rows = _numbers(stream, times, np.asarray(series).reshape(len(times), -1), order, meanings)
    return [(time, [meaning(texts[0], meanings), *texts[1:]] if texts else texts) for time, texts in rows]


def _numbers(
    stream: MarkerStream, times: Any, series: Any, order: Any, meanings: Mapping[str, str]
) -> list[Mark]:
    """Each number sent; of a stream with a rate, whose samples repeat it, each change."""
    codes = series[order, 0].astype(np.float64) if len(order) else np.empty(0)
    valid = np.isfinite(codes)
    if stream.description.nominal_rate > 0:
        valid &= np.diff(codes, prepend=0.0) != 0
    if "0" not in meanings:  # what a trigger line goes back to
        valid &= codes != 0
    return [(float(times[k]), [f"{code:.17g}"]) for k, code in zip(order[valid], codes[valid], strict=True)]


def _codes(group: Sequence[MarkerStream], merged: Sequence[Mark], meanings: Mapping[str, str]) -> str:
    """A note on numbers whose meaning is not known; "" where there are none."""
    if group[0].text:
        return ""
    given = set(meanings.values())
    unknown = sorted({texts[0] for _, texts in merged if texts[0] not in given}, key=float)
    if not unknown:
        return ""
    listed = ", ".join(unknown[:_LISTED]) + (", …" if len(unknown) > _LISTED else "")
    first, second = unknown[0], unknown[1] if len(unknown) > 1 else "N"
    return (
        f"the markers of '{group[0].description.name}' are numbers, and the meaning of {listed} is not "
        f"known; say it with --marker-map {first}=LABEL/start,{second}=LABEL/stop"
    )
