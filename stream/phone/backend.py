"""`phone:[[HOST:]PORT][/NAME]`: phones that send to our own server, by our page or by Sensor Logger.

The server starts when the source is looked for first, and serves until the process ends: several wearers may
name phones of one.
"""

import threading
import time
from collections.abc import Sequence
from typing import Final

from ..intake.backend import Clock, Found, Inlet, SourceBackend
from .address import Listen, parse_listen
from .inlet import PhoneInlet, found
from .server import PhoneServer

_LOOK: Final = 0.05
"""s between two looks for a phone."""
_servers: dict[Listen, PhoneServer] = {}
_lock = threading.Lock()


class PhoneBackend(SourceBackend):
    """Registered as `phone` in the entry points `hnhar.sources`."""

    def check(self, address: str) -> None:
        """See `SourceBackend`."""
        parse_listen(address)

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        """See `SourceBackend`; the reason of nothing is where a phone has to go."""
        listen, name = parse_listen(address)
        server = serving(listen)
        until = time.monotonic() + timeout
        while not (streams := found(server.phones.there(), name)):
            if time.monotonic() > until:
                raise OSError(_absent(server, name))
            time.sleep(_LOOK)
        return streams

    def inlet(self, found: Found, now: Clock) -> Inlet:
        """See `SourceBackend`."""
        return PhoneInlet(found, now)


def serving(listen: Listen) -> PhoneServer:
    """The server that listens there, started where it was not. Raises OSError and HnharError."""
    with _lock:
        server = _servers.get(listen)
        if server is None:
            server = PhoneServer(listen)
            server.start()
            _servers[listen] = server
        return server


def stop_serving() -> None:
    """End every server of this process."""
    with _lock:
        for server in _servers.values():
            server.stop()
        _servers.clear()


def _absent(server: PhoneServer, name: str) -> str:
    others = [phone.identity.name for phone in server.phones.there()]
    sends = f"; {', '.join(others)} sends" if others else ""
    refused = "; ".join(f"{count} refused: {reason}" for reason, count in server.phones.refused.items())
    who = f"no phone called '{name}' sends" if name else "no phone sends"
    return (
        f"{who}{sends} yet. In its browser: {server.addresses.page} ; Sensor Logger pushes to "
        f"{server.addresses.push}{f' ; {refused}' if refused else ''}"
    )
