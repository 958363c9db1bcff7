"""One selection of streams: live ones and those of a file are told apart, chosen and refused alike."""

from dataclasses import replace

import pytest

from hnhar.model.errors import RecordingError, SourceError
from hnhar.model.modality import kind_of
from hnhar.stream.intake.backend import Found
from hnhar.stream.intake.choice import choose
from hnhar.stream.mapping.selection import parse_selection
from hnhar.stream.mapping.sensors import WHOLE, kind_in, sensor_of
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.xdf.select import StreamEntry, chosen, matching

AXES = ("x", "y", "z")


def stream(name: str, kind: str = "", labels: int | tuple[str, ...] = 3, **more: str) -> StreamDescription:
    channels = ("",) * labels if isinstance(labels, int) else labels
    given = StreamDescription(name, kind, "", channels, ("",) * len(channels), 50.0, hostname="lab")
    return replace(given, **more)  # type: ignore[arg-type]


WATCH_ACC = stream("Watch Acc", "Accelerometer", source_id="w")
WATCH_GYRO = stream("Watch Gyro", "Gyroscopes", source_id="w")
PHONE = stream("Phone", "IMU", 6, source_id="p", hostname="phone")
CAMERA = stream("Camera", "MoCap", 60, source_id="c")
EEG = stream("Cap", "EEG", ("Fz", "Cz", "Pz"), source_id="e")
ALL = (WATCH_ACC, WATCH_GYRO, PHONE, CAMERA, EEG)


def live(asked: str, kind: str, streams: tuple[StreamDescription, ...]) -> list[str] | str:
    """Names of what a live run takes, or its refusal's words."""
    selection = parse_selection(asked)
    matching_ = [Found(d.name, d) for d in streams if selection.matches(d)]
    try:
        return [found.description.name for found in choose(asked, matching_, kind_of(kind).modality())]
    except SourceError as error:
        return str(error).replace(", or --pick newest", "")


def in_file(asked: str, kind: str, streams: tuple[StreamDescription, ...]) -> list[str] | str:
    """Names of what is taken of a file, or its refusal's words."""
    entries = [StreamEntry(k, d, 100, False) for k, d in enumerate(streams)]
    try:
        picked = chosen(matching(entries, asked), {kind: asked})
    except RecordingError as error:
        return str(error)
    return [streams[k].name for k, of in picked.items() if of == (kind,)]


@pytest.mark.parametrize(
    ("asked", "kind", "expected"),
    [
        ("Phone", "imu", ["Phone"]),
        ("type=imu", "imu", ["Phone"]),
        ("hostname=phone", "imu", ["Phone"]),
        ("source_id=w", "imu", ["Watch Acc", "Watch Gyro"]),
        ("hostname=lab", "imu", ["Watch Acc", "Watch Gyro"]),
        ("hostname=lab", "skeleton", ["Camera"]),
        ("type=MOCAP,hostname=lab", "skeleton", ["Camera"]),
        ("Cap", "imu", ["Cap"]),
    ],
)
def test_a_selection_means_the_same_live_and_in_a_file(asked: str, kind: str, expected: list[str]) -> None:
    assert live(asked, kind, ALL) == in_file(asked, kind, ALL) == expected


def test_what_is_ambiguous_is_refused_in_the_same_words_live_and_in_a_file() -> None:
    streams = (PHONE, replace(PHONE, name="Other", source_id="q"))
    words = live("type=IMU", "imu", streams)
    assert isinstance(words, str)
    assert words.startswith("'type=IMU' matches 2 streams, and it is not guessed which is meant:\n")
    assert words == in_file("type=IMU", "imu", streams)


def test_of_many_streams_that_may_be_meant_some_are_listed() -> None:
    words = live("type=IMU", "imu", tuple(replace(PHONE, source_id=f"p{k}") for k in range(66)))
    assert isinstance(words, str)
    assert (words.count("name=Phone"), "and 50 more" in words) == (16, True)


@pytest.mark.parametrize("kind", ["Gyroscope", "Gyroscopes", "RotationRate", "AngularVelocity", "GYRO"])
def test_every_name_of_a_gyroscope_is_one_in_a_file_too(kind: str) -> None:
    streams = (WATCH_ACC, replace(WATCH_GYRO, name="Watch", type=kind))
    entries = [StreamEntry(k, d, 100, False) for k, d in enumerate(streams)]
    assert sensor_of(streams[1], "imu") == "gyro"
    assert chosen(entries, None) == {0: ("imu",), 1: ("imu",)}


def test_two_sensors_of_different_devices_are_no_imu() -> None:
    other = replace(WATCH_GYRO, name="Phone Gyro", source_id="p")
    assert "matches 2 streams" in live("hostname=lab", "imu", (WATCH_ACC, other))
    assert "matches 2 streams" in in_file("hostname=lab", "imu", (WATCH_ACC, other))


def test_a_lone_sensor_that_is_selected_in_a_file_brings_its_device_s_other_one() -> None:
    entries = [StreamEntry(k, d, 100, False) for k, d in enumerate(ALL)]
    assert chosen(entries, {"imu": "type=Accelerometer"}) == {0: ("imu",), 1: ("imu",), 3: ("skeleton",)}


@pytest.mark.parametrize(
    ("described", "kind", "sensor"),
    [
        (stream("a", "", ("AccX", "AccY", "AccZ", "GyroX", "GyroY", "GyroZ")), "imu", WHOLE),
        (stream("a", "", ("acc_x", "acc_y", "acc_z")), "imu", "acc"),
        (stream("Polar Gyro", "IMU"), "imu", "gyro"),
        (stream("a", "Motion", 9), "imu", WHOLE),
        (stream("Explore_ORN", "ORN", 9), "imu", WHOLE),
        (stream("a", "ACC+GYRO", 6), "imu", WHOLE),
        (stream("a", "Accelerometer_Gyroscope", 6), "imu", WHOLE),
        (stream("Linear Acceleration Pixel", "eeg"), "imu", None),
        (stream("a", "android.sensor.gyroscope"), "imu", "gyro"),
        (stream("a", "android.sensor.linear_acceleration"), "imu", None),
        (stream("a", "", 6, units=("g", "g", "g", "dps", "dps", "dps")), "imu", WHOLE),  # type: ignore[arg-type]
        (stream("a", "LinearAcceleration"), "imu", None),
        (stream("a", "Kinect", 75), "skeleton", WHOLE),
        (stream("a", "EEG", ("A1", "A2")), "imu", None),
    ],
)
def test_a_stream_is_told_by_its_type_labels_name_and_units(
    described: StreamDescription, kind: str, sensor: str | None
) -> None:
    assert sensor_of(described, kind) == sensor
    assert kind_in(described) == (kind if sensor else "")


def test_a_suit_that_labels_the_sensors_of_its_joints_is_of_several_imus_and_no_skeleton() -> None:
    labels = tuple(
        f"{joint}_{sensor}_{axis}" for joint in ("head", "hip") for sensor in ("acc", "gyro") for axis in AXES
    )
    assert kind_in(stream("suit", "", labels)) == "imu"
