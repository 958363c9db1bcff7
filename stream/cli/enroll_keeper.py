"""Samples of live streams that `hnhar-enroll` keeps, and the seconds in which they came."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from ..messages import Chunk, Feed, StreamDescription, StreamState
from ..recordings.enrolling import Span
from ..recordings.feeds import Feeds, RecordedFeed

_SILENT: Final = 2.0
"""s without samples after which the person who performs is told."""


class Keeper:
    """A reader's sink that keeps all that came; thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: without jumps, s; seconds in which samples came are counted by it."""
        self._clock = clock
        self._lock = threading.Lock()
        self._chunks: dict[str, tuple[Feed, list[Chunk]]] = {}
        self._states: dict[str, tuple[StreamState, str]] = {}
        self._seconds: dict[str, Counter[int]] = {}
        """Feed -> second of our own clock -> samples that came in it."""

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `flow.feed_sink.FeedSink`."""
        with self._lock:
            self._chunks.setdefault(feed.name, (feed, []))[1].append(chunk)
            self._seconds.setdefault(feed.name, Counter())[int(self._clock())] += len(chunk.timestamps)

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `flow.feed_sink.FeedSink`."""
        with self._lock:
            self._states[feed] = state, note

    def newest(self) -> dict[str, float]:
        """Modality -> time stamp up to which all its feeds have come, s."""
        with self._lock:
            newest: dict[str, float] = {}
            for feed, chunks in self._chunks.values():
                last = float(chunks[-1].timestamps[-1])
                newest[feed.modality] = min(newest.get(feed.modality, last), last)
            return newest

    def heard(self, span: Span) -> dict[str, int]:
        """Feed -> samples of a span."""
        with self._lock:
            return {
                name: sum(
                    int(np.count_nonzero((c.timestamps >= span.start) & (c.timestamps <= span.end)))
                    for c in chunks
                )
                for name, (_, chunks) in self._chunks.items()
            }

    def per_second(self, feed: str, seconds: int) -> list[int]:
        """Samples of a feed in each of the last whole seconds, oldest first."""
        with self._lock:
            now, counts = int(self._clock()), self._seconds.get(feed, Counter())
            return [counts[second] for second in range(now - seconds, now)]

    def silent(self, modalities: Iterable[str], now: float) -> list[str]:
        """A sentence on each modality whose samples have stopped; `now`: LSL clock, s."""
        newest = self.newest()
        ages = {name: now - newest[name] for name in sorted(modalities) if name in newest}
        return [f"{name}: no samples for {age:.0f} s" for name, age in ages.items() if age >= _SILENT]

    def notes(self) -> str:
        """Notes of the readers, on streams that they wait for."""
        with self._lock:
            return "; ".join(note for _, note in self._states.values() if note)

    def feeds(self) -> Feeds:
        """Everything, as a recording's feeds."""
        with self._lock:
            return [
                RecordedFeed(
                    feed,
                    np.concatenate([c.timestamps for c in chunks]),
                    np.concatenate([c.samples for c in chunks]),
                )
                for feed, chunks in self._chunks.values()
            ]
