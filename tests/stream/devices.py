"""Devices as labs have them: the streams that each sends, the source that is asked for, and what is right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.mapping.imu_channels import sensor_measured, sensor_named
from hnhar.stream.mapping.imu_group import spot_of
from hnhar.stream.messages import StreamDescription

XYZ = ("x", "y", "z")


@dataclass(frozen=True)
class Case:
    """Streams that are there at once, and a source."""

    name: str
    streams: tuple[StreamDescription, ...]
    asked: str
    """A source; its names are without the prefix that a test gives to all streams."""
    taken: tuple[int, ...] = ()
    """Indices of the streams that are taken; none: it is refused."""
    words: str = ""
    """Of the refusal."""


def stream(
    name: str, kind: str, labels: Sequence[str], units: Sequence[str], rate: float = 50.0, **more: str
) -> StreamDescription:
    return StreamDescription(name, kind, more.pop("source_id", ""), tuple(labels), tuple(units), rate, **more)


def axes(pattern: str, *, upper: bool = False) -> tuple[str, ...]:
    return tuple(pattern.format(a.upper() if upper else a) for a in XYZ)


def lone(
    name: str, kind: str, unit: str, labels: Sequence[str] = ("X", "Y", "Z"), **more: str
) -> StreamDescription:
    return stream(name, kind, labels, [unit] * len(labels), **more)


def samples(description: StreamDescription, count: int = 50, seed: int = 7) -> NDArray[np.float64]:
    """(count, channels): gravity of the unit's size along z of each accelerometer, else a little noise."""
    values = np.random.default_rng(seed).normal(0, 1e-3, (count, len(description.channels)))
    default = sensor_named(description.type, description.name)
    gravity = {"g": 1.0, "mg": 1e3, "m/s²": 9.81, "m/s^2": 9.81, "m/s2": 9.81, "": 1.0}
    for place, (label, unit) in enumerate(zip(description.channels, description.units, strict=True)):
        spot = spot_of(label, sensor_measured(unit) or default)
        if spot is not None and spot.sensor == "acc" and spot.axis == "z" and "lin" not in label.lower():
            values[:, place] += gravity.get(unit, 1.0)
    return values


BLUEMUSE = ("X", "Y", "Z", "Secondary Timestamp (Base)", "Secondary Timestamp (Remainder)")


def bluemuse(mac: str, kind: str, unit: str) -> StreamDescription:
    units = (unit,) * 3 + ("seconds",) * 2
    return stream(f"Muse-{mac} (00:55:da:b0:{mac}) {kind}", kind, BLUEMUSE, units, 52.0, source_id="BlueMuse")


def muse(kind: str, unit: str, **more: str) -> StreamDescription:
    return lone("Muse", kind, unit, source_id=more.pop("source_id", "Muse00:55"), **more)


SIX = (*axes("acc_{}"), *axes("gyro_{}"))
G_DPS = ("g",) * 3 + ("deg/s",) * 3
phone = partial(lone, kind="sensor")
TRIGNO = [f"Sensor {s} {m}.{a}" for s in range(1, 17) for m in ("ACC", "GYRO") for a in "XYZ"]
SUIT = [f"{s}_{m}_{a}" for s in ("wrist", "ankle") for m in ("acc", "gyro") for a in XYZ]

CASES = (
    Case(
        "BlueMuse, one id for all",
        (bluemuse("1a2b", "Accelerometer", "g"), bluemuse("1a2b", "Gyroscope", "dps")),
        "type=Accelerometer",
        (0, 1),
    ),
    Case(
        "two BlueMuse headbands, one named",
        tuple(
            bluemuse(mac, k, u)
            for mac in ("1a2b", "9f9f")
            for k, u in (("Accelerometer", "g"), ("Gyroscope", "dps"))
        ),
        "name=Muse-9f9f (00:55:da:b0:9f9f) Accelerometer",
        (2, 3),
    ),
    Case(
        "two BlueMuse headbands, type only",
        tuple(
            bluemuse(mac, k, u)
            for mac in ("1a2b", "9f9f")
            for k, u in (("Accelerometer", "g"), ("Gyroscope", "dps"))
        ),
        "type=Accelerometer",
        (),
        "matches 2 streams",
    ),
    Case(
        "BlueMuse: accelerometer of one, gyroscope of another",
        (bluemuse("1a2b", "Accelerometer", "g"), bluemuse("9f9f", "Gyroscope", "dps")),
        "type=Accelerometer",
        (),
        "there is no gyro_x",
    ),
    Case(
        "muselsl: four streams named Muse",
        (muse("ACC", "g"), muse("GYRO", "dps"), muse("EEG", "microvolts"), muse("PPG", "mmHg")),
        "name=Muse",
        (0, 1),
    ),
    Case(
        "one type for all, sensors by unit",
        (muse("Muse", "g"), muse("Muse", "deg/s"), muse("Muse", "microvolts")),
        "type=Muse",
        (0, 1),
    ),
    Case(
        "Polar: ACC alone",
        (lone("Polar H10 ABC ACC", "ACC", "mg", source_id="ABC"),),
        "type=ACC",
        (),
        "there is no gyro_x",
    ),
    Case(
        "Polar Verity: ACC and Gyro",
        (
            lone("Polar Sense A1 ACC", "Accelerometer", "mg", source_id="A1_acc"),
            lone("Polar Sense A1 GYRO", "Gyroscope", "dps", source_id="A1_gyro"),
        ),
        "name=Polar Sense A1 ACC",
        (0, 1),
    ),
    Case(
        "Shimmer: low-noise and wide-range in one stream",
        (
            stream(
                "Shimmer3 E123",
                "IMU",
                (
                    *axes("Accel_LN_{}", upper=True),
                    *axes("Accel_WR_{}", upper=True),
                    *axes("Gyro_{}", upper=True),
                    *axes("Mag_{}", upper=True),
                ),
                ("m/s²",) * 6 + ("deg/s",) * 3 + ("local",) * 3,
                source_id="E123",
            ),
        ),
        "name=Shimmer3 E123",
        (0,),
    ),
    Case(
        "Shimmer: low-noise, wide-range, gyroscope as streams",
        (
            lone("Shimmer E123 Low Noise Accelerometer", "Accelerometer", "m/s²", source_id="E123"),
            lone("Shimmer E123 Wide Range Accelerometer", "Accelerometer", "m/s²", source_id="E123"),
            lone("Shimmer E123 Gyroscope", "Gyroscope", "deg/s", source_id="E123"),
        ),
        "source_id=E123",
        (1, 2),
    ),
    Case(
        "Mentalab Explore: ORN of 9 channels",
        (
            stream(
                "Explore_84AB_ORN",
                "ORN",
                ("ax", "ay", "az", "gx", "gy", "gz", "mx", "my", "mz"),
                ("mg",) * 3 + ("mdps",) * 3 + ("mgauss",) * 3,
                20.0,
                source_id="Explore_84AB_ORN",
            ),
            stream(
                "Explore_84AB_ExG", "ExG", ("ch1", "ch2"), ("uV",) * 2, 250.0, source_id="Explore_84AB_ExG"
            ),
        ),
        "type=ORN",
        (0,),
    ),
    Case(
        "Movella DOT: quaternion, free acceleration, acceleration, gyroscope",
        (
            stream(
                "DOT D4:22",
                "IMU",
                (*axes("Quat_{}"), *axes("FreeAcc_{}"), *axes("Acc_{}"), *axes("Gyr_{}")),
                ("",) * 3 + ("m/s²",) * 6 + ("deg/s",) * 3,
                60.0,
                source_id="D4:22",
            ),
        ),
        "type=IMU",
        (0,),
    ),
    Case(
        "phone: linear, raw, gravity, gyroscope, magnetometer of one type",
        (
            phone("Linear Acceleration Pixel 6", unit="m/s²"),
            phone("Accelerometer Pixel 6", unit="m/s²"),
            phone("Gravity Pixel 6", unit="m/s²"),
            phone("Gyroscope Pixel 6", unit="rad/s"),
            phone("Magnetometer Pixel 6", unit="µT"),
        ),
        "type=sensor",
        (1, 3),
    ),
    Case(
        "phone: calibrated and uncalibrated",
        (
            phone("Accelerometer Pixel 6", unit="m/s²"),
            phone("Accelerometer Uncalibrated Pixel 6", unit="m/s²"),
            phone("Gyroscope Pixel 6", unit="rad/s"),
            phone("Gyroscope Uncalibrated Pixel 6", unit="rad/s"),
        ),
        "name=Accelerometer Pixel 6",
        (0, 2),
    ),
    Case(
        "two phones of one model, told apart by id",
        tuple(
            phone(f"Pixel 6 {s}", unit=u, source_id=f"{p}")
            for p in ("p1", "p2")
            for s, u in (("Accelerometer", "m/s²"), ("Gyroscope", "rad/s"))
        ),
        "source_id=p2",
        (2, 3),
    ),
    Case(
        "two phones of one model, type only",
        tuple(
            phone(f"Pixel 6 {s}", unit=u, source_id=f"{p}")
            for p in ("p1", "p2")
            for s, u in (("Accelerometer", "m/s²"), ("Gyroscope", "rad/s"))
        ),
        "type=sensor",
        (),
        "source_id=…",
    ),
    Case(
        "two watches, the second without its gyroscope",
        (
            lone("Watch Accelerometer", "ACC", "g", source_id="w1-acc"),
            lone("Watch Gyroscope", "GYRO", "deg/s", source_id="w1-gyro"),
            lone("Watch Accelerometer", "ACC", "g", source_id="w2-acc"),
        ),
        "source_id=w2-acc",
        (),
        "there is no gyro_x",
    ),
    Case(
        "Empatica: ACC in 1/64 g, no gyroscope",
        (
            lone("ACC", "ACC", "1/64g", source_id="A00"),
            stream("BVP", "BVP", ("bvp",), ("nW",), 64.0, source_id="A00"),
        ),
        "name=ACC",
        (),
        "there is no gyro_x",
    ),
    Case(
        "MetaWear: two streams of one name and id",
        (
            lone("MetaWear", "Accelerometer", "g", source_id="D1"),
            lone("MetaWear", "Gyroscope", "deg/s", source_id="D1"),
        ),
        "MetaWear",
        (0, 1),
    ),
    Case(
        "Trigno: 16 sensors in one stream, one named",
        (stream("Trigno", "IMU", TRIGNO, G_DPS * 16, 148.0, source_id="T"),),
        "name=Trigno,sensor=Sensor 7",
        (0,),
    ),
    Case(
        "Trigno: 16 sensors in one stream, none named",
        (stream("Trigno", "IMU", TRIGNO, G_DPS * 16, 148.0, source_id="T"),),
        "Trigno",
        (),
        "--imu-sensor",
    ),
    Case(
        "a suit of wrist and ankle, a sensor that is not there",
        (stream("Suit", "IMU", SUIT, G_DPS * 2, source_id="S"),),
        "name=Suit,sensor=hip",
        (),
        "it has wrist, ankle",
    ),
    Case(
        "gloves: IMU of each hand as a stream",
        (
            stream("Rokoko Glove Left", "IMU", SIX, G_DPS, 100.0, source_id="gl"),
            stream("Rokoko Glove Right", "IMU", SIX, G_DPS, 100.0, source_id="gr"),
        ),
        "name=Rokoko Glove Right",
        (1,),
    ),
    Case(
        "gloves, type only",
        (
            stream("Rokoko Glove Left", "IMU", SIX, G_DPS, 100.0, source_id="gl"),
            stream("Rokoko Glove Right", "IMU", SIX, G_DPS, 100.0, source_id="gr"),
        ),
        "type=IMU",
        (),
        "matches 2 streams",
    ),
    Case(
        "twins without an id, by name",
        (stream("Band", "IMU", SIX, G_DPS), stream("Band", "IMU", SIX, G_DPS)),
        "Band",
        (),
        "index=…",
    ),
    Case(
        "a time stamp, a counter and a temperature beside a pair of type IMU",
        (
            stream(
                "Dev acc",
                "IMU",
                ("X", "Y", "Z", "Counter", "Temperature", "Battery"),
                ("g",) * 3 + ("", "C", "%"),
            ),
            stream(
                "Dev gyro",
                "IMU",
                ("X", "Y", "Z", "Counter", "Temperature", "Battery"),
                ("dps",) * 3 + ("", "C", "%"),
            ),
        ),
        "Dev acc",
        (0, 1),
    ),
)


def with_prefix(case: Case, prefix: str) -> Case:
    """A case whose streams nobody else has: `prefix` in front of each name and id, and of the source's."""
    changed = tuple(
        replace(
            s,
            name=f"{prefix}{s.name}",
            type=s.type,
            source_id=f"{prefix}{s.source_id}" if s.source_id else "",
        )
        for s in case.streams
    )
    return replace(case, streams=changed, asked=_prefixed(case.asked, prefix))


def _prefixed(asked: str, prefix: str) -> str:
    if "=" not in asked:
        return f"{prefix}{asked}"
    pairs = []
    for pair in asked.split(","):
        key, value = pair.split("=", 1)
        pairs.append(f"{key}={prefix}{value}" if key in ("name", "source_id") else pair)
    return ",".join(pairs)
