"""Several IMUs in one stream: the one that is named is taken, and those there are listed."""

from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from hnhar.model.errors import ChannelError, ConfigError
from hnhar.model.kinds.imu import imu
from hnhar.stream.mapping.description import described
from hnhar.stream.mapping.imu import ImuMap
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.mapping.selection import parse_selection, split_sensor
from hnhar.stream.mapping.sensors import WHOLE, kind_in, sensor_of
from hnhar.stream.messages import StreamDescription

XYZ = "xyz"


def stream(labels: Sequence[str], units: Sequence[str] = (), kind: str = "IMU") -> StreamDescription:
    given = tuple(units) or tuple("deg/s" if "gyr" in label.lower() else "g" for label in labels)
    return StreamDescription("Suit", kind, "s", tuple(labels), given, 50.0)


def places(of: StreamDescription, sensor: str | None = None) -> tuple[int, ...]:
    """Channels of `of` that are taken as acc x to gyro z."""
    (mapped,) = map_streams([of], imu(), MappingOptions(sensor=sensor))
    assert isinstance(mapped, ImuMap)
    return mapped.source


def labels(pattern: str, names: Sequence[str], acc: str, gyro: str) -> list[str]:
    return [pattern.format(s=s, m=m, a=a) for s in names for m in (acc, gyro) for a in XYZ]


PATTERNS = [
    (labels("{s}_{m}_{a}", ["wrist", "ankle"], "acc", "gyro"), "ankle", 6),
    (labels("IMU{s}_{m}_{a}", ["1", "2", "3"], "ACC", "GYRO"), "imu 2", 6),
    (labels("S{s}_{m}{a}", [str(k) for k in range(1, 17)], "Acc", "Gyr"), "S12", 66),
    (labels("{m}{a}_{s}", ["1", "2"], "acc", "gyro"), "2", 6),
    (labels("{m}{a}{s}", ["1", "2"], "accel", "gyro"), "1", 0),
    (labels("A{s} {m} {a}", ["1", "2"], "accelerometer", "gyroscope"), "A2", 6),
    (labels("{m}_{a}", ["", ""], "acc", "gyro"), "2", 6),
    ([""] * 12, "2", 6),
]


@pytest.mark.parametrize(("written", "asked", "first"), PATTERNS)
def test_one_of_several_imus_in_a_stream_is_taken_by_name(written: list[str], asked: str, first: int) -> None:
    units = (("g",) * 3 + ("deg/s",) * 3) * (len(written) // 6)
    suit = stream(written, units)
    assert sensor_of(suit, "imu") == WHOLE
    assert places(suit, asked) == tuple(range(first, first + 6))


@pytest.mark.parametrize(("written", "asked", "first"), PATTERNS)
def test_of_several_imus_none_is_guessed_and_all_are_listed(
    written: list[str], asked: str, first: int
) -> None:
    units = (("g",) * 3 + ("deg/s",) * 3) * (len(written) // 6)
    with pytest.raises(ChannelError, match=r"of several IMUs: it has .*, .*--imu-sensor NAME"):
        places(stream(written, units))


def test_a_part_of_a_name_that_only_one_imu_has_is_enough() -> None:
    suit = stream(labels("{s}_{m}_{a}", ["left_wrist", "right_wrist", "hip"], "acc", "gyro"))
    assert places(suit, "hip")[0] == 12
    assert places(suit, "Right")[0] == 6
    with pytest.raises(ChannelError, match="'wrist' names no IMU of 'Suit': it has left_wrist, right_wrist"):
        places(suit, "wrist")


def test_a_name_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(ChannelError, match="'hip' names no IMU of 'Suit': it has wrist, ankle"):
        places(stream(labels("{s}_{m}_{a}", ["wrist", "ankle"], "acc", "gyro")), "hip")
    with pytest.raises(ChannelError, match="it has one without a name"):
        places(stream(labels("{m}_{a}", [""], "acc", "gyro")), "hip")


@pytest.mark.parametrize("low", ["LN", "low_noise", "uncalibrated"])
def test_of_two_accelerometers_of_one_device_the_better_one_is_taken_with_a_note(low: str) -> None:
    written = [f"Accel_{kind}_{a}" for kind in (low, "WR") for a in XYZ] + [f"Gyro_{a}" for a in XYZ]
    shimmer = stream(written, ("g",) * 6 + ("deg/s",) * 3)
    (mapped,) = map_streams([shimmer], imu(), MappingOptions())
    assert isinstance(mapped, ImuMap)
    assert mapped.source == (3, 4, 5, 6, 7, 8)
    assert "2 accelerometers" in " ".join(mapped.notes)
    assert places(shimmer, low) == (0, 1, 2, 6, 7, 8)


def test_an_axis_that_is_there_twice_is_refused_whatever_is_asked() -> None:
    odd = stream(["acc_x", "acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"])
    for asked in (None, "1"):
        with pytest.raises(ChannelError, match="each axis once"):
            places(odd, asked)


def test_a_sensor_that_is_named_after_another_place_than_the_weights_is_refused() -> None:
    suit = stream(labels("{s}_{m}_{a}", ["wrist", "ankle"], "acc", "gyro"))
    with pytest.raises(ChannelError, match="--imu-sensor says 'ankle'"):
        map_streams([suit], imu(), MappingOptions(sensor="ankle"), placement="right wrist")
    assert map_streams([suit], imu(), MappingOptions(sensor="wrist"), placement="right wrist")[0].notes == ()


@pytest.mark.parametrize("key", ["object", "marker"])
def test_channels_that_say_apart_from_their_label_whose_they_are_are_told_apart(key: str) -> None:
    channels = "".join(
        f"<channel><label>{m}_{a}</label><{key}>{s}</{key}><unit>{u}</unit></channel>"
        for s in ("Wrist", "Hip")
        for m, u in (("acc", "g"), ("gyro", "dps"))
        for a in XYZ
    )
    info = ElementTree.fromstring(f"<info><desc><channels>{channels}</channels></desc></info>")
    suit = described(StreamDescription("Suit", "IMU", "", ("",) * 12, ("",) * 12, 50.0), info)
    assert places(suit, "hip") == tuple(range(6, 12))


def test_channels_of_times_and_batteries_make_no_whole_imu() -> None:
    beside = ("X", "Y", "Z", "Secondary Timestamp (Base)", "Temperature", "Battery")
    muse = StreamDescription("Muse Acc", "IMU", "", beside, ("g", "g", "g", "seconds", "C", "%"), 52.0)
    assert sensor_of(muse, "imu") == "acc"


@pytest.mark.parametrize(
    ("unit", "sensor"), [("g", "acc"), ("m/s²", "acc"), ("deg/s", "gyro"), ("µT", None), ("", None)]
)
def test_axes_alone_are_of_the_sensor_that_their_unit_is_of(unit: str, sensor: str | None) -> None:
    assert sensor_of(stream(("X", "Y", "Z"), (unit,) * 3, "eeg"), "imu") == sensor


def test_labels_of_places_and_axes_are_of_the_sensor_that_the_stream_is_of() -> None:
    labels_ = tuple(f"{place}_{a}" for place in ("wrist", "ankle") for a in XYZ)
    acc = StreamDescription("Accelerometers", "ACC", "s", labels_, ("g",) * 6, 50.0)
    gyro = StreamDescription("Gyroscopes", "GYRO", "s", labels_, ("deg/s",) * 6, 50.0)
    maps = map_streams([acc, gyro], imu(), MappingOptions(sensor="ankle"))
    assert [m.source for m in maps if isinstance(m, ImuMap)] == [(3, 4, 5), (3, 4, 5)]
    with pytest.raises(ChannelError, match="it has wrist, ankle"):
        map_streams([acc, gyro], imu(), MappingOptions())


def test_the_gravity_that_a_phone_computes_is_no_accelerometer() -> None:
    assert (
        kind_in(StreamDescription("Gravity Pixel", "sensor", "", ("x", "y", "z"), ("m/s²",) * 3, 50.0)) == ""
    )


@pytest.mark.parametrize(
    ("text", "rest", "sensor"),
    [
        ("MySuit,sensor=wrist", "MySuit", "wrist"),
        ("name=My Suit,sensor=left wrist", "name=My Suit", "left wrist"),
        ("sensor=1,name=Suit", "name=Suit", "1"),
        ("name=Suit,sensor=2,type=IMU", "name=Suit,type=IMU", "2"),
        ("name=Suit sensor=2 type=IMU", "name=Suit type=IMU", "2"),
        ("udp:host:1,sensor=2", "udp:host:1", "2"),
        ("contains(name,'sensor=')", "contains(name,'sensor=')", None),
        ("Suit", "Suit", None),
    ],
)
def test_a_source_says_which_sensor_of_its_stream_is_meant(text: str, rest: str, sensor: str | None) -> None:
    assert split_sensor(text) == (rest, sensor)


def test_a_source_of_only_a_sensor_is_refused() -> None:
    with pytest.raises(ConfigError, match="names a sensor and no stream"):
        parse_selection("sensor=wrist")
