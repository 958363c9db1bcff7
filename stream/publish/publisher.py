"""Predictions, events and status out over ZeroMQ.

One thread owns the socket: the one that first publishes or polls. Nothing here ever waits: a subscriber that
does not keep up loses the newest messages and sees by their sequence how many.
"""

import dataclasses
import errno
import logging
import os
import threading
import time
import uuid
from pathlib import Path
from typing import Final, Self

import zmq

from hnhar.model.errors import PublishError

from ..messages import Message, Status
from .addresses import Address, holder, parse_address
from .authenticator import Authenticator, protect
from .fitting import StatusPacker
from .ipc_lock import IpcLock
from .keys import publisher_keys
from .peers import Audience, Subscription, hang_up
from .wire import (
    TOPIC_PREFIX,
    Packer,
    WireError,
    check_prefix,
    subscription,
)

LINGER: Final = 200
"""ms that closing may take to hand the last messages over."""
_REPLAY_PAUSE: Final = 0.1
"""s between two repeats, so that subscribing over and over does not multiply what all others get."""
_POLL_PAUSE: Final = 0.02
"""s: where predictions follow each other closer than this, subscribers are not looked after before each."""
_MOST_SUBSCRIPTIONS: Final = 64
"""Subscriptions taken in at one poll; a flood of them must not hold up a prediction."""
_AT_ONCE: Final = 4
"""Messages of a wearer that wait for a subscriber: a hop's prediction and events, and the next hop's."""
_ROOM: Final = 6 * 1024
"""Bytes of the kernel's send buffer to a subscriber."""
_ROOM_OF_WEARER: Final = 2 * 1024
"""Bytes that it has at least for each wearer: a hop's prediction and events."""
_MOST_ROOM: Final = 256 * 1024
MOST_TOPICS: Final = 128
"""Topics of one connection: each takes memory here, up to 50 kB, and nobody has use for more."""
_NOW: Final = int(zmq.DONTWAIT)
_MORE: Final = int(zmq.DONTWAIT | zmq.SNDMORE)
_QUIET: Final = 10.0
"""s between two lines on connections that were ended."""

_log = logging.getLogger(__name__)


class Publisher:
    """An XPUB socket that knows its subscribers.

    Late joiners get the last status again, marked as a repeat. Predictions and events are not repeated: the
    next prediction is a hop away, and whoever acts on events must not act on one that is an hour old because
    it joined now.
    """

    def __init__(
        self,
        address: str,
        *,
        topic_prefix: str = TOPIC_PREFIX,
        insecure: bool = False,
        curve_keys: str | os.PathLike[str] | None = None,
        wearers: int = 1,
    ) -> None:
        """Bind `address` (tcp://HOST:PORT, port 0 for a free one, or ipc://PATH).

        `curve_keys`, a folder that `hnhar-keys` made, encrypts everything and lets in only the subscribers
        listed there. `insecure` allows an address that other machines reach without it; then nothing is
        encrypted and anyone may listen. `wearers`: as many publish at once, and a reader that keeps up must
        not lose any of it. Raises PublishError where the address is malformed, taken, not ours,
        or reachable from outside, ConfigError where the keys cannot be used.
        """
        self.prefix = check_prefix(topic_prefix)
        self.id = uuid.uuid4().hex[:16]
        """Another one for each run, so that subscribers know that the sequences begin anew."""
        self.sent = 0
        """Messages sent so far, repeats not counted."""
        self.subscriptions = 0
        """Subscriptions taken in so far; a `Subscriber` makes one a kind, and one to the status."""
        self._last_seq: dict[str, int] = {}
        self._status: Status | None = None
        self._packer = Packer(self.id, self.prefix)
        self._statuses = StatusPacker(self._packer)
        self._status_topic = subscription("status", None, self.prefix).encode()
        self._polled = float("-inf")
        self._unsent = False
        """A status was too large for any message."""
        self._replay = False
        self._replayed = float("-inf")
        self._told = float("-inf")
        self._owner: int | None = None
        self._closed = False
        wanted = parse_address(address)
        if not (wanted.local or insecure or curve_keys is not None):
            raise PublishError(
                f"{address} can be reached from other machines, and what is published is neither encrypted "
                "nor protected: publish on tcp://127.0.0.1 or ipc://, encrypt with --curve-keys, or insist "
                "with --insecure"
            )
        keys = None if curve_keys is None else publisher_keys(Path(curve_keys))
        self._lock = IpcLock(wanted.host) if wanted.scheme == "ipc" and wanted.host[0] not in "*@" else None
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = _configured(self._context.socket(zmq.XPUB), wanted, wearers)
        self._audience = Audience(self._socket)
        self.authenticator: Authenticator | None = None
        """Authentication of subscribers; None without CURVE."""
        if keys is not None and curve_keys is not None:
            self.authenticator = Authenticator(self._context, Path(curve_keys))
            protect(self._socket, keys)
        try:
            self.address = self._bind(address, wanted)
            self._own_address = parse_address(self.address)
        except PublishError:
            self.close()
            raise

    @property
    def subscribers(self) -> int:
        """Connections that subscribed to something, at the last poll (a proxy is one). For any thread."""
        return len(self._audience)

    @property
    def last_seq(self) -> dict[str, int]:
        """Topic -> sequence number last published there. Readable from any thread."""
        return dict(self._last_seq)

    def publish(self, message: Message) -> None:
        """Send one message and take in what subscribers did.

        A status is sent with this publisher's own address, subscribers and last sequences: only here are they
        true at the moment of sending, which is what lets a reader tell silence from loss.
        """
        self._own()
        # asking lets libzmq see, too, that a subscriber which was full has room again
        asked = self._audience.asks
        status = isinstance(message, Status)
        if asked or status or time.monotonic() - self._polled >= _POLL_PAUSE:
            self.poll()
        if isinstance(message, Status):
            message = dataclasses.replace(
                message, address=self.address, subscribers=self.subscribers, last_seq=self.last_seq
            )
            self._status = message
            self._replay = False
        topic = self._send(message)
        if topic is not None:
            self._last_seq[topic] = message.seq
            self.sent += 1

    def relay(self, topic: str, payload: bytes, seq: int) -> None:
        """Send a message that another process packed, under this publisher's `id`."""
        self._own()
        self._socket.send_multipart([topic.encode(), payload], zmq.DONTWAIT)
        self._last_seq[topic] = seq
        self.sent += 1

    def poll(self) -> None:
        """Take in subscriptions and connections; call a few times a second while nothing is published."""
        self._own()
        self._polled = now = time.monotonic()
        if self._audience.asks or self._audience.came_or_went:
            self._take_in()
            self._hang_up(now)
        elif self.authenticator is not None:
            self._hang_up(now)
        if self._replay and self._status is not None and now - self._replayed >= _REPLAY_PAUSE:
            self._replay, self._replayed = False, now
            self._send(self._status, repeat=True)

    def _take_in(self) -> None:
        """Subscriptions and connections that came and went."""
        news = []
        for _ in range(_MOST_SUBSCRIPTIONS):
            try:
                frame = self._socket.recv(zmq.DONTWAIT, copy=False)
            except zmq.Again:
                break
            # 1 + topic subscribes, 0 + topic unsubscribes; anything else is a stranger's noise
            change = {b"\x01": 1, b"\x00": -1}.get(frame.bytes[:1])
            descriptor = _property(frame, "__fd")
            # what a connection had when it went is taken back in its name, and comes from nowhere
            if change is None or not descriptor:
                continue
            news.append(Subscription(int(descriptor), change, _property(frame, "User-Id")))
            if change == 1:
                self.subscriptions += 1
                self._replay = self._replay or self._status_topic.startswith(frame.bytes[1:])
        self._audience.update(news)

    def close(self) -> None:
        """Hand over queued messages, for at most 200 ms, and let go of the address. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._audience.close()
        self._socket.close(LINGER)
        if self.authenticator is not None:
            self.authenticator.stop()
        self._context.term()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _hang_up(self, now: float) -> None:
        """End the connections of those that flood us, and of those that were revoked."""
        known = None if self.authenticator is None else self.authenticator.known
        for descriptor, why in self._audience.unwanted(MOST_TOPICS, known):
            hang_up(descriptor, self._own_address)
            if now - self._told >= _QUIET:
                self._told = now
                _log.warning("a subscriber with %s was disconnected from %s", why, self.address)

    def _send(self, message: Message, *, repeat: bool = False) -> str | None:
        """Hand a message to the socket; gives its topic, or None for a status that fits into no message."""
        if isinstance(message, Status):
            # how much there is to say of streams is not in our hands, and must not end recognition
            try:
                payload = self._statuses.payload(message, repeat=repeat)
            except WireError as error:
                if not self._unsent:
                    _log.warning("no status is published: %s", error)
                self._unsent = True
                return None
        else:
            payload = self._packer.payload(message, repeat=repeat)
        topic, frame = self._packer.topic(message)
        self._socket.send(frame, _MORE)
        self._socket.send(payload, _NOW)
        return topic

    def _own(self) -> None:
        if self._closed:
            raise PublishError(f"the publisher at {self.address} is closed")
        thread = threading.get_ident()
        if self._owner is None:
            self._owner = thread
        if self._owner != thread:
            raise RuntimeError(
                "a Publisher belongs to the thread that used it first: ZeroMQ sockets cannot be shared"
            )

    def _bind(self, address: str, wanted: Address) -> str:
        try:
            # libzmq binds numbers and interfaces, not names
            host = "127.0.0.1" if wanted.host == "localhost" else wanted.host
            self._socket.bind(dataclasses.replace(wanted, host=host).text)
        except zmq.ZMQError as error:
            raise PublishError(_refusal(address, wanted, error)) from error
        bound = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        if self._lock is not None:
            os.chmod(wanted.host, 0o600)
        return bound


def _configured(socket: "zmq.Socket[bytes]", address: Address, wearers: int) -> "zmq.Socket[bytes]":
    """Options, all before bind: later ones do not reach connections that exist."""
    socket.setsockopt(zmq.LINGER, LINGER)
    # at the mark XPUB drops the newest: a small mark and a small kernel buffer keep what a slow reader
    # gets recent; with 4 KiB a message may wait 0.2 s for the reader's kernel, and where many wearers publish
    # at once, what does not fit waits for the reader's acknowledgement, 40 ms or more
    socket.setsockopt(zmq.SNDHWM, 48 + _AT_ONCE * wearers)
    socket.setsockopt(zmq.SNDBUF, min(max(_ROOM, _ROOM_OF_WEARER * wearers), _MOST_ROOM))
    # what comes in is subscriptions of strangers: no room for large ones, nor for many at once, because
    # libzmq takes in all that has arrived, however long that lasts, before a flood can be seen here
    socket.setsockopt(zmq.MAXMSGSIZE, 1024)
    socket.setsockopt(zmq.RCVHWM, 4)
    socket.setsockopt(zmq.RCVBUF, 1024)
    socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 2000)
    # every subscription and its end is shown, also of a topic that another subscriber has
    socket.setsockopt(zmq.XPUB_VERBOSER, 1)
    if ":" in address.host and address.scheme == "tcp":
        socket.setsockopt(zmq.IPV6, 1)
    return socket


def _property(frame: zmq.Frame, name: str) -> str:
    """Property of the connection that a message came from, by its name in libzmq; "" for an unknown one."""
    try:
        return str(frame.get(name))
    except zmq.ZMQError:
        return ""


def _refusal(address: str, wanted: Address, error: zmq.ZMQError) -> str:
    if error.errno == errno.EADDRINUSE:
        who = holder(wanted.port) if wanted.scheme == "tcp" else None
        return (
            f"cannot publish on {address}: {who or 'another process'} already uses it. "
            "Stop that one, choose another port, or give port 0 to take any free one"
        )
    if error.errno in (errno.EADDRNOTAVAIL, errno.ENODEV):
        return f"cannot publish on {address}: no address or interface here is {wanted.host!r}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"cannot publish on {address}: permission denied; take a port above 1023 or a folder of your own"
        )
    return f"cannot publish on {address}: {error.strerror}"
