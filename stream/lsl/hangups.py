"""Ends of connections, told as they come (Linux): one thread sleeps until a peer of any has hung up."""

import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

WATCHES: Final = hasattr(select, "epoll")
"""Whether this system can tell."""


class Hangups:
    """Descriptors of connections, and who is to be told."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # what is collected while it is held may forget
        self._told: dict[int, Callable[[], None]] = {}
        self._watched = select.epoll()
        self._thread = threading.Thread(target=self._run, name="lsl-hangups", daemon=True)
        self._thread.start()

    def watch(self, descriptor: int, tell: Callable[[], None]) -> None:
        """Call `tell` once the peer has hung up, from the thread of this; it has to be quick."""
        with self._lock:
            self._told[descriptor] = tell
            self._watched.register(descriptor, select.EPOLLRDHUP | select.EPOLLONESHOT)

    def forget(self, descriptor: int) -> None:
        """Tell nobody, from now on; to be called before it is closed."""
        with self._lock:
            if self._told.pop(descriptor, None) is not None:
                with suppress(OSError):  # it is over
                    self._watched.unregister(descriptor)

    def _run(self) -> None:
        while True:
            for descriptor, _ in self._watched.poll():
                with self._lock:
                    tell = self._told.get(descriptor)
                if tell is not None:
                    tell()
                del tell  # it knows a connection


_guard = threading.Lock()
_shared: dict[int, Hangups] = {}
"""The one of this process."""


def hangups() -> Hangups:
    """The one that all connections of this process share; only where this system `WATCHES`."""
    with _guard:
        if os.getpid() not in _shared:
            _shared[os.getpid()] = Hangups()
        return _shared[os.getpid()]
