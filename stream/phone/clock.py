"""The clock of a phone: its offset to ours, by what it tells or by the shortest delay of late. Pure."""

from collections import deque
from typing import Final

SPAN: Final = 15.0
"""s of which the shortest delay is kept, and that of the span before: clocks drift by 1 ms in it."""
JUMP: Final = 0.05
"""s by which two answers differ, beyond what their ways explain, where the clock jumped in between."""
STEP: Final = 1.0
"""s by which stamps step back where the clock was set, and is learned anew."""
TOLD: Final = 20.0
"""s for which an answer to a question for the time holds."""


class PhoneClock:
    """Offset from a phone's clock to ours. A phone may be years off, and be set anew meanwhile.

    A message cannot come before it was sent, so the shortest delay from its newest stamp to its arrival is
    the offset, up to the shortest time on the way. A page that answers when it is asked for the time tells it
    to half of its round trip.
    """

    def __init__(self) -> None:
        self._spans: deque[tuple[float, float]] = deque(maxlen=2)
        """(begin, shortest delay) by arrival."""
        self._answers: deque[tuple[float, float, float]] = deque(maxlen=32)
        """(arrival, round trip, offset)."""
        self._newest: float | None = None
        self.sets = 0
        """How often it was set back, or jumped."""
        self.latency = 0.0
        """s from the newest stamp of the last message to its arrival, by the offset of now."""

    def note(self, stamp: float, arrived: float) -> None:
        """A message whose newest reading is stamped `stamp` came at `arrived`, s by our clock."""
        if self._newest is not None and stamp < self._newest - STEP:
            self.sets += 1
            self._spans.clear()
            self._answers.clear()
        self._newest = stamp
        delay = arrived - stamp
        if not self._spans or arrived - self._spans[-1][0] >= SPAN:
            self._spans.append((arrived, delay))
        begin, shortest = self._spans[-1]
        self._spans[-1] = begin, min(shortest, delay)
        while self._answers and arrived - self._answers[0][0] > TOLD:
            self._answers.popleft()
        self.latency = max(delay - (self.offset or 0.0), 0.0)

    def answered(self, asked: float, answer: float, arrived: float) -> None:
        """It said its time, `answer`, s, to what was asked at `asked`; that came at `arrived`."""
        trip = arrived - asked
        if trip < 0:
            return
        offset = (asked + arrived) / 2 - answer
        if any(abs(offset - other) > (trip + way) / 2 + JUMP for _, way, other in self._answers):
            # both cannot be so: it stood still meanwhile, as while a phone sleeps, or was set
            self.sets += 1
            self._spans.clear()
            self._answers.clear()
        self._answers.append((arrived, trip, offset))

    @property
    def offset(self) -> float | None:
        """s to add to its stamps; None before the first message."""
        if self._answers:
            return min(self._answers, key=lambda answer: answer[1])[2]
        return min((delay for _, delay in self._spans), default=None)
