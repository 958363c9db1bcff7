"""Connections that come and go for days leave nothing behind, not even for the garbage collection."""

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from hnhar.model.kinds.imu import imu
from hnhar.stream.flow.flow import Flow
from hnhar.stream.flow.monitor import FeedMonitor
from hnhar.stream.intake.clock import ClockOffset
from hnhar.stream.intake.connection import Connection
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.messages import StreamState

from .collector import Collector
from .scripted import ScriptedBackend, ScriptedInlet, Sender, World

TIMES = 10


class Leaving(ScriptedInlet):
    """Gives samples for some seconds of the world's time, and is lost."""

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self._left = 200

    def pull(self, timeout: float, most: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ConnectionError("its sender has gone")
        self._sender.world.now += 0.02
        self._sender.advance()
        return super().pull(timeout, most)


KINDS = (Connection, ClockOffset, Flow, FeedMonitor, Leaving)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Only what nothing refers to any more goes."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def kept() -> Counter[type]:
    """Objects of `KINDS` that are there."""
    return Counter(kind for o in gc.get_objects() if (kind := type(o)) in KINDS)


@pytest.mark.usefixtures("uncollected")
def test_what_a_lost_connection_used_goes_with_it() -> None:
    world, sink = World(), Collector()
    before = kept()
    reader = SourceReader(
        *("p", imu(), "imu", sink),
        now=lambda: world.now,
        backend=ScriptedBackend(Sender(world), Leaving),
    )
    reader.start()
    try:
        sink.until(lambda: sum(s is StreamState.LIVE for _, s, _ in sink.states) >= TIMES, 60.0)
    finally:
        reader.stop()
    new = kept() - before
    # the last connection may still be named somewhere, those before it nowhere
    assert max(new.values(), default=0) <= 2, new
