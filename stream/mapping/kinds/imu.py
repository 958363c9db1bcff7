"""IMU streams: one with both sensors, or the accelerometer's and the gyroscope's of one device."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.modality import Modality

from ...messages import StreamDescription
from .. import imu as channels
from .. import imu_channels, units
from ..axes import is_auto
from ..channel_map import ChannelMap, MappingOptions
from ..imu_units import SENSORS
from ..kind import WHOLE, ModalityMapping
from ..placement import MIRROR, on_other_side, placement_note

BLANK: Final = 0.1
"""Share of samples without a value or of 0 in all axes, from which a probe says nothing of a unit."""


class ImuMapping(ModalityMapping):
    """Registered as `imu` in the entry points `hnhar.mappings`."""

    name: ClassVar[str] = "imu"
    title: ClassVar[str] = "IMU"
    stream_type: ClassVar[str] = "IMU"
    types: ClassVar[frozenset[str]] = frozenset(
        (
            *("imu", "inertial", "motion", "orn", "mimu", "marg", "ahrs", "imu6", "imu9", "6dof", "9dof"),
            *("accgyro", "accgyr", "accelgyro", "motionsensor", "motionsensors", "devicemotion"),
            *(
                f"{acc}{joint}{gyro}"
                for acc in ("acc", "accel", "accelerometer")
                for joint in "_-+/ "
                for gyro in ("gyr", "gyro", "gyroscope")
            ),
        )
    )
    sensors: ClassVar[tuple[str, ...]] = tuple(SENSORS)
    worn: ClassVar[bool] = True
    blank: ClassVar[str] = (
        "its acceleration has no unit and is 0 so far: the unit is inferred when it moves (--imu-unit says "
        "it)"
    )

    def sensor_in(self, stream: StreamDescription) -> str | None:
        """By type, labels, name, and at last by units."""
        named = imu_channels.sensor_named(stream.type, stream.name)
        labeled = imu_channels.sensors_labeled(stream.channels)
        measured = imu_channels.sensors_labeled(stream.channels, stream.units)
        columns = sum(
            not imu_channels.is_beside(label, unit)
            for label, unit in zip(stream.channels, stream.units, strict=True)
        )
        if imu_channels.is_linear(stream):  # beside the accelerometer of the same device
            return "gyro" if "gyro" in labeled else None
        if len(labeled) > 1:
            return WHOLE
        if super().sensor_in(stream):  # a device may call each of its two streams an IMU
            if columns >= len(SENSORS) * 3:
                return WHOLE
            return next(iter(labeled), named or next(iter(measured), None))
        if imu_channels.without_gravity(stream.type):
            return None
        by_type = imu_channels.sensor_named(stream.type)
        if by_type or labeled or named:
            return by_type or next(iter(labeled), named)
        known = {unit.canonical for text in stream.units if (unit := units.unit(text))}
        if columns >= len(SENSORS) * 3 and known >= set(SENSORS.values()):
            return WHOLE
        if len(measured) == 1 and not imu_channels.is_gravity(stream):
            return next(iter(measured))
        return None

    def rank(self, stream: StreamDescription) -> int:
        """An accelerometer that is uncalibrated, or of low noise and clips at 2 g, comes after another."""
        return int(imu_channels.is_last_choice(stream))

    def map(
        self,
        streams: Sequence[StreamDescription],
        modality: Modality,
        options: MappingOptions,
        *,
        placement: str,
        samples: Sequence[NDArray[np.floating]] | None,
    ) -> tuple[ChannelMap, ...]:
        """See `ModalityMapping`; a note on an unknown placement goes to the first map."""
        axes = options.imu_axes
        if on_other_side(options, placement) and (axes is None or is_auto(axes)):
            axes = MIRROR
        maps = channels.map_imu(streams, modality, replace(options, imu_axes=axes), samples)
        if len(maps) != len(streams):
            names = " and ".join(f"'{stream.name}'" for stream in streams)
            raise ChannelError(
                f"one of {names} alone has all that is wanted: name it with more keys "
                "(name=…,type=…,source_id=…)."
            )
        note = placement_note(streams, options, placement)
        return (replace(maps[0], notes=(*maps[0].notes, note)), *maps[1:]) if note else maps

    def check_options(self, options: MappingOptions) -> None:
        """Axes and units."""
        channels.check_options(options)

    def needs_samples(self, streams: Sequence[StreamDescription], options: MappingOptions) -> bool:
        """True if a channel lacks a unit, and the user gives none."""
        return not options.imu_unit and any(not unit for stream in streams for unit in stream.units)

    def is_blank(
        self, stream: StreamDescription, samples: NDArray[np.floating], options: MappingOptions
    ) -> bool:
        """True while its acceleration is missing or 0, as of a sensor that sends before it measures."""
        acc = imu_channels.accelerations(stream)
        del options
        given = np.isfinite(samples[:, acc]).all(axis=1) & (samples[:, acc] != 0).any(axis=1)
        return bool(acc) and float(np.mean(~given)) > BLANK

    def metadata(self, label: str, unit: str) -> Mapping[str, str]:
        """<type> of a channel such as "acc_x"."""
        lower = label.lower()
        return {"type": "accelerometer" if "acc" in lower else "gyroscope" if "gyr" in lower else ""}
