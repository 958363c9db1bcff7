"""Placement of a sensor: places as people write them, against the one that the weights were trained for."""

from collections.abc import Sequence

from hnhar.model.errors import ChannelError
from hnhar.model.labels import words

from ..messages import StreamDescription
from .channel_map import MappingOptions

_PLACES = {
    "wrist": "wrist forearm watch smartwatch applewatch wristband hand",
    "thigh": "thigh pocket upperleg trouser trousers",
    "head": "head forehead headband ear glasses",
    "waist": "waist hip belt pelvis",
    "chest": "chest sternum torso",
    "ankle": "ankle foot shoe shank lowerleg",
    "back": "back spine lumbar",
    "arm": "arm upperarm",
}


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


def is_place(text: str) -> bool:
    """True for a text that names a place of the body."""
    return place_of(text)[1] in _PLACES


def place_in_name(stream: StreamDescription) -> str:
    """The place of the body that a word of a stream's name or id says, with its side ("left_wrist"); "" where
    none does."""
    for text in (stream.name, stream.source_id):
        part = next(filter(is_place, words(text)), "")
        if part:
            side, _ = place_of(text)
            return f"{side}_{part}" if side else part
    return ""


def placement_note(streams: Sequence[StreamDescription], options: MappingOptions, wanted: str) -> str:
    """Raise ChannelError where another place is named than is `wanted`; a note where none is,
    or where its name contradicts."""
    if not wanted:
        return ""
    given = [(stream.placement, f"'{stream.name}' says") for stream in streams if stream.placement]
    if options.sensor and is_place(options.sensor):
        given = [(options.sensor, "--imu-sensor says")]
    if options.placement:
        given.append((options.placement, "--imu-placement says"))
    side, part = place_of(wanted)
    for text, who in given:
        other_side, other = place_of(text)
        if other != part or (side and other_side and side != other_side):
            raise ChannelError(
                f"the weights were trained for an IMU worn on the {wanted}, but {who} '{text}'. Choose "
                "weights for that placement (hnhar-doctor lists them), or wear the sensor where the weights "
                "expect it."
            )
    if given:
        return ""
    for stream in streams:
        if named := place_in_name(stream):
            other_side, other = place_of(named)
            if other == part and (not side or not other_side or side == other_side):
                return ""
            return (
                f"'{stream.name}' says by its name '{named.replace('_', ' ')}', and the weights were "
                f"trained for the {wanted}: they are wrong for any other place (--imu-placement says it)"
            )
    return (
        f"'{streams[0].name}' does not say where it is worn; the weights were trained for the {wanted}, "
        "and are wrong for any other place (--imu-placement says it)"
    )
