"""Authentication of each connection by its CURVE key: a ZAP handler (ZeroMQ RFC 27) in its thread.

Written here because pyzmq's lets everyone in once it has stopped. A socket that is made ready by `protect`
insists on an answer: without one, for whatever reason, nobody new gets in.
"""

import contextlib
import logging
import threading
import time
from pathlib import Path
from typing import Final

import zmq
from zmq.utils import z85

from hnhar.model.errors import ConfigError

from .keys import PublisherKeys, SubscriberKeys, allowed

DOMAIN: Final = b"hnhar"
_ENDPOINT: Final = "inproc://zeromq.zap.01"
_LOOK: Final = 1000
"""ms after which the list is read again, for those that are connected."""
_QUIET: Final = 10.0
"""s between two lines on refusals: a client that tries for ever shall not fill the log."""

_log = logging.getLogger(__name__)


class Authenticator:
    """Answers for one context. A revocation needs no restart: the list is read for each new connection, and
    each second for those that exist.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", folder: Path) -> None:
        """Begin to answer, from the list in `folder`; make it before the socket that it guards binds."""
        self.admitted = 0
        """Connections let in so far. For any thread, as is `refused`."""
        self.refused = 0
        self.known: frozenset[str] | None = None
        """Public keys (Z85) on the list when it was last read, at most a second ago; None before, and where
        it could not be."""
        self._folder = folder
        self._said = float("-inf")
        self._unusable = ""
        self._server = context.socket(zmq.REP)
        self._server.setsockopt(zmq.LINGER, 0)
        self._server.bind(_ENDPOINT)
        self._inner, self._outer = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        self._inner.bind("inproc://hnhar.authenticator")
        self._outer.connect("inproc://hnhar.authenticator")
        self._thread = threading.Thread(target=self._run, name="hnhar-authenticator", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """True while requests are answered; else nobody new is let in."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the thread. May be called twice, and after it died."""
        if not self._outer.closed:
            with contextlib.suppress(zmq.Again):
                self._outer.send(b"", zmq.DONTWAIT)
            self._thread.join()
            self._outer.close(0)

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._inner, zmq.POLLIN)
        poller.register(self._server, zmq.POLLIN)
        try:
            while self._inner not in (ready := dict(poller.poll(_LOOK))):
                if self._server in ready:
                    self._server.send_multipart(self._answer(self._server.recv_multipart()))
                else:
                    self._listed()
        except zmq.ZMQError as error:
            _log.error("the authenticator broke off, nobody new is let in: %s", error)
        finally:
            self._inner.close(0)
            self._server.close(0)

    def _answer(self, frames: list[bytes]) -> list[bytes]:
        """The reply to a request: version, id, domain, address, identity, mechanism, credentials."""
        request = frames[1] if len(frames) > 1 else b""
        if len(frames) == 7 and frames[0] == b"1.0" and frames[2] == DOMAIN and frames[5] == b"CURVE":
            key = z85.encode(frames[6]) if len(frames[6]) == 32 else b""
            if key.decode("ascii") in self._listed():
                self.admitted += 1
                return [b"1.0", request, b"200", b"OK", key, b""]
        self.refused += 1
        self._tell(frames[3].decode("ascii", "replace") if len(frames) > 3 else "somewhere")
        return [b"1.0", request, b"400", b"No access", b"", b""]

    def _listed(self) -> dict[str, str]:
        """Public key -> name of all that are let in, read anew; nobody where the list cannot be used."""
        try:
            names = {entry.public: entry.name for entry in allowed(self._folder)}
        except (ConfigError, OSError) as error:
            self.known = None
            if str(error) != self._unusable:
                _log.error("no new subscriber is let in: %s", error)
            self._unusable = str(error)
            return {}
        self.known, self._unusable = frozenset(names), ""
        return names

    def _tell(self, where: str) -> None:
        now = time.monotonic()
        if now - self._said >= _QUIET:
            self._said = now
            _log.warning(
                "a subscriber from %s was refused: its key is not known (%d so far)", where, self.refused
            )


def protect(socket: "zmq.Socket[bytes]", keys: PublisherKeys) -> None:
    """Make a socket, before it binds, let in whom an authenticator names, and else nobody."""
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret.encode("ascii"))
    socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.public.encode("ascii"))
    socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
    # without it, no authenticator would mean that all are let in
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)


def identify(socket: "zmq.Socket[bytes]", keys: SubscriberKeys) -> None:
    """Make a socket, before it connects, believe that publisher alone, and show its own key."""
    socket.setsockopt(zmq.CURVE_SERVERKEY, keys.publisher.encode("ascii"))
    socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.public.encode("ascii"))
    socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret.encode("ascii"))
