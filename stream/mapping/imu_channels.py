"""Channels of an IMU by label, unit, and the type and name of its stream: sensor and axis of each."""

import re
from collections.abc import Sequence

from hnhar.model.errors import ChannelError
from hnhar.model.labels import words

from ..messages import StreamDescription
from . import units
from .channel_map import offer
from .imu_units import SENSORS

_ACC = frozenset(words("acc accel accelerometer acceleration accelerometers accelerations a"))
_GYRO = frozenset(
    words("gyro gyr gyroscope gyroscopes gyros g w omega angvel angularvelocity rotationrate rotrate rate")
)
WITHOUT_GRAVITY = frozenset(
    words("linear lin linacc linearacc linearacceleration user useracceleration useracc free")
)
_NO_GRAVITY = re.compile(
    r"(?:^|_)(?:lin|linear|user|free)_?(?:acc|accel|acceleration|accelerometer)s?(?:_|$)"
    r"|(?:^|_)(?:without|no|non|minus|less)_?(?:g|gravity)(?:_|$)"
    r"|(?:^|_)gravity_?(?:removed|free|compensated|subtracted)(?:_|$)"
)
"""Words that say so wherever they stand."""


def sensor_named(*texts: str) -> str | None:
    """ "acc" or "gyro" where a stream's type (or else its name) says that it is that sensor alone."""
    for text in texts:
        tokens = set(words(text)) | {"".join(words(text))}
        found = {
            name
            for name, known in (("acc", _ACC - {"a"}), ("gyro", _GYRO - {"g", "w", "rate"}))
            if tokens & known
        }
        if len(found) == 1:
            return found.pop()
    return None


def without_gravity(text: str) -> bool:
    """True for a type or a label of acceleration without gravity ("linear", "user")."""
    return bool(set(words(text)) & WITHOUT_GRAVITY) or _says_no_gravity(text)


def is_linear(stream: StreamDescription) -> bool:
    """True for a stream whose type or name says that its acceleration is without gravity.

    A name may have words such as "user" for other reasons: there only "user acceleration" says so.
    """
    return _says_no_gravity(stream.type) or _says_no_gravity(stream.name)


def _says_no_gravity(text: str) -> bool:
    return _NO_GRAVITY.search("_".join(words(text))) is not None


def sensors_labeled(labels: Sequence[str]) -> set[str]:
    """Sensors of which labels name all three axes: {"acc", "gyro"}."""
    found = {
        channel for label in labels if not without_gravity(label) and (channel := _channel_of(label, None))
    }
    return {sensor for sensor in SENSORS if all((sensor, axis) in found for axis in "xyz")}


def _channel_of(label: str, default: str | None) -> tuple[str, str] | None:
    """(sensor, axis) of a label: "AccX", "x_acc", "GYRO_Z"; `default` for a label of only an axis."""
    tokens = list(words(label))
    if len(tokens) == 1 and len(tokens[0]) > 1 and tokens[0][-1] in "xyz":
        tokens = [tokens[0][:-1], tokens[0][-1]]
    elif len(tokens) == 1 and len(tokens[0]) > 1 and tokens[0][0] in "xyz":
        tokens = [tokens[0][1:], tokens[0][0]]
    axes = [token for token in tokens if token in ("x", "y", "z")]
    if len(axes) != 1:
        return None
    rest = [token for token in tokens if token not in ("x", "y", "z")]
    named = {*rest, "".join(rest)}
    if named & _ACC:
        return "acc", axes[0]
    if named & _GYRO or {"angular", "velocity"} <= named or {"rotation", "rate"} <= named:
        return "gyro", axes[0]
    return (default, axes[0]) if default and not named - {"axis", ""} else None


def locate(stream: StreamDescription) -> tuple[dict[tuple[str, str], int], tuple[str, ...]]:
    """Index of each (sensor, axis) that a stream offers, and notes. ChannelError where one is there twice."""
    default = sensor_named(stream.type, stream.name)
    linear = is_linear(stream)
    found: dict[tuple[str, str], int] = {}
    for index, label in enumerate(stream.channels):
        if without_gravity(label):
            continue
        channel = _channel_of(label, _sensor_measured(stream.units[index]) or default)
        if channel is None or (linear and channel[0] == "acc"):
            continue
        if channel in found:
            raise ChannelError(
                f"an IMU stream must have each axis once, but {offer(stream)}: "
                f"'{label}' and '{stream.channels[found[channel]]}' both mean {'_'.join(channel)}. "
                "Send one sensor per stream, or give its channels distinct labels."
            )
        found[channel] = index
    if found or any(stream.channels):
        return found, ()
    measured = [_sensor_measured(unit) for unit in stream.units]
    if all(measured.count(sensor) == 3 for sensor in SENSORS) and not linear:
        picked = {sensor: [i for i, m in enumerate(measured) if m == sensor] for sensor in SENSORS}
        note = f"'{stream.name}' labels no channel: they are taken as acc and gyro x, y, z by unit, in order"
        return {(s, a): i for s, at in picked.items() for a, i in zip("xyz", at, strict=True)}, (note,)
    if len(stream.channels) == 6 and default is None and not any(measured):
        order = [(sensor, axis) for sensor in ("acc", "gyro") for axis in "xyz"]
        note = f"'{stream.name}' labels no channel: they are taken as acc x, y, z, gyro x, y, z, in order"
        return {channel: index for index, channel in enumerate(order)}, (note,)
    if len(stream.channels) == 3 and default is not None and not (linear and default == "acc"):
        note = f"'{stream.name}' labels no channel: they are taken as {default} x, y, z, in order"
        return {(default, axis): index for index, axis in enumerate("xyz")}, (note,)
    return {}, ()


def _sensor_measured(unit: str) -> str | None:
    """The sensor of which a unit is."""
    known = units.unit(unit)
    return next((s for s, canonical in SENSORS.items() if known and known.canonical == canonical), None)
