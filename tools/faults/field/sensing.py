"""What an IMU's samples may be: gravity removed, clipped, stuck, too slow, shaken by something else."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from tools.faults.field.session import ACC, LABELS, LSL, UNITS, Array, imu, session
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import Stream, write

KIND: Final = "gravity, gyroscope, vibration, rates"
RATES: Final = (1.0, 3.0, 10.0, 16.0, 20.0, 25.0, 31.25, 40.0, 52.0, 59.5, *(100.0, 104.0, 128.0, 400.0, 1e3))
Change = Callable[[Array], Array]


def _write(change: Change, changes: dict[str, Any], folder: Path) -> Path:
    return write(folder / "a.xdf", imu(values=change(session().values.copy()), **changes))


def _smooth(values: Array) -> Array:
    """Mean over 2 s, as fusion filters tell gravity."""
    kernel = np.ones(101) / 101
    padded = np.pad(values, ((50, 50), (0, 0)), mode="edge")
    return np.stack([np.convolve(v, kernel, "valid") for v in padded.T], axis=1)


def _linear(v: Array) -> Array:
    v[:, :3] -= _smooth(v[:, :3])
    return v


def _of(columns: slice, make: Change) -> Change:
    def change(v: Array) -> Array:
        v[:, columns] = make(v[:, columns])
        return v

    return change


_ACC, _GYRO = slice(0, 3), slice(3, 6)


def _zeros_first(v: Array) -> Array:
    v[:150] = 0
    return v


def _part(v: Array) -> Array:
    v[400:700, :3] = v[400, :3]
    return v


def _spikes(v: Array) -> Array:
    v[np.random.default_rng(0).integers(0, len(v), 20), 0] = 1e4
    return v


CHANGES: Final[dict[str, tuple[Change, bool]]] = {
    "gravity removed, without a word in its name": (_linear, False),
    "gravity removed, on one axis": (_of(slice(2, 3), lambda a: a - a.mean(axis=0)), False),
    "gravity twice": (_of(_ACC, lambda a: a + _smooth(a)), False),
    "the gyroscope off: zeros": (_of(_GYRO, lambda g: 0 * g), False),
    "the gyroscope stuck": (_of(_GYRO, lambda g: 0 * g + g[100]), False),
    "the gyroscope's one axis stuck": (_of(slice(4, 5), lambda g: 0 * g + 3.25), False),
    "the gyroscope 57 times too small": (_of(_GYRO, np.deg2rad), False),
    "the gyroscope 57 times too large": (_of(_GYRO, np.rad2deg), False),
    "the gyroscope with an offset of 8 deg/s": (_of(_GYRO, lambda g: g + 8), True),
    "the gyroscope with an offset of 120 deg/s": (_of(_GYRO, lambda g: g + 120), False),
    "the accelerometer off: zeros": (_of(_ACC, lambda a: 0 * a), False),
    "the accelerometer stuck for 6 s": (_part, True),
    "everything zero": (lambda v: 0 * v, False),
    "zeros for the first 3 s": (_zeros_first, True),
    "no values at all": (lambda v: v * np.nan, False),
    "clipped at 1.5 g": (_of(_ACC, lambda a: np.clip(a, -1.5, 1.5)), True),
    "clipped at 100 deg/s": (_of(_GYRO, lambda g: np.clip(g, -100, 100)), True),
    "in steps of 1/16 g": (_of(_ACC, lambda a: np.round(a * 16) / 16), True),
    "twenty spikes of 10000 g": (_spikes, True),
    "the accelerometer 10 % too high": (_of(_ACC, lambda a: a * 1.1), True),
    "the accelerometer half of what it is": (_of(_ACC, lambda a: a * 0.5), False),
    "infinite values now and then": (
        _of(slice(0, 1), lambda a: np.where(np.arange(len(a))[:, None] % 97, a, np.inf)),
        True,
    ),
}


def _rest(folder: Path, rate: float, pitch: float, strength: float, still: bool) -> Path:
    """A sensor on something that vibrates, at rest or worn."""
    times, values = session().sampled(rate)
    rng = np.random.default_rng(0)
    if still:
        values = np.array([0.1, 0.2, 0.97, 0, 0, 0]) + rng.normal(0, [0.01] * 3 + [0.5] * 3, values.shape)
        on = (times % 5 > 1) & (times % 5 < 3)
    else:
        on = np.ones(len(times), bool)
    values[:, 0] += on * strength * np.sin(2 * np.pi * pitch * times)
    values[:, 3] += on * strength * 150 * np.cos(2 * np.pi * pitch * times)
    return write(folder / "a.xdf", imu(times=LSL + times, values=values, rate=rate))


def _vibrations() -> Iterator[FieldInput]:
    for rate, pitch in ((1000, 51.5), (500, 98.0), (400, 148.5), (200, 52.5), (128, 48.5), (100, 49.0)):
        yield FieldInput(
            KIND,
            f"at rest on a machine of {pitch:g} Hz, {rate} Hz",
            partial(_rest, rate=rate, pitch=pitch, strength=1.0, still=True),
            performed=False,
        )
    for rate, pitch in ((1000, 53.0), (256, 101.0), (200, 60.0)):
        yield FieldInput(
            KIND,
            f"worn, and a vibration of {pitch:g} Hz, {rate} Hz",
            partial(_rest, rate=rate, pitch=pitch, strength=0.4, still=False),
        )


def _sent(stream: Stream, folder: Path) -> Path:
    return write(folder / "a.xdf", stream)


def _rates() -> Iterator[FieldInput]:
    for rate in RATES:
        times, values = session().sampled(rate)
        yield FieldInput(
            KIND,
            f"{rate:g} Hz",
            partial(_sent, imu(times=LSL + times, values=values, rate=rate)),
            readable=rate >= 25,
        )


def _named(name: str, labels: tuple[str, ...], folder: Path) -> Path:
    return _write(_linear, {"name": name, "labels": labels}, folder)


def _linear_names() -> Iterator[FieldInput]:
    linear = tuple(f"linear_acc_{x}" for x in "xyz") + LABELS[3:]
    user = tuple(f"userAcceleration.{x}" for x in "xyz") + LABELS[3:]
    free = tuple(f"FreeAcc_{x}" for x in "XYZ") + LABELS[3:]
    for name, labels in (("linear_acc_x …", linear), ("userAcceleration.x …", user), ("FreeAcc_X …", free)):
        yield FieldInput(
            KIND, f"gravity removed, labels {name}", partial(_named, "Phone", labels), readable=False
        )
    for name in ("Linear Acceleration", "UserAccel", "DeviceMotion"):
        yield FieldInput(
            KIND, f"gravity removed, a stream named {name}", partial(_named, name, LABELS), readable=False
        )
    gravity = tuple(f"gravity_{x}" for x in "xyz")

    def both(folder: Path) -> Path:
        v = session().values
        g = _smooth(v[:, :3])
        values = np.hstack([v[:, :3] - g, g, v[:, 3:]])
        return write(
            folder / "a.xdf",
            imu(values=values, labels=(*user[:3], *gravity, *LABELS[3:]), units=(*UNITS[:3], *UNITS)),
        )

    yield FieldInput(KIND, "user acceleration and gravity apart", both, readable=False)

    def beside(folder: Path) -> Path:
        v = session().values
        values = np.hstack([v[:, :3] - _smooth(v[:, :3]), v])
        return write(
            folder / "a.xdf",
            imu(values=values, labels=(*linear[:3], *ACC, *LABELS[3:]), units=(*UNITS[:3], *UNITS)),
        )

    yield FieldInput(KIND, "linear acceleration beside the whole", beside)


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    for name, (change, readable) in CHANGES.items():
        nobody = name in ("everything zero", "no values at all")
        yield FieldInput(KIND, name, partial(_write, change, {}), readable=readable, performed=not nobody)
    yield from _vibrations()
    yield from _rates()
    yield from _linear_names()
