"""Selection of the streams of a file, of each kind of modality and of markers: as of live ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hnhar.model.errors import ConfigError, RecordingError, SourceError

from ...mapping.kind import mappings
from ...mapping.selection import KEYS, parse_selection
from ...mapping.sensors import kind_in, sensor_of
from ...mapping.sensors import select as streams_of
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
        return (
            not self.text
            and self.description.type.strip().lower() in _TRIGGERS
            and len(self.description.channels) == 1
        )

    def __str__(self) -> str:
        d = self.description
        what = f"{self.samples} samples" if self.samples else "empty"
        return f"'{d.name}' (type {d.type or 'unknown'}, {len(d.channels)} channels, {what})"


MARKERS: Final = "markers"
"""Key of a selection of marker streams, beside the kinds of modality."""
MARKER_MAP: Final = "marker_map"
"""Key of what markers mean (`marker_map.parse_map`)."""
_TRIGGERS: Final = frozenset(
    ("markers", "marker", "events", "event", "triggers", "trigger", "stim", "stimulus", "annotations", "tags")
)
"""Types of streams of numbers that are markers, in lower case."""


def chosen(entries: Sequence[StreamEntry], select: Mapping[str, str] | None) -> dict[int, str]:
    """Index of stream -> kind of modality, or "markers". Raises RecordingError where it is ambiguous.

    Of each kind the streams that a live run would take: those that `select` names, or else those that are of
    it by what they say of themselves.
    """
    select = dict(select or {})
    known = [mapping.name for mapping in mappings()]
    unknown = sorted(set(select) - {*known, MARKERS})
    if unknown:
        listing = f"{', '.join(known)} or {MARKERS}"
        raise RecordingError(f"streams are selected for {listing}, not {', '.join(unknown)}")
    numeric = [e for e in entries if not e.text]
    modalities: dict[int, str] = {}
    for kind in sorted(known, key=lambda kind: kind not in select):  # what the user names goes first
        wanted = select.get(kind)
        free = [e for e in numeric if e.index not in modalities and not e.trigger]
        candidates = [e for e in free if sensor_of(e.description, kind)]
        if wanted is not None:
            candidates = matching(numeric, wanted)
            if not candidates:
                raise RecordingError(f"no stream matches '{wanted}'; the file holds {listed(entries)}")
        if candidates:
            picked = _pick(kind, candidates, wanted or "", numeric)
            twice = next((e for e in picked if e.index in modalities), None)
            if twice is not None:
                both = f"{modalities[twice.index]} and for {kind}"
                raise RecordingError(f"{twice} is selected for {both}: a stream is of one kind")
            modalities |= dict.fromkeys((e.index for e in picked), kind)
    wanted = select.get(MARKERS)
    texts = [e for e in entries if e.text]
    if wanted is None:
        markers = [e for e in entries if (e.text or e.trigger) and not e.guessed]
    else:
        single = [e for e in numeric if len(e.description.channels) == 1]
        markers = matching(texts, wanted) or matching(single, wanted)
    if wanted is not None and not markers:
        raise RecordingError(f"no stream of markers matches '{wanted}'; the file holds {listed(entries)}")
    return modalities | dict.fromkeys((e.index for e in markers), MARKERS)


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
