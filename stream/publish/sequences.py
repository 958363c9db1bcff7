"""Losses of messages, by the sequence numbers of every topic of every publisher. Pure."""

from collections import OrderedDict
from typing import Final

_MOST: Final = 4096
"""Topics remembered; beyond it the longest silent is forgotten, so that years of restarts do not pile up."""


class Sequences:
    """Counts gaps, from the first message of a topic on: one cannot lose what one never joined."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lost: dict[str, int] = {}

    @property
    def lost(self) -> dict[str, int]:
        """Topic -> messages lost, of all publishers; only topics that lost some."""
        return dict(self._lost)

    def take(self, publisher: str, topic: str, seq: int, *, repeat: bool = False) -> int | None:
        """Note a message; the number lost just before it, or None for one that we already had."""
        key = (publisher, topic)
        last = self._last.get(key)
        if last is not None and (seq == last or (repeat and seq < last)):
            return None
        self._note(key, seq)
        # a lower number that is no repeat: the sender began to count anew without changing its id
        gap = 0 if last is None else max(0, seq - last - 1)
        self._count(topic, gap)
        return gap

    def compare(self, publisher: str, last_seq: dict[str, int]) -> None:
        """Hold what came against what the publisher says it sent; finds losses that no message shows."""
        for topic, seq in last_seq.items():
            key = (publisher, topic)
            last = self._last.get(key)
            if last is None or seq > last:
                self._note(key, seq)
                self._count(topic, 0 if last is None else seq - last)

    def _note(self, key: tuple[str, str], seq: int) -> None:
        self._last[key] = seq
        self._last.move_to_end(key)
        if len(self._last) > _MOST:
            self._last.popitem(last=False)

    def _count(self, topic: str, gap: int) -> None:
        if gap:
            self._lost[topic] = self._lost.get(topic, 0) + gap
