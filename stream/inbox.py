"""Where the readers' threads leave what came, for the one thread that recognizes.

Bounded, and nothing waits for room.
"""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from .messages import Chunk, Feed, StreamDescription, StreamState

MOST_ROWS: Final = 20_000
"""Samples that wait of one feed; beyond it its oldest go and are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """Samples of one feed of one wearer."""

    wearer: str
    feed: Feed
    chunk: Chunk
    arrived: float
    """s, local LSL clock."""


@dataclass(frozen=True, slots=True)
class Change:
    """A feed of one wearer entered a state."""

    wearer: str
    feed: str
    state: StreamState
    note: str
    description: StreamDescription | None


Item = Arrival | Change


class Inbox:
    """Any number of threads put in, one takes out. The order within a wearer's feed is kept."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._changed = threading.Condition()
        self._items: deque[Item] = deque()
        self._rows: dict[tuple[str, str], int] = {}
        self._dropped: dict[tuple[str, str], int] = {}
        self._closed = False

    @property
    def dropped(self) -> dict[tuple[str, str], int]:
        """(wearer, feed) -> samples that were pushed out because recognition was late."""
        with self._changed:
            return dict(self._dropped)

    def put(self, item: Item) -> None:
        """Leave an item; never waits."""
        with self._changed:
            self._items.append(item)
            if isinstance(item, Arrival):
                self._count(item)
            self._changed.notify_all()

    def put_in_turn(self, item: Arrival, stop: threading.Event) -> None:
        """Leave samples that can wait (a recording's) once there is room, or `stop` is set."""
        key = (item.wearer, item.feed.name)
        with self._changed:
            while self._rows.get(key, 0) + len(item.chunk.timestamps) > self._most_rows // 4:
                if stop.is_set() or not self._rows.get(key, 0):
                    break
                self._changed.wait(0.1)
        self.put(item)

    def take(self, timeout: float) -> list[Item]:
        """All that is there, in the order in which it came; waits up to `timeout` s for the first."""
        with self._changed:
            if not self._items and not self._closed:
                self._changed.wait(timeout)
            taken = list(self._items)
            self._items.clear()
            self._rows.clear()
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Let `take` return at once from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _count(self, item: Arrival) -> None:
        key = (item.wearer, item.feed.name)
        self._rows[key] = self._rows.get(key, 0) + len(item.chunk.timestamps)
        while self._rows[key] > self._most_rows:
            oldest = next(i for i in self._items if isinstance(i, Arrival) and (i.wearer, i.feed.name) == key)
            self._items.remove(oldest)
            rows = len(oldest.chunk.timestamps)
            self._rows[key] -= rows
            self._dropped[key] = self._dropped.get(key, 0) + rows


class InboxSink:
    """A reader's sink that leaves everything of one wearer in an inbox."""

    def __init__(self, wearer: str, inbox: Inbox) -> None:
        self._wearer = wearer
        self._inbox = inbox

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `lsl.sink.Sink`."""
        self._inbox.put(Arrival(self._wearer, feed, chunk, arrived))

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `lsl.sink.Sink`."""
        self._inbox.put(Change(self._wearer, feed, state, note, description))
