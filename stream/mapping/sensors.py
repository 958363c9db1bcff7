"""Selection of the streams of a modality: one stream, or those of one device's sensors. Pure.

The same for live streams, for those of a file, and for the doctor. A stream's kind is found by its type,
labels, name and units, as far as they are known: before a stream is opened labels and units are "".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from hnhar.model.errors import SourceError
from hnhar.model.modality import kind_of

from ..messages import StreamDescription
from .kind import WHOLE, ModalityMapping, mapping_of, mappings

KEYS_HINT: Final = "name=…,type=…,source_id=…,hostname=…"
_SENSOR_WORDS = re.compile(r"(?i)[\s._-]*(accelerometer|accel|acc|gyroscope|gyro|gyr)[\s._-]*")
FEW: Final = 4
"""Channels of a stream of one sensor, at most: three axes, and a time or a temperature."""


class Described(Protocol):
    """A stream, live or of a file, that has a description."""

    @property
    def description(self) -> StreamDescription:
        """As far as it is known."""


T = TypeVar("T", bound=Described)


def kind_in(stream: StreamDescription) -> str:
    """Name of the kind of modality that a stream carries; "" where nothing says so."""
    claims = [mapping for mapping in mappings() if mapping.sensor_in(stream)]
    by_type = [mapping for mapping in claims if stream.type.strip().lower() in mapping.types]
    # of two that know its labels, the one with more channels says more of it
    return max(by_type or claims, key=_channels).name if claims else ""


def sensor_of(stream: StreamDescription, kind: str) -> str | None:
    """`WHOLE`, or the sensor of `kind` that a stream is alone ("acc"); None where it is of another kind, or
    nothing says that it is of this one."""
    return mapping_of(kind).sensor_in(stream) if kind_in(stream) == kind else None


def are_of_one_device(streams: Sequence[StreamDescription], kind: str) -> bool:
    """True if streams are all the sensors of one device, one each (same name or source_id, one host)."""
    sensors = mapping_of(kind).sensors
    if len(streams) < 2 or sorted(sensor_of(stream, kind) or "" for stream in streams) != sorted(sensors):
        return False
    first, *others = streams
    return all(_same_device(first, other) for other in others)


def may_have_partner(stream: StreamDescription, kind: str) -> bool:
    """True for a stream of one sensor, whose device may send the others as streams of their own."""
    return sensor_of(stream, kind) in mapping_of(kind).sensors and len(stream.channels) <= FEW


def with_partners(first: T, candidates: Iterable[T], kind: str) -> tuple[T, ...]:
    """A lone sensor together with the others of its device, where there is exactly one of each."""
    stream = first.description
    if not may_have_partner(stream, kind):
        return (first,)
    near = [c for c in candidates if _same_device(stream, c.description)]
    others: list[T] = []
    for sensor in mapping_of(kind).sensors:
        if sensor != sensor_of(stream, kind):
            found = [c for c in near if sensor_of(c.description, kind) == sensor]
            if len(found) != 1:
                return (first,)
            others += found
    return (first, *others)


def select(
    asked: str,
    streams: Sequence[T],
    kind: str,
    *,
    created: Callable[[T], float] | None = None,
    remedy: str = "",
) -> tuple[T, ...]:
    """The one stream meant, or those of the sensors of one device.

    Args:
        asked: The user's selection, which `streams` match; "" where the user made none.
        streams: One or more that can be read.
        kind: Name of the kind of modality.
        created: Time of its creation: the newest is taken. None: none is guessed.
        remedy: A further way to say which is meant, for the error.

    Raises:
        SourceError: More than one may be meant; lists them.
    """
    known = [stream for stream in streams if sensor_of(stream.description, kind)]
    usable = known if known else streams
    if len(usable) > 1 and created is not None:
        newest = max(usable, key=created)
        return with_partners(newest, [s for s in usable if s is not newest], kind)
    if len(usable) == 1 or are_of_one_device([stream.description for stream in usable], kind):
        return tuple(usable)
    listed = "\n".join(f"  {line(stream.description)}" for stream in usable)
    title = mapping_of(kind).title
    matches = f"'{asked}' matches {len(usable)} streams"
    found = matches if asked else f"{len(usable)} streams could be the {title}"
    raise SourceError(
        f"{found}, and it is not guessed which is meant:\n{listed}\nSay more ({KEYS_HINT}){remedy}."
    )


def line(stream: StreamDescription) -> str:
    """One stream in one line, with all that distinguishes it from others."""
    rate = stream.nominal_rate
    return (
        f"name={stream.name}, type={stream.type}, source_id={stream.source_id or '(none)'}, "
        f"hostname={stream.hostname or '(none)'} "
        f"({len(stream.channels)} channels, {f'{rate:g} Hz' if rate else 'irregular'})"
    )


def _channels(mapping: ModalityMapping) -> int:
    return len(kind_of(mapping.name).channels)


def _same_device(first: StreamDescription, second: StreamDescription) -> bool:
    if first.hostname != second.hostname:
        return False
    ids = first.source_id, second.source_id
    return (ids[0] != "" and ids[0] == ids[1]) or _device(first.name) == _device(second.name)


def _device(name: str) -> str:
    """A name without the words that tell a device's sensors apart: "Polar ACC" and "Polar Gyro" are one."""
    return _SENSOR_WORDS.sub("", name)


__all__ = [
    "WHOLE",
    "are_of_one_device",
    "kind_in",
    "line",
    "may_have_partner",
    "select",
    "sensor_of",
    "with_partners",
]
