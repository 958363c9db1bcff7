"""Placement of samples on the common clock by stamp and arrival: expired, of another clock, drifting. Pure.

A stamp says when a sample was taken; its arrival bounds that from above. So stamps are trusted as long as
they can be true: not after their arrival, and not always long before it. Where they cannot (Unix time, a
counter, a clock whose offset nobody tells), the shortest delay seen stands in for the offset, which keeps the
stream aligned with the others up to the delay of its transport.
"""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from math import floor

import numpy as np
from numpy.typing import NDArray

LIFESPAN = 2.0
"""s; what arrives later than this after its time, in the burst after an interruption, is of no use."""
INTERRUPTION = 0.5
"""s without an arrival after which a backlog may come."""
FUTURE = 0.05
"""s by which a stamp may lie after its arrival: the error of a measured clock offset."""
AHEAD = 0.5
"""s after which stamps that lie after their arrival are believed to be of another clock."""
BEHIND = 5.0
"""s after which stamps that are always older than the lifespan are; a backlog is over by then. Also s for
which others have to be possible, to be believed after all."""
SETTLE = 1.0
"""s in which the shortest delay is found, where arrival stands in for a clock."""
FOLLOW = 5.0
"""s over which it is sought from then on."""
PACE = 0.005
"""s a second by which it is followed at most."""
DRIFT = 0.02
"""s a second; a clock that runs so wrong is broken (crystals: 0.0001)."""
REPLAY = 0.2
"""s a second; a difference beyond is meant: a recording played at another speed."""
SECONDS = 5
"""s of steady drift that show it."""
SPAN = 0.5
"""s, of which the shortest delay is taken in a segment's first seconds: a clock that runs wrong does so from
the start, and need not be waited for, while later a queue in the network may look like it for a while."""
SPANS = 5
"""Spans that show it where their delays lie on a line."""
STRAIGHT = 0.01
"""s by which they may lie off it: less than what arrival in bursts makes of them."""
STEEP = 0.05
"""s a second, by which such a line has to change at least."""
NUDGE = 1e-6
"""s between stamps that an adjusted offset would let overlap."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Samples on the common clock."""

    times: NDArray[np.float64]
    """(kept,) s, increasing."""
    expired: int
    """Number of samples at the beginning that outlived the lifespan, and are not in `times`."""
    moved: bool
    """They do not continue what came before: the stream's time was found to be wrong."""
    drifting: bool
    """Their time cannot be relied on: they count as missing."""
    broke: str = ""
    """Reason why they do not continue what came before; "" where they do."""


class Timeline:
    """One connection's samples on the common clock, chunk by chunk."""

    def __init__(self, lifespan: float = LIFESPAN) -> None:
        self._lifespan = lifespan
        self._anchor: float | None = None
        self._anchored = 0.0
        self._foreign = ""
        self._drift = 0.0
        self._last = -np.inf
        self._arrived: float | None = None
        self._backlog: float | None = None
        self._odd: tuple[float, float] | None = None
        """(arrival, delay) since which stamps could not be true."""
        self._possible: float | None = None
        """Arrival since which stamps could be true for which arrival stands in, s."""
        self._shortest: deque[tuple[float, float]] = deque(maxlen=2)
        """(begin, shortest delay) of the last spans of `FOLLOW`."""
        self._seconds: deque[tuple[float, float]] = deque(maxlen=SECONDS + 1)
        """(second, shortest delay in it)."""
        self._steady = 0.0
        """Drift by them, s a second; 0 where they show none."""
        self._spans: deque[tuple[float, float]] = deque(maxlen=SPANS + 1)
        """(span, shortest delay in it)."""
        self._line = 0.0
        """Drift by them, s a second; 0 where they show none."""

    @property
    def fault(self) -> str:
        """Present fault of the stream's time, in words; "" where there is none."""
        if abs(self._drift) > REPLAY:
            return f"its time stamps run at {1 - self._drift:.2g} times real time, as of a recording"
        if self._drift:
            return f"its time stamps gain {-self._drift:+.1%} by the clock: its samples count as missing"
        return self._foreign

    @property
    def shift(self) -> float:
        """Added to stamps at present, since they cannot be true, s; 0 where they are trusted."""
        return 0.0 if self._anchor is None else self._anchor

    def place(
        self, times: NDArray[np.float64], arrived: float, *, began: bool, by_arrival: bool = False
    ) -> Placed:
        """(n,) increasing stamps, by the sender's clock and its offset, that arrived at `arrived` (s).

        `began`: a segment begins; `by_arrival`: the offset is not known, arrival has to do.
        """
        delay = arrived - float(times[-1])
        moved = not began and (
            self._impossible(delay, arrived) or (not by_arrival and self._cleared(delay, arrived))
        )
        if began or moved:
            self._begin(delay, arrived, by_arrival, forget=began)
        if self._arrived is not None and arrived - self._arrived > INTERRUPTION:
            self._backlog = arrived
        self._watch_drift(delay, arrived)
        if self._anchor is not None:
            times = times + self._follow(delay, arrived)
        self._arrived = arrived
        expired = 0
        if self._backlog is not None:
            expired = int(np.searchsorted(times, arrived - self._lifespan))
            times = times[expired:]
            if len(times) or arrived - self._backlog > BEHIND:
                self._backlog = None  # caught up, or no backlog
        if len(times):
            if times[0] <= self._last:
                times = np.maximum(times, self._last + NUDGE * np.arange(1, len(times) + 1))
            self._last = float(times[-1])
        return Placed(times, expired, moved, DRIFT < abs(self._drift) <= REPLAY)

    def _begin(self, delay: float, arrived: float, by_arrival: bool, *, forget: bool) -> None:
        self._last, self._odd, self._possible = -np.inf, None, None
        self._shortest.clear()
        if forget:
            self._seconds.clear()
            self._spans.clear()
            self._drift = self._steady = self._line = 0.0
        plausible = -FUTURE <= delay <= self._lifespan
        self._anchor, self._foreign = None, ""
        if by_arrival or not plausible:
            self._anchor = delay
            self._anchored = arrived
            off = f"{abs(delay):.6g} s {'ahead of' if delay < 0 else 'behind'}"
            self._foreign = (
                "the sender's time service does not answer: arrival times stand in for its clock"
                if by_arrival
                else f"its time stamps are {off} LSL's clock: arrival times stand in for them"
            )

    def _impossible(self, delay: float, arrived: float) -> bool:
        """True if trusted stamps have been impossible for long enough, by a steady amount (no drift)."""
        if self._anchor is not None or -FUTURE <= delay <= self._lifespan:
            self._odd = None
            return False
        if self._odd is None or (self._odd[1] < 0) != (delay < 0):
            self._odd = arrived, delay
        since, first = self._odd
        passed = arrived - since
        if passed <= (AHEAD if delay < 0 else BEHIND):
            return False
        self._odd = arrived, delay
        return abs(delay - first) < FUTURE + DRIFT * passed

    def _cleared(self, delay: float, arrived: float) -> bool:
        """True if stamps for which arrival stands in have been possible for long: they came late at first,
        as where a busy machine takes seconds to begin."""
        if self._anchor is None or self._drift or not -FUTURE <= delay <= self._lifespan:
            self._possible = None
            return False
        if self._possible is None:
            self._possible = arrived
        return arrived - self._possible > BEHIND

    def _follow(self, delay: float, arrived: float) -> float:
        """The offset that makes the shortest delay of the last seconds 0."""
        anchor = self._anchor if self._anchor is not None else delay
        if not self._shortest or arrived - self._shortest[-1][0] >= FOLLOW:
            self._shortest.append((arrived, delay))
        begin, shortest = self._shortest[-1]
        self._shortest[-1] = begin, min(shortest, delay)
        wanted = min(least for _, least in self._shortest) - anchor
        if arrived - self._anchored > SETTLE:
            most = PACE * (arrived - (self._arrived or arrived))
            wanted = min(max(wanted, -most), most)
        self._anchor = anchor + max(wanted, -INTERRUPTION)
        return self._anchor

    def _watch_drift(self, delay: float, arrived: float) -> None:
        """See whether the shortest delays have grown, or shrunk, steadily and far too fast."""
        if self._backlog is not None:
            return
        # only what is over is judged
        if _shortest(self._seconds, float(floor(arrived)), delay):
            self._steady = self._by_seconds()
        if _shortest(self._spans, float(floor(arrived / SPAN)), delay):
            self._line = self._by_spans()
        self._drift = self._steady if len(self._seconds) > SECONDS else self._line

    def _by_seconds(self) -> float:
        """s a second where every second's change is alike; else 0."""
        if len(self._seconds) <= SECONDS:
            return 0.0
        if abs(self._seconds[-2][1] - self._seconds[0][1]) <= DRIFT / 2 * (SECONDS - 1):
            return 0.0  # as nearly always: each second's change is half the least at least
        # of so few numbers without arrays, which would take ten times as long
        marks = list(self._seconds)[:-1]
        slopes = [(later - least) / (then - when) for (when, least), (then, later) in pairwise(marks)]
        mean = sum(slopes) / len(slopes)
        steady = all(abs(slope - mean) < abs(mean) / 2 for slope in slopes)
        return mean if steady and abs(mean) > DRIFT else 0.0

    def _by_spans(self) -> float:
        """s a second where the delays lie on a steep line, of spans without a hole; else 0."""
        if len(self._spans) <= SPANS:
            return 0.0
        if abs(self._spans[-2][1] - self._spans[0][1]) < STEEP * SPAN * (SPANS - 1) - 2 * STRAIGHT:
            return 0.0  # as nearly always: a line ends elsewhere than it begins
        marks = list(self._spans)[:-1]
        if marks[-1][0] - marks[0][0] != SPANS - 1:
            return 0.0
        mean = sum(delay for _, delay in marks) / SPANS
        along = [(place - (SPANS - 1) / 2) * SPAN for place in range(SPANS)]
        slope = sum(a * d for a, (_, d) in zip(along, marks, strict=True)) / sum(a * a for a in along)
        off = max(abs(d - mean - slope * a) for a, (_, d) in zip(along, marks, strict=True))
        return slope if abs(slope) > STEEP and off < STRAIGHT else 0.0


def _shortest(spans: deque[tuple[float, float]], span: float, delay: float) -> bool:
    """Note a delay in its span; True if the span is a new one, so that those before it are complete."""
    if spans and spans[-1][0] == span:
        if delay < spans[-1][1]:
            spans[-1] = span, delay
        return False
    spans.append((span, delay))
    return True
