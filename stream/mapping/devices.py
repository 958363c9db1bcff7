"""Devices behind streams: which of them one device sends, by name, source_id and host. Pure.

A device's sensors have names and ids that differ by the sensor's word at most ("Polar ACC", "Polar Gyro").
An id alone may be of several devices: some programs give all that they relay one id.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from hnhar.model.labels import words

from ..messages import StreamDescription
from .placement import is_place

_SENSOR_WORDS: Final = re.compile(
    r"(?i)(uncalibrated|calibrated|low[\s_-]*noise|wide[\s_-]*range|(?<![a-z])(?:ln|wr)(?![a-z])|"
    r"accelerometers?|accelerations?|accel|acc|gyroscopes?|gyro|gyr|angular[\s_-]*velocity|"
    r"rotation[\s_-]*rate)"
)
_JOINTS: Final = re.compile(r"[\s._:/|-]+")
_SIDES: Final = frozenset(words("left right l r"))
BOTH: Final = 3
NAMES: Final = 2
IDS: Final = 1
"""What two streams of one device share, the more telling the larger."""

T = TypeVar("T")


def device_in(text: str) -> str:
    """A name or an id without the words that tell a device's sensors apart: "Polar ACC" -> "polar"."""
    return _JOINTS.sub(" ", _SENSOR_WORDS.sub(" ", text)).strip().lower()


def affinity(first: StreamDescription, second: StreamDescription) -> int:
    """`BOTH`, `NAMES` or `IDS` where two streams may be of one device, by what of it they share; else 0."""
    if first.hostname != second.hostname:
        return 0
    names = device_in(first.name), device_in(second.name)
    ids = device_in(first.source_id), device_in(second.source_id)
    if first.placement and second.placement and first.placement != second.placement:
        return 0
    same_id = first.source_id != "" and (first.source_id == second.source_id or ids[0] == ids[1] != "")
    if not same_id and all(map(_has_sensor, (first.source_id, second.source_id))):
        return 0  # ids of a device's name and its sensor's: it is another device
    if names[0] == names[1]:
        return BOTH if same_id else NAMES
    # one id of several devices: their names tell them apart by a number, an address or a side
    if same_id and _marks(first.name) == _marks(second.name):
        return IDS
    return 0


def closest(first: T, streams: Sequence[T], of: Callable[[T], StreamDescription]) -> list[T]:
    """Those of `streams` that share most with `first` of what one device's share; none may."""
    near = [(affinity(of(first), of(stream)), stream) for stream in streams]
    most = max((shared for shared, _ in near), default=0)
    return [stream for shared, stream in near if shared == most > 0]


def _has_sensor(text: str) -> bool:
    return _SENSOR_WORDS.search(text) is not None


def _marks(name: str) -> frozenset[str]:
    """Words of a name that tell one device from another: a number, an address, a side, a place."""
    named = frozenset(
        token for token in words(_SENSOR_WORDS.sub(" ", name)) if token in _SIDES or is_place(token)
    )
    return named | {token for token in device_in(name).split() if any(map(str.isdigit, token))}
