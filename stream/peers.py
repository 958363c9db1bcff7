"""Who is at the other end of a ZeroMQ socket, from the events of its monitor."""

from typing import Final

import zmq
from zmq.utils.monitor import parse_monitor_message

_EVENTS: Final = (
    zmq.EVENT_ACCEPTED | zmq.EVENT_CONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
)


class Peers:
    """Counts the connections of a socket that finished their handshake. For the thread that owns the socket."""

    def __init__(self, watched: "zmq.Socket[bytes]") -> None:
        """Begin to watch; call before the socket binds or connects, or its first peers are missed."""
        self._watched = watched
        self._events = watched.get_monitor_socket(_EVENTS)
        self._connected: set[int] = set()

    def __len__(self) -> int:
        return len(self._connected)

    def poll(self) -> None:
        """Take in what happened since the last call, without waiting."""
        while True:
            try:
                event = parse_monitor_message(self._events.recv_multipart(zmq.DONTWAIT))
            except zmq.Again:
                return
            # the value is the connection's file descriptor, which the system uses anew after it is closed;
            # a failed handshake ends in DISCONNECTED as well, hence a set and no counter
            if event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._connected.add(event["value"])
            else:
                self._connected.discard(event["value"])

    def close(self) -> None:
        """Stop watching; call before the watched socket is closed."""
        self._watched.disable_monitor()
        self._events.close(0)
