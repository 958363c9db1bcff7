"""The clocks of a recording's streams: do they share one, and what is done where they do not. Pure.

Streams of one clock have time in common. Where they have none, they were stamped by different clocks (Unix
time beside LSL's, a counter from zero, another time zone), and no window could hold both: they are lined up
as the user says (`ClockChoice`), or refused with the ways out. Markers likewise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.labels import counted, shortened

from ..mapping.stamp_unit import UNITS, stamp_unit
from ..messages import StreamDescription
from .clock_choice import ClockChoice
from .recording import Recording
from .spans import Spans, apart, joined, share, spans

MARKERS: Final = "markers"
"""Role of a stream of markers."""
NEAR: Final = 60.0
"""s from the samples within which markers are of their clock: somebody marked before or after."""
ZONE: Final = 1800.0
"""s; time zones are multiples of it apart."""
AMID: Final = 0.1
"""Share of the samples' time that markers of theirs take at least, where their unit is guessed by it."""
_ALIKE: Final = 30.0
"""s within which two streams that were recorded together begin, and end."""


@dataclass(frozen=True, slots=True, eq=False)
class Clocked:
    """One stream of a recording, by its time stamps."""

    description: StreamDescription
    times: NDArray[np.float64]
    """(n,) s."""
    role: str
    """Its kind of modality, "markers", or "" for one that is not read."""
    offset: float = 0.0
    """Added to its time stamps already, for its sender's clock, s."""
    measured: tuple[float, float] | None = None
    """When its sender's clock was measured first and last, by the recorder's, s; None: not known."""

    @property
    def name(self) -> str:
        """The stream in words."""
        return f"'{self.description.name[:60] or self.role}'"

    def named(self, names: Iterable[str]) -> bool:
        """True if one of these (lower case) is its name, type, source_id or role."""
        d = self.description
        return bool({w.strip().lower() for w in (d.name, d.type, d.source_id, self.role) if w} & set(names))


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Streams on one clock."""

    times: tuple[NDArray[np.float64], ...]
    """(n,) s of each stream, in the order in which they were given; the same arrays where nothing moved."""
    left_out: frozenset[int]
    """Indices of streams that are not read."""
    notes: tuple[str, ...]


def align(streams: Sequence[Clocked], choice: ClockChoice) -> Aligned:
    """All streams on one clock. Raises RecordingError where they have several and nothing says how they go
    together, and for a choice that names no stream."""
    _check_names(streams, choice)
    notes: list[str] = []
    if choice.names:  # what the user says of a clock goes before what was measured of any
        streams = [replace(stream, measured=None) for stream in streams]
    times = [_scaled_and_moved(stream, choice, notes) for stream in streams]
    out = {k for k, stream in enumerate(streams) if stream.named(choice.left_out)}
    notes += [f"{streams[k].name} was left out (--clock)" for k in sorted(out) if streams[k].role]
    there = [k for k in range(len(streams)) if k not in out and len(times[k])]
    parts = {k: _spans_of(streams[k], times[k]) for k in there}
    there = [k for k in there if len(parts[k])]
    if not choice.trusted:
        _scale_markers(streams, times, parts, [k for k in there if not streams[k].named(choice.names)], notes)
    for k in there:
        if streams[k].named(choice.begins):
            others = [j for j in there if j != k and not streams[j].named(choice.begins)]
            _begin_with(streams, times, parts, [k], others, notes)
    if choice.start:
        _start_together(streams, times, parts, there, notes)
        streams = [replace(stream, measured=None) for stream in streams]
    if not choice.trusted:
        out |= _checked(streams, parts, there, notes)
    return Aligned(tuple(times), frozenset(out), tuple(notes))


def _key(streams: Sequence[Clocked], k: int) -> str:
    """A stream as `--clock` names it: by its name, or where others share that, by another word of its own."""
    d = streams[k].description
    words = [word for word in (d.name, d.type, d.source_id, streams[k].role) if word]
    alone = (w for w in words if sum(s.named([w.strip().lower()]) for s in streams) == 1)
    return next(alone, words[0] if words else streams[k].role)


def _scale_markers(
    streams: Sequence[Clocked],
    times: list[NDArray[np.float64]],
    parts: dict[int, Spans],
    there: Sequence[int],
    notes: list[str],
) -> None:
    """Take markers as ms, µs or ns where as s they are far from every sample, and so amid them."""
    signals = [parts[k] for k in there if streams[k].role not in ("", MARKERS)]
    if not signals:
        return
    whole = np.concatenate(signals)
    start, end = float(whole[:, 0].min()), float(whole[:, 1].max())
    for k in there:
        if streams[k].role != MARKERS or apart(parts[k], whole) <= NEAR:
            continue
        for name, unit in UNITS.items():
            amid = scaled(streams[k], unit)
            first, last = float(np.nanmin(amid)), float(np.nanmax(amid))
            if start - 1.0 <= first and last <= end + 1.0 and last - first >= AMID * (end - start):
                times[k], parts[k] = amid, np.array([[first, last]])
                notes.append(
                    f"the time stamps of {streams[k].name} are taken as {name}: so they lie amid the samples"
                )


def _check_names(streams: Sequence[Clocked], choice: ClockChoice) -> None:
    unknown = [name for name in sorted(choice.names) if not any(s.named([name]) for s in streams)]
    if unknown:
        there = shortened(list(dict.fromkeys(stream.name for stream in streams)), 8)
        raise RecordingError(f"--clock names '{unknown[0]}', which no stream is; there are {there or 'none'}")


def _scaled_and_moved(stream: Clocked, choice: ClockChoice, notes: list[str]) -> NDArray[np.float64]:
    times = stream.times
    asked = [unit for name, unit in choice.units.items() if stream.named([name])]
    if asked:
        times = scaled(stream, asked[0])
    elif not choice.trusted and stream.role not in ("", MARKERS):
        unit = stamp_unit(times, stream.description.nominal_rate)
        if unit.seconds != 1.0:
            times = scaled(stream, unit.seconds)
            step = f"go on by {np.median(np.diff(stream.times)):.4g} with each sample"
            notes.append(f"the time stamps of {stream.name} {step}: they are taken as {unit.name}")
    for name, by in choice.moves.items():
        if stream.named([name]):
            times = times + by
            notes.append(f"{stream.name} was moved by {by:+.10g} s (--clock)")
    return times


def scaled(stream: Clocked, unit: float) -> NDArray[np.float64]:
    """Time stamps in s of a stream that counts in another unit; its sender's clock is told in s."""
    return (stream.times - stream.offset) * unit + stream.offset


def _spans_of(stream: Clocked, times: NDArray[np.float64]) -> Spans:
    """Stretches of samples; markers come when they come, and have one."""
    found = spans(times)
    if stream.role == MARKERS and len(found) > 1:
        finite = times[np.isfinite(times)]
        return np.array([[finite.min(), finite.max()]])
    return found


def _begin_with(
    streams: Sequence[Clocked],
    times: list[NDArray[np.float64]],
    parts: dict[int, Spans],
    moved: Sequence[int],
    others: Sequence[int],
    notes: list[str],
) -> None:
    """Move streams of one clock so that their first sample is where the others' is."""
    mine = [k for k in moved if streams[k].role != MARKERS]
    theirs = [k for k in others if streams[k].role != MARKERS]
    if not mine or not theirs:
        lone = streams[(moved if not mine else others or moved)[0]].name
        raise RecordingError(
            f"{lone} has markers alone on its clock, and the first of them need not be where others begin: "
            f"say how far it is off with --clock '{_key(streams, moved[0])}=SECONDS', added to its stamps"
        )
    first, last = min(theirs, key=lambda k: parts[k][0, 0]), min(mine, key=lambda k: parts[k][0, 0])
    by = float(parts[first][0, 0] - parts[last][0, 0])
    for k in moved:
        times[k], parts[k] = times[k] + by, parts[k] + by
        if streams[k].role:
            to = (
                f"to begin with {streams[first].name}" if k == last else f"together with {streams[last].name}"
            )
            notes.append(f"{streams[k].name} was moved by {by:+.10g} s, {to} (--clock)")


def _start_together(
    streams: Sequence[Clocked],
    times: list[NDArray[np.float64]],
    parts: dict[int, Spans],
    there: Sequence[int],
    notes: list[str],
) -> None:
    groups = _clocks_of(streams, parts, there)
    for group in groups[1:]:
        if any(streams[k].role for k in group):
            _begin_with(streams, times, parts, group, groups[0], notes)


def _clocks_of(streams: Sequence[Clocked], parts: dict[int, Spans], there: Sequence[int]) -> list[list[int]]:
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


def _checked(
    streams: Sequence[Clocked], parts: dict[int, Spans], there: Sequence[int], notes: list[str]
) -> set[int]:
    """Markers that are left out, being of another clock than others; RecordingError for what cannot be."""
    clocks = _clocks_of(streams, parts, there)
    read = [[k for k in clock if streams[k].role not in ("", MARKERS)] for clock in clocks]
    with_signals = [clock for clock, signals in zip(clocks, read, strict=True) if signals]
    if len(with_signals) > 1:
        raise RecordingError(_disjoint(streams, parts, with_signals))
    if not with_signals:
        return set()
    signals = [k for k in with_signals[0] if streams[k].role not in ("", MARKERS)]
    notes += _zones(streams, parts, signals) or _later(streams, parts, signals)
    whole = np.concatenate([parts[k] for k in with_signals[0] if streams[k].role != MARKERS])
    marked = [k for k in there if streams[k].role == MARKERS]
    far = [k for k in marked if k not in with_signals[0] and _elsewhere(streams, parts, k, whole, signals)]
    if far and len(far) == len(marked):
        raise RecordingError(_marked_elsewhere(streams, parts, far, signals))
    for k in far:
        notes.append(
            f"{streams[k].name} was left out: its markers lie from {_range(parts[k])}, where no stream has "
            f"samples; --clock '{_key(streams, k)}=SECONDS' moves them"
        )
    return set(far)


def _range(part: Spans) -> str:
    return f"{part[:, 0].min():.1f} to {part[:, 1].max():.1f} s"


def _disjoint(streams: Sequence[Clocked], parts: dict[int, Spans], clocks: Sequence[Sequence[int]]) -> str:
    ranges = []
    for clock in clocks:
        read = [k for k in clock if streams[k].role]
        named = " and ".join(dict.fromkeys(streams[k].name for k in read))
        ranges.append(f"{named} from {_range(np.concatenate([parts[k] for k in read]))}")
    other = _key(streams, next(k for k in clocks[1] if streams[k].role not in ("", MARKERS)))
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
    key = _key(streams, far[0])
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
                f"'{_key(streams, k)}={-zones * ZONE:+g}'"
            )
    return notes


def _elsewhere(
    streams: Sequence[Clocked], parts: dict[int, Spans], marked: int, whole: Spans, signals: Sequence[int]
) -> bool:
    """True for markers that are of another clock than the samples, be it that their times happen to agree."""
    foreign = _foreign(streams, parts, [marked]), _foreign(streams, parts, signals)
    return apart(parts[marked], whole) > NEAR or foreign[0] != foreign[1]


def _later(streams: Sequence[Clocked], parts: dict[int, Spans], signals: Sequence[int]) -> list[str]:
    """Notes on streams that begin long after the first."""
    begins = {k: float(parts[k][0, 0]) for k in signals}
    first = min(begins, key=begins.__getitem__)
    return [
        f"{streams[k].name} begins {begin - begins[first]:.1f} s after {streams[first].name}"
        for k, begin in begins.items()
        if begin - begins[first] > NEAR and streams[k].description != streams[first].description
    ]


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
