"""XDF files (LabRecorder): the IMU, the skeleton and the markers of one wearer.

pyxdf puts the streams on one clock. Its de-jittering is not used: it fits a line through sample counts, and a
stream that lost samples (a camera drops frames) gets wrong times from that. Time stamps are made fit as live
ones are (`fitted`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.labels import counted, shortened

from ...mapping.kind import titles
from ...mapping.selection import numbers_in, split_sensor
from ...mapping.sensors import kind_in
from ..clock_choice import ClockChoice
from ..marker_map import parse_map
from ..recording import RecordedStream, Recording
from ..spans import spans
from .alignment import by_order, on_one_clock
from .loading import because, opened
from .marks import MarkerStream, marks
from .pieces import united
from .select import MARKER_MAP, MARKERS, StreamEntry, chosen, listed, readable

_LISTED: Final = 8
"""Streams of no kind that are known, up to which each has a note of its own."""


def read_xdf(
    path: str | Path, *, select: Mapping[str, str] | None = None, clock: ClockChoice | None = None
) -> Recording:
    """A file's streams of each kind of modality, markers as annotations; the rest is left out with a note.

    `select` names streams by kind of modality, or "markers", as live ones are (`mapping.selection`);
    "marker_map" says what markers mean (`marker_map`). `clock` puts streams of other clocks on one. Raises
    RecordingError with the file's name and the reason.
    """
    path = Path(path)
    select = dict(select or {})
    meanings = parse_map(select.pop(MARKER_MAP, ""))
    sensors = {kind: split_sensor(asked)[1] or "" for kind, asked in select.items()}
    named = [numbers for asked in select.values() if (numbers := numbers_in(asked))]
    with opened(path) as file:
        entries, looked = file.entries, file.looked
        try:
            kept = readable(entries, select)
        except RecordingError as error:
            raise RecordingError(f"{path}: {error}") from error
        loaded = file.load(kept)
        notes = file.notes
    if not entries:
        raise RecordingError(f"{path} cannot be used: it holds no stream{because(notes)}")
    choice = clock or ClockChoice()
    notes += by_order(entries, loaded, looked, choice)
    unread = [entry.number for entry in entries if entry.index not in kept]
    entries, loaded, united_notes = united(entries, loaded, named=named, apart=unread)
    notes += united_notes
    try:
        modalities = chosen(entries, select)
        left_out, clock_notes = on_one_clock(entries, modalities, loaded, looked, choice)
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    notes += clock_notes
    streams, marked, unasked, others = [], list[MarkerStream](), list[str](), list[str]()
    for entry in entries:
        if entry.index in left_out:
            continue
        of = modalities.get(entry.index, ())
        if of == (MARKERS,):
            marked.append(MarkerStream(entry.description, entry.text, loaded[entry.index]))
        elif not entry.samples:
            notes.append(f"{entry} was left out")
        elif of:
            try:
                stream = _stream(entry, loaded[entry.index], of[0])
            except RecordingError as error:
                raise RecordingError(f"{path}, stream '{entry.description.name}': {error}") from error
            streams += [replace(stream, modality=name, sensor=sensors.get(name, "")) for name in of]
        elif entry.guessed:
            notes.append(
                f"{entry} is what hnhar recognized, not what was done; it was left out (to have its markers "
                f"as annotations, select source_id={entry.description.source_id})"
            )
        elif kind_in(entry.description):
            unasked.append(f"'{entry.description.name}'")
        else:
            others.append(str(entry))
    notes += _left_out(others, unasked)
    if not streams:
        raise _nothing(path, entries, modalities, notes)
    recording = Recording(path.stem, tuple(streams), (), path.stem, {"file": path.name})
    left_unread = [entry for entry in entries if entry.index not in modalities]
    first = _first(recording, left_unread, loaded)
    found = marks(marked, meanings, first)
    return replace(
        recording,
        annotations=tuple(found.annotations),
        unfinished=tuple(found.unfinished),
        notes=(*notes, *found.notes),
        first=first,
    )


def _left_out(others: Sequence[str], unasked: Sequence[str]) -> list[str]:
    """Notes on streams of no kind, and on those of a kind that were not selected."""
    if len(others) <= _LISTED:
        notes = [f"the stream {entry} is neither {titles(' nor ', '')}; it was left out" for entry in others]
    else:
        listing = shortened(others, _LISTED)
        notes = [f"{len(others)} streams are neither {titles(' nor ', '')}; they were left out: {listing}"]
    if unasked:
        left = counted(len(unasked), "further stream")
        notes.append(
            f"{left} of {titles(' or ', '')} left out, since others were selected: {shortened(unasked, 5)}"
        )
    return notes


def _first(
    recording: Recording, entries: Sequence[StreamEntry], loaded: Sequence[Mapping[str, Any]]
) -> float:
    """Time of the file's first sample of any signal, also of `entries`, which are not read, s.

    Streams that share no time with those that are read are of another clock, and count nothing.
    """
    first = recording.start
    for entry in entries:
        times = np.asarray(loaded[entry.index]["time_stamps"], np.float64)
        parts = spans(times)  # a lone stamp that is wrong is no beginning
        if entry.text or entry.description.nominal_rate <= 0 or not len(parts):
            continue
        if parts[0, 0] <= recording.end and parts[-1, 1] >= recording.start:
            first = min(first, float(parts[0, 0]))
    return first


def _nothing(
    path: Path, entries: Sequence[StreamEntry], modalities: Mapping[int, Sequence[str]], notes: Sequence[str]
) -> RecordingError:
    empty = [e for e in entries if not e.samples and modalities.get(e.index, (MARKERS,)) != (MARKERS,)]
    if empty:
        names = " and ".join(e.description.type or e.description.name for e in empty)
        verb = "is" if len(empty) == 1 else "are"
        return RecordingError(f"{path} cannot be used: {names} {verb} empty; it holds {listed(entries)}")
    damage = [n for n in notes if n.startswith(("the file", "pyxdf"))]
    return RecordingError(
        f"{path} holds {titles()}: it holds {listed(entries)}{because(damage)}; "
        "if one of them is, select it by name, type, source_id, hostname or index"
    )


def _stream(entry: StreamEntry, stream: Mapping[str, Any], modality: str) -> RecordedStream:
    times = np.asarray(stream["time_stamps"], dtype=np.float64)
    samples = np.asarray(stream["time_series"], dtype=np.float32).reshape(len(times), -1)
    return RecordedStream(entry.description, samples, times, modality).fit()
