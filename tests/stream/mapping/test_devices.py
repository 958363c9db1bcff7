"""Streams of one device, told by what their names, ids and hosts share."""

import pytest

from hnhar.stream.mapping.devices import BOTH, IDS, NAMES, affinity, device_in
from hnhar.stream.messages import StreamDescription


def stream(name: str, source_id: str = "", host: str = "lab", placement: str = "") -> StreamDescription:
    return StreamDescription(name, "", source_id, ("x",), ("",), 50.0, host, placement)


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("Polar Sense ACC", "polar sense"),
        ("Accelerometer (Pixel 6)", "(pixel 6)"),
        ("watch-gyro", "watch"),
        ("Shimmer E1 Low Noise Accelerometer", "shimmer e1"),
        ("angular velocity of it", "of it"),
        ("Muse", "muse"),
    ],
)
def test_a_device_s_name_is_without_its_sensors_words(text: str, device: str) -> None:
    assert device_in(text) == device


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (stream("Muse", "m1"), stream("Muse", "m1"), BOTH),
        (stream("Watch acc", "w1-acc"), stream("Watch gyro", "w1-gyro"), BOTH),
        (stream("Watch acc", "7f3a"), stream("Watch gyro", "19bc"), NAMES),
        (stream("Watch acc"), stream("Watch gyro"), NAMES),
        (stream("Acceleration data", "d"), stream("Gyro stream", "d"), IDS),
        (stream("Watch acc", "w1-acc"), stream("Watch gyro", "w2-gyro"), 0),
        (stream("Muse-1A2B acc", "BlueMuse"), stream("Muse-9F9F gyro", "BlueMuse"), 0),
        (stream("LeftShoe acc", "hub"), stream("RightShoe gyro", "hub"), 0),
        (stream("wrist acc", "hub"), stream("ankle gyro", "hub"), 0),
        (stream("Watch acc", "w"), stream("Watch gyro", "w", host="gym"), 0),
        (stream("IMU acc", "w", placement="wrist"), stream("IMU gyro", "w", placement="hip"), 0),
        (stream("Polar"), stream("Muse"), 0),
        (stream("A acc", "acc"), stream("B gyro", "gyro"), 0),
    ],
)
def test_two_streams_share_a_device_by_name_and_id(
    first: StreamDescription, second: StreamDescription, shared: int
) -> None:
    assert affinity(first, second) == affinity(second, first) == shared
