"""The unit of a skeleton's positions: as it is written, checked by the size of a person, or told by that
alone."""

from collections.abc import Iterable
from typing import Final

from hnhar.model.errors import ChannelError

from ..messages import StreamDescription
from . import units
from .skeleton_pose import PosedBody
from .units import CENTIMETER, FOOT, INCH, METER, MILLIMETER, Unit

PERSON: Final = (0.6, 2.05)
"""m from head over the hips down a leg, of people 0.8 to 2.2 m tall."""
ROUGHLY: Final = (0.4, 3.0)
"""m of the same that a unit as it is written may give: some trackers are far off."""
_BY_LENGTH: Final = (METER, CENTIMETER, MILLIMETER, FOOT, INCH)
"""Of two that fit, as inches and centimeters of a child do, the first."""
SEND: Final = "Pixels and shares of an image cannot be used: send meters, with their unit"


def meters_per_unit(
    stream: StreamDescription, channels: Iterable[int], pose: PosedBody | None
) -> tuple[float, tuple[str, ...]]:
    """Meters per unit of positions on these channels, and notes. `pose`: in the stream's unit, None where
    nobody is tracked, and meters are assumed where none is written.

    Raises ChannelError where positions have no unit of length, several, or one in which nobody's size
    they are.
    """
    written = _written(stream, channels)
    length = 0.0 if pose is None else pose.length
    if written is None:
        return _by_length(stream.name, length)
    if not length or (pose and not pose.bodily) or ROUGHLY[0] <= length * written.factor <= ROUGHLY[1]:
        return written.factor, ()
    better = _fitting(length)
    if better is None:
        raise ChannelError(
            f"'{stream.name}' gives its positions in {written.name}, but a person in it would be "
            f"{length * written.factor:.3g} m from head to ankles, and of nobody's size in another unit. "
            f"{SEND}."
        )
    return better.factor, (
        f"'{stream.name}' gives its positions in {written.name}, but a person in it would be "
        f"{length * written.factor:.3g} m from head to ankles: they are taken as {better.name}",
    )


def lacks_unit(stream: StreamDescription, channels: Iterable[int]) -> bool:
    """True where none of these channels gives a unit."""
    return all(not stream.units[channel].strip() for channel in channels)


def _written(stream: StreamDescription, channels: Iterable[int]) -> Unit | None:
    texts = {stream.units[channel].strip() for channel in channels}
    if texts == {""}:
        return None
    known = [units.unit(text) for text in texts - {""}]
    first = known[0]
    if (
        first is None
        or len({u.factor for u in known if u}) != 1
        or any(u is None or u.canonical != "m" for u in known)
    ):
        raise ChannelError(
            f"the unit of positions must be one of {', '.join(units.names('m'))}, the same for all, but "
            f"'{stream.name}' says {', '.join(repr(text) for text in sorted(texts))}. Pixels cannot be "
            "used: send meters."
        )
    return first


def _by_length(name: str, length: float) -> tuple[float, tuple[str, ...]]:
    unknown = f"'{name}' gives no unit for positions"
    if not length:
        return 1.0, (f"{unknown}: meters are assumed",)
    unit = _fitting(length)
    if unit is None:
        raise ChannelError(
            f"{unknown}, and from head to ankles are {_plain(length)}, which is nobody's size in "
            f"{', '.join(u.name for u in _BY_LENGTH)}. {SEND}."
        )
    word = "meters are" if unit is METER else f"{unit.name} is"
    return unit.factor, (f"{unknown}: {word} assumed, as from head to ankles are {_plain(length)}",)


def _plain(length: float) -> str:
    """Three digits, and no exponent where people write none: 1470, 1.68."""
    return f"{float(f'{length:.3g}'):.0f}" if 1000 <= length < 1e6 else f"{length:.3g}"


def _fitting(length: float) -> Unit | None:
    return next((u for u in _BY_LENGTH if PERSON[0] <= length * u.factor <= PERSON[1]), None)
