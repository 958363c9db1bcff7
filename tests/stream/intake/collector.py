"""A sink that keeps everything and can be waited on."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.messages import Chunk, Feed, StreamDescription, StreamState


@dataclass
class Collector:
    """What one source gave."""

    chunks: list[tuple[Feed, Chunk, float]] = field(default_factory=list)
    states: list[tuple[str, StreamState, str]] = field(default_factory=list)
    descriptions: list[StreamDescription | None] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        with self.changed:
            self.chunks.append((feed, chunk, arrived))
            self.changed.notify_all()

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        with self.changed:
            self.states.append((feed, state, note))
            self.descriptions.append(description)
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool], timeout: float = 60.0) -> None:
        """Wait for `condition`; fail with what was seen where it does not come true in time."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    seen = "\n".join(map(str, self.states))
                    raise AssertionError(f"not in {timeout} s; {self.count()} samples; states:\n{seen}")

    def count(self, feed: str | None = None) -> int:
        return sum(len(c.timestamps) for f, c, _ in self.chunks if feed in (None, f.name))

    def values(self, feed: str = "imu") -> NDArray[np.float32]:
        return np.concatenate([c.samples for f, c, _ in self.chunks if f.name == feed])

    def stamps(self, feed: str = "imu") -> NDArray[np.float64]:
        return np.concatenate([c.timestamps for f, c, _ in self.chunks if f.name == feed])

    def seen(self, state: StreamState, after: int = 0) -> bool:
        return any(s is state for _, s, _ in self.states[after:])

    def note(self, state: StreamState) -> str:
        return next(note for _, s, note in reversed(self.states) if s is state)
