"""Streams, markers and labels that are of other clocks than the rest, and words on them. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.labels import counted

from .clocked import MARKERS, Clocked, key_of
from .recording import Recording
from .spans import Spans, apart, joined, share, spans

NEAR: Final = 60.0
"""s from the samples within which markers are of their clock: somebody marked before or after."""
ZONE: Final = 1800.0
"""s; time zones are multiples of it apart."""
_ALIKE: Final = 30.0
"""s within which two streams that were recorded together begin, and end."""


def checked(
    streams: Sequence[Clocked], parts: dict[int, Spans], there: Sequence[int], notes: list[str]
) -> set[int]:
    """Markers that are left out, being of another clock than others; RecordingError for what cannot be."""
    clocks = clocks_of(streams, parts, there)
    read = [[k for k in clock if streams[k].role not in ("", MARKERS)] for clock in clocks]
    with_signals = [clock for clock, signals in zip(clocks, read, strict=True) if signals]
    if len(with_signals) > 1:
        raise RecordingError(_disjoint(streams, parts, with_signals))
    if not with_signals:
        return set()
    signals = [k for k in with_signals[0] if streams[k].role not in ("", MARKERS)]
    notes += _zones(streams, parts, signals) or _later(streams, parts, signals)
    notes += _unmeasured(streams, parts, [k for k in with_signals[0] if streams[k].role])
    whole = np.concatenate([parts[k] for k in with_signals[0] if streams[k].role != MARKERS])
    marked = [k for k in there if streams[k].role == MARKERS]
    far = [k for k in marked if k not in with_signals[0] and _elsewhere(streams, parts, k, whole, signals)]
    if far and len(far) == len(marked):
        raise RecordingError(_marked_elsewhere(streams, parts, far, signals))
    for k in far:
        notes.append(
            f"{streams[k].name} was left out: its markers lie from {_range(parts[k])}, where no stream has "
            f"samples; --clock '{key_of(streams, k)}=SECONDS' moves them"
        )
    return set(far)


def clocks_of(streams: Sequence[Clocked], parts: dict[int, Spans], there: Sequence[int]) -> list[list[int]]:
    """Streams in groups of one clock: first that of most streams that are read, markers before others.

    Pieces of one outlet, which was opened anew, are of one clock. Streams whose time is not that in which
    they were recorded share none with those whose it is, also where the numbers happen to agree.
    """
    outlets: dict[tuple[str, str, str, str], list[int]] = {}
    for k in there:
        d = streams[k].description
        outlets.setdefault((d.name, d.type, d.source_id, d.hostname), []).append(k)
    clocks = []
    for foreign in (False, True):
        nodes = [node for node in outlets.values() if _foreign(streams, parts, node) is foreign]
        groups = joined([np.concatenate([parts[k] for k in node]) for node in nodes])
        clocks += [[k for node in group for k in nodes[node]] for group in groups]

    def weight(clock: Sequence[int]) -> tuple[bool, bool, int, int]:
        roles = [streams[k].role for k in clock]
        signal = any(role not in ("", MARKERS) for role in roles)
        return not signal, MARKERS not in roles, -sum(bool(role) for role in roles), min(clock)

    return sorted(clocks, key=weight)


def _foreign(streams: Sequence[Clocked], parts: dict[int, Spans], node: Sequence[int]) -> bool:
    """True if none of the pieces of a stream has a sample near the time in which it was recorded."""
    known = [(parts[k], np.array([streams[k].measured])) for k in node if streams[k].measured is not None]
    return bool(known) and all(apart(part, measured) > NEAR for part, measured in known)


def _elsewhere(
    streams: Sequence[Clocked], parts: dict[int, Spans], marked: int, whole: Spans, signals: Sequence[int]
) -> bool:
    """True for markers that are of another clock than the samples, be it that their times happen to agree."""
    foreign = _foreign(streams, parts, [marked]), _foreign(streams, parts, signals)
    return apart(parts[marked], whole) > NEAR or foreign[0] != foreign[1]


def _disjoint(streams: Sequence[Clocked], parts: dict[int, Spans], clocks: Sequence[Sequence[int]]) -> str:
    ranges = []
    for clock in clocks:
        read = [k for k in clock if streams[k].role]
        named = " and ".join(dict.fromkeys(streams[k].name for k in read))
        ranges.append(f"{named} from {_range(np.concatenate([parts[k] for k in read]))}")
    other = key_of(streams, next(k for k in clocks[1] if streams[k].role not in ("", MARKERS)))
    return (
        f"its streams have no time in common: {'; '.join(ranges)}. They were stamped by different clocks, "
        "and nothing says how these go together. If all streams began at once, say --clock start; else how "
        f"far one is off, --clock '{other}=SECONDS', or leave it out, --clock '{other}=out'"
    )


def _marked_elsewhere(
    streams: Sequence[Clocked], parts: dict[int, Spans], far: Sequence[int], signals: Sequence[int]
) -> str:
    named = " and ".join(dict.fromkeys(streams[k].name for k in far))
    by = float(parts[signals[0]][0, 0] - parts[far[0]][0, 0])
    key = key_of(streams, far[0])
    return (
        f"the markers of {named} lie from {_range(np.concatenate([parts[k] for k in far]))}, and "
        f"{streams[signals[0]].name} has samples from {_range(parts[signals[0]])}: they were stamped by "
        "different clocks, and nothing says how these go together. Say how far the markers are off with "
        f"--clock '{key}=SECONDS' ({by:+.10g} would put the first marker on the first sample), or leave "
        f"them out with --clock '{key}=out'"
    )


def _zones(streams: Sequence[Clocked], parts: dict[int, Spans], signals: Sequence[int]) -> list[str]:
    """Notes on streams that have some time in common, but look like two of one length, hours apart."""
    notes = []
    reference = signals[0]
    for k in signals[1:]:
        begin = float(parts[k][0, 0] - parts[reference][0, 0])
        end = float(parts[k][-1, 1] - parts[reference][-1, 1])
        zones = round(begin / ZONE)
        if zones and max(abs(begin - zones * ZONE), abs(end - zones * ZONE)) < _ALIKE:
            notes.append(
                f"{streams[k].name} begins and ends {abs(begin):.1f} s {'after' if begin > 0 else 'before'} "
                f"{streams[reference].name}, as clocks of two time zones do: if so, say --clock "
                f"'{key_of(streams, k)}={-zones * ZONE:+g}'"
            )
    return notes


def _unmeasured(streams: Sequence[Clocked], parts: dict[int, Spans], read: Sequence[int]) -> list[str]:
    """A note on streams of which none has the time in which it was recorded."""
    if len(read) < 2 or not all(_foreign(streams, parts, [k]) for k in read):
        return []
    named = " and ".join(dict.fromkeys(streams[k].name for k in read))
    when = streams[read[0]].measured or (0.0, 0.0)
    return [
        f"{named} were recorded from {when[0]:.1f} to {when[1]:.1f} s by the recorder's clock, and none is "
        "stamped by that: they are taken to share another (else: --clock)"
    ]


def _later(streams: Sequence[Clocked], parts: dict[int, Spans], signals: Sequence[int]) -> list[str]:
    """Notes on streams that begin long after the first."""
    begins = {k: float(parts[k][0, 0]) for k in signals}
    first = min(begins, key=begins.__getitem__)
    return [
        f"{streams[k].name} begins {begin - begins[first]:.1f} s after {streams[first].name}"
        for k, begin in begins.items()
        if begin - begins[first] > NEAR and streams[k].description != streams[first].description
    ]


def _range(part: Spans) -> str:
    return f"{part[:, 0].min():.1f} to {part[:, 1].max():.1f} s"


def check_labels(recording: Recording, source: str, key: str) -> str:
    """Reason why a recording's labels cannot be of its samples: none lies where any is; "" where one does.

    Args:
        recording: With its labels; those without a duration do not count.
        source: The labels in words.
        key: Name of their clock for `--clock`.
    """
    parts = [part for stream in recording.streams if len(part := spans(stream.timestamps))]
    labels = np.array([(a.onset, a.offset) for a in recording.annotations if a.duration > 0])
    if not len(labels) or not parts:
        return ""
    whole = np.concatenate(parts)
    if share(labels, whole):
        return ""
    zero = recording.zero
    start, end = float(whole[:, 0].min()) - zero, float(whole[:, 1].max()) - zero
    first, last = float(labels[:, 0].min()) - zero, float(labels[:, 1].max()) - zero
    lie = counted(len(labels), "label lies", "labels lie")
    return (
        f"{lie} from {first:.1f} to {last:.1f} s ({source}), its samples from {start:.1f} to {end:.1f} s: no "
        "label is where any sample is. Is their clock another, or their unit not s? Seconds that --clock "
        f"'{key}=SECONDS' gives are added to them"
    )
