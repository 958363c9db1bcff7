"""The one address of a fleet: what shards send on their lines goes to all subscribers, as bytes.

One thread owns the publisher and the lines. Messages are neither read nor written anew: shards number and
pack them. Only events are looked into, so that an activity whose shard died can be ended.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import zmq

from hnhar.model.files import write_whole

from ..engine.sink import Sink
from ..messages import Event, Message, Status
from ..publish.addresses import parse_address
from ..publish.authenticator import Authenticator, protect
from ..publish.keys import LIST, PublisherKeys, make
from ..publish.peers import Monitor
from ..publish.publisher import Publisher
from ..publish.wire import WireError, subscription, unpack
from .orders import Continued, ShardLine
from .outlet import BEAT, MARK, MESSAGE, OVER, STATUS

SILENCE: Final = 5.0
"""s without a beat after which a shard whose connection still stands is taken for dead."""
SUSPECT: Final = 3 * BEAT
"""s without a beat after a connection ended."""
HELD: Final = 0.25
"""s by which a beat comes late that shows a process which was held up: its own clock saw nothing of it."""
PAUSE: Final = 0.5
"""s between two rounds of the relay's thread after which it was itself that was held up, and no shard."""
_TICK: Final = 50
"""ms; the longest wait for messages, so that subscribers are seen."""
_AT_ONCE: Final = 256
"""Messages taken from a line before the others have their turn."""
_MOST: Final = 16384
"""Messages that wait here of a line."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _LineEnd:
    """Our end of a shard's line."""

    data: "zmq.Socket[bytes]"
    life: "zmq.Socket[bytes]"
    monitor: Monitor
    begun: bool = False
    """True once it has beaten."""
    beat: float = 0.0
    """Time of the last beat, s."""
    broken: float | None = None
    """Time at which a connection ended, s; None since the next beat. It may have been a stranger's."""
    spared: float = 0.0
    """Time until which it is not taken for dead, s: we were held up, and its beats and connection with us."""
    dead: bool = False


@dataclass(slots=True)
class MessageProgress:
    """How far a wearer's messages have come."""

    prediction: int = -1
    unix_ns: int | None = None
    event: int = -1
    activity: int = -1
    open: Event | None = None
    """The onset of the activity that is on; None where none is."""


@dataclass(slots=True)
class Heard:
    """All that shards let hear since it was asked last."""

    statuses: list[tuple[int, Status]] = field(default_factory=list)
    """(number of a pipeline, its status)."""
    dead: list[int] = field(default_factory=list)
    """Shards whose line broke, or that beat no more."""
    begun: list[int] = field(default_factory=list)
    """Shards whose first beat came."""
    held: list[tuple[int, float]] = field(default_factory=list)
    """(shard, s for which its process was held up)."""
    over: list[int] = field(default_factory=list)
    """Numbers of pipelines that have ended."""


class Relay:
    """Lines of shards in, one publisher out. Its methods are for the coordinator's thread."""

    def __init__(self, publisher: Publisher, host: str, folder: Path, sinks: Sequence[Sink] = ()) -> None:
        """`publisher` belongs to it from now on.

        Args:
            publisher: The fleet's address.
            host: Address of this machine at which shards reach it.
            folder: A private one, for the keys of the lines, which are made anew for each fleet.
            sinks: Take every message, too.
        """
        self._sinks = tuple(sinks)
        self.publisher = publisher
        self.relayed = 0
        """Messages handed on so far."""
        self._host = host
        self._folder = folder
        self._keys: PublisherKeys = make(folder)
        self._known: dict[int, str] = {}
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._authenticator = Authenticator(self._context, folder)
        self._lock = threading.Lock()
        self._lines: dict[int, _LineEnd] = {}
        self._ending: list[int] = []
        self._reached: dict[str, MessageProgress] = {}
        self._heard = Heard()
        self._outbox: deque[Message] = deque()
        self.passes = 0
        """Rounds of its thread."""
        self._passed = time.monotonic()
        self._over = threading.Event()
        self.error: BaseException | None = None
        """The exception that ended its thread; None while there is none."""
        self._thread = threading.Thread(target=self._run, name="hnhar-relay", daemon=True)
        self._thread.start()

    def open(self, shard: int, key: str) -> ShardLine:
        """A line for a shard that has the public `key`."""
        with self._lock:
            self._known[shard] = key
            self._list()
            data, life = self._bound(zmq.SUB), self._context.socket(zmq.PULL)
            data.setsockopt(zmq.SUBSCRIBE, b"")
            monitor = Monitor(life, zmq.EVENT_DISCONNECTED)
            self._bind(life)
            self._lines[shard] = _LineEnd(data, life, monitor)
            return ShardLine(data=_endpoint(data), life=_endpoint(life), key=self._keys.public)

    def close_line(self, shard: int) -> None:
        """Take nothing from a shard any more."""
        with self._lock:
            self._ending.append(shard)
            self._known.pop(shard, None)
            self._list()

    def send(self, message: Message) -> None:
        """Publish a message of the coordinator's own."""
        with self._lock:
            self._outbox.append(message)

    def heard(self) -> Heard:
        """See `Heard`."""
        with self._lock:
            heard, self._heard = self._heard, Heard()
            return heard

    def reached(self, wearer: str) -> MessageProgress:
        """How far a wearer's messages have come."""
        with self._lock:
            return self._reached.setdefault(wearer, MessageProgress())

    def continued(self, wearer: str) -> Continued:
        """The same for the next shard."""
        r = self.reached(wearer)
        return Continued(prediction=r.prediction, unix_ns=r.unix_ns, event=r.event, activity=r.activity)

    def stop(self) -> None:
        """Hand on what is there, and let go of the address."""
        self._over.set()
        self._thread.join(5.0)

    def _list(self) -> None:
        lines = [f"{key} shard{shard} -" for shard, key in self._known.items()]
        write_whole(self._folder / LIST, "\n".join(lines) + "\n", mode=0o600)

    def _bound(self, kind: int) -> "zmq.Socket[bytes]":
        socket = self._context.socket(kind)
        self._bind(socket)
        return socket

    def _bind(self, socket: "zmq.Socket[bytes]") -> None:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, _MOST)
        # a machine that lost its power says nothing
        socket.setsockopt(zmq.HEARTBEAT_IVL, 500)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 2000)
        protect(socket, self._keys)
        if ":" in self._host:
            socket.setsockopt(zmq.IPV6, 1)
        socket.bind(f"tcp://{f'[{self._host}]' if ':' in self._host else self._host}:*")

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self.passes += 1
                self._step()
            self._step()
        except BaseException as error:
            _log.debug("the relay broke off", exc_info=True)
            self.error = error
        finally:
            for line in self._lines.values():
                _shut(line)
            self._authenticator.stop()
            self._context.term()
            self.publisher.close()

    def _step(self) -> None:
        with self._lock:
            for shard in self._ending:
                if (line := self._lines.pop(shard, None)) is not None:
                    self._take(line)
                    _shut(line)
            self._ending.clear()
            lines = list(self._lines.items())
        poller = zmq.Poller()
        for _, line in lines:
            poller.register(line.data, zmq.POLLIN)
            poller.register(line.life, zmq.POLLIN)
        poller.poll(_TICK if not self._outbox else 0)
        now = time.monotonic()
        paused, self._passed = now - self._passed > PAUSE, now
        for shard, line in lines:
            self._take(line)
            if paused:
                line.spared, line.beat = now + SILENCE, now
            self._feel(shard, line, now)
        while True:
            with self._lock:
                if not self._outbox:
                    break
                message = self._outbox.popleft()
            self.publisher.publish(message)
            self._sink(message)
            if isinstance(message, Event):
                self._note(message, message.seq, message.id)
        self.publisher.poll()

    def _take(self, line: _LineEnd) -> None:
        """Hand on what has come on a line."""
        for _ in range(_AT_ONCE):
            try:
                frames = line.data.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return
            if frames[0] == MESSAGE and len(frames) == 4:
                self._relay(frames[1], frames[2], frames[3])
            elif frames[0] == STATUS and len(frames) == 3:
                self._status(frames[1], frames[2])
            elif frames[0] == OVER and len(frames) == 2:
                with self._lock:
                    self._heard.over.append(int(frames[1]))

    def _relay(self, topic: bytes, payload: bytes, mark: bytes) -> None:
        seq, unix_ns, activity = MARK.unpack(mark)
        name = topic.decode()
        wearer = name.rstrip("/").rpartition("/")[2]
        self.publisher.relay(name, payload, seq)
        self.relayed += 1
        message = None
        if activity >= 0 or self._sinks:
            message = unpack([topic, payload], self.publisher.prefix).message
            self._sink(message)
        if isinstance(message, Event):
            self._note(message, seq, activity)
            return
        with self._lock:
            reached = self._reached.setdefault(wearer, MessageProgress())
            reached.prediction, reached.unix_ns = seq, None if unix_ns < 0 else unix_ns

    def _sink(self, message: Message) -> None:
        for sink in self._sinks:
            sink.take(message)

    def _note(self, event: Event, seq: int, activity: int) -> None:
        with self._lock:
            reached = self._reached.setdefault(event.wearer, MessageProgress())
            reached.event, reached.activity = seq, max(reached.activity, activity)
            reached.open = event if event.kind == "onset" else None

    def _status(self, group: bytes, payload: bytes) -> None:
        topic = subscription("status", None, self.publisher.prefix).encode()
        try:
            message = unpack([topic, payload], self.publisher.prefix).message
        except WireError as error:
            _log.warning("a shard's status cannot be read: %s", error)
            return
        if isinstance(message, Status):
            with self._lock:
                self._heard.statuses.append((int(group), message))

    def _feel(self, shard: int, line: _LineEnd, now: float) -> None:
        """Look whether a shard lives."""
        with suppress(zmq.Again):
            while True:
                line.life.recv(zmq.DONTWAIT)
                late = now - line.beat - BEAT
                with self._lock:
                    if not line.begun:
                        self._heard.begun.append(shard)
                    elif late > HELD:
                        self._heard.held.append((shard, late))
                line.beat, line.begun, line.broken = now, True, None
        if any(True for _ in line.monitor.events()) and line.broken is None:
            line.broken = now
        over = line.broken is not None and now - line.broken > SUSPECT
        silent = now - line.beat > SILENCE
        if line.begun and not line.dead and now > line.spared and (over or silent):
            line.dead = True
            with self._lock:
                self._heard.dead.append(shard)


def _shut(line: _LineEnd) -> None:
    line.monitor.close()
    line.life.close(0)
    line.data.close(0)


def _endpoint(socket: "zmq.Socket[bytes]") -> str:
    return parse_address(socket.getsockopt_string(zmq.LAST_ENDPOINT)).text
