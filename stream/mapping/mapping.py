"""A stream's channels onto what the weights want, or a refusal that says why.

Missing or wrong channels are an error that lists what was asked, what the stream offers, and what to do. What
had to be assumed is in `ChannelMap.notes`, for the caller to tell the user once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.labels import words
from hnhar.model.modality import Modality

from ..messages import StreamDescription
from . import imu as imus
from . import skeleton as skeletons
from .channel_map import ChannelMap, MappingOptions
from .imu import map_imu
from .skeleton import map_skeleton

__all__ = ["ChannelMap", "MappingOptions", "check_options", "lacks_unit", "map_streams"]

_PLACES = {
    "wrist": "wrist forearm watch wristband hand",
    "thigh": "thigh pocket upperleg trouser trousers",
    "head": "head forehead headband ear glasses",
    "waist": "waist hip belt pelvis",
    "chest": "chest sternum torso",
    "ankle": "ankle foot shoe shank lowerleg",
    "back": "back spine lumbar",
    "arm": "arm upperarm",
}


def check_options(options: MappingOptions) -> None:
    """Refuse what no stream could make right, before one is looked for. Raises ChannelError."""
    imus.check_options(options)
    skeletons.check_options(options)


def map_streams(
    streams: Sequence[StreamDescription],
    modality: Modality,
    options: MappingOptions,
    *,
    placement: str = "",
    samples: Sequence[NDArray[np.floating]] | None = None,
) -> tuple[ChannelMap, ...]:
    """How `streams` together feed `modality`: one, or the accelerometer's and the gyroscope's of one device.

    `placement` is where the weights' IMU was worn. `samples` ((n, channels) of a second or so of each stream,
    as sent) lets a missing unit be inferred and acceleration without gravity be noticed. Raises ChannelError.
    """
    if modality.kind == "skeleton":
        if len(streams) != 1:
            raise ChannelError(
                f"a skeleton comes from one stream, but {len(streams)} were given. Name one of them."
            )
        return (map_skeleton(streams[0], modality, options),)
    maps = map_imu(streams, modality, options, samples)
    if len(maps) != len(streams):
        names = " and ".join(f"'{stream.name}'" for stream in streams)
        raise ChannelError(
            f"one of {names} alone has all that is wanted: name it with more keys "
            "(name=…,type=…,source_id=…)."
        )
    note = _placement_note(streams, options, placement)
    if not note:
        return maps
    first = maps[0]
    return (type(first)(first.feed, (*first.notes, note), first.source, first.scale), *maps[1:])


def lacks_unit(streams: Sequence[StreamDescription], modality: Modality, options: MappingOptions) -> bool:
    """Whether `map_streams` needs samples: an IMU's channels lack a unit, and the user gives none."""
    if modality.kind != "imu" or options.imu_unit:
        return False
    return any(not unit for stream in streams for unit in stream.units)


def place_of(text: str) -> tuple[str, str]:
    """(side, body part) of a placement as people write it: "Right wrist" -> ("right", "wrist")."""
    tokens = words(text)
    side = next((token for token in tokens if token in ("left", "right")), "")
    rest = [token for token in tokens if token not in ("left", "right")]
    named = {*rest, "".join(rest)}
    for part, synonyms in _PLACES.items():
        if named & set(synonyms.split()):
            return side, part
    return side, " ".join(rest)


def _placement_note(streams: Sequence[StreamDescription], options: MappingOptions, wanted: str) -> str:
    """Raise ChannelError where another placement is named; a note where none is."""
    if not wanted:
        return ""
    said = [(stream.placement, f"'{stream.name}' says") for stream in streams if stream.placement]
    if options.placement:
        said.append((options.placement, "--imu-placement says"))
    side, part = place_of(wanted)
    for text, who in said:
        other_side, other = place_of(text)
        if other != part or (side and other_side and side != other_side):
            raise ChannelError(
                f"the weights were trained for an IMU worn on the {wanted}, but {who} '{text}'. Choose "
                "weights for that placement (hnhar-doctor lists them), or wear the sensor where the weights "
                "expect it."
            )
    if said:
        return ""
    return (
        f"'{streams[0].name}' does not say where it is worn; the weights were trained for the {wanted}, "
        "and are wrong for any other place (--imu-placement says it)"
    )
