"""One look around the network for all that look at the same time: it costs the same for one and for many."""

import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pylsl
from pylsl.lib import lib as _pylsl

_liblsl = ctypes.CDLL(_pylsl._name)
_liblsl.lsl_stream_info_matches_query.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
_liblsl.lsl_stream_info_matches_query.restype = ctypes.c_int32

MANY: Final = 4
"""Threads that look at once, from which on they look together."""


class Lookout:
    """Any number of threads look through it; of those that ask meanwhile, one makes the next look for all."""

    def __init__(self, look: Callable[[], Sequence[pylsl.StreamInfo]]) -> None:
        """`look` finds all streams that are there."""
        self._look = look
        self._changed = threading.Condition()
        self._asking = 0
        self._begun = self._done = 0
        """Number of the last look that was begun, and of the last that is over."""
        self._found: Sequence[pylsl.StreamInfo] = ()

    @contextmanager
    def asking(self) -> Iterator[bool]:
        """This thread looks: True if so many others do that it should do so together with them."""
        with self._changed:
            self._asking += 1
            many = self._asking >= MANY
        try:
            yield many
        finally:
            with self._changed:
                self._asking -= 1

    def around(self) -> Sequence[pylsl.StreamInfo]:
        """All streams, by a look that begins after this was called."""
        with self._changed:
            wanted = self._begun + 1
            while self._done < wanted and self._begun > self._done:
                self._changed.wait()
            if self._done >= wanted:
                return self._found
            self._begun += 1
        found: Sequence[pylsl.StreamInfo] = ()
        try:
            found = self._look()
        finally:
            with self._changed:
                self._found, self._done = found, self._begun
                self._changed.notify_all()
        return found


def matches(info: pylsl.StreamInfo, predicate: str) -> bool:
    """True if an XPath predicate holds of a stream that was found, as the stream itself would say."""
    return bool(_liblsl.lsl_stream_info_matches_query(info.obj, predicate.encode()))
