"""Sink of one source's samples and state changes."""

from typing import Protocol

from ..messages import Chunk, Feed, StreamDescription, StreamState


class FeedSink(Protocol):
    """Takes what one source of one wearer gives. Called from the reader's threads: must be quick and
    thread-safe."""

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """New samples; stamps increase strictly between one `state(... LIVE ...)` and the next. `arrived`:
        by our clock, s."""

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """A feed changed its state. WARMUP means that what comes next does not continue what came before.

        `feed` is the modality's name until it is known whether one stream or two supply it ("imu.acc",
        "imu.gyro").
        """
