"""What is used of liblsl to read one stream, so that tests can put a script in its place."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pylsl
from pylsl.lib import lib as _liblsl

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


# Each call through `pylsl` gives up the interpreter's lock and has to wait for it again, up to a switch
# interval where others compute: right for what waits, and a loss for what answers within a microsecond.
_brief = ctypes.PyDLL(_liblsl._name)
_brief.lsl_samples_available.argtypes = [ctypes.c_void_p]
_brief.lsl_samples_available.restype = ctypes.c_uint32
_brief.lsl_local_clock.restype = ctypes.c_double


def now() -> float:
    """Local LSL time, s: `pylsl.local_clock`, without giving up the interpreter's lock."""
    return float(_brief.lsl_local_clock())


class LslInlet(pylsl.StreamInlet):  # type: ignore[misc]
    """One of liblsl's, whose pull is made for samples that come one by one, as most do."""

    def pull_chunk(
        self, timeout: float = 0.0, max_samples: int = 1024, *, min_samples: int = 1, as_numpy: bool = True
    ) -> tuple[Any, Any]:
        """The first sample, waited for up to `timeout` s, and what else is there, `max_samples` at most.

        As pylsl's with min_samples=1 and as_numpy=True, at a third of its cost: that one calls twice, and
        makes room for `max_samples` each time.
        """
        sample, stamp = self.pull_sample(timeout)
        if sample is None:
            return np.empty((0, self.channel_count), self.np_dtype), np.empty(0)
        first, stamps = sample.reshape(1, -1), np.array([stamp])
        if max_samples > 1 and _brief.lsl_samples_available(self.obj):
            try:
                more, later = super().pull_chunk(0.0, max_samples - 1, as_numpy=True)
            except RuntimeError:  # lost, as the next pull will say; what came before is not
                return first, stamps
            return np.concatenate((first, more)), np.concatenate((stamps, later))
        return first, stamps


def open_inlet(info: pylsl.StreamInfo) -> Inlet:
    """One of liblsl's."""
    return LslInlet(info, max_buflen=BUFFER, recover=False, processing_flags=0, as_numpy=True)


@dataclass(frozen=True, slots=True)
class Lsl:
    """Where inlets and time come from."""

    inlet: Callable[[pylsl.StreamInfo], Inlet] = open_inlet
    now: Callable[[], float] = now
    """Local LSL time, s."""
