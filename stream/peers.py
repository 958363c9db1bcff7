"""Who is at the other end of a ZeroMQ socket, by its monitor's events. For the socket's thread only."""

from collections.abc import Iterable, Iterator
from typing import Final

import zmq
from zmq.utils.monitor import parse_monitor_message

_PEERS: Final = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED
_REFUSALS: Final = {
    int(
        zmq.EVENT_HANDSHAKE_FAILED_AUTH
    ): "the publisher does not know this key: it was never added, or revoked",
    int(
        zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    ): "one side encrypts and the other does not, or it is no publisher",
    int(
        zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    ): "the publisher has other keys than these are for, or cannot check",
}
_LINK: Final = sum(_REFUSALS) | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED


class Monitor:
    """What happened to the connections of a socket."""

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


class Audience:
    """The connections of an XPUB socket that subscribed to something.

    A finished handshake names no connection, so a subscription is what tells a subscriber from a stranger.
    """

    def __init__(self, watched: "zmq.Socket[bytes]") -> None:
        self._monitor = Monitor(watched, _PEERS)
        self._open: set[int] = set()
        self._subscribed: set[int] = set()

    def __len__(self) -> int:
        return len(self._subscribed)

    def update(self, subscribed: Iterable[int]) -> None:
        """Take in the descriptors that subscriptions came from, read from the socket just before."""
        # what happened before a subscription was read is here to be read now, in its order
        for event, descriptor in self._monitor.events():
            if event == zmq.EVENT_ACCEPTED:
                self._open.add(descriptor)
            elif event == zmq.EVENT_DISCONNECTED:
                self._open.discard(descriptor)
                self._subscribed.discard(descriptor)
        self._subscribed = (self._subscribed | set(subscribed)) & self._open

    def close(self) -> None:
        """Stop watching; call before the watched socket is closed."""
        self._monitor.close()


class Link:
    """Whether a socket that connects to one address has somebody at the other end."""

    def __init__(self, watched: "zmq.Socket[bytes]") -> None:
        self._monitor = Monitor(watched, _LINK)
        self.connected = False
        self.refusal = ""
        """Why a publisher that is there did not take us, the last time; empty where it did."""

    def update(self) -> None:
        """Take in what happened since the last call."""
        for event, _ in self._monitor.events():
            self.connected = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            if event != zmq.EVENT_DISCONNECTED:
                self.refusal = _REFUSALS.get(event, "")

    def close(self) -> None:
        """Stop watching; call before the watched socket is closed."""
        self._monitor.close()
