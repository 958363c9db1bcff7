"""A shard's ends of its line: messages of its pipelines, and the beats that show that it lives."""

import struct
import threading
from collections.abc import Mapping
from typing import Final

import zmq

from ..messages import Event, Message, Prediction, Status
from ..publish.authenticator import identify
from ..publish.keys import SubscriberKeys
from ..publish.wire import pack, topic_of
from .numbering import Numbering
from .orders import Continued, ShardLine

MESSAGE: Final = b"m"
"""First frame of what is for subscribers: then topic, payload, `MARK`."""
STATUS: Final = b"s"
"""First frame of a pipeline's status: then its number as text, payload."""
OVER: Final = b"o"
"""First frame of the last that a pipeline sends: then its number as text."""
MARK: Final = struct.Struct("<qqq")
"""Sequence number; Unix time of a window's end, ns; id of an activity. -1: none."""
BEAT: Final = 0.25
"""s between two beats."""
LINGER: Final = 200
"""ms that closing may take to hand the last messages over."""
_MOST: Final = 4096
"""Messages that wait for the coordinator; beyond it the newest are lost, which their numbers show."""


class Outlet:
    """Publisher of one pipeline, for its thread. Wearers may be muted from any thread."""

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        line: ShardLine,
        keys: SubscriberKeys,
        *,
        group: int,
        fleet: str,
        prefix: str,
        hop: float,
        continued: Mapping[str, Continued],
    ) -> None:
        """Connect.

        Args:
            context: Of the process.
            line: Where messages go.
            keys: Of the process.
            group: Number of the pipeline.
            fleet: Identifier of the publisher that readers see.
            prefix: Of topics.
            hop: s between predictions.
            continued: Wearer -> how far their messages have come.
        """
        self.address = line.data
        self._group = str(group).encode()
        self._fleet, self._prefix = fleet, prefix
        self._numbers = {w: Numbering(before, hop) for w, before in continued.items()}
        self._muted: frozenset[str] = frozenset()
        self._last_seq: dict[str, int] = {}
        self._socket = context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.LINGER, LINGER)
        self._socket.setsockopt(zmq.SNDHWM, _MOST)
        identify(self._socket, keys)
        self._socket.connect(line.data)

    @property
    def subscribers(self) -> int:
        """The coordinator."""
        return 1

    @property
    def last_seq(self) -> dict[str, int]:
        """Topic -> sequence number sent there last."""
        return dict(self._last_seq)

    def mute(self, wearer: str) -> None:
        """Send nothing of a wearer any more, who is another shard's now."""
        self._muted |= {wearer}

    def publish(self, message: Message) -> None:
        """Send a message; never waits."""
        if isinstance(message, Status):
            payload = pack(message, self._fleet, prefix=self._prefix)[1]
            self._socket.send_multipart([STATUS, self._group, payload], zmq.DONTWAIT)
            return
        if message.wearer in self._muted:
            return
        numbers = self._numbers[message.wearer]
        if isinstance(message, Prediction):
            numbered: Prediction | Event = numbers.prediction(message)
            unix_ns, activity = message.end_unix_ns, -1
        else:
            numbered = numbers.event(message)
            unix_ns, activity = None, numbered.id
        mark = MARK.pack(numbered.seq, -1 if unix_ns is None else unix_ns, activity)
        frames = [MESSAGE, *pack(numbered, self._fleet, prefix=self._prefix), mark]
        self._socket.send_multipart(frames, zmq.DONTWAIT)
        self._last_seq[topic_of(numbered, self._prefix)] = numbered.seq

    def poll(self) -> None:
        """Nobody comes and goes."""

    def close(self) -> None:
        """End, with what is still to be sent."""
        self._socket.send_multipart([OVER, self._group], zmq.DONTWAIT)
        self._socket.close(LINGER)


class Heart:
    """Beats on the life line, from a thread of its own, until it is stopped."""

    def __init__(
        self, context: "zmq.Context[zmq.Socket[bytes]]", line: ShardLine, keys: SubscriberKeys
    ) -> None:
        self._context, self._line, self._keys = context, line, keys
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hnhar-heart", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the beats."""
        self._over.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        socket = self._context.socket(zmq.PUSH)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, 4)
        identify(socket, self._keys)
        socket.connect(self._line.life)
        while not self._over.wait(BEAT):
            try:
                socket.send(b"", zmq.DONTWAIT)
            except zmq.Again:
                continue  # the coordinator does not take them: it may be gone, and Ray ends us then
        socket.close(0)
