"""Wearers who move away from a shard that is late. Pure; time is an argument.

A shard that was late with n wearers takes n or more again only after a while, so that wearers are not sent to
and fro; and between two moves of a shard there is time to see what the first one did."""

import math
from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from .placement import Candidate

SPAN: Final = 10.0
"""s that are looked at."""
LATE: Final = 3.0
"""s of them in which a shard did not keep up, from which on it is late: a hiccup moves nobody."""
HICCUP: Final = 2.0
"""s that one hiccup counts at most, however long it was."""
TAKES: Final = 1.0
"""s of them in which a shard did not keep up that still takes wearers."""
SETTLING: Final = 10.0
"""s after a move in which neither of its shards takes part in another."""
REMEMBERED: Final = 120.0
"""s for which is remembered with how many wearers a shard was late."""
SHARE: Final = 0.25
"""Of its wearers that a late shard gives away at once."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Wearers to be taken from one shard to another."""

    wearers: tuple[str, ...]
    source: int
    target: int


class Balance:
    """Watches how shards keep up, and says what to move."""

    def __init__(self) -> None:
        self._late: dict[int, deque[tuple[float, float]]] = {}
        """Shard -> (when, s in which it did not keep up), of the last `SPAN`."""
        self._too_many: dict[int, tuple[int, float]] = {}
        """Shard -> (wearers with which it was late, when), of the last time."""
        self._moved: dict[int, float] = {}
        """Shard -> when it last gave or took, s."""

    def held_up(self, shard: int, wearers: int, seconds: float, now: float) -> None:
        """A shard with so many wearers did not keep up for so long, until now."""
        of = self._late.setdefault(shard, deque())
        of.append((now, min(seconds, HICCUP)))
        while now - of[0][0] > SPAN:
            of.popleft()
        if self.late(shard, now) and not self._settling(shard, now):
            self._too_many[shard] = (wearers, now)

    def moved(self, shards: Set[int], now: float) -> None:
        """These shards gave or took wearers."""
        for shard in shards:
            self._moved[shard] = now
            self._late.pop(shard, None)

    def forget(self, shard: int) -> None:
        """A shard is gone."""
        for of in (self._late, self._too_many, self._moved):
            of.pop(shard, None)

    def late(self, shard: int, now: float) -> bool:
        """True where a shard does not keep up."""
        return self._seconds(shard, now) >= LATE

    def room(self, shard: int, now: float) -> int | None:
        """Wearers that a shard may have: fewer than it was late with; None where that is not known."""
        many, when = self._too_many.get(shard, (0, -math.inf))
        return many - 1 if now - when < REMEMBERED else None

    def move(
        self, candidates: Mapping[int, Candidate], wearers: Mapping[int, tuple[str, ...]], now: float
    ) -> Handover | None:
        """The next move; None where all keep up, or none could take more.

        Args:
            candidates: Shard -> itself, of those that are ready.
            wearers: Shard -> its wearers.
            now: s.
        """
        late = [
            s for s in candidates if self.late(s, now) and not self._settling(s, now) and len(wearers[s]) > 1
        ]
        for source in sorted(late, key=lambda s: -len(wearers[s])):
            theirs = wearers[source]
            many = max(1, math.floor(len(theirs) * SHARE))
            targets = [c for s, c in candidates.items() if s != source and self._takes(c, now)]
            for target in sorted(targets, key=lambda c: (c.wearers, c.shard)):
                room = self.room(target.shard, now)
                most = many if room is None else min(many, room - target.wearers)
                most = min(most, len(theirs) - 1)
                seen = [w for w in theirs if target.sees.get(w)][-most:] if most > 0 else []
                if seen:
                    return Handover(tuple(seen), source, target.shard)
        return None

    def _seconds(self, shard: int, now: float) -> float:
        return sum(late for when, late in self._late.get(shard, ()) if now - when <= SPAN)

    def _takes(self, candidate: Candidate, now: float) -> bool:
        shard = candidate.shard
        return self._seconds(shard, now) <= TAKES and not self._settling(shard, now)

    def _settling(self, shard: int, now: float) -> bool:
        return now - self._moved.get(shard, -math.inf) < SETTLING
