"""Selection of the streams of a file, of each kind of modality and of markers: as of live ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hnhar.model.errors import ConfigError, RecordingError, SourceError
from hnhar.model.modality import kind_called

from ...mapping.kind import mappings
from ...mapping.places import place_or_device_said
from ...mapping.selection import KEYS, parse_selection, split_sensor
from ...mapping.sensors import completed, devices_of, is_whole, kind_in, sensor_of
from ...mapping.sensors import select as streams_of
from ...mapping.triggers import is_trigger
from ...messages import StreamDescription

RECOGNIZED = "hnhar-events"
"""Begin of the source_id of events that `hnhar-stream --lsl-out` sent."""


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """One stream of a file."""

    index: int
    description: StreamDescription
    samples: int
    text: bool
    """True if its samples are strings."""
    number: int = 0
    """Its number in the file, by which `index=…` selects it."""

    @property
    def guessed(self) -> bool:
        """True for markers of events that hnhar recognized, which are no annotations."""
        return self.text and self.description.source_id.startswith(f"{RECOGNIZED}:")

    @property
    def trigger(self) -> bool:
        """True for markers that are numbers, by their type."""
        return not self.text and is_trigger(self.description)

    def __str__(self) -> str:
        d = self.description
        what = f"{self.samples} samples" if self.samples else "empty"
        return f"'{d.name}' (type {d.type or 'unknown'}, {len(d.channels)} channels, {what})"


MARKERS: Final = "markers"
"""Key of a selection of marker streams, beside the kinds of modality."""
MARKER_MAP: Final = "marker_map"
"""Key of what markers mean (`marker_map.parse_map`)."""


def chosen(entries: Sequence[StreamEntry], select: Mapping[str, str] | None) -> dict[int, tuple[str, ...]]:
    """Index of stream -> its kind of modality, or "markers"; KIND.PLACE where there are several of a kind.

    Of each kind the streams that a live run would take: those that `select` names, or else those that are of
    it by what they say of themselves. A stream with several sensors may be of several places.

    Raises RecordingError where it is ambiguous.
    """
    select = dict(select or {})
    known = [mapping.name for mapping in mappings()]
    unknown = sorted(name for name in set(select) - {MARKERS} if kind_called(name) is None)
    if unknown:
        listing = f"{', '.join(known)} or {MARKERS}"
        raise RecordingError(f"streams are selected for {listing}, not {', '.join(unknown)}")
    numeric = [e for e in entries if not e.text]
    named: dict[int, tuple[str, ...]] = {}
    for name, wanted in select.items():  # what the user names goes first
        if name != MARKERS:
            _add(named, _selected(name, wanted, entries, numeric), name, select)
    for mapping in mappings():
        if mapping.within or any(kind_called(name) == mapping.name for name in select):
            continue
        free = [e for e in numeric if e.index not in named and not e.trigger]
        candidates = [e for e in free if sensor_of(e.description, mapping.name)]
        for name, picked in _of_kind(mapping.name, candidates, numeric).items():
            _add(named, picked, name, select)
    return named | dict.fromkeys(
        (e.index for e in _markers(entries, numeric, select.get(MARKERS))), (MARKERS,)
    )


def _selected(
    name: str, wanted: str, entries: Sequence[StreamEntry], numeric: Sequence[StreamEntry]
) -> tuple[StreamEntry, ...]:
    """The streams that the user names of a modality."""
    candidates = matching(numeric, wanted)
    if not candidates:
        raise RecordingError(f"no stream matches '{wanted}'; the file holds {listed(entries)}")
    return _pick(kind_called(name) or name, candidates, wanted, numeric)


def _of_kind(
    kind: str, candidates: Sequence[StreamEntry], numeric: Sequence[StreamEntry]
) -> dict[str, tuple[StreamEntry, ...]]:
    """Modality -> the streams of one device; of several devices each is at a place that it says."""
    if not candidates:
        return {}
    devices = devices_of([e for e in candidates if e.samples] or candidates, kind)
    whole = [device for device in devices if is_whole([e.description for e in device], kind)]
    inner = next((mapping for mapping in mappings() if mapping.within == kind), None)
    if inner is not None and (len(whole), len(devices)) == (1, 2):
        (lone,) = (device for device in devices if device is not whole[0])
        if inner.sensor_in(lone[0].description):  # an IMU, and an accelerometer that is none
            return {kind: whole[0], inner.name: lone}
    places = [place_or_device_said(device[0].description) for device in devices]
    if len(devices) > 1 and all(places) and len(set(places)) == len(places):
        return {
            f"{kind}.{place}": completed(device, numeric, kind, None)
            for place, device in zip(places, devices, strict=True)
        }
    return {kind: _pick(kind, candidates, "", numeric)}


def _add(
    named: dict[int, tuple[str, ...]], picked: Sequence[StreamEntry], name: str, select: Mapping[str, str]
) -> None:
    """Note what streams are; RecordingError where one is of two modalities, not by two sensors in it."""
    sensors = [split_sensor(select.get(name, ""))[1]]
    for entry in picked:
        before = named.get(entry.index, ())
        sensors_of = [*sensors, *(split_sensor(select.get(other, ""))[1] for other in before)]
        if before and (None in sensors_of or len(set(sensors_of)) < len(sensors_of)):
            both = f"{before[0]} and for {name}"
            raise RecordingError(f"{entry} is selected for {both}: a stream is of one kind, and of one place")
        named[entry.index] = (*before, name)


def _markers(
    entries: Sequence[StreamEntry], numeric: Sequence[StreamEntry], wanted: str | None
) -> list[StreamEntry]:
    """The streams of markers."""
    if wanted is None:
        return [e for e in entries if (e.text or e.trigger) and not e.guessed]
    single = [e for e in numeric if len(e.description.channels) == 1]
    markers = matching([e for e in entries if e.text], wanted) or matching(single, wanted)
    if not markers:
        raise RecordingError(f"no stream of markers matches '{wanted}'; the file holds {listed(entries)}")
    return markers


def readable(entries: Sequence[StreamEntry], select: Mapping[str, str] | None) -> frozenset[int]:
    """Indices of all streams that may be chosen: what they are by themselves, or what `select` names.

    Raises RecordingError for a malformed selection.
    """
    asked = list((select or {}).values())
    named = {entry.index for wanted in asked for entry in matching(entries, wanted)}
    known = {entry.index for entry in entries if entry.text or entry.trigger or kind_in(entry.description)}
    return frozenset(named | known)


def matching(entries: Sequence[StreamEntry], wanted: str) -> list[StreamEntry]:
    """Entries that a selection describes. Raises RecordingError for a malformed one, and for XPath."""
    try:
        selection = parse_selection(wanted)
    except ConfigError as error:
        raise RecordingError(str(error)) from error
    if selection.is_predicate:
        raise RecordingError(
            f"'{wanted}' looks like an XPath predicate, which only live streams can be asked for: in a file, "
            f"select by name or key=value pairs ({', '.join(KEYS)}); it holds {listed(entries)}"
        )
    return [e for e in entries if selection.matches(e.description, e.number)]


def listed(entries: Sequence[StreamEntry]) -> str:
    """Streams for an error message."""
    return ", ".join(map(str, entries)) or "no stream"


def _pick(
    kind: str, candidates: Sequence[StreamEntry], wanted: str, numeric: Sequence[StreamEntry]
) -> tuple[StreamEntry, ...]:
    """The streams of one kind; what sent something goes before what sent nothing."""
    of_kind = [e for e in candidates if sensor_of(e.description, kind)] or candidates
    sent = [e for e in of_kind if e.samples] or of_kind
    try:
        return streams_of(wanted, sent, kind, number=lambda entry: entry.number, beside=lambda _: numeric)
    except SourceError as error:
        raise RecordingError(str(error)) from error
