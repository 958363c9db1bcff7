"""Plausibility of an IMU's samples in g and deg/s. Values at a sensor's limit are data: actions clip."""

from collections.abc import Sequence
from typing import Final

from .checks import Sensor, SignalChecks, Size, SteadyMotion
from .imu_units import HARDLY_TURNS, SWINGS

ACC: Final = (0.4, 4.0)
"""g; the median of acceleration with gravity, at rest 1, lies within this whatever a wearer does."""
STEADY: Final = 0.25
"""Share of acceleration that stays on average over three seconds, in one of four such spans at least.

Measured: in all 8,761 stretches of UTD-MHAD (subjects 1, 3, 5, 7, end to end), UP-Fall and spsw_har; without
gravity it is missing in two thirds of UTD-MHAD's.
"""
LEAST: Final = 0.2
"""g; of less acceleration nothing is said."""
MOVES: Final = (0.3, 60.0)
"""g and deg/s within a second, of two axes, beside which the third is not still to the last bit."""
MOST_ACC: Final = 400.0
"""g; what is beyond is no measurement."""
MOST_GYRO: Final = 1e4
"""deg/s; likewise."""


def imu_checks(columns: Sequence[int]) -> SignalChecks:
    """Checks of a feed with these of an IMU's channels.

    Axes of one sensor that are exchanged leave gravity's size as it is, and cannot be seen here.
    """
    acc = tuple(columns.index(c) for c in (0, 1, 2) if c in columns)
    gyro = tuple(columns.index(c) for c in (3, 4, 5) if c in columns)
    sensors = (Sensor("acceleration", acc), Sensor("angular velocity", gyro, still_with=acc))
    fault = (
        "its acceleration is {size:.3g} g, which with gravity it cannot be: are its unit and channels right?"
    )
    unsteady = (
        "nothing of its acceleration is steady: gravity was removed from it (linear or user acceleration), "
        "and the weights have learned acceleration with gravity"
    )
    still = (
        "its acceleration swings, but it turns by {turns:.2g} deg/s at most: if its gyroscope is in rad/s, "
        "say so with --imu-unit g,rad/s"
    )
    frozen = "one axis stays the same while those beside it move: it is stuck"
    offset = (
        "it turns by {turns:.3g} deg/s while gravity stays where it is: its gyroscope has an offset, or its "
        "unit is wrong"
    )
    motion = SteadyMotion(
        *(acc, (LEAST, ACC[1]), STEADY, unsteady, gyro, SWINGS, HARDLY_TURNS, still),
        moves=MOVES,
        frozen_fault=frozen,
        offset_fault=offset,
    )
    return SignalChecks(
        limits=tuple(MOST_ACC if c < 3 else MOST_GYRO for c in columns),
        needed=(*acc, *gyro),
        sensors=tuple(sensor for sensor in sensors if sensor.columns),
        size=Size(acc, ACC, fault) if len(acc) == 3 else None,
        motion=motion if len(acc) == 3 else None,
    )
