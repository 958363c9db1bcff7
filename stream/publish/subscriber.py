"""Typed messages from a running recognizer, on this machine or another. Loads no torch and no LSL.

with Subscriber("tcp://127.0.0.1:5557", kinds=("event",)) as subscriber:
    for received in subscriber:
        print(received.message.label)
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import zmq

from hnhar.model.errors import PublishError

from ..messages import Message, Status
from .addresses import parse_address
from .authenticator import identify
from .keys import subscriber_keys
from .peers import Link
from .sequences import Sequences
from .wire import (
    KINDS,
    MAX_PAYLOAD,
    TOPIC_PREFIX,
    WireError,
    WireVersionError,
    check_prefix,
    subscription,
    unpack,
)

_ROOM: Final = 12 * 1024
"""Bytes of the kernel's receive buffer: what waits there while we do not read is old when we do."""
_ROOM_OF_WEARER: Final = 2 * 1024
"""Bytes that it has at least for each wearer, who publish at once: in a smaller one a burst has to wait until
it is acknowledged, 40 ms or more later."""
_MOST_ROOM: Final = 256 * 1024
_RECONNECT: Final = 5.0
"""s without a connection after which it is made anew: libzmq gives up after an oversized message."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message and what the subscriber knows about it."""

    topic: str
    publisher: str
    """Another id means that the publisher was started anew."""
    message: Message
    lost: int = 0
    """Messages lost on this topic just before this one."""
    repeat: bool = False
    """True for the last status that a publisher sends again to those that join late."""


class Subscriber:
    """An iterator over the messages of a publisher. It outlives the publisher. One thread uses it."""

    def __init__(
        self,
        address: str,
        *,
        topic_prefix: str = TOPIC_PREFIX,
        kinds: Sequence[str] = tuple(KINDS),
        wearer: str | None = None,
        curve_keys: str | os.PathLike[str] | None = None,
    ) -> None:
        """Subscribe to messages of `kinds` ("prediction", "event", "status"), of one wearer or of all.

        `curve_keys`: the file that `hnhar-keys add` wrote for this subscriber, or the folder it lies in,
        where the publisher encrypts. The publisher need not run yet. Raises PublishError for a malformed
        address, ConfigError for an unknown kind, a wearer or prefix that no topic can have, and for keys
        that cannot be used.
        """
        self.address = address
        self.malformed = 0
        """Messages that could not be read, so far."""
        self._prefix = check_prefix(topic_prefix)
        self._kinds = frozenset(kinds)
        wanted = [subscription(kind, wearer, self._prefix) for kind in kinds]
        # last, so that the others are in force when a status tells their last sequences
        status = subscription("status", None, self._prefix)
        self._topics = [*(topic for topic in wanted if topic != status), status]
        self._sequences = Sequences()
        self._endpoint = _endpoint(address)
        keys = None if curve_keys is None else subscriber_keys(Path(curve_keys))
        self._wearer = wearer
        self._room = _ROOM
        self._apart_since = time.monotonic()
        self._closed = False
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._link = Link(self._socket)
        if keys is not None:
            identify(self._socket, keys)
        self._connect()

    @property
    def connected(self) -> bool:
        """True if a publisher was at the other end when a message was last waited for."""
        return self._link.connected

    @property
    def refusal(self) -> str:
        """Reason of the publisher that is there for not letting us in; "" where it does, or gives none."""
        return self._link.refusal

    @property
    def lost(self) -> dict[str, int]:
        """Topic -> messages lost since the first one received there; topics that lost none are left out."""
        return self._sequences.lost

    def receive(self, timeout: float | None = None) -> Received | None:
        """The next message, or None when none came within `timeout` seconds (None: wait for ever).

        What cannot be read is counted in `malformed` and passed over. Raises WireVersionError where the
        publisher speaks a newer version than this one can read.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._closed:
            left = 0.5 if deadline is None else min(0.5, max(0.0, deadline - time.monotonic()))
            ready = self._socket.poll(int(left * 1000))
            self._watch(reconnect=not ready)
            if ready:
                received = self._read(self._socket.recv_multipart())
                if received is not None:
                    return received
            if deadline is not None and time.monotonic() >= deadline:
                return None
        return None

    def __iter__(self) -> Iterator[Received]:
        """Messages as they come, until the subscriber is closed."""
        while (received := self.receive()) is not None:
            yield received

    def close(self) -> None:
        """Disconnect. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._link.close()
        self._socket.close(0)
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _read(self, frames: list[bytes]) -> Received | None:
        try:
            envelope = unpack(frames, self._prefix)
        except WireVersionError:
            raise
        except WireError:
            self.malformed += 1
            return None
        message, topic, publisher = envelope.message, envelope.topic, envelope.publisher
        if isinstance(message, Status) and self._wearer is None:
            self._make_room(len({stream.wearer for stream in message.streams}))
        lost = self._sequences.take(publisher, topic, message.seq, repeat=envelope.repeat)
        if isinstance(message, Status) and not envelope.repeat:
            self._sequences.compare(publisher, self._subscribed(message.last_seq))
        if lost is None or topic.removeprefix(f"{self._prefix}/").partition("/")[0] not in self._kinds:
            return None
        return Received(topic, publisher, message, lost, envelope.repeat)

    def _subscribed(self, last_seq: dict[str, int]) -> dict[str, int]:
        """The sequences in a status that we follow; its own topic still names the one before."""
        return {
            topic: seq
            for topic, seq in last_seq.items()
            if any(topic.startswith(wanted) for wanted in self._topics[:-1])
        }

    def _make_room(self, wearers: int) -> None:
        """Enlarge the receive buffer, now and after the next connection, for so many wearers."""
        room = min(max(_ROOM, _ROOM_OF_WEARER * wearers), _MOST_ROOM)
        if room > self._room:
            self._room = room
            self._socket.setsockopt(zmq.RCVBUF, room)
            self._link.enlarge(room)

    def _connect(self) -> None:
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_PAYLOAD)
        # little room as well: the publisher's says the rest
        self._socket.setsockopt(zmq.RCVHWM, 4)
        self._socket.setsockopt(zmq.RCVBUF, self._room)
        self._socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
        self._socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 2000)
        self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, 300)
        self._socket.setsockopt(zmq.IPV6, 1)
        for topic in self._topics:
            self._socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
        try:
            self._socket.connect(self._endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise PublishError(f"cannot subscribe to {self.address}: {error.strerror}") from error

    def _watch(self, *, reconnect: bool) -> None:
        """Follow the connection, and make it anew where libzmq gave up.

        `reconnect`: false where a message waits. Asking for one takes its first frame, and libzmq (4.3.5)
        aborts the process where the rest goes with the connection.
        """
        self._link.update()
        now = time.monotonic()
        if self.connected:
            self._apart_since = now
        elif reconnect and now - self._apart_since > _RECONNECT:
            self._apart_since = now
            self._socket.disconnect(self._endpoint)
            self._socket.connect(self._endpoint)


def _endpoint(address: str) -> str:
    wanted = parse_address(address)
    if wanted.scheme == "tcp" and (wanted.port == 0 or wanted.host == "*"):
        raise PublishError(
            f"{address} cannot be subscribed to: name the host and the port that the publisher printed"
        )
    return wanted.text
