"""Selection of the streams of a modality: one stream, or those of one device's sensors. Pure.

The same for live streams, for those of a file, and for the doctor. A stream's kind is found by its type,
labels, name and units, as far as they are known: before a stream is opened labels and units are "".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from hnhar.model.errors import SourceError
from hnhar.model.modality import kind_of

from ..messages import StreamDescription
from ..printable import printable
from .devices import BOTH, affinity, closest
from .kind import WHOLE, ModalityMapping, mapping_of, mappings
from .selection import PLAIN_KEYS, numbers_in


class Described(Protocol):
    """A stream, live or of a file, that has a description."""

    @property
    def description(self) -> StreamDescription:
        """As far as it is known."""


T = TypeVar("T", bound=Described)
LISTED: Final = 16
"""Streams in an error, at most."""


def kind_in(stream: StreamDescription) -> str:
    """Name of the kind of modality that a stream carries; "" where nothing says so."""
    claims = [mapping for mapping in mappings() if mapping.sensor_in(stream)]
    by_type = [mapping for mapping in claims if stream.type.strip().lower() in mapping.types]
    # of two that know its labels, the one with more channels says more of it
    return max(by_type or claims, key=_channels).name if claims else ""


def sensor_of(stream: StreamDescription, kind: str) -> str | None:
    """`WHOLE`, or the sensor of `kind` that a stream is alone ("acc"); None where it is of another kind, or
    nothing says that it is of this one."""
    mapping, carried = mapping_of(kind), kind_in(stream)
    return mapping.sensor_in(stream) if carried and carried in (kind, mapping.within) else None


def are_of_one_device(streams: Sequence[StreamDescription], kind: str) -> bool:
    """True if streams are all the sensors of one device, one each."""
    sensors = mapping_of(kind).sensors
    if len(streams) < 2 or sorted(sensor_of(stream, kind) or "" for stream in streams) != sorted(sensors):
        return False
    first, *others = streams
    return all(affinity(first, other) for other in others)


def is_whole(streams: Sequence[StreamDescription], kind: str) -> bool:
    """True if a device's streams have all sensors of a kind."""
    found = {sensor_of(stream, kind) for stream in streams}
    return WHOLE in found or (bool(mapping_of(kind).sensors) and found >= set(mapping_of(kind).sensors))


def may_have_partner(stream: StreamDescription, kind: str) -> bool:
    """True for a stream of one sensor, whose device may send the others as streams of their own."""
    return sensor_of(stream, kind) in mapping_of(kind).sensors


def with_partners(first: T, candidates: Iterable[T], kind: str) -> tuple[T, ...]:
    """A lone sensor together with the others of its device, where it is plain which these are.

    A partner is the closest stream of its sensor, and has no closer or equally close one than `first`: of two
    devices that cannot be told apart none is paired.
    """
    if not may_have_partner(first.description, kind):
        return (first,)
    streams = [first, *(c for c in candidates if c is not first)]
    mine = sensor_of(first.description, kind)
    found: list[T] = []
    for sensor in mapping_of(kind).sensors:
        if sensor == mine:
            continue
        near = _preferred(closest(first, _of(streams, kind, sensor), _described), kind)
        if len(near) != 1:
            return (first,)
        rivals = closest(near[0], _of(streams, kind, mine), _described)
        rank = _rank(first, kind)
        if [rival for rival in rivals if _rank(rival, kind) == rank] != [first]:
            return (first,)
        found += near
    return (first, *found)


def select(
    asked: str,
    streams: Sequence[T],
    kind: str,
    *,
    created: Callable[[T], float] | None = None,
    remedy: str = "",
    number: Callable[[T], int] | None = None,
    beside: Callable[[T], Iterable[T]] | None = None,
) -> tuple[T, ...]:
    """The one stream meant, or those of the sensors of one device.

    Args:
        asked: The user's selection, which `streams` match; "" where the user made none.
        streams: One or more that can be read.
        kind: Name of the kind of modality.
        created: Time of its creation: the newest is taken. None: none is guessed.
        remedy: A further way to say which is meant, for the error.
        number: Number of a stream, for the error where no other key tells streams apart; None: not known.
        beside: Streams among which the partners of a lone sensor are, which need not match.

    Raises:
        SourceError: More than one may be meant; lists them.
    """
    if len(streams) == len(numbers_in(asked)) > 1:
        return tuple(streams)
    usable = known_of(streams, kind)
    if len(usable) > 1 and created is not None:
        usable = [max(usable, key=created)]
        streams = [*usable, *(s for s in streams if s is not usable[0])]
    groups = devices_of(usable, kind)
    if len(groups) == 1:
        return completed(groups[0], streams, kind, beside)
    usable = sorted(usable, key=lambda stream: line(stream.description))
    differing = _differing([stream.description for stream in usable])
    lines = [
        f"  {f'index={number(s)}, ' if number and not differing else ''}{line(s.description)}" for s in usable
    ]
    rest = [f"  and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    listed = "\n".join([*lines[:LISTED], *rest])
    more = ",".join(f"{key}=…" for key in differing) or (
        "index=…" if number else "index=…, the number that hnhar-doctor gives it"
    )
    if not asked:  # nothing was named, so perhaps it is not known how
        more += (
            f") with --source {kind}=…, or one for each that the weights take (as --source phone=… "
            "--source watch=…"
        )
    title = mapping_of(kind).title
    matches = f"'{asked}' matches {len(usable)} streams"
    found = matches if asked else f"{len(usable)} streams could be the {title}"
    raise SourceError(f"{found}, and it is not guessed which is meant:\n{listed}\nSay more ({more}){remedy}.")


def completed(
    group: tuple[T, ...], streams: Iterable[T], kind: str, beside: Callable[[T], Iterable[T]] | None
) -> tuple[T, ...]:
    """A device's streams; a lone sensor with its partners of `streams`, or of what `beside` gives."""
    if len(group) != 1 or not may_have_partner(group[0].description, kind):
        return group
    return with_partners(group[0], streams if beside is None else beside(group[0]), kind)


def known_of(streams: Sequence[T], kind: str) -> list[T]:
    """Those of the streams that say that they are of a kind; all of them where none does."""
    return [stream for stream in streams if sensor_of(stream.description, kind)] or list(streams)


def devices_of(streams: Sequence[T], kind: str) -> list[tuple[T, ...]]:
    """Each stream with its partners, once; of one device's that compete only the preferred ones."""
    groups: list[tuple[T, ...]] = []
    for stream in streams:
        group = with_partners(stream, streams, kind)
        if not any(len(group) == len(other) and all(s in other for s in group) for other in groups):
            groups.append(tuple(sorted(group, key=lambda s: streams.index(s))))
    kept = []
    for group in groups:
        rank = sum(_rank(stream, kind) for stream in group)
        rivals = [g for g in groups if g is not group and _compete(group, g, kind)]
        if all(sum(_rank(stream, kind) for stream in rival) >= rank for rival in rivals):
            kept.append(group)
    return kept


def _compete(group: Sequence[T], other: Sequence[T], kind: str) -> bool:
    """True for alternatives of one device: the same sensors, and no doubt that they are of one device."""
    if not all(
        affinity(a.description, b.description) == BOTH or _unnamed(a, b) for a in group for b in other
    ):
        return False  # of most pairs, and told in little time
    sensors = [sorted(sensor_of(s.description, kind) or "" for s in streams) for streams in (group, other)]
    return sensors[0] == sensors[1]


def _unnamed(first: T, second: T) -> bool:
    """True for streams of one name, neither of which has an id."""
    ids = first.description.source_id, second.description.source_id
    return not any(ids) and affinity(first.description, second.description) > 0


def _of(streams: Iterable[T], kind: str, sensor: str | None) -> list[T]:
    return [stream for stream in streams if sensor_of(stream.description, kind) == sensor]


def _preferred(streams: Sequence[T], kind: str) -> list[T]:
    best = min((_rank(stream, kind) for stream in streams), default=0)
    return [stream for stream in streams if _rank(stream, kind) == best]


def _rank(stream: T, kind: str) -> int:
    return mapping_of(kind).rank(stream.description)


def _described(stream: T) -> StreamDescription:
    return stream.description


def _differing(streams: Sequence[StreamDescription]) -> list[str]:
    """The keys of a selection by which streams differ."""
    return [key for key in PLAIN_KEYS if len({getattr(s, key).lower() for s in streams}) > 1]


def line(stream: StreamDescription) -> str:
    """One stream in one line, with all that distinguishes it from others; its rate where it declares one."""
    rate = stream.nominal_rate
    return printable(
        f"name={stream.name}, type={stream.type}, source_id={stream.source_id or '(none)'}, "
        f"hostname={stream.hostname or '(none)'} "
        f"({len(stream.channels)} channels{f', {rate:g} Hz' if rate else ''})"
    )


def _channels(mapping: ModalityMapping) -> int:
    return len(kind_of(mapping.name).channels)


__all__ = [
    "WHOLE",
    "are_of_one_device",
    "completed",
    "devices_of",
    "is_whole",
    "kind_in",
    "known_of",
    "line",
    "may_have_partner",
    "select",
    "sensor_of",
    "with_partners",
]
