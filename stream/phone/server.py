"""Our own server, in a thread: the page over https, and Sensor Logger's push over http on the next port."""

import asyncio
import os
import re
import secrets
import socket
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from hnhar.model.errors import ConfigError, SourceError

from .address import Listen
from .packages import demand
from .phones import Phones

CONNECTIONS: Final = 64
"""Connections at once."""
FRAME: Final = 64 << 10
"""bytes of a message of the page."""
PACKAGES: Final = ("starlette", "uvicorn", "websockets", "segno", "cryptography")
STARTS: Final = 10.0
"""s in which it has to start."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
TOKEN: Final = "HNHAR_PHONE_TOKEN"
"""Environment: the token, so that an address that was typed into an app stays right."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a phone finds it, token included."""

    page: str
    """https://…, our page for the browser."""
    push: str
    """http://…, for Sensor Logger."""
    status: str
    """http://127.0.0.1…, for the browser of this machine: QR code and phones."""
    fingerprint: str
    """SHA-256 of the certificate."""


class PhoneServer:
    """Serves from `start` to `stop`."""

    def __init__(self, listen: Listen, *, token: str | None = None, certificate: str | None = None) -> None:
        """`token`: None takes that of the environment, or makes one; `certificate`: folder of one (None: it
        is made for this run).

        Raises ConfigError for a malformed token, MissingExtraError.
        """
        for package in PACKAGES:
            demand(package, "phone")
        self.listen = listen
        self.phones = Phones(time.monotonic)
        self.token = checked_token(token or os.environ.get(TOKEN) or secrets.token_urlsafe(12))
        self.addresses = Addresses("", "", "", "")
        self._certificate = certificate
        self._servers: list[Any] = []
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Bind and serve. Raises OSError where a port is taken, SourceError where it does not start."""
        import uvicorn

        from .certificate import context
        from .connections import protocol
        from .doors import Doors

        hosts = hosts_of(self.listen.host)
        tls, fingerprint = context([*dict.fromkeys([*hosts, "localhost", "127.0.0.1"])], self._certificate)
        secure = bound(self.listen.host, self.listen.port)
        try:
            port = secure.getsockname()[1]
            plain = bound(self.listen.host, self.listen.port and port + 1)
        except OSError:
            secure.close()
            raise
        page, push = _url("https", hosts[0], secure, self.token), _url("http", hosts[0], plain, self.token)
        local = _url("http", "127.0.0.1" if self.listen.open else hosts[0], plain, self.token)
        self.addresses = Addresses(page, f"{push}push", f"{local}status.html", fingerprint)
        application = Doors(self.phones, self.token, lambda: self.addresses.page).application()
        open_of: Counter[str] = Counter()
        for made in (tls, None):
            self._servers.append(uvicorn.Server(_config(application, made, protocol(self.phones, open_of))))
        self._thread = threading.Thread(
            target=self._run, args=([secure, plain],), name="phone-server", daemon=True
        )
        self._thread.start()
        begun = time.monotonic()
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive() or time.monotonic() - begun > STARTS:
                raise SourceError("the server for phones did not start: see the log at level debug.")
            time.sleep(0.01)

    def stop(self) -> None:
        """End; connections are closed."""
        for server in self._servers:
            server.should_exit = server.force_exit = True
        if self._thread is not None:
            self._thread.join(STARTS)
        self._servers, self._thread = [], None

    def _run(self, sockets: list[socket.socket]) -> None:
        async def both() -> None:
            await asyncio.gather(
                *(server.serve([listening]) for server, listening in zip(self._servers, sockets, strict=True))
            )

        try:
            asyncio.run(both())
        finally:
            for listening in sockets:
                listening.close()


def checked_token(token: str) -> str:
    """A token that can stand in an address. Raises ConfigError."""
    if (
        not 8 <= len(token) <= 64
        or not token.replace("-", "").replace("_", "").isalnum()
        or not token.isascii()
    ):
        raise ConfigError("a token for phones has 8 to 64 letters, digits, - or _: choose another one.")
    return token


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise OSError(error.errno, f"port {port} of {host} cannot be used: {error.strerror}") from error
    return made


def hosts_of(host: str) -> list[str]:
    """Names under which others reach what listens on `host`, the likeliest first."""
    if host not in ("0.0.0.0", "::"):
        return [host]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:  # sends nothing: it asks the kernel which of our addresses leads out
            probe.connect(("192.0.2.1" if family == socket.AF_INET else "2001:db8::1", 9))
            found = [str(probe.getsockname()[0])]
        except OSError:
            found = []
    return [*found, socket.gethostname()]


def _url(scheme: str, host: str, listening: socket.socket, token: str) -> str:
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{listening.getsockname()[1]}/{token}/"


def _config(application: Any, tls: ssl.SSLContext | None, http: type[asyncio.Protocol]) -> Any:
    import uvicorn

    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="critical",  # what strangers send fills no log: it is counted
        access_log=False,
        proxy_headers=False,
        lifespan="off",
        http=http,
        ws="websockets-sansio",
        ws_max_size=FRAME,
        ws_per_message_deflate=False,
        ws_ping_interval=5.0,
        ws_ping_timeout=10.0,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=16 << 10,
        server_header=False,
    )
    config.load()
    config.ssl = tls
    return config
