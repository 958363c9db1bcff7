"""The clocks of a recording's streams: do they share one, and what is done where they do not. Pure.

Streams of one clock have time in common. Where they have none, they were stamped by different clocks (Unix
time beside LSL's, a counter from zero, another time zone), and no window could hold both: they are lined up
as the user says (`ClockChoice`), or refused with the ways out. Markers likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened

from ..mapping.stamp_unit import UNITS, stamp_unit
from .clock_checks import NEAR, checked, clocks_of
from .clock_choice import ClockChoice
from .clocked import MARKERS, Clocked, key_of, scaled, stretches
from .spans import Spans, apart

AMID: Final = 0.1
"""Share of the samples' time that markers of theirs take at least, where their unit is guessed by it."""


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
    parts = {k: stretches(streams[k], times[k]) for k in there}
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
        out |= checked(streams, parts, there, notes)
    return Aligned(tuple(times), frozenset(out), tuple(notes))


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
            f"say how far it is off with --clock '{key_of(streams, moved[0])}=SECONDS', added to its stamps"
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
    groups = clocks_of(streams, parts, there)
    for group in groups[1:]:
        if any(streams[k].role for k in group):
            _begin_with(streams, times, parts, group, groups[0], notes)
