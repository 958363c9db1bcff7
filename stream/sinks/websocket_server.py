"""HTTP and websocket server in a thread of its own, for what a browser may reach."""

import asyncio
import errno
import importlib.util
import logging
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hnhar.model.errors import MissingExtraError, PublishError

from ..publish.addresses import Address, holder

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

_log = logging.getLogger(__name__)

LARGEST: Final = 4096
"""bytes of a message from a client of a websocket."""
MOST_CONNECTIONS: Final = 128
IMPATIENCE: Final = 10.0
"""s for the first request of a connection."""
_STARTUP: Final = 10.0
_SHUTDOWN: Final = 3.0
_EXTRA: Final = ("starlette", "uvicorn", "websockets")


def check_extra(what: str) -> None:
    """Raise MissingExtraError where a package of the extra is not installed; `what` asks for it."""
    for package in _EXTRA:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "page", what)


class BrowserServer:
    """A Starlette application on one address, until `close`."""

    def __init__(
        self,
        address: Address,
        app: "ASGIApp",
        what: str,
        *,
        largest: int = LARGEST,
        begun: Callable[[asyncio.AbstractEventLoop], None] | None = None,
    ) -> None:
        """Listen at once; `what`: words for an address that cannot be had, "the websocket"; `begun` is called
        in the server's thread, with its event loop.

        Raises PublishError where the address is taken, or none of this machine.
        """
        self._what = what
        self._listening = _listening(address, what)
        self.port = int(self._listening.getsockname()[1])
        host = f"[{address.host}]" if ":" in address.host else address.host
        self.netloc = f"{host}:{self.port}"
        """HOST:PORT, with the port that was given for 0."""
        self._server = _uvicorn(app, largest)
        self._begun = begun
        self._ready = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)
        self._thread.start()
        if not self._ready.wait(_STARTUP) or self._fault is not None:
            self._listening.close()
            raise PublishError(
                f"{what} cannot be served on {self.netloc}: {self._fault or 'it did not begin'}."
            )

    def close(self) -> None:
        """End it: connections are closed, for at most 3 s."""
        self._server.should_exit = True
        self._thread.join(_SHUTDOWN)
        if self._thread.is_alive():
            self._server.force_exit = True
            _log.warning("%s did not end in time and was left behind", self._what)
        self._listening.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # SystemExit too: else nobody would learn of it
            self._fault = error
            _log.error("%s broke off: %r; recognition goes on", self._what, error)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        if self._begun is not None:
            self._begun(asyncio.get_running_loop())
        self._ready.set()
        await self._server.serve([self._listening])


def _listening(address: Address, what: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((address.host, address.port))
        made.listen(64)
    except (OSError, UnicodeError) as error:
        made.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        who = f", by {found}" if taken and (found := holder(address.port)) else ""
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise PublishError(
            f"{what} cannot be served on {address.host}:{address.port}: {reason}{who}. "
            "Give another port, or 0 for a free one."
        ) from error
    made.setblocking(False)
    return made


def _uvicorn(app: "ASGIApp", largest: int) -> "uvicorn.Server":
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        """Hangs up on a connection that asks for nothing, such as one of many that are only held open."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.loop.call_later(IMPATIENCE, self._give_up)

        def _give_up(self) -> None:
            asked = self.cycle is not None or self.transport.get_protocol() is not self
            if not asked and not self.transport.is_closing():
                self.transport.close()

    config = uvicorn.Config(
        app,
        http=Impatient,
        ws="websockets-sansio",
        ws_max_size=largest,
        ws_per_message_deflate=False,
        ws_ping_interval=10.0,
        ws_ping_timeout=10.0,
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=16 * 1024,
    )
    return uvicorn.Server(config)
