"""Protocol of a source backend: it finds the streams that an address names, opens them, and pulls samples.

`intake` does the rest for every backend alike: the states of a stream from resolving to lost, channels and
units, time stamps, quality, and the choice among several streams that match. A backend is found by the entry
points `hnhar.sources` (docs/extending.md); `hnhar.stream.lsl.backend` is the one of LSL.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..messages import StreamDescription

BUFFER: Final = 10
"""s of samples that an inlet keeps for whoever pulls."""
ROOM: Final = 256
"""Samples that an inlet gathers at most."""
Clock = Callable[[], float]
"""Now on the clock that all streams of a run share (local LSL time), s."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stream that is there now, and not opened yet."""

    key: str
    """Tells it from every other stream, also from the same one after its sender was started anew."""
    description: StreamDescription
    """Meta-data known before it is opened: every channel is there, labels and units may still be ""."""
    created: float = 0.0
    """Time of its creation, s on a clock that all streams of the backend share."""
    unusable: str = ""
    """Reason why its samples cannot be read as numbers; "" where they can."""
    handle: object = field(default=None, compare=False)
    """The backend's own."""


class Inlet(Protocol):
    """One stream, opened and read by one thread. Its clock is asked by another meanwhile."""

    def open(self, timeout: float) -> StreamDescription:
        """Connect; the full description.

        Raises TimeoutError where no answer came within `timeout` s, and ConnectionError.
        """

    def pull(self, timeout: float, most: int) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        """(n, channels) samples, and (n,) stamps by the sender's clock, s: the first is waited for up to
        `timeout` s, at most `most` are returned, n is 0 where none came.

        Both arrays are the caller's. Raises ConnectionError where the stream is lost.
        """

    def clock_offset(self, timeout: float) -> float:
        """Offset from the sender's clock to ours, s: added to its stamps. Called from another thread.

        0.0 where samples are stamped by our clock. Raises TimeoutError where the sender does not answer, and
        ConnectionError where it has gone.
        """

    def close(self) -> None:
        """Let go of the stream; called once, by the thread that opened it, after the last pull, also where
        `open` failed."""


@runtime_checkable
class Batched(Protocol):
    """An inlet whose sender gathers samples, and is silent in between."""

    @property
    def batch(self) -> float:
        """s that one batch of late spans: so much longer it may be silent before that is a stall."""


@runtime_checkable
class Polled(Protocol):
    """An inlet that need not be waited for: one thread may look at many of them.

    Only `stand_by` blocks. All are called by another thread than `open` and `close`, never at the same time.
    """

    def gather(self) -> int:
        """Pull what is there, `ROOM` samples at most: the number of those that were pulled and not taken.

        Raises ConnectionError where the stream is lost: what was pulled before can still be taken.
        """

    def stand_by(self, timeout: float) -> None:
        """Wait up to `timeout` s for a sample, which `gather` then finds or has. Raises nothing."""

    def last_stamp(self) -> float:
        """Stamp of the last of them by the sender's clock, s."""

    def take(self) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        """All that was pulled, as `Inlet.pull` gives it."""


@runtime_checkable
class Thrifty(Polled, Protocol):
    """A polled inlet that wakes nobody for samples that are not awaited, and tells of its end."""

    def tell_end(self, tell: Callable[[], None]) -> bool:
        """Call `tell` once the stream seems to be lost, from another thread; False where it cannot tell, and
        has to be looked at for it."""

    def wake_at(self, samples: int) -> None:
        """`gather` need find nothing until there are so many samples more than it found last; 1: each at
        once."""


class SourceBackend(Protocol):
    """One way by which streams come. A reader has one of its own, and calls it from one thread.

    Subclass it: `find_again`, `detailed` and `find_partners` have defaults.
    """

    def check(self, address: str) -> None:
        """Refuse a malformed address before anything is opened. Raises ConfigError."""

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        """All streams that an address names now, waited for up to `timeout` s (about 1; it may not block for
        longer, since a reader that is stopped waits for it).

        Raises OSError where it cannot look now, which is reported and tried again, and SourceError for a
        fault that will not pass.
        """

    def inlet(self, found: Found, now: Clock) -> Inlet:
        """The inlet of a stream, not opened yet; `now`: our clock, for backends that stamp samples by it."""

    def find_again(self, lost: Found, timeout: float, *, within: str | None) -> Sequence[Found]:
        """The stream that was lost, if its sender is back (the same `identity`), waited for up to `timeout`
        s.

        `within`: an address that it has to match as well; None for the second sensor of a device.
        """
        again = self.find(lost.description.name if within is None else within, timeout)
        return [found for found in again if identity(found.description) == identity(lost.description)]

    def detailed(self, found: Sequence[Found]) -> Sequence[Found]:
        """The same streams with all meta-data that can be had without reading them: where several match, or
        a device sends several, their labels and units say what they measure."""
        return found

    def find_partners(self, found: Found, timeout: float) -> Sequence[Found]:
        """Streams that may be the other sensor of an accelerometer's or a gyroscope's device."""
        return ()


def identity(description: StreamDescription) -> tuple[str, ...]:
    """Name, type and source_id of a stream, which stay when its sender is started anew; its host where it has
    no source_id."""
    named = description.name, description.type, description.source_id
    return named if description.source_id else (*named, description.hostname)
