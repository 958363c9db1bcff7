"""A supervised reader of one IMU, and a sink that keeps when what came of it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from hnhar.model.kinds.imu import imu
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.lsl.inlet import now
from hnhar.stream.messages import Chunk, Feed, StreamDescription, StreamState


@dataclass(eq=False)
class Seen:
    """A sink that keeps when what came (monotonic s), and can be waited on."""

    samples_: list[tuple[float, float, Chunk]] = field(default_factory=list)
    """(when, arrived by LSL's clock, chunk)."""
    states: list[tuple[float, StreamState, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `flow.feed_sink.FeedSink`."""
        with self.changed:
            self.samples_.append((time.monotonic(), arrived, chunk))
            self.changed.notify_all()

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `flow.feed_sink.FeedSink`."""
        with self.changed:
            self.states.append((time.monotonic(), state, note))
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool], timeout: float = 30.0) -> bool:
        """True if it came true in time."""
        with self.changed:
            return self.changed.wait_for(condition, timeout)

    def after(self, state: StreamState, since: float, timeout: float = 30.0) -> float:
        """s from `since` until a state was entered; infinite where it was not."""
        self.until(lambda: any(s is state and at >= since for at, s, _ in self.states), timeout)
        return min((at - since for at, s, _ in self.states if s is state and at >= since), default=np.inf)

    def sample_after(self, since: float, timeout: float = 30.0) -> float:
        """s from `since` until a sample was handed on."""
        self.until(lambda: bool(self.samples_) and self.samples_[-1][0] >= since, timeout)
        return min((at - since for at, *_ in self.samples_ if at >= since), default=np.inf)

    def flowing(self, count: int = 20) -> None:
        """Wait for a stream to be read."""
        if not self.until(lambda: len(self.samples_) >= count):
            raise SystemExit(f"no samples: {self.states[-3:]}")


@contextmanager
def reading(name: str) -> Iterator[tuple[Seen, SourceReader]]:
    """A supervised reader of one IMU."""
    seen = Seen()
    # as in a run, whose windows come each 0.25 s: what ends none is looked at seldom
    reader = SourceReader("p", imu(), name, seen, now=now, placement="right wrist", hop=0.25)
    reader.start()
    try:
        yield seen, reader
    finally:
        reader.stop()
