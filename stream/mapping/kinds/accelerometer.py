"""Accelerometer streams: acceleration alone, or that of what measures angular velocity too."""

from typing import ClassVar

from ...messages import StreamDescription
from ..kind import WHOLE
from .imu import ImuMapping


class AccelerometerMapping(ImuMapping):
    """Registered as `accelerometer` in the entry points `hnhar.mappings`.

    A stream is told as an IMU's is: by itself an accelerometer's is half of one.
    """

    name: ClassVar[str] = "accelerometer"
    title: ClassVar[str] = "accelerometer"
    stream_type: ClassVar[str] = "Accelerometer"
    within: ClassVar[str] = "imu"
    types: ClassVar[frozenset[str]] = frozenset()
    sensors: ClassVar[tuple[str, ...]] = ()

    def sensor_in(self, stream: StreamDescription) -> str | None:
        """`WHOLE` where it is an IMU, or the accelerometer of one."""
        return WHOLE if ImuMapping().sensor_in(stream) in (WHOLE, "acc") else None
