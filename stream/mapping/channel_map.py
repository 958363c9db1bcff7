"""Mapping of a stream's channels onto canonical ones, and the options by which a user steers it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality, named_modalities

from ..messages import Feed, StreamDescription
from .checks import SignalChecks, any_value


@dataclass(frozen=True, slots=True)
class MappingOptions:
    """Properties of a stream given by the user, where the stream gives none or wrong ones."""

    imu_unit: str | None = None
    """Unit of the acceleration, and after a comma that of the angular velocity: "m/s²" or "mg,rad/s"."""
    imu_axes: str | None = None
    """Sensor axes as the weights' x, y, z: "x,-z,y" takes the sensor's -z for y; "auto": found from what it
    measures."""
    body: int = 1
    """Which body of a skeleton stream that holds several, from 1."""
    mirror: bool = False
    """The camera image was mirrored: left and right are exchanged."""
    sensor: str | None = None
    """One of several sensors in a stream: "wrist" of wrist_acc_x … ankle_gyro_z."""
    placement: str | None = None
    """Place where the IMU is worn, for streams that do not say."""
    joints: str | None = None
    """Joint layout of a skeleton stream without labels."""
    skeleton_axes: str | None = None
    """Axes of a skeleton stream as x, y up and z: "x,-z,y"; None or "auto": as its labels and samples say."""
    each: "Mapping[str, MappingOptions]" = field(default_factory=dict)
    """Modality, or its place ("wrist") -> what is said of it alone, in place of the above."""

    def of(self, modality: Modality) -> "MappingOptions":
        """The options for one modality: what is said of it alone, and else what is said of all."""
        made = replace(self, each={})
        for name, alone in self.each.items():
            if named_modalities(name, (modality,)):
                given = {f.name: getattr(alone, f.name) for f in fields(alone) if f.name != "each"}
                plain = MappingOptions()
                made = replace(made, **{k: v for k, v in given.items() if v != getattr(plain, k)})
        return made


@dataclass(frozen=True, slots=True)
class ChannelMap(ABC):
    """Map from one stream's samples to the canonical channels that it feeds."""

    feed: Feed
    notes: tuple[str, ...]
    """Assumptions, for the user to read once."""

    @property
    def checks(self) -> SignalChecks:
        """Plausibility checks of the feed's samples: any value passes, unless a kind says more."""
        return any_value(len(self.feed.columns))

    def remarks(self) -> tuple[str, ...]:
        """Events in the samples since this was asked last, for the user to read: none, unless a kind has
        some."""
        return ()

    @abstractmethod
    def apply(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, channels of the stream) -> (n, len(feed.columns)), canonical units; missing values are NaN."""


def offer(stream: StreamDescription) -> str:
    """A stream in one line for a message: name, type, and its channels with units, shortened."""
    channels = [
        f"{label or '?'}{f' [{unit}]' if unit else ''}"
        for label, unit in zip(stream.channels, stream.units, strict=True)
    ]
    if not any(stream.channels) and not any(stream.units):
        listed = "without labels or units"
    elif len(channels) > 12:
        listed = f"{', '.join(channels[:9])}, … {channels[-1]}"
    else:
        listed = ", ".join(channels)
    return f"'{stream.name}' (type {stream.type or '?'}) offers {len(channels)} channels: {listed}"
