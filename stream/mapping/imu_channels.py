"""Channels of an IMU by label, unit, and the type and name of its stream: sensor and axis of each."""

import re
from collections.abc import Sequence

from hnhar.model.labels import words

from ..messages import StreamDescription
from .imu_group import LAST_CHOICES, Located, Spot, one_of, spot_of
from .imu_units import SENSORS, sensor_measured
from .imu_words import ACC, GYRO

WITHOUT_GRAVITY = frozenset(
    words("linear lin linacc linearacc linearacceleration user useracceleration useracc free")
)
_BESIDE = frozenset(
    words(
        "time timestamp timestamps stamp clock seconds temperature temp battery batt voltage counter count "
        "sample samples index packet sequence seq frame status flags quality rssi pressure humidity light"
    )
)
_BESIDE_UNITS = frozenset(
    ("s", "sec", "second", "seconds", "ms", "us", "µs", "ns", "°c", "c", "celsius", "k", "%", "v", "mv")
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
        found = {name for name, known in (("acc", ACC), ("gyro", GYRO - {"rate"})) if tokens & known}
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


def sensors_labeled(labels: Sequence[str], units_: Sequence[str] = ()) -> set[str]:
    """Sensors of which labels name all three axes: {"acc", "gyro"}; of labels of axes alone by `units_`."""
    measured = [sensor_measured(unit) for unit in units_] or [None] * len(labels)
    found = {
        (spot.sensor, spot.axis)
        for label, default in zip(labels, measured, strict=True)
        if not without_gravity(label) and (spot := spot_of(label, default))
    }
    return {sensor for sensor in SENSORS if all((sensor, axis) in found for axis in "xyz")}


def is_beside(label: str, unit: str) -> bool:
    """True for a channel of what a device sends beside its sensors: times, counters, temperature, battery."""
    named = set(words(label)) | {"".join(words(label))}
    return bool(named & _BESIDE) or unit.strip().lower() in _BESIDE_UNITS


def locate(stream: StreamDescription, asked: str | None = None) -> tuple[Located, tuple[str, ...]]:
    """Index of each (sensor, axis) that a stream offers, and notes.

    `asked` names one of several IMUs in it. Raises ChannelError where a stream has several and none is named,
    or none of that name.
    """
    default = sensor_named(stream.type, stream.name)
    linear = is_linear(stream)
    spots = []
    for index, (label, unit) in enumerate(zip(stream.channels, stream.units, strict=True)):
        if without_gravity(label):
            continue
        spot = spot_of(label, sensor_measured(unit) or default)
        if spot is not None and not (linear and spot.sensor == "acc"):
            spots.append((spot, index))
    if spots or any(stream.channels):
        return one_of(stream, spots, asked)
    measured = [sensor_measured(unit) for unit in stream.units]
    counts = {sensor: measured.count(sensor) for sensor in SENSORS}
    if set(counts.values()) == {3 * max(1, counts["acc"] // 3)} and not linear:
        note = f"'{stream.name}' labels no channel: they are taken as acc and gyro x, y, z by unit, in order"
        places = {sensor: [i for i, m in enumerate(measured) if m == sensor] for sensor in SENSORS}
        spots = [
            (Spot(sensor, "xyz"[k % 3], ""), i) for sensor, at in places.items() for k, i in enumerate(at)
        ]
        found, notes = one_of(stream, spots, asked)
        return found, (note, *notes)
    if len(stream.channels) == 6 and default is None and not any(measured):
        order = [(sensor, axis) for sensor in ("acc", "gyro") for axis in "xyz"]
        note = f"'{stream.name}' labels no channel: they are taken as acc x, y, z, gyro x, y, z, in order"
        return {channel: index for index, channel in enumerate(order)}, (note,)
    if len(stream.channels) == 3 and default is not None and not (linear and default == "acc"):
        note = f"'{stream.name}' labels no channel: they are taken as {default} x, y, z, in order"
        return {(default, axis): index for index, axis in enumerate("xyz")}, (note,)
    return {}, ()


def is_gravity(stream: StreamDescription) -> bool:
    """True for a stream of gravity alone, as phones compute it beside the accelerometer."""
    named = words(f"{stream.type} {stream.name}")
    return "gravity" in named and sensor_named(stream.type, stream.name) is None


def is_last_choice(stream: StreamDescription) -> bool:
    """True for a sensor beside which a device has a better one: uncalibrated, or of low noise."""
    return not LAST_CHOICES.isdisjoint(
        word for text in (stream.type, stream.name, *stream.channels) for word in words(text)
    )


def accelerations(stream: StreamDescription) -> list[int]:
    """Channels of acceleration with gravity, of whichever IMU of a stream."""
    default = sensor_named(stream.type, stream.name)
    measured = [sensor_measured(unit) for unit in stream.units]
    found = [
        index
        for index, label in enumerate(stream.channels)
        if not without_gravity(label)
        and (spot := spot_of(label, measured[index] or default))
        and spot.sensor == "acc"
    ]
    return found or [i for (sensor, _), i in locate(stream)[0].items() if sensor == "acc"]
