"""Phones as sources of a reader: real HTTP in, samples on the common clock out."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from hnhar.model.kinds.imu import imu
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.messages import StreamState
from hnhar.stream.phone.backend import PhoneBackend
from hnhar.stream.phone.inlet import found
from hnhar.stream.phone.server import PhoneServer

from ..intake.collector import Collector
from .sending import item, message, motion, push, server, xyz


class _Here(PhoneBackend):
    """The backend of a server on a free port."""

    def __init__(self, made: PhoneServer) -> None:
        self._made = made

    def find(self, address, timeout):  # type: ignore[no-untyped-def]
        time.sleep(0.02)
        return found(self._made.phones.there())


@contextmanager
def reading(made: PhoneServer) -> Iterator[Collector]:
    sink = Collector()
    reader = SourceReader("anna", imu(), "phone:", sink, now=time.monotonic, backend=_Here(made))
    reader.start()
    try:
        yield sink
    finally:
        assert reader.stop(10.0)


@contextmanager
def sending(
    made: PhoneServer, *, batch: int, off: float = 0.0, step: float = 0.0
) -> Iterator[tuple[list[float], list[float]]]:
    """50 Hz in messages of `batch` samples, by a clock that is `off`, s, and set by `step` after 75 samples;
    gives the monotonic times of the samples, and how late each message was taken by a busy machine."""
    stop, taken, lags = threading.Event(), list[float](), list[float]()

    def run() -> None:
        begun, number, count = time.monotonic(), 0, 0
        with httpx.Client() as client:
            while not stop.is_set():
                times = [begun + (count + k) / 50 for k in range(batch)]
                stop.wait(max(times[-1] - time.monotonic(), 0.0))
                stamps = [t + off + step * (count + k >= 75) for k, t in enumerate(times)]
                taken.extend(times)
                push(made, message(motion(stamps, count), number), client)
                lags.append(time.monotonic() - times[-1])
                number, count = number + 1, count + batch

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield taken, lags
    finally:
        stop.set()
        thread.join()


def test_batches_of_a_clock_years_off_are_spread_over_their_own_stamps() -> None:
    with server() as made, reading(made) as sink, sending(made, batch=40, off=-3e8) as (taken, lags):
        sink.until(lambda: sink.count() >= 120)
        values, stamps = sink.values(), sink.stamps()
        steps = np.diff(stamps)
        assert np.allclose(steps, 0.02, atol=0.02)
        assert np.median(steps) == pytest.approx(0.02, abs=1e-3)
        # each sample, known by its number, stands at its time
        numbers = np.round(values[:, 0] * 9.80665 / 0.001).astype(int)
        late = stamps - np.array(taken)[numbers]
        assert np.abs(late).max() < 0.5 + max(lags)  # and not years
        assert np.allclose(values[:, 2], 1.0, atol=1e-4)
        assert np.allclose(values[:, 4], np.degrees(0.001 * numbers), atol=1e-3)


@pytest.mark.parametrize("step", [-5.0, 3600.0])
def test_a_phone_whose_clock_is_set_is_followed(step: float) -> None:
    with server() as made, reading(made) as sink, sending(made, batch=5, step=step) as (taken, lags):
        sink.until(lambda: bool(taken) and sink.count() > 0 and _newest(sink) >= 150, 30.0)
        numbers = np.round(sink.values()[:, 0] * 9.80665 / 0.001).astype(int)
        late = sink.stamps() - np.array(taken)[numbers]
        assert np.abs(late[numbers >= 140]).max() < 0.5 + max(lags)


def _newest(sink: Collector) -> int:
    return round(float(sink.values()[-1, 0]) * 9.80665 / 0.001)


def test_acceleration_without_gravity_is_refused_with_what_to_do() -> None:
    with server() as made:
        payload = [item("accelerometer", 1.0 + k / 50, xyz((0.0, 0.0, 0.1))) for k in range(50)]
        payload += [item("gyroscope", 1.0 + k / 50, xyz((0.0, 0.0, 0.1))) for k in range(50)]
        with reading(made) as sink:
            number = 0

            def refused() -> bool:
                nonlocal number
                push(made, message(payload, number))
                number += 1
                return sink.seen(StreamState.REFUSED)

            sink.until(refused)
            assert "has no gravity" in sink.note(StreamState.REFUSED)


def test_a_refused_phone_that_comes_back_set_up_right_is_taken() -> None:
    with server() as made, reading(made) as sink:
        number = 0

        def pushed(state: StreamState, scale: float, after: int = 0) -> bool:
            nonlocal number
            times = [time.monotonic() + k / 50 for k in range(5)]
            payload = [item("gyroscope", t, xyz((0.0, 0.001 * k, 0.0))) for k, t in enumerate(times, number)]
            down = [xyz((0.001 * k, 0.0, scale)) for k in range(number, number + 5)]
            payload += [item("totalacceleration", t, a) for t, a in zip(times, down, strict=True)]
            push(made, message(payload, number))
            number += 5
            time.sleep(0.1)  # the pace of the phone: its stamps are of now
            return sink.seen(state, after)

        sink.until(lambda: pushed(StreamState.REFUSED, 1.0))
        assert "--imu-unit g" in sink.note(StreamState.REFUSED)
        before = len(sink.states)
        made.phones.all()[0].connected = False
        sink.until(lambda: sink.seen(StreamState.RESOLVING, before))
        sink.until(lambda: pushed(StreamState.LIVE, 9.80665, before))
