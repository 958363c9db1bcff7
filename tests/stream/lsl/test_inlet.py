"""One inlet of liblsl: its errors are Python's own, and a pull gives what is there."""

import uuid
from contextlib import suppress

import numpy as np
import pylsl
import pytest

from hnhar.stream.intake.backend import ROOM, Polled
from hnhar.stream.lsl.backend import LslBackend
from hnhar.stream.lsl.inlet import LslInlet, certain, now
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.messages import StreamDescription

pytestmark = pytest.mark.lsl
AXES = ("acc_x", "acc_y", "acc_z")


def outlet(name: str) -> DataOutlet:
    return DataOutlet(StreamDescription(name, "ACC", f"{name}-id", AXES, ("g",) * 3, 50.0), "imu")


def test_a_stream_is_found_opened_pulled_and_lost() -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    sender, backend = outlet(name), LslBackend()
    (found,) = backend.find(f"name={name}", 2.0)
    assert found.description.name == name
    assert len(found.description.channels) == 3
    inlet = backend.inlet(found, now)
    assert inlet.open(5.0).channels == AXES
    assert inlet.pull(0.0, 10)[1].shape == (0,)
    sender.push(np.arange(12, dtype=np.float32).reshape(4, 3), now() + np.arange(4) / 50)
    rows = np.zeros((0, 3))
    while len(rows) < 4:
        samples, stamps = inlet.pull(5.0, 3)
        assert len(samples) == len(stamps) <= 3
        rows = np.concatenate((rows, samples))
    assert rows.tolist() == np.arange(12).reshape(4, 3).tolist()
    assert abs(inlet.clock_offset(5.0)) < 0.01
    del sender
    with pytest.raises(ConnectionError, match="its sender has gone"):
        inlet.pull(30.0, 10)
    with pytest.raises((ConnectionError, TimeoutError)):
        backend.inlet(found, now).open(0.2)


def test_an_estimate_of_the_clock_that_is_told_again_is_no_answer() -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    sender, backend = outlet(name), LslBackend()
    (found,) = backend.find(f"name={name}", 2.0)
    inlet = backend.inlet(found, now)
    inlet.open(5.0)
    assert abs(inlet.clock_offset(10.0)) < 0.01
    with pytest.raises(TimeoutError, match="not measured anew"):  # noqa: PT012
        while True:  # each may come after liblsl has renewed it
            inlet.clock_offset(10.0)
    renewed = False
    while not renewed:
        with suppress(TimeoutError):
            renewed = abs(inlet.clock_offset(10.0)) < 0.01
    del sender


@pytest.mark.parametrize(
    ("offset", "error", "here", "used"),
    [
        (0.02, 0.05, True, 0.0),  # a busy machine answers itself slowly
        (-0.15, 0.3, True, 0.0),
        (0.02, 0.03, True, 0.02),  # another clock than the host's name tells
        (0.02, 0.05, False, 0.02),
    ],
)
def test_what_a_slow_answer_makes_of_our_own_clock_is_no_offset(
    offset: float, error: float, here: bool, used: float
) -> None:
    assert certain(offset, error, here=here) == used


@pytest.mark.parametrize("code", [pylsl.cf_float32, pylsl.cf_double64, pylsl.cf_int16, pylsl.cf_int64])
def test_what_is_there_is_gathered_without_waiting_and_kept_over_a_loss(code: int) -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    sender = pylsl.StreamOutlet(pylsl.StreamInfo(name, "ACC", 3, 50.0, code, name))
    (found,) = LslBackend().find(f"name={name}", 2.0)
    inlet = LslBackend().inlet(found, now)
    assert isinstance(inlet, Polled)
    inlet.open(5.0)
    assert inlet.gather() == 0
    rows = np.arange(12).reshape(4, 3)
    for count, (row, stamp) in enumerate(zip(rows, 100 + np.arange(4) / 50, strict=True), 1):
        sender.push_sample(row.tolist(), stamp)
        while inlet.gather() < count:
            inlet.stand_by(5.0)
        assert inlet.last_stamp() == stamp
    del sender
    with pytest.raises(ConnectionError, match="its sender has gone"):  # noqa: PT012
        while True:
            inlet.gather()
            inlet.stand_by(1.0)
    samples, stamps = inlet.take()
    assert samples.tolist() == rows.tolist()
    assert stamps.tolist() == (100 + np.arange(4) / 50).tolist()


def test_more_than_there_is_room_for_stays_until_the_rest_is_taken() -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    sender, backend = outlet(name), LslBackend()
    (found,) = backend.find(f"name={name}", 2.0)
    inlet = backend.inlet(found, now)
    assert isinstance(inlet, Polled)
    inlet.open(5.0)
    rows = np.arange(3 * ROOM + 30, dtype=np.float32).reshape(-1, 3)
    sender.push(rows, now() + np.arange(len(rows)) / 500)
    taken = np.zeros((0, 3))
    while len(taken) < len(rows):
        inlet.stand_by(5.0)
        while len(taken) == 0 and inlet.gather() < ROOM:
            inlet.stand_by(5.0)
        assert inlet.gather() <= ROOM
        taken = np.concatenate((taken, inlet.take()[0]))
    assert taken.tolist() == rows.tolist()


def test_a_stream_that_is_back_is_found_again_only_within_what_was_asked_for() -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    kept, backend = [outlet(name)], LslBackend()
    (found,) = backend.find(name, 2.0)
    kept[:] = [outlet(name)]
    (again,) = backend.find_again(found, 2.0, within=name)
    assert again.key != found.key
    assert not backend.find_again(found, 0.2, within=f"{name}-else")
    assert [f.key for f in backend.find_again(found, 2.0, within=None)] == [again.key]


def test_an_inlet_closes_without_a_word() -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    sender, backend = outlet(name), LslBackend()
    (found,) = backend.find(name, 2.0)
    inlet = backend.inlet(found, now)
    assert isinstance(inlet, LslInlet)
    inlet.close()
    del sender
