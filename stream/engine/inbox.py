"""Queue from the readers' threads to the one thread that recognizes: bounded, and nothing waits for room."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf, isfinite
from time import monotonic
from typing import Final

import numpy as np

from ..messages import Chunk, Feed, StreamDescription, StreamState
from ..windows.windower import WAIT

MOST_ROWS: Final = 20_000
"""Samples that wait of one feed; beyond it its oldest go and are counted."""
LINGER: Final = 0.25
"""s that samples which complete no window may wait for others: dozens of streams would wake recognition
hundreds of times a second, mostly for nothing."""


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

    def __init__(
        self,
        most_rows: int = MOST_ROWS,
        *,
        hop: float | None = None,
        phases: Mapping[str, float] | None = None,
        gather: float = 0.0,
    ) -> None:
        """`hop`: windows end at multiples of it and their wearer's phase, s, so what reaches none may linger;
        None: nothing does; `gather`: s for which what completes a window waits for what completes others."""
        self._most_rows = most_rows
        self._hop = hop
        self._phases = phases or {}
        self._newest: dict[str, dict[str, float]] = {}
        """Wearer -> feed -> its newest sample's stamp, s; of feeds that are not down."""
        self.gather = gather
        self._urgent = False
        self._since = 0.0
        """When it became so, s; by the monotonic clock."""
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
            if self._hurries(item) and not self._urgent:
                self._urgent, self._since = True, monotonic()
                self._changed.notify_all()

    def take(self, timeout: float) -> list[Item]:
        """All that is there, in the order in which it came; waits up to `timeout` s for the first, and up to
        `LINGER` of them for what completes a window, which waits `gather` s for more of its kind."""
        with self._changed:
            while timeout > 0 and not self._urgent and not self._closed:
                self._changed.wait(min(timeout, LINGER))
                timeout -= LINGER
                if self._items:
                    break
            rest = self.gather - (monotonic() - self._since) if self.gather and self._urgent else 0.0
            if timeout > 0 and rest > 0 and not self._closed:
                self._changed.wait(min(rest, timeout))
            taken = list(self._items)
            self._items.clear()
            self._rows.clear()
            self._urgent = False
            self._changed.notify_all()
            return taken

    def wake(self) -> None:
        """Let `take` return at once, this time."""
        with self._changed:
            self._urgent, self._since = True, -inf
            self._changed.notify_all()

    def close(self) -> None:
        """Let `take` return at once from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _hurries(self, item: Item) -> bool:
        """True if a window may end with this item."""
        if self._hop is None:
            return True
        feeds = self._newest.setdefault(item.wearer, {})
        if isinstance(item, Change):
            if item.state is not StreamState.LIVE:
                feeds.pop(item.feed, None)
            return True
        newest = float(item.chunk.timestamps[-1])
        before, feeds[item.feed.name] = feeds.get(item.feed.name, -inf), newest
        if not isfinite(newest):
            return True
        phase = self._phases.get(item.wearer, 0.0)
        end = floor((newest - phase) / self._hop) * self._hop + phase
        if end <= before < end + self._hop:
            return False
        # no window ends while another feed lags that the windower waits for
        return not any(newest - WAIT <= other < end for other in feeds.values())

    def _count(self, item: Arrival) -> None:
        key = (item.wearer, item.feed.name)
        self._rows[key] = self._rows.get(key, 0) + len(item.chunk.timestamps)
        while self._rows[key] > self._most_rows:
            oldest = next(i for i in self._items if isinstance(i, Arrival) and (i.wearer, i.feed.name) == key)
            self._items.remove(oldest)
            rows = len(oldest.chunk.timestamps)
            self._rows[key] -= rows
            self._dropped[key] = self._dropped.get(key, 0) + rows


def joined(items: Sequence[Item]) -> list[Item]:
    """The items with consecutive chunks of a feed concatenated, which is cheaper.

    Windows are the same however samples are split.
    """
    out: list[Item] = []
    open_: dict[tuple[str, str], list[Arrival]] = {}
    for item in items:
        if isinstance(item, Change):
            out += map(_concatenated, open_.values())
            open_.clear()
            out.append(item)
            continue
        together = open_.setdefault((item.wearer, item.feed.name), [])
        if together and together[0].feed is not item.feed:
            out.append(_concatenated(together))
            together.clear()
        together.append(item)
    out += map(_concatenated, open_.values())
    return out


def _concatenated(parts: Sequence[Arrival]) -> Arrival:
    """One arrival of all parts of one feed; it arrived when the last did."""
    last = parts[-1]
    if len(parts) == 1:
        return last
    chunk = Chunk(
        np.concatenate([part.chunk.samples for part in parts]),
        np.concatenate([part.chunk.timestamps for part in parts]),
    )
    return Arrival(last.wearer, last.feed, chunk, last.arrived)


class InboxSink:
    """A reader's sink that leaves everything of one wearer in an inbox."""

    def __init__(self, wearer: str, inbox: Inbox) -> None:
        self._wearer = wearer
        self._inbox = inbox

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `flow.feed_sink.FeedSink`."""
        self._inbox.put(Arrival(self._wearer, feed, chunk, arrived))

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `flow.feed_sink.FeedSink`."""
        self._inbox.put(Change(self._wearer, feed, state, note, description))
