"""The socket by which liblsl receives a stream, and how much has to come before it wakes a thread (Linux).

liblsl's thread is woken by each sample, which costs more than all that it does with one. The system can wait
until so many bytes are there (SO_RCVLOWAT): the thread then takes a hop's samples at once. And it tells when
the sender has hung up, for which nobody has to look then. Nothing is read from the socket here.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pylsl

from ..mapping.description import parsed
from .describe import xml_of
from .hangups import WATCHES, hangups

FRAME: Final = 9
"""Bytes of a sample before its values: a tag, and a stamp, which some senders leave out."""
MOST: Final = 8192
"""Bytes that are waited for, at most."""
WAIT: Final = 0.2
"""s for others that connect to the same port, as devices of one kind have: they are told apart by when."""

_OPEN: Final = "/proc/self/fd"
_guard = threading.Lock()
_ports: dict[int, threading.Lock] = {}


class Wire(socket.socket):
    """The connection of one inlet. It lives until this is closed, though liblsl may be done with it."""

    def __init__(self, descriptor: int, sample: int) -> None:
        """`descriptor`: a copy of liblsl's, which is this one's from now on; `sample`: bytes of one sample's
        values."""
        super().__init__(fileno=descriptor)
        self._sample = FRAME + sample
        self._least = 1
        self._told = False

    def tell_end(self, tell: Callable[[], None]) -> None:
        """Call `tell` once the sender has hung up, from another thread; liblsl sees it at about that time."""
        self._told = True
        hangups().watch(self.fileno(), tell)

    def wake_at(self, samples: int) -> None:
        """Wake nobody until so many more samples are there; 1: at each."""
        least = min(samples * self._sample, MOST) if samples > 1 else 1
        if least != self._least:
            self._least = least
            with suppress(OSError):  # it is over
                self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)

    def close(self) -> None:
        """Leave the connection to liblsl."""
        if self.fileno() >= 0:
            self.wake_at(1)
            if self._told:
                hangups().forget(self.fileno())
            super().close()

    def __del__(self) -> None:
        if hasattr(self, "_told"):  # it was made
            self.close()


def connected(connect: Callable[[], None], info: pylsl.StreamInfo, sample: int) -> Wire | None:
    """The wire that `connect` makes, which connects an inlet to the stream `info`, with samples of `sample`
    bytes; None where it cannot be told. Raises what `connect` raises."""
    ports = _ports_of(info) if WATCHES else set()
    with _guard:
        lock = _ports.setdefault(min(ports, default=0), threading.Lock())
    alone = bool(ports) and lock.acquire(timeout=WAIT)
    try:
        before = _sockets() if alone else {}
        connect()
        new = [(name, fd) for name, fd in _sockets().items() if name not in before] if alone else []
        made = [(name, fd) for name, fd in new if _reaches(fd, ports)]
        if len(made) == 1:
            with suppress(OSError):  # it is over
                return _copied(*made[0], sample)
    finally:
        if alone:
            lock.release()
    return None


def _ports_of(info: pylsl.StreamInfo) -> set[int]:
    """Ports from which a resolved stream's samples may come."""
    root = parsed(xml_of(info))
    found = [root.findtext(f"{version}data_port") for version in ("v4", "v6")] if root is not None else []
    return {int(port) for port in found if port and port.isdecimal() and int(port)}


def _copied(name: str, descriptor: int, sample: int) -> Wire | None:
    """The wire of the socket of that name; None where its descriptor is another's by now."""
    wire = Wire(os.dup(descriptor), sample)
    if os.readlink(f"{_OPEN}/{wire.fileno()}") == name:
        return wire
    wire.close()
    return None


def _sockets() -> dict[str, int]:
    """Names by the system, and descriptors, of all sockets of this process; none where it does not tell."""
    found = {}
    with suppress(OSError):
        for descriptor in os.listdir(_OPEN):
            with suppress(OSError):  # it was closed
                name = os.readlink(f"{_OPEN}/{descriptor}")
                if name.startswith("socket:"):
                    found[name] = int(descriptor)
    return found


def _reaches(descriptor: int, ports: set[int]) -> bool:
    """True if it is a TCP socket that is connected to one of the ports."""
    try:
        looked = socket.socket(fileno=descriptor)
        try:
            return looked.type == socket.SOCK_STREAM and looked.getpeername()[1] in ports
        finally:
            looked.detach()  # it is not ours
    except OSError:  # it was closed, or is not connected
        return False
