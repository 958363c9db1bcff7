"""One description for a stream on the network and for one in a file: labels, units, mapping and notes."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pylsl
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.lsl.describe import describe
from hnhar.stream.mapping.heading import heading
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.feeds import recorded_feeds

from ..person import moving
from ..recordings.files import XdfStream, chunk, samples

Channels = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Taken:
    """What became of a stream: its description, and its samples with notes, or the refusal."""

    description: StreamDescription
    outcome: tuple[str, ...]
    samples: NDArray[np.float32]


def info(channels: Channels, type_: str = "IMU", name: str = "Thing") -> pylsl.StreamInfo:
    made = pylsl.StreamInfo(name, type_, len(channels), 50, "float32", "id-1")
    node = made.desc().append_child("channels")
    for channel in channels:
        entry = node.append_child("channel")
        for key, value in channel.items():
            entry.append_child_value(key, value)
    return made


def live(made: pylsl.StreamInfo, values: NDArray[np.float64]) -> Taken:
    description = describe(made)
    modality = skeleton() if made.type() == "MoCap" else imu()
    try:
        (mapped,) = map_streams([description], modality, MappingOptions(), samples=[values])
    except ChannelError as error:
        return Taken(description, (str(error),), np.zeros((0, 0), np.float32))
    return Taken(description, mapped.notes, mapped.apply(values.astype(np.float32)))


def recorded(made: pylsl.StreamInfo, values: NDArray[np.float64], path: Path) -> Taken:
    times = [100.0 + k / 50 for k in range(len(values))]
    stream = XdfStream(made.name(), made.type(), ("",) * values.shape[1], times, values.tolist())
    header = chunk(2, struct.pack("<I", 1) + made.as_xml().encode())
    path.write_bytes(
        b"XDF:" + header + samples(1, stream) + chunk(6, struct.pack("<I", 1) + b"<info></info>")
    )
    kind = "skeleton" if made.type() == "MoCap" else "imu"
    recording = open_recording(path, select={kind: made.name()})
    description = recording.streams[0].description
    modality = skeleton() if made.type() == "MoCap" else imu()
    try:
        (fed,), notes = recorded_feeds(recording, [modality])
    except ChannelError as error:
        return Taken(description, (str(error),), np.zeros((0, 0), np.float32))
    return Taken(description, notes, fed.samples)


def both(made: pylsl.StreamInfo, values: NDArray[np.float64], folder: Path) -> Taken:
    """What becomes of a stream, live and recorded alike."""
    first, second = live(made, values), recorded(made, values, folder / "same.xdf")
    assert first.description == second.description
    assert first.outcome == second.outcome
    np.testing.assert_array_equal(first.samples, second.samples)
    return first


def inertial(
    pattern: Sequence[str], units: Sequence[str], *, label: str = "label", unit: str = "unit"
) -> Channels:
    return [
        {label: name, **({unit: units[k // 3]} if units[k // 3] else {})} for k, name in enumerate(pattern)
    ]


def rest(acc: float, gyro: float, columns: int = 6) -> NDArray[np.float64]:
    """(100, columns): gravity of `acc` in z, `gyro` about each axis; further columns are 7."""
    values = np.full((100, columns), 7.0)
    values[:, :3] = (0, 0, acc)
    values[:, 3:6] = gyro
    return values


LABELS = [f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"]
SHORT = ["ax", "ay", "az", "gx", "gy", "gz"]
BRACKETED = [*(f"{label} [g]" for label in LABELS[:3]), *(f"{label} (rad/s)" for label in LABELS[3:])]
CAMEL = ["accX", "accY", "accZ", "gyroX", "gyroY", "gyroZ"]


@pytest.mark.parametrize(
    ("channels", "acc", "gyro"),
    [
        (inertial(LABELS, ["g", "rad/s"], unit="units"), 1, np.pi),
        (inertial(SHORT, ["mg", "mdps"], label="name"), 1000, 180_000),
        (inertial(CAMEL, ["mg", "dps"]), 1000, 180),
        (inertial(CAMEL, ["m/s²", "°/s"], unit="Unit", label="Label"), 9.80665, 180),
        (inertial(SHORT, ["cm/s^2", "mrad/s"]), 980.665, 1000 * np.pi),
        (inertial(BRACKETED, ["", ""]), 1, np.pi),
        (inertial([*(f"Acc{a}(m/s^2)" for a in "XYZ"), *(f"Gyro{a} ( deg/s )" for a in "XYZ")], ["", ""]),
         9.80665, 180),
        ([{"label": axis, "type": type_, "unit": unit} for type_, unit in (("ACCEL", "g"), ("GYRO", "rad/s"))
          for axis in "XYZ"], 1, np.pi),
    ],
    ids=["units", "explore", "dps", "case", "small units", "brackets", "glued brackets", "channel types"],
)  # fmt: skip
def test_units_and_labels_are_read_alike(channels: Channels, acc: float, gyro: float, tmp_path: Path) -> None:
    taken = both(info(channels), rest(acc, gyro), tmp_path)
    assert taken.outcome == ()
    np.testing.assert_allclose(taken.samples[0], [0, 0, 1, 180, 180, 180], rtol=1e-4)


@pytest.mark.parametrize("type_", ["ORN", "IMU", "sensors"])
def test_further_sensors_of_one_stream_are_passed_over(type_: str, tmp_path: Path) -> None:
    names = [*SHORT, "mx", "my", "mz"]
    channels = inertial(names, ["mg", "mdps", "mgauss"], label="name")
    taken = both(info(channels, type_), rest(1000, 1000, 9), tmp_path)
    assert taken.outcome == ()
    np.testing.assert_allclose(taken.samples[0], [0, 0, 1, 1, 1, 1], rtol=1e-4)


@pytest.mark.parametrize(
    ("channels", "says"),
    [
        (inertial([*LABELS[:3], *(f"{name} (rpm)" for name in LABELS[3:])], ["g", ""]), "'rpm'"),
        (inertial([*LABELS[:3], *(f"{name} [raw]" for name in LABELS[3:])], ["g", ""]), "'raw'"),
        (
            inertial([*LABELS[:3], *(f"{name} (rad/s)" for name in LABELS[3:])], ["g", "deg/s"]),
            r"'deg/s \(rad/s in its label\)'",
        ),
        ([{"label": name, "type": "LinearAcceleration" if "acc" in name else "Gyroscope", "unit": "g"}
          for name in LABELS], "gravity"),
    ],
    ids=["rpm", "raw", "contradiction", "linear"],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_alike(channels: Channels, says: str, tmp_path: Path) -> None:
    (refusal,) = both(info(channels), rest(1, 1), tmp_path).outcome
    with pytest.raises(ChannelError, match=says):
        raise ChannelError(refusal)


@pytest.mark.parametrize(
    "channel",
    [
        lambda joint, axis: {"marker": joint, "type": f"Position{axis}", "unit": "meters"},
        lambda joint, axis: {"label": joint, "type": f"Position{axis}", "units": "m"},
        lambda joint, axis: {"label": axis, "marker": joint, "type": axis, "unit": "m"},
        lambda joint, axis: {"label": f"{joint}_{axis} (m)", "marker": joint, "type": f"Position{axis}"},
    ],
    ids=["marker and type", "label and type", "axis alone", "label with unit"],
)
def test_joints_are_named_by_marker_and_type_alike(channel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    values = moving(frames=20).reshape(20, 60)
    channels = [channel(joint, axis) for joint in UTD_JOINTS for axis in "XYZ"]
    taken = both(info(channels, "MoCap"), values, tmp_path)
    assert taken.outcome == ()
    np.testing.assert_array_equal(taken.samples, values.astype(np.float32))


def test_angles_of_a_joint_are_not_its_place(tmp_path: Path) -> None:
    channels = [
        {"label": f"{joint}_{axis}", "marker": joint, "type": f"{what}{axis}", "unit": unit}
        for joint in UTD_JOINTS
        for what, unit in (("Orientation", "quaternion"), ("Position", "m"))
        for axis in "XYZ"
    ]
    values = np.random.default_rng(2).normal(1, 0.3, (20, 20, 2, 3))
    values[:, :, 1] = moving(frames=20)
    values = values.reshape(20, 120)
    taken = both(info(channels, "MoCap"), values, tmp_path)
    assert taken.outcome == ()
    places = values.reshape(20, 20, 2, 3)[:, :, 1].reshape(20, 60)
    np.testing.assert_array_equal(taken.samples, places.astype(np.float32))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acc_x [m/s²]", ("acc_x", "m/s²")),
        ("acc_x [anything]", ("acc_x", "anything")),
        ("gyro_x(rad/s)", ("gyro_x", "rad/s")),
        ("Accel_X_CAL (m/(s^2))", ("Accel_X_CAL", "m/(s^2)")),
        ("acc (x)", ("acc (x)", "")),
        ("acc [x]", ("acc [x]", "")),
        ("acc_x (left wrist)", ("acc_x (left wrist)", "")),
        ("(g)", ("(g)", "")),
        ("", ("", "")),
    ],
)
def test_a_heading_is_a_label_and_a_unit(text: str, expected: tuple[str, str]) -> None:
    assert heading(text) == expected


def shaking(turns: float) -> NDArray[np.float64]:
    """(100, 6): acceleration in g that swings, and angular velocity of at most `turns`."""
    phase = 2 * np.pi * 2 * np.arange(100) / 50
    values = np.zeros((100, 6))
    values[:, 2] = 1 + 0.9 * np.sin(phase)
    values[:, 3] = turns * np.cos(phase)
    return values


@pytest.mark.parametrize(
    ("turns", "factor", "says"),
    [
        (3.5, np.degrees(1), "rad/s is assumed, by its magnitude"),
        (200.0, 1.0, "deg/s is assumed, by its magnitude"),
        (20.0, np.degrees(1), "rad/s is assumed, by its magnitude"),
        (35.0, 1.0, "deg/s is assumed, as is usual beside g"),
    ],
)
def test_a_gyroscope_without_a_unit_is_told_by_magnitude_alike(
    turns: float, factor: float, says: str, tmp_path: Path
) -> None:
    taken = both(info(inertial(LABELS, ["g", ""])), shaking(turns), tmp_path)
    assert any(says in note for note in taken.outcome)
    assert taken.samples[:, 3].max() == pytest.approx(turns * factor, rel=1e-4)


@pytest.mark.parametrize(
    ("unit", "turns", "says"),
    [("deg/s", 3.5, "57 times more.*--imu-unit g,rad/s"), ("rad/s", 200.0, "--imu-unit g,deg/s")],
)
def test_a_gyroscope_whose_unit_cannot_be_right_is_refused_alike(
    unit: str, turns: float, says: str, tmp_path: Path
) -> None:
    (refusal,) = both(info(inertial(LABELS, ["g", unit])), shaking(turns), tmp_path).outcome
    with pytest.raises(ChannelError, match=says):
        raise ChannelError(refusal)
    description = describe(info(inertial(LABELS, ["g", unit])))
    insisted = MappingOptions(imu_unit=f"g,{unit}")
    assert map_streams([description], imu(), insisted, samples=[shaking(turns)])


@pytest.mark.parametrize("labels", [["x", "y", "z"] * 2, ["x-axis", "y-axis", "z-axis"] * 2, [""] * 6])
@pytest.mark.parametrize("first", ["g", "rad/s"])
def test_channels_that_name_no_sensor_are_told_by_their_units_alike(
    labels: list[str], first: str, tmp_path: Path
) -> None:
    second = "rad/s" if first == "g" else "g"
    values = rest(1, np.pi)
    values = values if first == "g" else values[:, [3, 4, 5, 0, 1, 2]]
    taken = both(info(inertial(labels, [first, second])), values, tmp_path)
    assert all("by unit, in order" in note for note in taken.outcome)
    np.testing.assert_allclose(taken.samples[0], [0, 0, 1, 180, 180, 180], rtol=1e-4)


@pytest.mark.parametrize(
    "name",
    ["Linear Acceleration Pixel 6", "LinearAccelerometer", "userAcceleration", "Acc (without g)", "LINACC"],
)
def test_acceleration_without_gravity_is_told_by_the_name_of_its_stream_alike(
    name: str, tmp_path: Path
) -> None:
    labels = [*("x", "y", "z"), *LABELS[3:]]
    (refusal,) = both(
        info(inertial(labels, ["m/s²", "rad/s"]), "sensors", name), rest(9, 1), tmp_path
    ).outcome
    assert "send the raw accelerometer" in refusal


def test_a_user_s_accelerometer_has_gravity(tmp_path: Path) -> None:
    taken = both(
        info(inertial(LABELS, ["g", "deg/s"]), "IMU", "User 1 IMU (free living)"), rest(1, 1), tmp_path
    )
    assert taken.outcome == ()


@pytest.mark.parametrize(("unit", "factor"), [("mm is", 1000.0), ("cm is", 100.0), ("meters are", 1.0)])
def test_positions_without_a_unit_are_told_by_the_torso_alike(
    unit: str, factor: float, tmp_path: Path
) -> None:
    channels = [{"label": f"{joint}_{axis}"} for joint in UTD_JOINTS for axis in "xyz"]
    standing = moving(frames=100).reshape(100, 60)
    taken = both(info(channels, "MoCap"), standing * factor, tmp_path)
    assert taken.outcome == (
        f"'Thing' gives no unit for positions: {unit} assumed, "
        f"as from head to ankles are {1.46 * factor:.4g}",
    )
    np.testing.assert_allclose(taken.samples, standing, rtol=1e-5)


@pytest.mark.parametrize("factor", [0.01, 8.0, 1e5])
def test_positions_of_nobody_s_size_without_a_unit_are_refused_alike(factor: float, tmp_path: Path) -> None:
    channels = [{"label": f"{joint}_{axis}"} for joint in UTD_JOINTS for axis in "xyz"]
    (refusal,) = both(info(channels, "MoCap"), moving().reshape(40, 60) * factor, tmp_path).outcome
    assert "nobody's size in m, cm, mm, ft, in" in refusal


def test_a_recording_that_begins_before_its_sensor_is_judged_by_what_comes_then(tmp_path: Path) -> None:
    gentle = shaking(50.0)[np.arange(600) % 100] * (1, 1, 0.2, 1, 1, 1) - (0, 0, 0.2, 0, 0, 0)
    values = np.concatenate([np.zeros((400, 6)), gentle])
    made = info(inertial(LABELS, ["g", "deg/s"]))
    (refusal,) = recorded(made, values, tmp_path / "late.xdf").outcome
    assert "gravity was removed" in refusal
