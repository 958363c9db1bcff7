"""Units spelled otherwise, left out, or wrong."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from tools.faults.field.session import ACC, UNITS, G, imu, session
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import write

KIND: Final = "units spelled otherwise, left out or wrong"
ACCELERATION: Final = {
    "m/s2": G,
    "m/s^2": G,
    "m/s²": G,
    "ms-2": G,
    "m·s⁻²": G,
    "m s^-2": G,
    "meters per second squared": G,
    "metres/second^2": G,
    "G": 1.0,
    "gs": 1.0,
    "g-force": 1.0,
    "mg": 1000.0,
    "milli-g": 1000.0,
    "cm/s2": 100 * G,
}
TURN: Final = {
    "dps": 1.0,
    "°/s": 1.0,
    "degrees per second": 1.0,
    "degree/second": 1.0,
    "mdps": 1000.0,
    "rad/s": np.pi / 180,
    "radians/sec": np.pi / 180,
    "rad*s^-1": np.pi / 180,
    "rps": 1 / 360,
    "rpm": 1 / 6,
}
NONSENSE: Final = (("volts", "deg/s"), ("furlong", "deg/s"), ("g", "hertz"), ("LSB", "LSB"), ("raw", "raw"))


def _write(acc: float, turn: float, changes: dict[str, Any], folder: Path) -> Path:
    values = session().values * np.array([acc] * 3 + [turn] * 3)
    return write(folder / "a.xdf", imu(values=values, **changes))


def _spelled() -> Iterator[FieldInput]:
    for unit, scale in ACCELERATION.items():
        yield FieldInput(
            KIND, f"acceleration in {unit}", partial(_write, scale, 1.0, {"units": (unit,) * 3 + UNITS[3:]})
        )
    for unit, scale in TURN.items():
        # those that may mean something else are refused
        yield FieldInput(
            KIND,
            f"angular velocity in {unit}",
            partial(_write, 1.0, scale, {"units": (*UNITS[:3], *(unit,) * 3)}),
            readable=unit not in ("rps", "rpm"),
        )


def _left_out() -> Iterator[FieldInput]:
    none: dict[str, Any] = {"units": ("",) * 6}
    rad = np.pi / 180
    for name, acc, turn in (
        ("g and deg/s", 1.0, 1.0),
        ("m/s² and rad/s", G, rad),
        ("mg and mdps", 1000.0, 1000.0),
        ("g and rad/s", 1.0, rad),
        ("m/s² and deg/s", G, 1.0),
        ("counts of 16 bits (2048 to the g)", 2048.0, 16.4),
        ("counts of 16 bits (16384 to the g)", 16384.0, 131.0),
    ):
        yield FieldInput(
            KIND,
            f"no unit: {name}",
            partial(_write, acc, turn, none),
            readable="counts" not in name and "rad" not in name,
        )
    silent = {"units": ("",) * 6, "labels": ("",) * 6}
    yield FieldInput(KIND, "neither labels nor units", partial(_write, G, 1.0, silent), readable=False)


def _wrong() -> Iterator[FieldInput]:
    rad = np.pi / 180
    for name, acc, turn, units in (
        ("says g, holds m/s²", G, 1.0, UNITS),
        ("says m/s², holds g", 1.0, 1.0, ("m/s²",) * 3 + UNITS[3:]),
        ("says g, holds mg", 1000.0, 1.0, UNITS),
        ("says mg, holds g", 1.0, 1.0, ("mg",) * 3 + UNITS[3:]),
        ("says deg/s, holds rad/s", 1.0, rad, UNITS),
        ("says rad/s, holds deg/s", 1.0, 1.0, (*UNITS[:3], *("rad/s",) * 3)),
        ("says deg/s, holds mdps", 1.0, 1000.0, UNITS),
        ("says mdps, holds deg/s", 1.0, 1.0, (*UNITS[:3], *("mdps",) * 3)),
        ("one axis in another unit", 1.0, 1.0, ("g", "mg", "g", *UNITS[3:])),
    ):
        yield FieldInput(KIND, f"unit {name}", partial(_write, acc, turn, {"units": units}), readable=False)
    for first, second in NONSENSE:
        units = (*(first,) * 3, *(second,) * 3)
        yield FieldInput(
            KIND, f"units {first} and {second}", partial(_write, 1.0, 1.0, {"units": units}), readable=False
        )


def _elsewhere() -> Iterator[FieldInput]:
    none = ("",) * 6
    rad = np.pi / 180
    for name, labels in (
        ("in brackets of the labels", [f"{x} [m/s^2]" for x in ACC] + [f"gyro_{x} [rad/s]" for x in "xyz"]),
        (
            "in parentheses of the labels",
            [f"Acc {x} (m/s²)" for x in "XYZ"] + [f"Gyr {x} (rad/s)" for x in "XYZ"],
        ),
        (
            "in words of the labels",
            [f"acc_{x} in m/s2" for x in "xyz"] + [f"gyro_{x} in rad/s" for x in "xyz"],
        ),
    ):
        yield FieldInput(
            KIND,
            f"units {name}",
            partial(_write, G, rad, {"labels": tuple(labels), "units": none}),
            readable="words" not in name,
        )
    si = ("m/s²",) * 3 + ("rad/s",) * 3
    for tag in ("units", "Unit", "unit_of_measure"):
        yield FieldInput(
            KIND,
            f"units in <{tag}>",
            partial(_write, G, rad, {"unit_tag": tag, "units": si}),
            readable=tag != "unit_of_measure",
        )
    for tag in ("name", "Label", "channel_label"):
        yield FieldInput(
            KIND,
            f"labels in <{tag}>",
            partial(_write, G, rad, {"label_tag": tag, "units": si}),
            readable=tag != "channel_label",
        )
    spelled = {
        "AccelX…GyroZ": [f"Accel{x}" for x in "XYZ"] + [f"Gyro{x}" for x in "XYZ"],
        "accelerometer.x…": [f"accelerometer.{x}" for x in "xyz"] + [f"gyroscope.{x}" for x in "xyz"],
        "X_ACC…X_GYR": [f"{x}_ACC" for x in "XYZ"] + [f"{x}_GYR" for x in "XYZ"],
        "a_x…w_x": [f"a_{x}" for x in "xyz"] + [f"w_{x}" for x in "xyz"],
        "accel-x…angular velocity-x": [f"accel-{x}" for x in "xyz"]
        + [f"angular velocity-{x}" for x in "xyz"],
        "rotationRate": [f"acceleration{x}" for x in "XYZ"] + [f"rotationRate{x}" for x in "XYZ"],
        "Beschleunigung": [f"Beschleunigung_{x}" for x in "xyz"] + [f"Drehrate_{x}" for x in "xyz"],
    }
    for name, labels in spelled.items():
        yield FieldInput(
            KIND,
            f"labels {name}",
            partial(_write, G, rad, {"labels": tuple(labels), "units": si}),
            readable=name != "Beschleunigung",
        )


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    yield from _spelled()
    yield from _left_out()
    yield from _wrong()
    yield from _elsewhere()
