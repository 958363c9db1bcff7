"""What is used of liblsl to read one stream, so that tests can put a script in its place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pylsl

BUFFER = 10
"""s of samples that liblsl keeps for us."""


class Inlet(Protocol):
    """As pylsl's, with processing_flags=0 and recover=False: raises its TimeoutError and LostError."""

    def info(self, timeout: float = ...) -> pylsl.StreamInfo:
        """The full description, waited for up to `timeout` s."""

    def open_stream(self, timeout: float = ...) -> None:
        """Connect."""

    def pull_chunk(
        self, timeout: float = ..., max_samples: int = ..., *, min_samples: int = ..., as_numpy: bool = ...
    ) -> tuple[Any, Any]:
        """(n, channels) samples and (n,) stamps by the sender's clock, s."""

    def time_correction(self, timeout: float = ...) -> float:
        """s to add to the sender's stamps."""


def open_inlet(info: pylsl.StreamInfo) -> Inlet:
    """One of liblsl's."""
    inlet: Inlet = pylsl.StreamInlet(info, max_buflen=BUFFER, recover=False, processing_flags=0)
    return inlet


@dataclass(frozen=True, slots=True)
class Lsl:
    """Where inlets and time come from."""

    inlet: Callable[[pylsl.StreamInfo], Inlet] = open_inlet
    now: Callable[[], float] = pylsl.local_clock
    """Local LSL time, s."""
