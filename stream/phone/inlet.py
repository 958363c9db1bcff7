"""A phone as a stream that `intake` reads."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..intake.backend import Clock, Found
from ..messages import StreamDescription
from .phones import Phone


def found(phones: Sequence[Phone], wanted: str = "") -> list[Found]:
    """Those whose sensors are known, by name or id where one is `wanted`."""
    made = []
    for phone in phones:
        description = phone.description()
        who = phone.identity
        if description is not None and wanted.lower() in ("", who.name.lower(), who.id.lower()):
            made.append(Found(f"{who.id}/{phone.turn}", description, handle=phone))
    return made


class PhoneInlet:
    """Rows of one phone. Its door runs on whether or not somebody reads."""

    def __init__(self, stream: Found, now: Clock) -> None:
        """`now`: our clock, s."""
        if not isinstance(stream.handle, Phone):
            raise TypeError(f"'{stream.description.name}' is no phone")
        self._phone = stream.handle
        self._turn = self._phone.turn
        self._description = stream.description
        self._now = now

    @property
    def batch(self) -> float:
        """s between two messages of samples; see `intake.backend.Batched`."""
        return self._phone.batch

    def open(self, timeout: float) -> StreamDescription:
        """See `intake.backend.Inlet`."""
        self._phone.clear()
        return self._description

    def pull(self, timeout: float, most: int) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        """See `intake.backend.Inlet`."""
        if self._phone.turn != self._turn:
            raise ConnectionError("it sends other sensors than before")
        rows, stamps = self._phone.rows(timeout, most)
        if not len(stamps) and not self._phone.connected:
            raise ConnectionError("its connection was closed")
        return rows, stamps

    def clock_offset(self, timeout: float) -> float:
        """See `intake.backend.Inlet`: as the phone tells it, or by its shortest delay of late."""
        offset = self._phone.clock.offset
        if offset is None:
            raise TimeoutError("it has sent nothing yet")
        return offset + self._now() - time.monotonic()

    def close(self) -> None:
        """See `intake.backend.Inlet`; nothing is held."""
