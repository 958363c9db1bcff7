"""Units of an IMU's sensors: those that are given, told by magnitude, and impossible ones."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError

from ..messages import StreamDescription
from . import units
from .channel_map import MappingOptions, offer

SENSORS = {"acc": "g", "gyro": "deg/s"}
"""Sensor -> canonical unit of its channels."""
SWINGS: Final = 0.3
"""g between the quartiles of acceleration's size within a second, from which a sensor is shaken."""
HARDLY_TURNS: Final = 30.0
"""deg/s that no sensor stays below while it is shaken; in rad/s people hardly ever turn one so fast.
Measured: 34 the least of 3,701 such seconds of UTD-MHAD (subjects 1, 3, 5, 7), UP-Fall and spsw_har."""
FAST: Final = 40.0
"""rad/s that no sensor of 2000 deg/s can measure."""
MOST_TURNS: Final = 2000.0
"""deg/s; no median of what people do, and the limit of most sensors."""
_USUAL: Final = 50.0
"""Hz, of a sensor that does not say its rate."""
_DIRECTED: Final = 0.5
"""Share of acceleration's size that its mean has at least where gravity is in it."""
_GRAVITY: Final = (
    (units.G, 0.6, 1.9),
    (units.METERS_PER_SECOND_SQUARED, 6.0, 18.0),
    (units.MILLI_G, 600.0, 1900.0),
)
"""Units, and between which medians of acceleration's size gravity is in them."""
_UNITLESS_ACC = "its acceleration has no unit"


def sensor_measured(unit: str) -> str | None:
    """The sensor of which a unit is; None where it is of neither."""
    known = units.unit(unit)
    return next((s for s, canonical in SENSORS.items() if known and known.canonical == canonical), None)


def factor_of(
    stream: StreamDescription,
    sensor: str,
    found: Mapping[tuple[str, str], int],
    options: MappingOptions,
    acc_factor: float | None,
    data: NDArray[np.floating] | None,
    shaken: bool,
) -> tuple[float, tuple[str, ...]]:
    """Canonical units per unit of the stream's `sensor`, and notes on what was assumed.

    Args:
        stream: That has the sensor.
        sensor: "acc" or "gyro".
        found: Channel of each (sensor, axis).
        options: The user's unit goes before the stream's.
        acc_factor: Factor of the acceleration, where that is known already.
        data: (n, channels) of the stream, as sent.
        shaken: The acceleration swings, so the sensor turns as well.

    Raises:
        ChannelError: Its unit is unknown, or cannot be right.
    """
    canonical = SENSORS[sensor]
    asked = [part.strip() for part in (options.imu_unit or "").split(",")]
    chosen = asked[0] if sensor == "acc" else (asked[1] if len(asked) > 1 else "")
    if not chosen and sensor == "gyro" and len(asked) == 1 and (known := units.unit(asked[0])):
        chosen = asked[0] if known.canonical == canonical else ""
    if sensor == "acc" and len(asked) == 1 and (known := units.unit(chosen)) and known.canonical == "deg/s":
        chosen = ""
    written = {stream.units[found[sensor, axis]].strip() for axis in "xyz"} - {""}
    if not chosen and len(written) > 1:
        raise ChannelError(
            f"the {sensor} axes must share one unit, but {offer(stream)}. Say it with --imu-unit."
        )
    columns = None if data is None else data[:, [found[sensor, axis] for axis in "xyz"]]
    text = chosen or next(iter(written), "")
    if text:
        known = units.unit(text)
        if known is None or known.canonical != canonical:
            where = "--imu-unit says" if chosen else f"{offer(stream)}, which says"
            raise ChannelError(
                f"the unit of {sensor} must be one of {', '.join(units.names(canonical))}, but {where} "
                f"'{text}'. Say which it is with --imu-unit ACC[,GYRO], for instance --imu-unit m/s²,rad/s."
            )
        if sensor == "gyro" and not chosen and columns is not None:
            _check_rotation(stream, columns * known.factor, shaken)
        ambiguous = text.strip().lower() == "rps" and not chosen
        taken = (
            f"'{stream.name}' gives 'rps' as unit of gyro: rad/s, not revolutions, is assumed (--imu-unit)"
        )
        return known.factor, (taken,) if ambiguous else ()
    return _inferred(stream, sensor, columns, acc_factor, shaken)


def _inferred(
    stream: StreamDescription,
    sensor: str,
    data: NDArray[np.floating] | None,
    acc_factor: float | None,
    shaken: bool,
) -> tuple[float, tuple[str, ...]]:
    if sensor == "gyro":
        # A resting gyroscope reads zero in every unit. Beside m/s² (phones) it is rad/s, beside g deg/s.
        fast = data is not None and bool((np.abs(data) > FAST).any())
        slow = shaken and data is not None and 0.0 < _largest(data) < HARDLY_TURNS
        si = (slow or acc_factor == units.METERS_PER_SECOND_SQUARED.factor) and not fast
        chosen = units.RADIANS_PER_SECOND if si else units.DEGREES_PER_SECOND
        usual = f"as is usual beside {'m/s²' if si else 'g'}"
        why = "by its magnitude" if fast or slow else usual
        return chosen.factor, (
            f"'{stream.name}' gives no unit for gyro: {chosen.name} is assumed, {why} (--imu-unit)",
        )
    data = None if data is None else data[np.isfinite(data).all(axis=1)]
    if data is None or len(data) == 0:
        raise ChannelError(
            f"{_UNITLESS_ACC}, and there are no samples to infer it from: {offer(stream)}. "
            "Say it with --imu-unit, for instance --imu-unit m/s²."
        )
    magnitude = float(np.median(np.linalg.norm(data, axis=1)))
    for known, low, high in _GRAVITY:
        if low <= magnitude <= high:
            note = (
                f"'{stream.name}' gives no unit for acc: {known.name} is assumed, as its median magnitude is "
            )
            return known.factor, (f"{note}{magnitude:.3g} (--imu-unit)",)
    raise ChannelError(
        f"{_UNITLESS_ACC}, and its median magnitude {magnitude:.3g} is that of gravity in none of g, m/s², "
        f"mg: {offer(stream)}. Acceleration without gravity cannot be used; otherwise say the unit with "
        "--imu-unit."
    )


def check_gravity(stream: StreamDescription, acc: NDArray[np.floating], factor: float = 1.0) -> None:
    """Raise ChannelError where acceleration (n, 3) cannot be in g: gravity removed, or another unit.

    `factor`: g per unit of the stream, which `acc` was multiplied by.
    """
    finite = acc[np.isfinite(acc).all(axis=1)]
    if len(finite) < 10:
        return
    magnitude = float(np.median(np.linalg.norm(finite, axis=1)))
    if magnitude < 0.4 and (meant := _gravity_in(finite / factor, factor)):
        raise ChannelError(
            f"the median acceleration of '{stream.name}' would be {magnitude:.2g} g: {offer(stream)}. "
            f"The unit cannot be right; if it is {meant}, say --imu-unit {meant}."
        )
    if magnitude < 0.05:
        return  # a sensor that sends zeros is not worn or not yet started: coverage and age tell that
    if magnitude < 0.4 and float(np.linalg.norm(finite.mean(axis=0))) < 0.4:
        # of somebody who jumps all the time the median is small as well, and gravity the mean
        raise ChannelError(
            f"the median acceleration of '{stream.name}' is {magnitude:.2g} g, so gravity was removed from "
            f"it (or its unit is wrong): {offer(stream)}. The weights have learned acceleration with "
            "gravity: send the raw accelerometer, or correct the unit with --imu-unit."
        )
    if magnitude > 4.0:
        guess = "m/s²" if magnitude < 30.0 else "mg"
        raise ChannelError(
            f"the median acceleration of '{stream.name}' would be {magnitude:.3g} g: {offer(stream)}. "
            f"The unit it gives cannot be right; if it is {guess}, say --imu-unit {guess}."
        )


def _gravity_in(sent: NDArray[np.floating], factor: float) -> str:
    """The unit, other than that of `factor`, in which acceleration (n, 3) as sent is gravity's; "" for none.

    Noise around zero has no direction, gravity has.
    """
    magnitude = float(np.median(np.linalg.norm(sent, axis=1)))
    if float(np.linalg.norm(sent.mean(axis=0))) < _DIRECTED * magnitude:
        return ""
    return next((u.name for u, low, high in _GRAVITY if low <= magnitude <= high and u.factor != factor), "")


def is_shaken(acc: NDArray[np.floating], rate: float = 0.0) -> bool:
    """True where the size of acceleration, (n, 3) in g, swings for a second, as none does without turning.

    `rate`: nominal, Hz; 0 where there is none.
    """
    rows = max(round(rate or _USUAL), 10)
    sizes = np.linalg.norm(acc, axis=1)
    for begin in range(0, len(sizes), rows):
        known = sizes[begin : begin + rows]
        known = known[np.isfinite(known)]
        if len(known) >= 10:
            low, high = np.percentile(known, (25, 75))
            if high - low > SWINGS:
                return True
    return False


def _check_rotation(stream: StreamDescription, gyro: NDArray[np.floating], shaken: bool) -> None:
    """Raise ChannelError where angular velocity (n, 3) cannot be in deg/s."""
    finite = gyro[np.isfinite(gyro).all(axis=1)]
    if len(finite) < 10:
        return
    largest, median = _largest(finite), float(np.median(np.linalg.norm(finite, axis=1)))
    if shaken and 0.0 < largest < HARDLY_TURNS:
        raise ChannelError(
            f"the acceleration of '{stream.name}' swings, but its gyroscope would turn by {largest:.2g} "
            f"deg/s at most: {offer(stream)}. The unit it gives is likely wrong (rad/s would be 57 "
            "times more); say which it is with --imu-unit ACC,GYRO, for instance --imu-unit g,rad/s."
        )
    if median > MOST_TURNS:
        raise ChannelError(
            f"the median angular velocity of '{stream.name}' would be {median:.3g} deg/s: {offer(stream)}. "
            "The unit it gives cannot be right; say which it is with --imu-unit ACC,GYRO, for instance "
            "--imu-unit g,deg/s."
        )


def _largest(data: NDArray[np.floating]) -> float:
    norms = np.linalg.norm(data, axis=1)
    return float(np.nanmax(norms)) if np.isfinite(norms).any() else 0.0
