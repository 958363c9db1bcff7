"""Which streams of a recording are which modalities: as of live ones, by what was selected and by places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hnhar.model.errors import ChannelError, ConfigError, RecordingError, SourceError
from hnhar.model.modality import Modality, kind_called, named_modalities

from ..mapping.kind import mapping_of
from ..mapping.places import PHONE, assigned, which
from ..mapping.selection import parse_selection, split_sensor
from ..mapping.sensors import completed, devices_of
from ..messages import StreamDescription
from .recording import RecordedStream, Recording


@dataclass(frozen=True, slots=True)
class _Placed:
    """A stream with the place that it was read for, where it says none itself."""

    stream: RecordedStream
    description: StreamDescription


def streams_of(
    recording: Recording, modalities: Sequence[Modality], *, placement: str = ""
) -> dict[str, tuple[RecordedStream, ...]]:
    """Modality -> its streams with samples, of those that are there; what is worn elsewhere is left out.

    Args:
        recording: Its streams are of kinds, or of KIND.PLACE.
        modalities: As the weights take them.
        placement: Where the weights' sensor was worn, unless a modality says it.

    Raises:
        ChannelError: Several streams may be one modality; lists them.
    """
    found: dict[str, tuple[RecordedStream, ...]] = {}
    kinds = dict.fromkeys(modality.kind for modality in modalities)
    for within in (False, True):  # what is there by itself goes before what a stream of another kind has too
        for kind in kinds:
            mapping = mapping_of(kind)
            wanted = [
                replace(m, placement=m.placement or placement)
                for m in modalities
                if m.kind == kind and m.name not in found
            ]
            taken = [stream for streams in found.values() for stream in streams]
            free = [s for s in recording.streams if len(s.timestamps) and not any(s is t for t in taken)]
            if within:
                serving = mapping.within or None
                free = [s for s in free if s.kind == serving and mapping.sensor_in(s.description)]
            else:
                free = [s for s in free if s.kind == kind]
            if wanted and free:
                found |= _assigned(free, wanted)
    return {modality.name: found[modality.name] for modality in modalities if modality.name in found}


def selected(recording: Recording, select: Mapping[str, str]) -> Recording:
    """The recording with the streams that are selected, of each kind of which some are.

    Args:
        recording: Of files that are not selected from as they are read.
        select: Kind, or KIND.PLACE -> a name or `key=value` pairs; what is no modality is passed over.

    Raises:
        RecordingError: No stream is called so, or the selection is malformed.
    """
    asked = {name: text for name, text in select.items() if kind_called(name) is not None}
    if not asked:
        return recording
    streams = [s for s in recording.streams if not any(kind_called(name) == s.kind for name in asked)]
    for name, text in asked.items():
        plain, sensor = split_sensor(text)
        try:
            selection = parse_selection(plain)
        except ConfigError as error:
            raise RecordingError(str(error)) from error
        found = [s for n, s in enumerate(recording.streams, 1) if selection.matches(s.description, n)]
        if not found and selection.conditions == (("name", plain.strip()),):  # the folder of one device
            found = [s for s in recording.streams if s.description.source_id == plain.strip()]
        if not found or selection.is_predicate:
            there = ", ".join(f"'{s.description.name}'" for s in recording.streams)
            raise RecordingError(f"no stream matches '{text}'; {recording.name} holds {there or 'none'}")
        kind = kind_called(name) or name
        if len(found) == 1 and not selection.index:  # half of a sensor: the other half goes with it
            found = list(completed((found[0],), recording.streams, kind, None))
        streams = [s for s in streams if not any(s is other for other in found)]
        streams += [replace(s, modality=name, sensor=sensor or "") for s in found]
    return replace(recording, streams=tuple(streams))


def _assigned(
    streams: Sequence[RecordedStream], wanted: Sequence[Modality]
) -> dict[str, tuple[RecordedStream, ...]]:
    """Modality -> its streams, of those that may be of one kind."""
    kind = wanted[0].kind
    devices: dict[str, list[RecordedStream]] = {}
    for stream in streams:
        devices.setdefault(stream.modality, []).append(stream)
    devices = _apart(devices, kind)
    if len(devices) == len(wanted) == 1:
        return {wanted[0].name: tuple(next(iter(devices.values())))}
    exact = {}
    for name in [name for name in devices if "." in name]:
        meant = named_modalities(f"{kind}.{name.partition('.')[2]}", wanted)
        if len(meant) == 1:
            exact[meant[0].name] = tuple(devices.pop(name))
    left = [modality for modality in wanted if modality.name not in exact]
    if not devices or not left:
        return exact
    groups = [tuple(_placed(stream) for stream in device) for device in devices.values()]
    try:
        by_place = assigned(groups, left) if len(wanted) > 1 or len(groups) > 1 else {left[0].name: groups[0]}
    except SourceError as error:
        raise ChannelError(str(error)) from error
    if not exact and not by_place:
        raise ChannelError(which(groups, left))
    return exact | {name: tuple(p.stream for p in group) for name, group in by_place.items()}


def _apart(devices: dict[str, list[RecordedStream]], kind: str) -> dict[str, list[RecordedStream]]:
    """Streams of one name that are of several devices, each device under a name of its own."""
    out: dict[str, list[RecordedStream]] = {}
    for name, streams in devices.items():
        groups = devices_of(streams, kind) if len(streams) > 1 and "." not in name else [tuple(streams)]
        out |= {f"{name}{'#' * number}": list(group) for number, group in enumerate(groups)}
    return out


def _placed(stream: RecordedStream) -> _Placed:
    place = stream.modality.partition(".")[2]
    description = stream.description
    if place == PHONE:  # no place of the body: by its name it is told from others
        place = ""
    return _Placed(stream, replace(description, placement=description.placement or place))
