"""Which streams of a recording are which modalities: as of live ones, by what was selected and by places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hnhar.model.errors import ChannelError, SourceError
from hnhar.model.modality import Modality, named_modalities

from ..mapping.kind import mapping_of
from ..mapping.places import assigned, which
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
    for kind in dict.fromkeys(modality.kind for modality in modalities):
        wanted = [m for m in modalities if m.kind == kind]
        found |= _of_kind(recording, [replace(m, placement=m.placement or placement) for m in wanted])
    return {modality.name: found[modality.name] for modality in modalities if modality.name in found}


def _of_kind(recording: Recording, wanted: Sequence[Modality]) -> dict[str, tuple[RecordedStream, ...]]:
    mapping = mapping_of(wanted[0].kind)
    devices: dict[str, list[RecordedStream]] = {}
    for stream in recording.streams:
        serves = stream.kind == mapping.name or (
            stream.kind != "" and stream.kind == mapping.within and mapping.sensor_in(stream.description)
        )
        if serves and len(stream.timestamps):
            devices.setdefault(stream.modality, []).append(stream)
    if len(devices) == len(wanted) == 1:
        return {wanted[0].name: tuple(next(iter(devices.values())))}
    exact = {}
    for name in [name for name in devices if "." in name]:
        meant = named_modalities(f"{mapping.name}.{name.partition('.')[2]}", wanted)
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


def _placed(stream: RecordedStream) -> _Placed:
    place = stream.modality.partition(".")[2]
    description = stream.description
    return _Placed(stream, replace(description, placement=description.placement or place))
