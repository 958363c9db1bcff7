"""Notices to systemd of a service: that it is ready, still makes progress, and is stopping.

The protocol of sd_notify(3): a datagram of `KEY=value` lines to the socket that NOTIFY_SOCKET names. Where
the variable is not set, nothing is sent.
"""

import logging
import os
import socket
from collections.abc import Mapping
from typing import Final

from hnhar.model.errors import ConfigError

_log = logging.getLogger(__name__)
_READY: Final = "READY=1"


class Notifier:
    """Tells systemd of this process; from one thread."""

    def __init__(self, environment: Mapping[str, str] | None = None, pid: int | None = None) -> None:
        """Raises ConfigError where NOTIFY_SOCKET or WATCHDOG_USEC are set to what systemd never sets."""
        environment = os.environ if environment is None else environment
        self._socket: socket.socket | None = None
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.interval = _interval(environment, os.getpid() if pid is None else pid)
        """s between two signs of life; None where no watchdog waits for them."""
        self._progress: int | None = None
        self._due = 0.0
        if not self._address:
            return
        if self._address[0] not in "/@":
            raise ConfigError(f"NOTIFY_SOCKET is {self._address!r}, neither a path nor an abstract socket.")
        if self._address[0] == "@":
            self._address = "\0" + self._address[1:]
        if not hasattr(socket, "AF_UNIX"):
            raise ConfigError("NOTIFY_SOCKET is set, and this system has no such sockets: unset it.")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ready(self, status: str = "") -> None:
        """The service has begun its work."""
        self._send(_READY, *([f"STATUS={' '.join(status.split())}"] if status else []))

    def alive(self, progress: int, now: float) -> None:
        """Say so every half of the watchdog's time, if `progress` is another number than the last time.

        `now`: a monotonic clock, s. To be called more often than that.
        """
        if self.interval is None or now < self._due or progress == self._progress:
            return
        self._progress, self._due = progress, now + self.interval
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service has begun to end."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *lines: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:  # a full or vanished socket must not end recognition
            _log.warning("systemd could not be told %s: %s", lines[0], error.strerror or error)


def _interval(environment: Mapping[str, str], pid: int) -> float | None:
    """Half of WATCHDOG_USEC, in s; None where it is not set or meant for another process."""
    text, owner = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not text or (owner and owner != str(pid)):
        return None
    if not text.isascii() or not text.isdigit() or int(text[:20]) == 0:
        raise ConfigError(f"WATCHDOG_USEC is {text[:40]!r}, not a number of microseconds.")
    return int(text[:20]) / 2e6
