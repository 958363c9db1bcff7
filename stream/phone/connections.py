"""Connections to our server that send nothing, or are too many of one host, are closed."""

import asyncio
from collections import Counter
from typing import Any, Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .phones import Phones

FIRST: Final = 10.0
"""s in which a request has to be complete but for its body."""
EACH: Final = 16
"""Connections of one host at once: a browser opens six."""


def protocol(phones: Phones, open_of: Counter[str]) -> type[asyncio.Protocol]:
    """HTTP of uvicorn with these limits. `open_of`: host -> its connections, of all servers together."""

    class DoorProtocol(H11Protocol):
        host = ""
        counted = False

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """See `asyncio.Protocol`."""
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            self.host = str(peer[0]) if peer else "?"
            open_of[self.host] += 1
            self.counted = True
            if open_of[self.host] > EACH:
                phones.refuse("too many connections of one host")
                transport.abort()
            else:
                self.loop.call_later(FIRST, self.expire)

        def connection_lost(self, exc: Exception | None) -> None:
            """See `asyncio.Protocol`."""
            self.leave()
            super().connection_lost(exc)

        def handle_websocket_upgrade(self, event: h11.Request) -> None:
            """See uvicorn: another protocol takes over, which is bounded by the number of phones."""
            self.leave()
            super().handle_websocket_upgrade(event)

        def leave(self) -> None:
            """It is no connection of its host any longer."""
            if self.counted:
                self.counted = False
                open_of[self.host] -= 1
                if not open_of[self.host]:
                    del open_of[self.host]

        def expire(self) -> None:
            """Close it where no request has come; one that became a websocket has another protocol."""
            transport = self.transport
            if self.cycle is None and not transport.is_closing() and transport.get_protocol() is self:
                phones.refuse("a connection that asked for nothing")
                transport.abort()

    made: Any = DoorProtocol
    return cast("type[asyncio.Protocol]", made)
