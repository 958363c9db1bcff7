"""IMU streams onto acc_x..gyro_z: by label and unit, one stream or two of one device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError, OtherKindError
from hnhar.model.labels import words
from hnhar.model.modality import Modality

from ..messages import Feed, StreamDescription
from . import units
from .axes import SAME, is_auto, parse_axes
from .channel_map import ChannelMap, MappingOptions, offer
from .checks import SignalChecks
from .finite import all_finite
from .imu_channels import WITHOUT_GRAVITY, is_linear, locate
from .imu_checks import imu_checks
from .imu_units import SENSORS, check_gravity, factor_of, is_shaken
from .kind import mapping_of


@dataclass(frozen=True, slots=True)
class ImuMap(ChannelMap):
    """A signed permutation of channels with unit factors."""

    source: tuple[int, ...]
    """Stream channel of each column of the feed."""
    scale: tuple[float, ...]
    """Factor of each column."""
    _index: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    _factor: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # made once: samples come one by one, and making arrays would be most of the work
        object.__setattr__(self, "_index", np.array(self.source, np.intp))
        object.__setattr__(self, "_factor", np.array(self.scale, np.float64))

    @property
    def checks(self) -> SignalChecks:
        """See `imu_checks`."""
        return imu_checks(self.feed.columns)

    def apply(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, channels of the stream) -> (n, 3 or 6) in g and deg/s; what is not finite becomes NaN."""
        picked = np.asarray(samples).take(self._index, axis=1) * self._factor
        if all_finite(picked):
            return picked.astype(np.float32)
        return np.where(np.isfinite(picked), picked, np.nan).astype(np.float32)


def map_imu(
    streams: Sequence[StreamDescription],
    modality: Modality,
    options: MappingOptions,
    samples: Sequence[NDArray[np.floating]] | None,
) -> tuple[ImuMap, ...]:
    """One map per stream; together they feed all channels of `modality`. Raises ChannelError."""
    located = [locate(stream, options.sensor) for stream in streams]
    owner: dict[tuple[str, str], int] = {}
    for number, (found, _) in enumerate(located):
        for channel in found:
            owner.setdefault(channel, number)
    _demand(streams, modality, owner)
    axes = _axes(options.imu_axes)
    maps: dict[int, ImuMap] = {}
    factors: dict[str, float] = {}
    shaken = False
    # the accelerometer first: its unit tells that of a gyroscope that gives none, of one stream or of two
    for number in sorted(range(len(streams)), key=lambda n: owner["acc", "x"] != n):
        stream, (found, notes) = streams[number], located[number]
        wanted = [s for s in SENSORS if f"{s}_x" in modality.channels]
        sensors = [s for s in wanted if owner.get((s, "x"), owner.get((s, "y"))) == number]
        if not sensors:
            continue
        data = samples[number] if samples is not None else None
        for sensor in sensors:
            factor, extra = factor_of(stream, sensor, found, options, factors.get("acc"), data, shaken)
            factors[sensor], notes = factor, (*notes, *extra)
            if sensor == "acc" and data is not None:
                acc = data[:, [found["acc", a] for a in "xyz"]] * factor
                check_gravity(stream, acc, factor)
                shaken = is_shaken(acc, stream.nominal_rate)
        maps[number] = _build(modality, sensors, found, factors, axes, notes, alone=len(streams) == 1)
    return tuple(maps[number] for number in sorted(maps))


def check_options(options: MappingOptions) -> None:
    """Refuse axes and units that no stream could make right. Raises ChannelError."""
    _axes(options.imu_axes)
    if options.imu_unit is None:
        return
    asked = [part.strip() for part in options.imu_unit.split(",")]
    kinds = [known.canonical if (known := units.unit(part)) else "" for part in asked]
    # one unit may be either sensor's; of two, the first is the acceleration's
    if len(asked) == 1 and kinds[0] in SENSORS.values():
        return
    if len(asked) == 2 and all(
        k == c or not a for a, k, c in zip(asked, kinds, SENSORS.values(), strict=True)
    ):
        return
    raise ChannelError(
        f"imu_unit '{options.imu_unit}' is not ACC[,GYRO], for instance m/s²,rad/s: acceleration may be in "
        f"{', '.join(units.names('g'))}, angular velocity in {', '.join(units.names('deg/s'))}."
    )


def _demand(
    streams: Sequence[StreamDescription], modality: Modality, owner: Mapping[tuple[str, str], int]
) -> None:
    missing = [name for name in modality.channels if tuple(name.split("_")) not in owner]
    if not missing:
        return
    labels = {word for stream in streams for label in stream.channels for word in words(label)}
    texts = {word for stream in streams for word in (*words(stream.type), *words(stream.name))}
    linear = bool(labels & WITHOUT_GRAVITY or (texts & WITHOUT_GRAVITY and "acc_x" in missing))
    linear = linear or ("acc_x" in missing and any(map(is_linear, streams)))
    if linear:
        hint = (
            "What it calls linear or user acceleration has no gravity, and the weights have learned "
            "acceleration with gravity: send the raw accelerometer instead."
        )
    elif all(name.startswith("gyro") for name in missing):
        hint = (
            "Where the device sends its gyroscope as a second stream of the same name or source_id, both "
            "are taken together; otherwise name a source that has both. For an accelerometer alone other "
            "weights are needed: hnhar-train corpus trains them from recordings of it."
        )
    elif all(name.startswith("acc") for name in missing):
        hint = (
            "Name the accelerometer's stream, or a source that has both sensors. What is called linear or "
            "user acceleration is none: it has no gravity."
        )
    else:
        hint = "Label the channels acc_x … gyro_z (or AccX, x_gyro, …), with units, or choose another source."
    offers = "; ".join(offer(stream) for stream in streams)
    wanted = ", ".join(modality.channels)
    absent = (
        "there is none of them"
        if len(missing) == len(modality.channels)
        else f"there is no {', '.join(missing)}"
    )
    kind = OtherKindError if len(missing) == len(modality.channels) and not linear else ChannelError
    raise kind(f"an {mapping_of(modality.kind).title} needs {wanted}, but {absent}: {offers}. {hint}")


def _axes(text: str | None) -> tuple[tuple[int, float], ...]:
    """For x, y and z: which axis of the sensor, and its sign."""
    # a rotation that is found is undone in the windows (`hnhar.stream.mapping.mounts`)
    axes = SAME if text is None or is_auto(text) else parse_axes(text, "imu_axes")
    return tuple(zip(axes.source, axes.sign, strict=True))


def _build(
    modality: Modality,
    sensors: Sequence[str],
    found: Mapping[tuple[str, str], int],
    factors: Mapping[str, float],
    axes: Sequence[tuple[int, float]],
    notes: tuple[str, ...],
    *,
    alone: bool,
) -> ImuMap:
    # Angular velocity is a pseudovector: under a change of handedness it takes the opposite sign of a vector.
    # Thus "-x,-y,-z" turns an accelerometer that counts gravity downwards (iOS) and leaves its gyroscope as
    # it is.
    matrix = np.zeros((3, 3))
    for row, (axis, sign) in enumerate(axes):
        matrix[row, axis] = sign
    handed = round(float(np.linalg.det(matrix)))
    columns, source, scale = [], [], []
    for sensor in sensors:
        for name, (axis, sign) in zip("xyz", axes, strict=True):
            columns.append(modality.channels.index(f"{sensor}_{name}"))
            source.append(found[sensor, "xyz"[axis]])
            scale.append(factors[sensor] * sign * (handed if sensor == "gyro" else 1))
    name = modality.name if alone or len(sensors) == 2 else f"{modality.name}.{sensors[0]}"
    return ImuMap(Feed(modality.name, name, tuple(columns)), notes, tuple(source), tuple(scale))
