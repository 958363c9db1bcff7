"""Inlets of liblsl as `intake` reads them, and its clock.

Made with processing_flags=0 (time is ours: `flow.stamps`, `intake.clock`) and recover=False (so is
recovery: `intake.reader`).
"""

import ctypes
import math
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import pylsl
from numpy.typing import NDArray
from pylsl.lib import lib as _liblsl

from ..intake.backend import BUFFER, ROOM
from ..messages import StreamDescription
from .describe import describe
from .errors import lsl_errors, translated
from .wire import Wire, connected

# Each call through `pylsl` gives up the interpreter's lock and has to wait for it again, up to a switch
# interval where others compute: right for what waits, and a loss for what answers within a microsecond.
_brief = ctypes.PyDLL(_liblsl._name)
_brief.lsl_samples_available.argtypes = [ctypes.c_void_p]
_brief.lsl_samples_available.restype = ctypes.c_uint32
_brief.lsl_local_clock.restype = ctypes.c_double
_LETTERS: Final = {
    np.float32: "f",
    np.float64: "d",
    np.int64: "l",
    np.int32: "i",
    np.int16: "s",
    np.int8: "c",
}


def _chunks(library: ctypes.CDLL) -> dict[Any, Any]:
    """Type of samples -> the function that pulls them; with a timeout of 0 it waits for nothing."""
    found: dict[Any, Any] = {
        kind: getattr(library, f"lsl_pull_chunk_{letter}") for kind, letter in _LETTERS.items()
    }
    for pull in found.values():
        pull.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_ulong] * 2 + [ctypes.c_double, ctypes.c_void_p]
        pull.restype = ctypes.c_ulong
    return found


_AT_ONCE: Final = _chunks(_brief)
_clock = ctypes.CDLL(_liblsl._name)
_clock.lsl_time_correction_ex.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_double, ctypes.c_void_p]
_clock.lsl_time_correction_ex.restype = ctypes.c_double
_WAITING: Final = _chunks(_clock)


def now() -> float:
    """Local LSL time, s: `pylsl.local_clock`, without giving up the interpreter's lock."""
    return float(_brief.lsl_local_clock())


def certain(offset: float, error: float, *, here: bool) -> float:
    """A measured offset, s; on our own host (`here`), whose clock is one, 0 where the exchange that it was
    measured by took so long (`error`, s there and back) that it may come of that alone."""
    return 0.0 if here and abs(offset) <= error / 2 else offset


class LslInlet(pylsl.StreamInlet):  # type: ignore[misc]
    """One of liblsl's, whose pull is made for samples that come one by one, as most do.

    liblsl destroys it as it is let go of, which the thread that pulled does.
    """

    def __init__(self, info: pylsl.StreamInfo, *, buffer: int = BUFFER, wired: bool = False) -> None:
        """`buffer`: s of samples that liblsl keeps; `wired`: it is to be `Thrifty`, where the system can."""
        super().__init__(info, max_buflen=buffer, recover=False, processing_flags=0, as_numpy=True)
        self._resolved = info if wired else None
        self._wire: Wire | None = None
        self._here = False
        """The sender is on this host."""
        self._count = 0
        """Samples that were gathered."""
        self._asked = -math.inf
        """Time by the sender's clock at which that was measured, s."""

    def open(self, timeout: float) -> StreamDescription:
        """See `intake.backend.Inlet`."""
        with lsl_errors():
            # Full information first: a pull before it was seen to hang.
            description = describe(self.info(timeout))
            self._here = description.hostname == socket.gethostname()
            connect = partial(self.open_stream, timeout)
            self._samples = np.empty((ROOM, self.channel_count), self.np_dtype)
            self._row = self._samples.strides[0]
            if self._resolved is None:
                connect()
            else:
                self._wire = connected(connect, self._resolved, self._row)
        self._stamps = np.empty(ROOM)
        self._begin, self._stamped = self._samples.ctypes.data, self._stamps.ctypes.data
        self._at_once, self._waiting = _AT_ONCE[self.np_dtype], _WAITING[self.np_dtype]
        self._code = ctypes.c_int()
        self._coded = ctypes.addressof(self._code)
        return description

    def tell_end(self, tell: Callable[[], None]) -> bool:
        """See `intake.backend.Thrifty`."""
        if self._wire is not None:
            self._wire.tell_end(tell)
        return self._wire is not None

    def wake_at(self, samples: int) -> None:
        """See `intake.backend.Thrifty`."""
        if self._wire is not None:
            self._wire.wake_at(samples)

    def gather(self) -> int:
        """See `intake.backend.Polled`: one call that copies each sample to where it stays."""
        self._fill(self._at_once, ROOM - self._count, 0.0)
        if self._code.value:
            try:
                pylsl.util.handle_error(self._code)
            except RuntimeError as error:
                raise translated(error) from error
        return self._count

    def stand_by(self, timeout: float) -> None:
        """See `intake.backend.Polled`; a loss is raised by what is called next."""
        if self._count < ROOM:
            self._fill(self._waiting, 1, timeout)

    def _fill(self, chunk: Any, room: int, timeout: float) -> None:
        """Pull `room` samples at most, behind those that were gathered."""
        count = self._count
        values = chunk(
            *(self.obj, self._begin + count * self._row, self._stamped + 8 * count),
            *(room * self.channel_count, room, timeout, self._coded),
        )
        self._count = count + int(values) // self.channel_count

    def last_stamp(self) -> float:
        """See `intake.backend.Polled`."""
        return float(self._stamps[self._count - 1])

    def take(self) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """See `intake.backend.Polled`."""
        count, self._count = self._count, 0
        return self._samples[:count].copy(), self._stamps[:count].copy()

    def pull(self, timeout: float, most: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """See `intake.backend.Inlet`.

        As pylsl's `pull_chunk` with min_samples=1 and as_numpy=True, at a third of its cost: that one calls
        twice, and makes room for `most` samples each time.
        """
        try:
            sample, stamp = self.pull_sample(timeout)
        except RuntimeError as error:  # all of pylsl's
            raise translated(error) from error
        if sample is None:
            return np.empty((0, self.channel_count), self.np_dtype), np.empty(0)
        first, stamps = sample.reshape(1, -1), np.array([stamp])
        if most > 1 and _brief.lsl_samples_available(self.obj):
            try:
                more, later = self.pull_chunk(0.0, most - 1, as_numpy=True)
            except RuntimeError:  # lost, as the next pull will say; what came before is not
                return first, stamps
            return np.concatenate((first, more)), np.concatenate((stamps, later))
        return first, stamps

    def clock_offset(self, timeout: float) -> float:
        """See `intake.backend.Inlet`.

        liblsl tells its last estimate for ever, also where the sender answers no more: one that it has not
        renewed since the last call is no answer.
        """
        code, asked, error = ctypes.c_int(), ctypes.c_double(), ctypes.c_double()
        measured = (ctypes.byref(asked), ctypes.byref(error), timeout, ctypes.byref(code))
        offset = float(_clock.lsl_time_correction_ex(self.obj, *measured))
        with lsl_errors():
            pylsl.util.handle_error(code)
        if asked.value == self._asked:
            raise TimeoutError("its clock was not measured anew")
        self._asked = asked.value
        return certain(offset, error.value, here=self._here)

    def close(self) -> None:
        """Let go of the socket; see above."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
