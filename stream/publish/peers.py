"""The peers of a ZeroMQ socket, by its monitor's events. For the socket's thread only."""

import contextlib
import os
import socket
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Final

import zmq
from zmq.utils.monitor import parse_monitor_message

from .addresses import Address

_PEERS: Final = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED
_IN: Final = int(zmq.POLLIN)
_REFUSALS: Final = {
    int(zmq.EVENT_HANDSHAKE_FAILED_AUTH): "it does not know this key, which was never added, or was revoked",
    int(
        zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    ): "one side encrypts and the other does not, or it is no publisher",
    # a peer that hangs up without a word: before it has spoken, or since it cannot read what we say
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL): (
        "it hung up; it may ask for keys, have others than these are for, or be unable to check them"
    ),
}
_REVOKED: Final = "it does not know this key any longer, which was revoked while we were connected"
_LINK: Final = sum(_REFUSALS) | zmq.EVENT_CONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED


class Monitor:
    """Events of the connections of a socket: accepted, disconnected, handshakes."""

    def __init__(self, watched: "zmq.Socket[bytes]", events: int) -> None:
        """Begin to watch; make it before the socket binds or connects, or its first peers are missed."""
        self._watched = watched
        self._socket = watched.get_monitor_socket(events)

    def events(self) -> Iterator[tuple[int, int]]:
        """(event, value) since the last call; never waits. Values are file descriptors where there is one."""
        while True:
            try:
                event = parse_monitor_message(self._socket.recv_multipart(zmq.DONTWAIT))
            except zmq.Again:
                return
            yield int(event["event"]), int(event["value"])

    def close(self) -> None:
        """Stop watching; call before the watched socket is closed."""
        self._watched.disable_monitor()
        self._socket.close(0)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription, or the end of one, as it came off an XPUB socket."""

    descriptor: int
    """File descriptor of the connection that it came from."""
    change: int
    """1: a topic more, -1: one less."""
    key: str = ""
    """Public key of the subscriber, Z85; empty without CURVE."""


class Audience(Monitor):
    """The connections of an XPUB socket that subscribed to something.

    A finished handshake names no connection, so a subscription is what tells a subscriber from a stranger.
    """

    def __init__(self, watched: "zmq.Socket[bytes]") -> None:
        super().__init__(watched, _PEERS)
        self._open: set[int] = set()
        self._topics: dict[int, int] = {}
        self._keys: dict[int, str] = {}

    def __len__(self) -> int:
        return sum(topics > 0 for topics in self._topics.values())

    @property
    def asks(self) -> bool:
        """True where a subscription, or the end of one, is there to be read."""
        return _is_readable(self._watched)

    @property
    def came_or_went(self) -> bool:
        """True where an event of a connection is there to be read."""
        return _is_readable(self._socket)

    def update(self, news: Iterable[Subscription]) -> None:
        """Take in what was read from the socket just before."""
        # what happened before a subscription was read is here to be read now, in its order
        for event, descriptor in self.events():
            if event == zmq.EVENT_ACCEPTED:
                self._open.add(descriptor)
            else:
                self._open.discard(descriptor)
            self._topics.pop(descriptor, None)
            self._keys.pop(descriptor, None)
        for subscription in news:
            descriptor = subscription.descriptor
            if descriptor in self._open:
                self._topics[descriptor] = max(0, self._topics.get(descriptor, 0) + subscription.change)
                self._keys[descriptor] = subscription.key

    def unwanted(self, most: int, known: Set[str] | None) -> list[tuple[int, str]]:
        """(descriptor, why) of those with more than `most` topics, or a key that is not `known` any more.

        `known` None: keys are not looked at.
        """
        many = [(d, f"{n} topics") for d, n in self._topics.items() if n > most]
        revoked = [
            (d, "a revoked key") for d, key in self._keys.items() if known is not None and key not in known
        ]
        return many + revoked


def _is_readable(socket: "zmq.Socket[bytes]") -> bool:
    return bool(int(socket.get(zmq.EVENTS)) & _IN)


def hang_up(descriptor: int, address: Address) -> None:
    """End a connection that came in at our `address`, for which libzmq has no call: it sees that it broke.

    The descriptor may have been closed and given to something else since it was told; then nothing is done,
    unless that is another connection to the same address, which its owner makes anew.
    """
    with contextlib.suppress(OSError), _opened(descriptor) as connection:
        here = connection.getsockname()
        if here == address.host or (isinstance(here, tuple) and here[1] == address.port):
            connection.shutdown(socket.SHUT_RDWR)


def _opened(descriptor: int) -> socket.socket:
    """A copy of the descriptor as a socket. Raises OSError where it is none, and leaves no copy then."""
    copy = os.dup(descriptor)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


class Link(Monitor):
    """State of the connection of a socket that connects to one address."""

    def __init__(self, watched: "zmq.Socket[bytes]") -> None:
        super().__init__(watched, _LINK)
        self.connected = False
        self.refusal = ""
        """Reason of a publisher that is there for not letting us in, the last time; "" where it did."""
        self._was_in = False
        self._descriptor: int | None = None

    def enlarge(self, room: int) -> None:
        """Give the present connection a receive buffer of `room` bytes, for which libzmq has no call."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError), _opened(self._descriptor) as connection:
                connection.getpeername()  # or it is no connection any more
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)

    def update(self) -> None:
        """Take in what happened since the last call."""
        for event, value in self.events():
            if event == zmq.EVENT_CONNECTED:
                self._descriptor = value
                continue
            if event == zmq.EVENT_DISCONNECTED:
                self._descriptor = None
            self.connected = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            self._was_in |= self.connected
            if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH and self._was_in:
                self.refusal = _REVOKED
            elif event != zmq.EVENT_DISCONNECTED:
                self.refusal = _REFUSALS.get(event, "")
