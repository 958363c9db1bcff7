"""One device with several streams, several sensors, and what lies beside them."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from tools.faults.field.session import ACC, LABELS, LSL, UNITS, Array, imu, markers, session
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import Stream, write

KIND: Final = "one device, several streams; several sensors"


def _files(streams: tuple[Stream, ...], folder: Path) -> Path:
    return write(folder / "a.xdf", *streams)


def _half(name: str, kind: str, columns: slice, **changes: Any) -> Stream:
    labels = changes.pop("labels", LABELS[columns])
    values = np.asarray(session().values)[:, columns]
    return imu(name=name, type=kind, labels=labels, units=UNITS[columns], values=values, **changes)


_A, _G = slice(0, 3), slice(3, 6)
XYZ: Final = ("X", "Y", "Z")


def _pairs() -> Iterator[FieldInput]:
    magnet = Stream(
        "Watch Mag",
        "Magnetometer",
        XYZ,
        ("uT",) * 3,
        LSL + session().times,
        session().values[:, :3] * 40,
        50.0,
        "w1",
    )
    for name, streams in (
        (
            "accelerometer and gyroscope, one source id",
            (_half("Watch acc", "Accelerometer", _A), _half("Watch gyro", "Gyroscope", _G)),
        ),
        (
            "the same with X, Y, Z as labels",
            (
                _half("Watch Accelerometer", "Accelerometer", _A, labels=XYZ),
                _half("Watch Gyroscope", "Gyroscope", _G, labels=XYZ),
            ),
        ),
        (
            "the same, types ACC and GYR, no source id",
            (
                _half("ACC", "ACC", _A, labels=XYZ, source_id=""),
                _half("GYR", "GYR", _G, labels=XYZ, source_id=""),
            ),
        ),
        (
            "and a magnetometer",
            (_half("Watch acc", "Accelerometer", _A), magnet, _half("Watch gyro", "Gyroscope", _G)),
        ),
        (
            "source ids that end in acc and gyro",
            (
                _half("Acc 1A2B", "IMU", _A, labels=XYZ, source_id="1A2B-acc"),
                _half("Gyro 1A2B", "IMU", _G, labels=XYZ, source_id="1A2B-gyro"),
            ),
        ),
    ):
        yield FieldInput(KIND, name, partial(_files, streams))
    n = len(session().times)
    stamped: dict[str, Any] = {"labels": (*XYZ, "Secondary Timestamp"), "units": ("g", "g", "g", "seconds")}

    def extra(stream: Stream, unit: str) -> Stream:
        more = np.hstack([np.asarray(stream.values), np.full((n, 1), 1.7e9)])
        return replace(stream, labels=stamped["labels"], units=(unit,) * 3 + ("seconds",), values=more)

    muse = (
        extra(_half("Muse Accelerometer", "Accelerometer", _A), "g"),
        extra(_half("Muse Gyroscope", "Gyroscope", _G), "dps"),
    )
    yield FieldInput(KIND, "a pair with secondary time stamps", partial(_files, muse))
    times, fast = session().sampled(100.0)
    gyro = imu(
        name="Watch gyro",
        type="Gyroscope",
        labels=LABELS[_G],
        units=UNITS[_G],
        times=LSL + times,
        values=fast[:, _G],
        rate=100.0,
    )
    yield FieldInput(
        KIND,
        "a gyroscope at twice the rate",
        partial(_files, (_half("Watch acc", "Accelerometer", _A), gyro)),
    )
    lag = replace(_half("Watch gyro", "Gyroscope", _G), times=LSL + session().times + 0.007)
    yield FieldInput(
        KIND,
        "a gyroscope stamped 7 ms later",
        partial(_files, (_half("Watch acc", "Accelerometer", _A), lag)),
    )
    late = session().times > 5
    short = _half("Watch gyro", "Gyroscope", _G)
    short = replace(short, times=short.times[late], values=np.asarray(short.values)[late])
    yield FieldInput(
        KIND,
        "a gyroscope that begins 5 s late",
        partial(_files, (_half("Watch acc", "Accelerometer", _A), short)),
        readable=False,
    )
    alone = _half("Watch acc", "Accelerometer", _A)
    yield FieldInput(KIND, "an accelerometer alone", partial(_files, (alone,)), readable=False)
    other = _half("Phone gyro", "Gyroscope", _G, source_id="p9", host="phone")
    yield FieldInput(
        KIND,
        "an accelerometer, and another device's gyroscope",
        partial(_files, (alone, other)),
        readable=False,
    )


def _again() -> Iterator[FieldInput]:
    s = session()
    yield FieldInput(KIND, "the IMU recorded twice", partial(_files, (imu(), imu(), markers())), labeled=True)
    yield FieldInput(
        KIND,
        "the IMU recorded twice, 40 µs apart",
        partial(_files, (imu(), imu(times=imu().times + 4e-5), markers())),
        labeled=True,
    )
    yield FieldInput(
        KIND,
        "markers recorded three times",
        partial(_files, (imu(), markers(), markers(clock=LSL + 3e-5), markers(clock=LSL + 2e-3))),
        labeled=True,
    )
    first, second = s.times < 9.0, s.times > 11.0
    pieces = [imu(times=LSL + s.times[k], values=s.values[k]) for k in (first, second)]
    yield FieldInput(KIND, "a device that came back after 2 s", partial(_files, tuple(pieces)))
    yield FieldInput(KIND, "pieces in the reverse order", partial(_files, tuple(pieces[::-1])))
    empty = imu(times=np.empty(0), values=np.empty((0, 6)))
    yield FieldInput(KIND, "a stream of that name without a sample", partial(_files, (empty, imu())))
    few = imu(times=imu().times[:3], values=np.asarray(imu().values)[:3], source_id="w0")
    yield FieldInput(KIND, "another stream with three samples", partial(_files, (few, imu())), readable=False)


def _still(seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return np.array([0, 1.0, 0, 0, 0, 0]) + rng.normal(0, [0.02] * 3 + [3] * 3, (len(session().times), 6))


def _several() -> Iterator[FieldInput]:
    ankle = imu(name="Ankle", source_id="a1", values=_still(), placement="left ankle")
    other = imu(name="Pocket", source_id="p1", values=_still(), placement="")
    unsaid = imu(placement="")
    for name, streams, options, readable in (
        ("wrist and ankle, which say so", (ankle, imu()), (), True),
        ("two that say nothing", (other, unsaid), (), False),
        ("two, one named by --imu-source", (other, unsaid), ("--imu-source", "Watch"), True),
        (
            "two of equal names, by source_id",
            (replace(other, name="Watch"), unsaid),
            ("--imu-source", "source_id=w1"),
            True,
        ),
        (
            "two hosts with equal names",
            (replace(other, name="Watch", source_id="", host="pc2"), replace(unsaid, source_id="")),
            (),
            False,
        ),
        (
            "two hosts, by hostname",
            (replace(other, name="Watch", source_id="", host="pc2"), replace(unsaid, source_id="")),
            ("--imu-source", "hostname=pc"),
            True,
        ),
        ("the ankle alone, which says so", (replace(ankle, values=session().values),), (), False),
        ("the left wrist, which says so", (imu(placement="left wrist"),), (), False),
    ):
        yield FieldInput(KIND, name, partial(_files, streams), options, readable=readable)
    both = np.hstack([_still(), session().values])
    labels = tuple(f"{place}_{x}" for place in ("ankle", "wrist") for x in LABELS)
    wide = imu(labels=labels, units=UNITS * 2, values=both, placement="")
    yield FieldInput(KIND, "two sensors in a stream", partial(_files, (wide,)), readable=False)
    yield FieldInput(
        KIND, "two in a stream, --imu-sensor", partial(_files, (wide,)), ("--imu-sensor", "wrist")
    )


def _beside() -> Iterator[FieldInput]:
    v = session().values
    n = len(v)
    rng = np.random.default_rng(0)
    for name, labels, units, values in (
        (
            "a counter, temperature, battery",
            ("counter", *LABELS, "temp", "battery"),
            ("", *UNITS, "C", "%"),
            np.hstack([np.arange(n)[:, None], v, np.full((n, 1), 31.5), np.full((n, 1), 80)]),
        ),
        (
            "magnetometer and quaternion",
            (*LABELS, "mag_x", "mag_y", "mag_z", "qw", "qx", "qy", "qz"),
            (*UNITS, *("uT",) * 3, *("",) * 4),
            np.hstack([v, rng.normal(0, 40, (n, 3)), np.tile([1.0, 0, 0, 0], (n, 1))]),
        ),
        (
            "Euler angles first",
            ("roll", "pitch", "yaw", *LABELS),
            ("deg",) * 3 + UNITS,
            np.hstack([rng.normal(0, 10, (n, 3)), v]),
        ),
        (
            "gyroscope before accelerometer",
            (*LABELS[3:], *ACC),
            (*UNITS[3:], *UNITS[:3]),
            np.hstack([v[:, 3:], v[:, :3]]),
        ),
        (
            "low-noise and wide-range accelerometer",
            (*(f"acc_ln_{x}" for x in "xyz"), *(f"acc_wr_{x}" for x in "xyz"), *LABELS[3:]),
            (*UNITS[:3], *UNITS),
            np.hstack([v[:, :3], v]),
        ),
    ):
        yield FieldInput(
            KIND,
            f"beside it {name}",
            partial(_files, (imu(labels=labels, units=units, values=values),)),
            readable="wide-range" not in name,
        )


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    yield from _pairs()
    yield from _again()
    yield from _several()
    yield from _beside()
