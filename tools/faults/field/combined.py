"""Faults together, as devices have them: pairs in bursts, foreign clocks with wrong stamps, odd frames."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from tools.faults.field.labels import numbers
from tools.faults.field.session import (
    COORDINATES,
    EPOCH,
    LABELS,
    LSL,
    UNITS,
    Array,
    G,
    imu,
    markers,
    session,
    skeleton,
)
from tools.faults.field.tables import HEADS, WORN, seconds, table
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import Stream, write

KIND: Final = "several of these together"


def _files(streams: tuple[Stream, ...], folder: Path) -> Path:
    return write(folder / "a.xdf", *streams)


def _of(name: str, *streams: Stream, options: tuple[str, ...] = (), **truth: Any) -> FieldInput:
    return FieldInput(KIND, name, partial(_files, streams), options, **truth)


def _burst(times: Array, size: int) -> Array:
    n = len(times)
    return np.asarray(times[np.minimum(np.arange(n) // size * size + size - 1, n - 1)])


def _half(columns: slice, **changes: Any) -> Stream:
    kind = ("Accelerometer", "Gyroscope")[columns.start // 3]
    made = imu(
        name=f"Band {kind}",
        type=kind,
        labels=("X", "Y", "Z"),
        units=UNITS[columns],
        values=session().values[:, columns],
    )
    return replace(made, **changes)


_ACC, _GYRO = slice(0, 3), slice(3, 6)


def _pairs() -> Iterator[FieldInput]:
    times = LSL + session().times
    acc, gyro = _half(_ACC), _half(_GYRO)
    yield _of(
        "a pair in bursts of 8 and of 5",
        replace(acc, times=_burst(times, 8), rate=0.0),
        replace(gyro, times=_burst(times, 5), rate=0.0),
    )
    yield _of(
        "a pair in bursts of 10, one late by 30 ms",
        replace(acc, times=_burst(times, 10), rate=0.0),
        replace(gyro, times=_burst(times, 10) + 0.03, rate=0.0),
    )
    yield _of(
        "a pair cut to 0.1 s",
        replace(acc, times=np.floor(times * 10) / 10),
        replace(gyro, times=np.floor(times * 10) / 10),
    )
    wrong = times.copy()
    wrong[[40, 400]] = (0.0, 1e10)
    yield _of("a pair, one with two wrong stamps", acc, replace(gyro, times=wrong, arrived=times))
    unix = replace(gyro, times=EPOCH + session().times, arrived=times)
    yield _of("a pair, the gyroscope on Unix time", acc, unix)
    both = [replace(s, times=EPOCH + session().times, arrived=times) for s in (acc, gyro)]
    yield _of("a pair on Unix time", *both)
    yield _of(
        "a pair on Unix time in bursts of 6",
        *(
            replace(s, times=_burst(EPOCH + session().times, 6), arrived=_burst(times, 6), rate=0.0)
            for s in both
        ),
    )
    si = session().values * [G, G, G, *[np.pi / 180] * 3]
    yield _of(
        "a pair in m/s² and rad/s that gives no unit",
        replace(acc, values=si[:, :3], units=("",) * 3),
        replace(gyro, values=si[:, 3:], units=("",) * 3),
    )
    yield _of(
        "a pair whose gyroscope is 57 times too small", acc, replace(gyro, values=si[:, 3:]), readable=False
    )
    yield _of("a pair whose gyroscope is off", acc, replace(gyro, values=0 * si[:, 3:]), readable=False)
    yield _of(
        "a pair whose gyroscope ends after 8 s",
        acc,
        replace(gyro, times=times[:400], values=si[:400, 3:] * 180 / np.pi),
        readable=False,
    )
    yield _of("a pair, then the gyroscope again", acc, gyro, gyro)
    t, fast = session().sampled(1000.0)
    vibrating = np.array([0, 0, 1.0, 0, 0, 0]) + np.random.default_rng(0).normal(
        0, [0.03] * 3 + [2.0] * 3, fast.shape
    )
    vibrating[:, 0] += 1.1 * np.sin(2 * np.pi * 97.7 * t) * (t % 5 < 2)
    vibrating[:, 3] += 180 * np.cos(2 * np.pi * 97.7 * t) * (t % 5 < 2)
    yield _of(
        "a pair on a machine of 98 Hz, 1000 Hz",
        replace(acc, times=LSL + t, values=vibrating[:, :3], rate=1000.0),
        replace(gyro, times=LSL + t, values=vibrating[:, 3:], rate=1000.0),
        performed=False,
    )
    yield FieldInput(
        KIND,
        "a table on a machine of 98 Hz, 1000 Hz",
        lambda folder: table(
            folder / "a.csv", ("time", *HEADS), [f"{x:.3f}" for x in t.tolist()], vibrating.tolist()
        ),
        WORN,
        performed=False,
    )


def _clocks() -> Iterator[FieldInput]:
    s = session()
    arrived = LSL + s.times
    for name, clock in (
        ("ms", (EPOCH + s.times) * 1e3),
        ("µs", s.times * 1e6),
        ("ns", (EPOCH + s.times) * 1e9),
    ):
        yield _of(f"an IMU of no rate, stamps in {name}", imu(times=clock, arrived=arrived, rate=0.0))
        lone = clock.copy()
        lone[300] = 0.0
        yield _of(f"stamps in {name}, one of them 0", imu(times=lone, arrived=arrived))
    yield _of(
        "stamps in ms, bursts of 10",
        imu(times=_burst((EPOCH + s.times) * 1e3, 10), arrived=_burst(arrived, 10), rate=0.0),
    )
    yield _of(
        "IMU and skeleton on one Unix clock, markers on LSL's",
        imu(times=EPOCH + s.times, arrived=arrived),
        skeleton(times=EPOCH + s.frames, arrived=LSL + s.frames),
        markers(),
        labeled=True,
    )
    yield _of(
        "an IMU in ms, a skeleton from zero",
        imu(times=(EPOCH + s.times) * 1e3, arrived=arrived),
        skeleton(times=s.frames, arrived=LSL + s.frames),
    )
    whole = markers()
    early = whole.times.copy()
    early[3] = 0.0
    yield _of("one marker's stamp is 0", imu(), replace(whole, times=early, arrived=whole.times))
    order = np.arange(len(whole.times))[::-1]
    texts = [whole.values[k] for k in order.tolist()]
    yield _of(
        "markers out of order",
        imu(),
        replace(whole, times=whole.times[order], values=texts, arrived=np.sort(whole.times)),
        labeled=True,
    )
    reset = np.where(s.times < 10, arrived, s.times - 10)
    yield _of("a clock that begins anew at 0 after 10 s", imu(times=reset, arrived=arrived))
    fast = imu(times=LSL + s.times * 1.1, arrived=arrived)
    yield _of("a clock that gains 10 %", fast)


def _frames() -> Iterator[FieldInput]:
    s = session()
    ros = s.joints[..., [2, 0, 1]] * [-1, 1, 1]
    optical = s.joints * [-1, -1, 1]
    yield _of("ROS: x forward, y left, z up", skeleton(ros))
    yield _of("ROS's optical frame, beside an IMU", skeleton(optical), imu())
    yield _of(
        "z up in mm without unit, beside an IMU in bursts",
        skeleton(s.joints[..., [0, 2, 1]] * [1000, -1000, 1000], units=("",) * 60),
        imu(times=_burst(LSL + s.times, 6), rate=0.0),
    )
    yield _of("a skeleton in bursts of 5", skeleton(times=_burst(LSL + s.frames, 5), rate=0.0))
    yield _of("a skeleton cut to 0.1 s", skeleton(times=np.floor((LSL + s.frames) * 10) / 10))
    lone = LSL + s.frames
    lone[200] = 0.0
    yield _of("a skeleton with a wrong stamp", skeleton(times=lone, arrived=LSL + s.frames))
    yield _of(
        "a skeleton of integers in mm", skeleton(np.round(s.joints * 1000), units=("mm",) * 60, fmt="int16")
    )
    yield _of(
        "head and hips alone are labeled otherwise",
        skeleton(labels=tuple(c.replace("hip_center", "pelvis") for c in COORDINATES)),
    )
    lost = s.joints.copy()
    lost[np.random.default_rng(0).random(lost.shape[:2]) < 0.1] = np.nan
    yield _of("one joint in ten is not seen", skeleton(lost))
    zero = np.nan_to_num(lost)
    yield _of("one joint in ten is 0, 0, 0", skeleton(zero))
    moved = s.joints + np.array([4.0, 0, 0])
    yield _of("a person 4 m aside", skeleton(moved))
    far = s.joints + np.array([0, 0, 3.0])
    yield _of("a person 6 m away", skeleton(far))
    yield _of("a child: 0.75 of the size", skeleton(s.joints * 0.75))
    yield _of("a tenth of the size", skeleton(s.joints * 0.1), readable=False)
    beside = np.array([0.9, 0, 0.4])
    two = np.hstack([(s.joints + beside).reshape(-1, 60), s.joints.reshape(-1, 60)])
    labels = tuple(f"person{k}_{c}" for k in (1, 2) for c in COORDINATES)
    still = np.hstack(
        [
            np.repeat((s.joints[:1] + beside).reshape(1, 60), len(s.frames), 0)
            + np.random.default_rng(0).normal(0, 0.003, (len(s.frames), 60)),
            s.joints.reshape(-1, 60),
        ]
    )
    yield _of(
        "two people who do the same, the first is taken", skeleton(two, labels=labels, units=("m",) * 120)
    )
    yield _of(
        "another person stands in the first slot, --body 2",
        skeleton(still, labels=labels, units=("m",) * 120),
        options=("--body", "2"),
    )


def _texts() -> Iterator[FieldInput]:
    for begin, end in (
        ("{}-start", "{}-stop"),
        ("Begin {}", "End {}"),
        ("START_{}", "STOP_{}"),
        ("{}_begin", "{}_end"),
        ("start {}", "stop {}"),
        ('{{"type": "{}", "phase": "begin"}}', '{{"type": "{}", "phase": "end"}}'),
        ('{{"activity": "{}", "state": "on"}}', '{{"activity": "{}", "state": "off"}}'),
    ):
        yield _of(
            f"markers {begin} and {end}", imu(), markers(begin, end), labeled=not begin.startswith("{{")
        )
    trigger, meaning = numbers()
    assert not isinstance(trigger.values, list)
    texts = [[str(int(v[0]))] for v in trigger.values.tolist()]
    mapped = ("--marker-map", meaning)
    yield _of(
        "numbers as texts, --marker-map", imu(), replace(trigger, values=texts), options=mapped, labeled=True
    )
    yield _of("numbers as texts", imu(), replace(trigger, values=texts))
    yield _of(
        "numbers of floats, --marker-map",
        imu(),
        replace(trigger, values=np.asarray(trigger.values, float), fmt="float32"),
        options=mapped,
        labeled=True,
    )
    vision = [[f"S{int(v[0]):3d}"] for v in trigger.values.tolist()]
    yield _of("S  1 and S 11", imu(), replace(trigger, values=vision))
    yield _of(
        "an empty stream of markers", imu(), replace(markers(), times=np.empty(0), values=[], arrived=None)
    )


def _tables() -> Iterator[FieldInput]:
    rows = [seconds("{:.0f}", 1e3, EPOCH), seconds("{:.3f}")]
    for size in (10, 50):
        burst = [f"{t:.3f}" for t in _burst(session().times, size).tolist()]
        yield FieldInput(KIND, f"a table in bursts of {size}", partial(_table, burst), WORN)
    lone = list(rows[1])
    lone[200] = "0.000"
    yield FieldInput(KIND, "a table with a wrong time", partial(_table, lone), WORN)
    lone[200] = ""
    yield FieldInput(KIND, "a table with an empty time", partial(_table, lone), WORN)
    ms = list(rows[0])
    ms[500] = "0"
    yield FieldInput(KIND, "a table in ms since 1970, one of them 0", partial(_table, ms), WORN)
    linear = session().values.copy()
    linear[:, :3] -= np.stack([np.convolve(v, np.ones(101) / 101, "same") for v in linear[:, :3].T], axis=1)
    heads = ("time", *(f"linear_acceleration_{x} [g]" for x in "xyz"), *HEADS[3:])
    yield FieldInput(
        KIND,
        "a table of linear acceleration",
        lambda folder: table(folder / "a.csv", heads, rows[1], linear.tolist()),
        WORN,
        readable=False,
    )
    rad = session().values * [1, 1, 1, *[np.pi / 180] * 3]
    yield FieldInput(
        KIND,
        "a table that says deg/s and holds rad/s",
        lambda folder: table(folder / "a.csv", ("time", *HEADS), rows[1], rad.tolist()),
        WORN,
        readable=False,
    )
    plain = ("time", *LABELS)
    yield FieldInput(
        KIND,
        "a table of g and rad/s without units",
        lambda folder: table(folder / "a.csv", plain, rows[1], rad.tolist()),
        WORN,
    )
    stuck = session().values.copy()
    stuck[:, 1] = 0.0
    yield FieldInput(
        KIND,
        "a table whose acc_y is 0",
        lambda folder: table(folder / "a.csv", ("time", *HEADS), rows[1], stuck.tolist()),
        WORN,
        readable=False,
    )
    body = ("time", *(f"{c} [mm]" for c in COORDINATES))
    down = (session().joints * [-1000, -1000, 1000]).reshape(-1, 60).tolist()
    at = [f"{t:.4f}" for t in session().frames.tolist()]
    yield FieldInput(
        KIND, "a table of a skeleton, mm, y down", lambda folder: table(folder / "a.csv", body, at, down)
    )


def _table(times: list[str], folder: Path) -> Path:
    return table(folder / "a.csv", ("time", *HEADS), times)


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    for part in (_pairs, _clocks, _frames, _texts, _tables):
        yield from part()
