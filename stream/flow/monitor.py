"""State, rate, age and losses of one feed, for the sink and for status messages."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ..messages import StreamDescription, StreamState, StreamStatus
from .feed_sink import FeedSink
from .shifts import Shifts
from .stamps import StampCounts

RATE_SPAN = 5.0
"""s over which the effective rate is measured."""
QUIET = 0.5
"""s; the shortest silence that is a stall."""
QUIET_IRREGULAR = 1.0
"""s, where no rate is declared or measured yet."""


class FeedMonitor:
    """Written by the feed's one reader thread (and `change` by its supervisor), read by any."""

    def __init__(
        self, sink: FeedSink, description: StreamDescription, *, deadline: float | None = None
    ) -> None:
        """`deadline`: s of silence that are a stall; None: by the rate."""
        self._deadline = deadline
        self.feed = ""
        self.state = StreamState.OPENING
        self.note = ""
        self.faults: tuple[str, ...] = ()
        self.description = description
        self.clock_offset: float | None = None
        self.received = 0
        self.not_finite = 0
        self.samples = 0
        self._dropped: dict[str, int] = {}
        self._interruptions = 0
        self._jumps = 0
        self.stamps = StampCounts()
        """Counts of the stamps' faults, shared with the connection's `Stamps`."""
        self.masked: dict[str, int] = {}
        """Reason -> samples that count as missing for it, shared with the connection's `Quality`."""
        self.shifts = Shifts()
        """By how much stamps were moved that could not be true."""
        self._sink = sink
        self.newest: float | None = None
        """Time of the newest sample that was handed on, s."""
        self._marks: deque[tuple[float, int]] = deque()

    def change(self, state: StreamState, note: str | None = None) -> None:
        """Enter a state and notify the sink; `note` None keeps the one before."""
        if note is not None:
            self.note = note
        if state != self.state or note is not None:
            self.state = state
            self._sink.state(self.feed, state, self.note, self.description)

    def begin_anew(self, reason: str) -> None:
        """Begin a new segment: coming samples do not continue those before."""
        self._marks.clear()
        self._jumps += 1
        self.state = StreamState.WARMUP
        self._sink.state(self.feed, self.state, reason, self.description)

    def drop(self, reason: str, samples: int) -> None:
        """Count samples that are not handed on."""
        if samples:
            self._dropped[reason] = self._dropped.get(reason, 0) + samples
            self._interruptions += reason == "expired"

    def tell_faults(self, faults: tuple[str, ...]) -> None:
        """Say what is wrong now, where that has changed."""
        if faults != self.faults:
            self.faults = faults
            self._sink.state(
                self.feed, self.state, "; ".join(faults) or "all is well again", self.description
            )

    def remark(self, words: str) -> None:
        """Say what happened, and leave the state as it is."""
        self._sink.state(self.feed, self.state, words, self.description)

    def alive(self) -> None:
        """Samples are about to be handed on."""
        if self.state in (StreamState.WARMUP, StreamState.STALLED):
            self.change(StreamState.LIVE)

    def quiet(self, since: float) -> None:
        """No sample for `since` s: a stall after the deadline; without one after five periods, and 0.5 s at
        least (1 s without a rate)."""
        limit = self._deadline
        if limit is None:
            rate = self.rate or self.description.nominal_rate
            limit = max(QUIET, 5.0 / rate) if rate else QUIET_IRREGULAR
        if self.state is StreamState.LIVE and since > limit:
            self._marks.clear()
            self.change(StreamState.STALLED)

    def handed_on(self, timestamps: NDArray[np.float64]) -> None:
        """Samples stamped so have gone to the sink."""
        self.samples += len(timestamps)
        newest = float(timestamps[-1])
        self.newest = newest
        self._marks.append((newest, self.samples))
        while len(self._marks) > 2 and newest - self._marks[1][0] >= RATE_SPAN:
            self._marks.popleft()

    @property
    def dropped(self) -> dict[str, int]:
        """Reason -> samples dropped for it."""
        reasons = dict(self._dropped)
        return reasons | ({"stamp": self.stamps.dropped} if self.stamps.dropped else {})

    @property
    def rate(self) -> float | None:
        """Hz over the last seconds; None before half a second of samples."""
        marks = list(self._marks)
        if len(marks) < 2 or marks[-1][0] - marks[0][0] < 0.5:
            return None
        return (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])

    def status(self, wearer: str, modality: str, source: str, now: float) -> StreamStatus:
        """As a message; `now`: our clock, s."""
        counts, dropped = self.stamps, self.dropped
        return StreamStatus(
            wearer=wearer,
            modality=modality,
            feed=self.feed or modality,
            state=self.state,
            source=source,
            description=self.description,
            effective_rate=self.rate,
            age=None if self.newest is None else now - self.newest,
            clock_offset=self.clock_offset,
            samples=self.samples,
            gaps=counts.gaps + self._interruptions + self._jumps,
            drops=sum(dropped.values()),
            note="; ".join(filter(None, (self.note, *self.faults))),
            received=self.received,
            duplicates=counts.repeated,
            steps_back=counts.back,
            jumps=self._jumps,
            not_finite=self.not_finite,
            dropped=dropped,
            masked=dict(self.masked),
            faults=self.faults,
        )
