"""liblsl sleeps until so many samples are there as are awaited, and a sender that hangs up is told of."""

import array
import fcntl
import gc
import os
import subprocess
import sys
import termios
import threading
import time
import uuid
import warnings

import numpy as np
import pylsl
import pytest

from hnhar.stream.intake.backend import Thrifty
from hnhar.stream.lsl.backend import LslBackend
from hnhar.stream.lsl.hangups import WATCHES
from hnhar.stream.lsl.inlet import LslInlet, now

pytestmark = [pytest.mark.lsl, pytest.mark.skipif(not WATCHES, reason="Linux can")]
DEADLINE = 30.0
SENDER = """
import sys, time, pylsl
outlet = pylsl.StreamOutlet(pylsl.StreamInfo(sys.argv[1], "ACC", 3, 50.0, pylsl.cf_float32, sys.argv[1]))
print("there", flush=True)
while True:
    outlet.push_sample([1.0, 2.0, 3.0])
    time.sleep(0.1)
"""


class Stream:
    """An outlet of three channels, and inlets of it."""

    def __init__(self) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.sent = 0
        self.outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(
            pylsl.StreamInfo(name, "ACC", 3, 50.0, pylsl.cf_float32, name)
        )
        self._backend = LslBackend()
        (self._found,) = self._backend.find(f"name={name}", 2.0)

    def inlet(self) -> LslInlet:
        inlet = self._backend.inlet(self._found, now)
        assert isinstance(inlet, LslInlet)
        assert isinstance(inlet, Thrifty)
        inlet.open(5.0)
        assert inlet.gather() == 0
        return inlet

    def send(self, samples: int) -> None:
        assert self.outlet is not None
        for _ in range(samples):
            self.sent += 1
            self.outlet.push_sample([float(self.sent)] * 3, self.sent / 50)


def waiting(inlet: LslInlet) -> int:
    """Bytes that have come, and that liblsl has not taken."""
    assert inlet._wire is not None
    count = array.array("i", [0])
    fcntl.ioctl(inlet._wire.fileno(), termios.FIONREAD, count)
    return count[0]


def gathered(inlet: LslInlet, count: int) -> list[float]:
    while inlet.gather() < count:
        inlet.stand_by(DEADLINE)
    return inlet.take()[0][:, 0].tolist()


def test_samples_wait_until_those_that_are_awaited_are_there() -> None:
    stream = Stream()
    inlet = stream.inlet()
    inlet.wake_at(8)
    stream.send(5)
    while waiting(inlet) < 5 * (9 + 12):
        pass
    assert inlet.gather() == 0
    stream.send(3)
    assert gathered(inlet, 8) == list(range(1, 9))
    stream.send(2)
    while waiting(inlet) < 2 * (9 + 12):
        pass
    inlet.wake_at(1)
    assert gathered(inlet, 2) == [9, 10]
    stream.send(1)
    assert gathered(inlet, 1) == [11]
    inlet.close()


def test_two_inlets_of_one_stream_wait_each_for_its_own() -> None:
    stream = Stream()
    first, second = stream.inlet(), stream.inlet()
    first.wake_at(4)
    stream.send(3)
    assert gathered(second, 3) == [1, 2, 3]
    while waiting(first) < 3 * (9 + 12):
        pass
    assert first.gather() == 0
    stream.send(1)
    assert gathered(first, 4) == [1, 2, 3, 4]
    first.close()
    stream.send(1)
    assert gathered(second, 2) == [4, 5]
    second.close()


def test_the_end_of_a_sender_is_told_and_nothing_once_it_is_closed() -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    with subprocess.Popen([sys.executable, "-c", SENDER, name], stdout=subprocess.PIPE) as sender:
        assert sender.stdout is not None
        assert sender.stdout.readline()
        backend = LslBackend()
        (found,) = backend.find(f"name={name}", 20.0)
        inlets, told = [backend.inlet(found, now) for _ in range(3)], [threading.Event() for _ in range(3)]
        for inlet, event in zip(inlets, told, strict=True):
            assert isinstance(inlet, LslInlet)
            inlet.open(5.0)
            assert inlet.tell_end(event.set)
        inlets[0].close()
        inlets[1].wake_at(100)
        sender.kill()
        assert told[1].wait(DEADLINE)
        assert told[2].wait(DEADLINE)
    for inlet in inlets[1:]:
        with pytest.raises(ConnectionError, match="its sender has gone"):  # noqa: PT012
            while True:
                inlet.gather()
                inlet.stand_by(1.0)
        inlet.close()
    assert not told[0].is_set()


def test_an_inlet_that_is_let_go_of_leaves_no_descriptor() -> None:
    stream = Stream()
    stream.inlet().close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        inlet = stream.inlet()
        assert inlet.tell_end(lambda: None)
        del inlet
        gc.collect()
    deadline = time.monotonic() + DEADLINE  # the outlet lets go of its end a moment later
    while len(os.listdir("/proc/self/fd")) > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    stream.send(1)


def test_a_wire_that_the_collector_finds_is_closed_without_a_warning() -> None:
    """Finalizers of a cycle run in any order: that of a socket of its own could be the first, and warn."""
    stream = Stream()
    inlet = stream.inlet()
    wire = inlet._wire
    assert wire is not None
    descriptor, wire.cycle = wire.fileno(), wire  # type: ignore[attr-defined]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        inlet._wire = wire = None
        gc.collect()
    assert not [w for w in said if str(descriptor) in str(w.message)]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    del inlet


def test_one_that_is_not_asked_to_be_thrifty_is_not() -> None:
    stream = Stream()
    inlet = LslInlet(pylsl.resolve_byprop("name", stream._found.description.name, 1, 5.0)[0])
    inlet.open(5.0)
    assert not inlet.tell_end(lambda: None)
    inlet.wake_at(5)
    stream.send(1)
    assert gathered(inlet, 1) == np.array([1.0]).tolist()
