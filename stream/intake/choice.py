"""Choice among streams that match a source: the one that is meant, or the two sensors of one device. Pure."""

import re
from collections.abc import Sequence

from hnhar.model.errors import SourceError

from ..mapping.imu import sensor_of
from ..messages import StreamDescription
from .backend import Found

_SENSOR = re.compile(r"(?i)[\s._-]*(accelerometer|accel|acc|gyroscope|gyro|gyr)[\s._-]*")


def choose(source: str, found: Sequence[Found], kind: str, *, pick: str | None = None) -> tuple[Found, ...]:
    """The one stream meant, or the accelerometer and the gyroscope of one device where `kind` is "imu".

    `pick` "newest" takes the most recently created of several. Raises SourceError where nothing usable
    matches, or more than one does.
    """
    usable = [stream for stream in found if not stream.unusable]
    if not usable:
        why = "; ".join(f"{line(stream.description)}: {stream.unusable}" for stream in found)
        raise SourceError(
            f"'{source}' matches no stream that can be read as {kind}: {why}. Choose another source."
        )
    if kind == "imu":
        sensors = [stream for stream in usable if _is_imu(stream.description)]
        usable = sensors if len(usable) > 1 and sensors else usable
    if len(usable) > 1 and pick == "newest":
        newest = max(usable, key=lambda stream: stream.created)
        partners = [s for s in usable if s is not newest and are_pair(newest.description, s.description)]
        return (newest, *partners) if kind == "imu" and len(partners) == 1 else (newest,)
    if len(usable) == 1:
        return (usable[0],)
    if kind == "imu" and len(usable) == 2 and are_pair(usable[0].description, usable[1].description):
        return tuple(usable)
    listed = "\n".join(f"  {line(stream.description)}" for stream in usable)
    raise SourceError(
        f"'{source}' matches {len(usable)} streams, and it is not guessed which is meant:\n{listed}\n"
        "Say more (name=…,type=…,source_id=…,hostname=…), or --pick newest."
    )


def may_have_partner(description: StreamDescription) -> bool:
    """Whether a stream is one sensor, whose device may send the other as a stream of its own."""
    return sensor_of(description) is not None and len(description.channels) <= 4


def are_pair(first: StreamDescription, second: StreamDescription) -> bool:
    """Whether two streams are the accelerometer and the gyroscope of one device (same name or source_id, one
    host)."""
    if {sensor_of(first), sensor_of(second)} != {"acc", "gyro"} or first.hostname != second.hostname:
        return False
    ids = first.source_id, second.source_id
    return (ids[0] != "" and ids[0] == ids[1]) or _device(first.name) == _device(second.name)


def line(description: StreamDescription) -> str:
    """One stream in one line, with what tells it from others."""
    rate = description.nominal_rate
    return (
        f"name={description.name}, type={description.type}, source_id={description.source_id or '(none)'}, "
        f"hostname={description.hostname} "
        f"({len(description.channels)} channels, {f'{rate:g} Hz' if rate else 'irregular'})"
    )


def _is_imu(description: StreamDescription) -> bool:
    return bool(sensor_of(description)) or description.type.lower() in ("imu", "motion")


def _device(name: str) -> str:
    """A name without the words that tell a device's sensors apart: "Polar ACC" and "Polar Gyro" are one."""
    return _SENSOR.sub("", name)
