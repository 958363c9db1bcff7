"""Hub of a websocket's clients: each has a bounded queue, from which the oldest falls if a reader is slow."""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..messages import SCHEMA_VERSION, Message, Status
from ..publish.wire import to_map
from .context import SinkContext

MOST_CLIENTS: Final = 64
MOST_WAITING: Final = 256
"""Messages that wait for one client; beyond it the oldest prediction falls, else the oldest message."""
_MOST_PENDING: Final = 2000
"""Messages that wait for the server's thread."""
OVER: Final = ""
"""Text after which nothing follows: the run is over."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, as clients get it."""

    kind: str
    wearer: str
    """"" where it is about all."""
    text: str
    """JSON, one object."""


class Client:
    """One connection's queue. Only the server's thread uses it."""

    def __init__(self, kinds: frozenset[str], wearer: str, context: SinkContext) -> None:
        """`kinds`: those that it wants; `wearer`: of whom alone, "" for all."""
        self.lost = 0
        """Messages that it was too slow for, in all."""
        self._kinds = kinds
        self._wearer = wearer
        self._publisher = context.publisher
        self._untold = 0
        self._waiting = deque([Parcel("hello", "", hello_text(context))])
        self._filled = asyncio.Event()

    def put(self, parcel: Parcel) -> None:
        """Leave one for it, unless it does not want it."""
        if parcel.text != OVER:
            unwanted = parcel.kind not in self._kinds and parcel.kind != "hello"
            if unwanted or (self._wearer and parcel.wearer not in ("", self._wearer)):
                return
            if len(self._waiting) >= MOST_WAITING:
                self._drop()
        self._waiting.append(parcel)
        self._filled.set()

    def missed(self, count: int) -> None:
        """`count` messages never reached its queue."""
        self.lost += count
        self._untold += count

    async def take(self) -> str:
        """The next text, waited for: of a message, of `lost`, or `OVER`."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        if self._untold:
            count, self._untold = self._untold, 0
            return lost_text(self._publisher, count, self.lost)
        return self._waiting.popleft().text

    def _drop(self) -> None:
        oldest = next((n for n, parcel in enumerate(self._waiting) if parcel.kind == "prediction"), 0)
        del self._waiting[oldest]
        self.missed(1)


class Hub:
    """Messages of a run, from the thread that recognizes to every client of a server's event loop."""

    def __init__(self, context: SinkContext) -> None:
        self.context = context
        self.refused = 0
        """Connections that were not let in, or thrown out."""
        self.lost = 0
        """Messages that clients who have gone were too slow for."""
        self._clients: set[Client] = set()
        self._pending: deque[Parcel] = deque()
        self._unsent = 0
        self._status: Status | None = None
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduled = False
        self._over = False
        self._empty = threading.Event()

    @property
    def clients(self) -> Sequence[Client]:
        """Those that are connected."""
        return tuple(self._clients)

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Clients live in this event loop."""
        self._loop = loop

    def greet(self, context: SinkContext) -> None:
        """Another run begins: everybody is told of it."""
        self.context, self._status = context, None
        self.post("hello", hello_text(context))

    def post(self, kind: str, text: str) -> None:
        """Leave any JSON text for all who want its kind; from any thread, never waits."""
        if self._clients:
            self._post(Parcel(kind, "", text))

    def offer(self, message: Message) -> None:
        """Leave a message for all clients; from any thread, never waits."""
        if isinstance(message, Status):
            self._status = message
        if self._clients:
            self._post(parcel_of(message, self.context.publisher))

    def end(self, timeout: float) -> None:
        """Nothing follows: wait for clients to take what is left, for at most `timeout` s."""
        self._post(Parcel("", "", OVER))
        self._empty.wait(timeout)

    def join(self, kinds: frozenset[str], wearer: str) -> Client | None:
        """A new client, greeted, and told the last status; None where there are too many."""
        if len(self._clients) >= MOST_CLIENTS:
            return None
        client = Client(kinds, wearer, self.context)
        if self._status is not None:
            client.put(parcel_of(self._status, self.context.publisher, repeat=True))
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """It has gone."""
        self._clients.discard(client)
        self.lost += client.lost
        self._look()

    def _post(self, parcel: Parcel) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        with self._lock:
            if len(self._pending) >= _MOST_PENDING:
                self._pending.popleft()
                self._unsent += 1
            self._pending.append(parcel)
            if self._scheduled:
                return
            self._scheduled = True
        loop.call_soon_threadsafe(self._spread)

    def _spread(self) -> None:
        with self._lock:
            parcels, self._pending = self._pending, deque()
            unsent, self._unsent = self._unsent, 0
            self._scheduled = False
        for client in self._clients:
            if unsent:
                client.missed(unsent)
            for parcel in parcels:
                client.put(parcel)
        self._over = self._over or any(parcel.text == OVER for parcel in parcels)
        self._look()

    def _look(self) -> None:
        if self._over and not self._clients:
            self._empty.set()


def parcel_of(message: Message, publisher: str, *, repeat: bool = False) -> Parcel:
    """A message as JSON, by the schema of its kind (stream/publish/schema/)."""
    fields = to_map(message, publisher, repeat=repeat)
    wearer = "" if isinstance(message, Status) else message.wearer
    return Parcel(fields["type"], wearer, _json(fields))


def hello_text(context: SinkContext) -> str:
    """The greeting, first on every connection."""
    about = {
        "model": context.model,
        "labels": context.labels,
        "wearers": context.wearers,
        "weights": {wearer: named.model for wearer, named in context.personal.items()},
    }
    return _json({"v": SCHEMA_VERSION, "type": "hello", "publisher": context.publisher, **about})


def lost_text(publisher: str, count: int, total: int) -> str:
    """The word on messages that a client was too slow for, before the next that it gets."""
    fields = {"v": SCHEMA_VERSION, "type": "lost", "publisher": publisher, "lost": count, "total": total}
    return _json(fields)


def _json(fields: dict[str, Any]) -> str:
    return msgspec.json.encode(fields).decode()
