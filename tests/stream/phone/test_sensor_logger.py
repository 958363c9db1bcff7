"""Messages of Sensor Logger: units, signs and gravity of each platform and setting."""

import json

import numpy as np
import pytest

from hnhar.stream.phone.readings import ACC, GYRO, LINEAR, G, MessageError, Readings
from hnhar.stream.phone.sensor_logger import STANDARD, SensorLogger, decode

from .sending import item, message, xyz

UP = (0.0, 0.0, G)
"""m/s², at rest with the screen up, as Android has it."""


def read(payload: list[dict[str, object]], **options: bool) -> dict[str, Readings]:
    found = SensorLogger(**options).read(decode(message(payload)))
    return {readings.sensor: readings for readings in found}


def series(name: str, values: tuple[float, ...], count: int = 20) -> list[dict[str, object]]:
    return [item(name, 1000.0 + k / 100, xyz(values)) for k in range(count)]


def test_an_android_phone_is_read_by_its_total_acceleration_and_not_by_the_one_without_gravity() -> None:
    found = read([*series("accelerometer", (0.0, 0.0, 0.1)), *series("totalacceleration", UP)])
    assert set(found) == {ACC}
    assert found[ACC].values.tolist() == [list(UP)] * 20
    assert np.allclose(found[ACC].times, 1000.0 + np.arange(20) / 100)


def test_raw_acceleration_of_ios_in_g_is_turned_into_that_of_android() -> None:
    found = read(series("accelerometeruncalibrated", (0.0, 0.0, -1.0)))
    assert np.allclose(found[ACC].values, UP)


def test_raw_acceleration_that_is_standardized_stays_as_it_is() -> None:
    found = read(series("accelerometeruncalibrated", UP))
    assert np.allclose(found[ACC].values, UP)


def test_the_few_readings_that_do_not_show_the_unit_yet_are_not_taken_in_a_wrong_one() -> None:
    logger = SensorLogger()
    first = logger.read(decode(message(series("accelerometeruncalibrated", (0.0, 0.0, -1.0), 4))))
    then = logger.read(decode(message(series("accelerometeruncalibrated", (0.0, 0.0, -1.0), 8))))
    assert first == []
    assert np.allclose(then[0].values, UP)


def test_gravity_is_added_to_acceleration_that_lacks_it() -> None:
    payload = [*series("accelerometer", (1.0, 0.0, 0.0)), *series("gravity", UP)]
    found = read(payload)
    assert np.allclose(found[ACC].values, (1.0, 0.0, G))


def test_raw_acceleration_in_g_tells_the_signs_of_the_sum_as_well() -> None:
    logger = SensorLogger(apple=True)
    logger.read(decode(message(series("accelerometeruncalibrated", (0.0, 0.0, -1.0)))))
    sums = [*series("accelerometer", (-1.0, 0.0, 0.0)), *series("gravity", (0.0, 0.0, -G))]
    (found,) = logger.read(decode(message(sums)))
    assert np.allclose(found.values, (1.0, 0.0, G))


def test_what_is_assumed_of_an_iphone_that_shows_no_unit_is_said() -> None:
    logger = SensorLogger(apple=True)
    logger.read(decode(message([*series("accelerometer", (0.0, 0.0, 0.0)), *series("gravity", UP)])))
    assert logger.note == STANDARD


def test_acceleration_without_gravity_alone_is_never_taken_for_acceleration() -> None:
    assert set(read(series("accelerometer", (0.0, 0.0, 0.1)))) == {LINEAR}


@pytest.mark.parametrize(("unit", "sign"), [(1.0, -1.0), (G, 1.0)], ids=["as iOS counts", "standardized"])
def test_an_apple_watch_is_read_in_either_setting(unit: float, sign: float) -> None:
    values = {f"gravity{axis}": sign * unit * value for axis, value in zip("XYZ", (0, 0, 1), strict=True)}
    values |= {f"acceleration{axis}": sign * unit * 0.5 for axis in "XYZ"}
    values |= {f"rotationRate{axis}": 0.25 for axis in "XYZ"}
    found = read([item("wristmotion", 5.0 + k / 50, values) for k in range(20)], watch=True)
    assert np.allclose(found[ACC].values, np.array([0.5, 0.5, 1.5]) * G)
    assert np.allclose(found[GYRO].values, 0.25)


def test_values_that_are_no_numbers_are_missing_and_stamps_that_are_none_are_left_out() -> None:
    payload = [
        item("gyroscope", 1.0, {"x": None, "y": "3", "z": True}),
        {"name": "gyroscope", "time": "soon", "values": xyz((1, 2, 3))},
        {"name": "gyroscope", "time": 3_000_000_000, "values": 7},
        {"name": 7, "time": 1},
        item("gyroscope", 5.0, {"x": 0, "y": 0, "z": 0}) | {"time": 10**400},
        item("gyroscope", 6.0, {"x": 10**400, "y": 0.0, "z": 0.0}),
        item("gyroscope", 4.0, {"x": 1e300, "y": 1.0, "z": 2.0}),
    ]
    body = json.dumps({"deviceId": "d", "payload": payload}).encode()
    (found,) = SensorLogger().read(decode(body))
    assert found.times.tolist() == [1.0, 6.0, 4.0]
    expected = [[np.nan] * 3, [np.nan, 0.0, 0.0], [np.nan, 1.0, 2.0]]
    assert np.array_equal(found.values, expected, equal_nan=True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no message of Sensor Logger"),
        (b"[" * 100_000, "no message of Sensor Logger"),
        (b'{"deviceId": "", "payload": []}', "deviceId"),
        (b'{"deviceId": 7, "payload": []}', "no message of Sensor Logger"),
        (b'{"deviceId": "a", "payload": [' + b",".join([b"{}"] * 50_001) + b"]}", "more than 50000"),
        (b'{"deviceId": "\xff", "payload": []}', "no message of Sensor Logger"),
    ],
)
def test_what_is_no_message_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        decode(body)
