"""A reader looks around at leisure, whatever its backend answers."""

import threading
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.imu import IMU
from hnhar.stream.intake.backend import Clock, Found, Inlet, SourceBackend
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.messages import Chunk, Feed, StreamDescription, StreamState

DEADLINE = 30.0
WATCH = StreamDescription("watch", "IMU", "id", IMU.channels, IMU.units, 50.0)


class Brief:
    """An inlet whose stream is lost after a few samples."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._pulled = 0

    def open(self, timeout: float) -> StreamDescription:
        return WATCH

    def clock_offset(self, timeout: float) -> float:
        return 0.0

    def pull(self, timeout: float, most: int) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        self._pulled += 1
        if self._pulled > 10:
            raise ConnectionError("it has gone")
        time.sleep(0.02)
        return np.full((1, 6), float(self._pulled)), np.array([self._now()])

    def close(self) -> None:
        return


class Twice(SourceBackend):
    """Its stream is there once, and twice when it was lost."""

    def __init__(self) -> None:
        self.looks = 0

    def check(self, address: str) -> None:
        return

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        self.looks += 1
        return (Found("1", WATCH),) if self.looks == 1 else (Found("2", WATCH), Found("3", WATCH))

    def inlet(self, found: Found, now: Clock) -> Inlet:
        return Brief(now)


class Losses:
    """A sink that waits for a loss after samples."""

    def __init__(self) -> None:
        self.delivered = threading.Event()
        self.lost = threading.Event()

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        self.delivered.set()

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        if state is StreamState.LOST and self.delivered.is_set():
            self.lost.set()


def test_a_lost_stream_that_is_there_twice_is_not_looked_for_without_a_pause() -> None:
    backend, sink = Twice(), Losses()
    reader = SourceReader("w", IMU.modality(), "x", sink, now=time.monotonic, backend=backend)
    reader.start()
    try:
        assert sink.lost.wait(DEADLINE)
        begun, before = time.monotonic(), backend.looks
        assert not threading.Event().wait(1.0)
        # looks of 0.2, 0.2 and 0.7 s in turn
        assert backend.looks - before <= 2 + (time.monotonic() - begun) / 0.2
    finally:
        assert reader.stop()
