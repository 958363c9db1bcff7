"""Messages of Sensor Logger from one session to the next."""

import msgspec
import numpy as np
import pytest

from hnhar.stream.phone.loggers import TWICE, Loggers
from hnhar.stream.phone.motion import decode
from hnhar.stream.phone.phones import Phones
from hnhar.stream.phone.readings import LATEST, G, MessageError
from hnhar.stream.phone.sensor_logger import Message
from hnhar.stream.phone.sensor_logger import decode as logged

from .sending import item, xyz


def at_rest(session: str, begun: float, z: float) -> Message:
    """A second with the screen up."""
    times = [begun + k / 50 for k in range(50)]
    payload = [item("accelerometeruncalibrated", when, xyz((0.0, 0.0, z))) for when in times]
    payload += [item("gyroscope", when, xyz((0.0, 0.0, 0.0))) for when in times]
    said = {"messageId": 0, "sessionId": session, "deviceId": "device", "payload": payload}
    return logged(msgspec.json.encode(said))


def test_the_unit_and_the_signs_are_told_anew_in_each_session() -> None:
    now = 50.0
    phones = Phones(lambda: now)
    loggers = Loggers(phones)
    # as on iOS; then "Standardise Units & Frames" was turned on, and it is recorded anew
    assert loggers.take(at_rest("first", 1000.0, -1.0), "anna", "", now) == ""
    now = 60.0
    assert loggers.take(at_rest("second", 1010.0, G), "anna", "", now) == ""
    (phone,) = phones.all()
    rows, _ = phone.rows(0.0, 1000)
    assert len(rows) == 100
    assert np.allclose(rows[:, 2], G)
    assert loggers.take(at_rest("second", 1010.0, G), "anna", "", now) == TWICE


def test_a_time_that_no_clock_shows_is_no_answer_of_a_page() -> None:
    with pytest.raises(MessageError, match="time"):
        decode(f'{{"pong": 1, "time": {LATEST:.0f}0}}', ios=False)
