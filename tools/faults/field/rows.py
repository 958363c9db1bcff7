"""The inputs that others found to go wrong, made anew, each with what is to come of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from tools.faults.field import labels, tables
from tools.faults.field.session import (
    EPOCH,
    JOINTS,
    LSL,
    Array,
    G,
    imu,
    markers,
    session,
    skeleton,
)
from tools.faults.field.trial import FieldInput, Outcome
from tools.faults.field.xdf import Stream, write

READ: Final = (Outcome.RIGHT, Outcome.NOTED)
REFUSED: Final = (Outcome.REFUSED,)
WORN: Final = ("--imu-placement", "right wrist")
AZURE: Final = {"hip_center": "PELVIS", "spine": "SPINE_CHEST", "shoulder_center": "NECK", "head": "HEAD"}


@dataclass(frozen=True, slots=True)
class Row:
    """An input, by the number of its kind, and what is to come of it."""

    number: str
    given: FieldInput
    outcomes: tuple[Outcome, ...]
    says: str = ""
    """Words that must be said; "": none need be."""


def _row(
    number: str,
    name: str,
    *streams: Stream,
    says: str = "",
    refused: bool = False,
    options: tuple[str, ...] = (),
    labeled: bool = False,
    plain: bool = False,
    file: str = "session.xdf",
) -> Row:
    """A row of an XDF file; `plain`: written stream after stream, so that its order says nothing of time."""

    def make(folder: Path) -> Path:
        return write(folder / file, *streams, plain=plain)

    given = FieldInput(number, name, make, options, readable=not refused, labeled=labeled)
    return Row(number, given, REFUSED if refused else READ, says)


def _frames() -> Iterator[Row]:
    names = [AZURE.get(joint) or "_".join(reversed(joint.upper().split("_"))) for joint in JOINTS]
    azure = tuple(f"{name}_{axis}" for name in names for axis in "XYZ")
    down = session().joints * [1, -1, 1] * 1000
    kinect = skeleton(down, labels=azure, units=("mm",) * 60)
    yield _row("01", "Azure Kinect: mm, y down", kinect, says="taken as azure-kinect, y down")
    unsaid = skeleton(session().joints * 1000, units=("",) * 60)
    yield _row("01", "a skeleton in mm that gives no unit", unsaid, says="mm is assumed")
    yield _row("01", "the same motion in meters, y up", skeleton())
    channels = "".join(
        f"<channel><marker>{joint}</marker><type>Position{axis}</type><unit>meters</unit></channel>"
        for joint in JOINTS
        for axis in "XYZ"
    )
    header = (
        '<?xml version="1.0"?><info><name>Mocap</name><type>MoCap</type><channel_count>60</channel_count>'
        "<nominal_srate>30</nominal_srate><channel_format>float32</channel_format><source_id>m</source_id>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )
    yield _row("23", "joints as <marker>, axes as <type>PositionX", skeleton(header=header))


def _stamps() -> Iterator[Row]:
    s = session()
    n = len(s.times)
    for size in (3, 6, 12, 25):
        ends = np.minimum(np.arange(n) // size * size + size - 1, n - 1)
        late = imu(times=LSL + s.times[ends], rate=0.0)
        yield _row("03", f"bursts of {size} share a stamp", late, says="spread evenly")
    leap = LSL + s.times
    leap[500] += 200_000.0
    lone = imu(times=leap, arrived=LSL + s.times)
    yield _row("16", "one stamp 200000 s ahead", lone, markers(), says="1 of", labeled=True)
    first = LSL + s.times
    first[0] = 0.0
    zero = imu(times=first, arrived=LSL + s.times)

    def with_table(folder: Path) -> Path:
        (folder / "session_events.tsv").write_text(labels.events("label"))
        return write(folder / "session.xdf", zero)

    yield Row(
        "16",
        FieldInput("16", "the first stamp is 0, a table of labels", with_table, labeled=True),
        READ,
        "1 of",
    )


def _clocks() -> Iterator[Row]:
    s = session()
    unix = imu(times=EPOCH + s.times, arrived=LSL + s.times)
    yield _row(
        "04",
        "an IMU on Unix time, markers on LSL's",
        unix,
        markers(),
        says="different clocks",
        plain=True,
        refused=True,
    )
    three = (unix, skeleton(), markers())
    yield _row("04", "and a skeleton on LSL's", *three, says="no time in common", plain=True, refused=True)
    start = ("--clock", "start")
    yield _row(
        "04", "the same, --clock start", *three, says="was moved by", plain=True, options=start, labeled=True
    )
    yield _row(
        *("04", "the same as LabRecorder writes it", *three),
        says="moved to when the recorder wrote",
    )
    kinect = skeleton(times=0.5 + s.frames)
    yield _row(
        "05",
        "a Kinect on a clock from zero",
        imu(),
        markers(),
        kinect,
        says="no time in common",
        plain=True,
        refused=True,
    )
    eeg = Stream(
        "EEG", "EEG", ("Fp1",), ("microvolts",), LSL - 20 + np.arange(4000) / 100, np.zeros((4000, 1)), 100.0
    )

    def later(folder: Path) -> Path:
        (folder / "session_events.tsv").write_text(labels.events("label", begin=20.0))
        return write(folder / "session.xdf", eeg, imu())

    yield Row(
        "07",
        FieldInput("07", "a table that counts from the file's first sample", later, labeled=True),
        READ,
        "20.0 s before",
    )


def _devices() -> Iterator[Row]:
    s = session()
    twice = (imu(), markers(), markers(clock=LSL + 3e-5))
    yield _row("06", "markers recorded twice", *twice, says="recorded 2 times", labeled=True)
    n = len(s.times)
    extra = np.column_stack([np.full(n, 1.7e9), s.times % 1])
    pair = [
        imu(
            name=f"Muse-00AA (00:11:22:33:44:55) {kind}",
            type=kind,
            labels=("X", "Y", "Z", "Secondary Timestamp (Base)", "Secondary Timestamp (Remainder)"),
            units=(unit,) * 3 + ("seconds",) * 2,
            values=np.hstack([s.values[:, columns], extra]),
            source_id="BlueMuse",
        )
        for kind, unit, columns in (("Accelerometer", "g", slice(0, 3)), ("Gyroscope", "dps", slice(3, 6)))
    ]
    yield _row("08", "BlueMuse's pair with secondary stamps", *pair)
    sensors = [
        imu(
            name=f"DOT{k // 2:02d} {('Accelerometer', 'Gyroscope')[k % 2]}",
            type=("Accelerometer", "Gyroscope")[k % 2],
            labels=("X", "Y", "Z"),
            units=(("g", "dps")[k % 2],) * 3,
            values=s.values[:, 3 * (k % 2) : 3 * (k % 2) + 3],
            source_id=f"dot{k // 2:02d}",
        )
        for k in range(66)
    ]
    yield _row(
        "18",
        "66 streams, --imu-source source_id=dot00",
        *sensors,
        options=("--imu-source", "source_id=dot00"),
    )


def _sensing() -> Iterator[Row]:
    s = session()
    rng = np.random.default_rng(0)
    t = s.times
    walk = np.column_stack([0.9 * np.sin(11 * t), 0.5 * np.sin(5.5 * t), 1.3 * np.cos(11 * t)])
    walk += rng.normal(0, 0.2, walk.shape)
    turn = np.radians(40 * np.column_stack([np.sin(5.5 * t + k) for k in range(3)]))
    bare = {"type": "eeg", "labels": ("",) * 3, "units": ("",) * 3, "source_id": "phone", "placement": ""}
    linear = imu(name="Linear Acceleration Phone", values=walk, **bare)
    gyro = imu(name="Gyroscope Phone", values=turn, **bare)
    yield _row(
        "10",
        "linear acceleration, by the stream's name",
        linear,
        gyro,
        says="it has no gravity",
        refused=True,
    )
    values = rng.normal(0, [0.05] * 3 + [5.0] * 3, (len(t), 6))
    shaken = (t % 5 > 1) & (t % 5 < 3)
    values[:, 0] += shaken * 1.2 * np.sin(4 * np.pi * t)
    values[:, 3] += shaken * 200 * np.cos(4 * np.pi * t)
    values[:100] = 0.0
    yield _row(
        "10", "zeros at first, then no gravity", imu(values=values), says="gravity was removed", refused=True
    )
    si = s.values * [1, 1, 1, *[np.pi / 180] * 3]
    said = imu(values=si, units=("g",) * 3 + ("rad/s",) * 3, unit_tag="units")
    yield _row("11", "units in <units>", said)
    magnet = np.hstack([s.values * 1000, rng.normal(0, 300, (len(t), 3))])
    orientation = imu(
        name="Explore_ORN",
        type="ORN",
        labels=("ax", "ay", "az", "gx", "gy", "gz", "mx", "my", "mz"),
        units=("mg",) * 3 + ("mdps",) * 3 + ("mgauss",) * 3,
        values=magnet,
        label_tag="name",
        placement="",
    )
    yield _row("12", "ax … gz in mg and mdps, type ORN", orientation, options=WORN)
    footer = imu(footer='<?xml version="1.0"?><info><sample_count>1032.0</sample_count></info>')
    yield _row("14", "a footer that counts 1032.0 samples", footer)
    yield Row("30", FieldInput("30", "a vibration of 52 Hz, 1000 Hz", _vibration, performed=False), READ)


def _vibration(folder: Path) -> Path:
    t = np.arange(25000) / 1000.0
    rng = np.random.default_rng(0)
    values = np.array([0, 0, 1.0, 0, 0, 0]) + rng.normal(0, [0.05] * 3 + [5.0] * 3, (len(t), 6))
    on = (t % 5 > 1) & (t % 5 < 3)
    values[:, 0] += on * 1.2 * np.sin(2 * np.pi * 52 * t)
    values[:, 3] += on * 200 * np.cos(2 * np.pi * 52 * t)
    return write(folder / "session.xdf", imu(times=LSL + t, values=values, rate=1000.0))


def _labels() -> Iterator[Row]:
    numbers, meaning = labels.numbers()
    yield _row("19", "markers that are numbers", imu(), numbers, says="--marker-map")
    mapped = ("--marker-map", meaning)
    yield _row("19", "markers that are numbers, --marker-map", imu(), numbers, options=mapped, labeled=True)
    yield _row("19", "markers start_x and end_x", imu(), markers("start_{}", "end_{}"), labeled=True)

    def bids(folder: Path) -> Path:
        (folder / "sub-01_task-x_events.tsv").write_text(labels.events("trial_type"))
        return write(folder / "sub-01_task-x_eeg.xdf", imu(), markers())

    yield Row("20", FieldInput("20", "BIDS events with trial_type", bids, labeled=True), READ, "trial_type")


def _tables() -> Iterator[Row]:
    v = session().values
    si = v * [G, G, G, *[np.pi / 180] * 3]
    dot = v * [G, G, G, 1, 1, 1]
    at, ms = tables.seconds(), tables.seconds("{:.0f}", 1e3)
    axes = "xyz"
    phyphox = ['"Time (s)"', *(f'"Acceleration {x} (m/s^2)"' for x in axes)]
    phyphox += [f'"Gyroscope {x} (rad/s)"' for x in axes]
    round_units = ("time", *(f"acc_{x} (g)" for x in axes), *(f"gyro_{x} (rad/s)" for x in axes))
    both = [f"{t},{u}" for t, u in zip(at, tables.seconds("{:.0f}", 1e3, EPOCH), strict=True)]
    counted = [f"{k},{t},0,0,0" for k, t in enumerate(tables.seconds("{:.0f}", 1e6))]
    xsens = ("PacketCounter", "SampleTimeFine", *(f"Euler_{x}" for x in "XYZ"))
    xsens += tuple(f"{name}_{x}" for name in ("Acc", "Gyr") for x in "XYZ")
    tenths = [f"{int(t * 10) / 10:.1f}" for t in session().times.tolist()]
    made = {
        ("11", "paren.csv", ""): (round_units, at, v * [1, 1, 1, *[np.pi / 180] * 3]),
        ("24", "phyphox.csv", ""): (phyphox, at, si),
        ("24", "arduino.csv", "is assumed"): (("time", "ax", "ay", "az", "gx", "gy", "gz"), at, v),
        ("24", "xsens_dot.csv", "Xsens DOT"): (xsens, counted, dot),
        ("24", "said_ms.csv", ""): (("time [ms]", *tables.HEADS), ms, v),
        ("24", "two_times.csv", "left out"): (("time", "timestamp", *tables.HEADS), both, v),
        ("24", "dup.csv", "spread evenly"): (("time", *tables.HEADS), tenths, v),
    }
    for (number, name, says), (head, times, values) in made.items():
        make = partial(_table, name, tuple(head), times, values)
        yield Row(number, FieldInput(number, name, make, WORN), READ, says)

    def labeled(folder: Path) -> Path:
        return tables.row_labels("", folder / "row_label.csv")

    given = FieldInput("24", "row_label.csv", labeled, WORN, labeled=True)
    yield Row("24", given, READ, "labels are those of its column")
    nanoseconds = tables.seconds("{:.0f}", 1e9, EPOCH)
    reverse = [f"{ns},{s}" for ns, s in zip(nanoseconds, at, strict=True)]
    total = partial(
        _table, "TotalAcceleration.csv", ("time", "seconds_elapsed", "z", "y", "x"), reverse, si[:, 2::-1]
    )
    alone = FieldInput("24", "TotalAcceleration.csv, no gyroscope", total, WORN, readable=False)
    yield Row("24", alone, REFUSED, "there is no gyro_x")


def _table(name: str, head: tuple[str, ...], times: list[str], values: Array, folder: Path) -> Path:
    return tables.table(folder / name, head, times, values.tolist())


def rows() -> Iterator[Row]:
    """Every row, by its number."""
    every = (_frames, _stamps, _clocks, _devices, _sensing, _labels, _tables)
    yield from sorted((row for part in every for row in part()), key=lambda row: row.number)
