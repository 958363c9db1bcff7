"""Placement of a sensor: places as people write them, against the one that the weights were trained for."""

from collections.abc import Sequence
from typing import Final

from hnhar.model.errors import ChannelError
from hnhar.model.labels import words

from ..messages import StreamDescription
from .axes import is_auto
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


MIRROR: Final = "x,-y,z"
"""Axes by which a sensor on one side of the body measures as its mirror image on the other: along the limb
and out of it they stay, and one must be reversed, since a sensor cannot be mirrored."""


def on_other_side(options: MappingOptions, wanted: str) -> bool:
    """True where the user says that the sensor is worn where it is wanted, but on the body's other side."""
    if not options.placement or not wanted:
        return False
    (side, part), (other, given) = place_of(wanted), place_of(options.placement)
    return part == given and {side, other} == {"left", "right"}


def placement_note(streams: Sequence[StreamDescription], options: MappingOptions, wanted: str) -> str:
    """Raise ChannelError where another place is named than is `wanted`; a note where none is,
    or where its name contradicts."""
    if not wanted:
        return ""
    if on_other_side(options, wanted):
        axes = MIRROR if options.imu_axes is None or is_auto(options.imu_axes) else options.imu_axes
        return (
            f"worn on the {options.placement}, and the weights were trained for the {wanted}: its motion is "
            f"taken as a mirror image ({axes}); a camera's skeleton is mirrored by --mirror"
        )
    declared = [(stream.placement, f"'{stream.name}' says") for stream in streams if stream.placement]
    if options.sensor and is_place(options.sensor):
        declared = [(options.sensor, "--imu-sensor says")]
    side, part = place_of(wanted)
    given = [(options.placement, "--imu-placement says")] if options.placement else declared
    for text, who in given:
        if _is_another(text, wanted):
            other = place_of(text)[1]
            raise ChannelError(
                f"the weights were trained for an IMU worn on the {wanted}, but {who} '{text}'. Choose "
                "weights for that placement (hnhar-doctor lists them), or wear the sensor where the weights "
                f"expect it.{_mirrored(part, other, text)}"
            )
    denied = [f"{who} '{text}'" for text, who in declared if _is_another(text, wanted)]
    if denied:
        return f"{denied[0]}; it is taken as worn on the {wanted}, as --imu-placement says"
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


def _is_another(text: str, wanted: str) -> bool:
    """True for a text that names another place than is wanted."""
    (side, part), (other_side, other) = place_of(wanted), place_of(text)
    return other != part or bool(side and other_side and side != other_side)


def _mirrored(part: str, other: str, text: str) -> str:
    """Remedy where only the side is another, or the place is not said."""
    if not other:
        return f" Say the place with the side: --imu-placement '{text} {part}'."
    return f" Its motion is taken as a mirror image by --imu-placement '{text}'." if part == other else ""
