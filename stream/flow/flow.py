"""One connection's samples from the wire to the sink: no thread, no waiting, no clock of its own.

    stamps made fit → held until channels and clock are known → placed on the common clock → mapped → judged

Every sample that is taken is handed on, counted with the reason why not, or held.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ..mapping.channel_map import ChannelMap
from ..mapping.finite import all_finite
from ..messages import Chunk
from .feed_sink import FeedSink
from .judging import Judging
from .monitor import FeedMonitor
from .placing import Placing
from .sender_clock import ClockReading, SenderClock
from .stamp_scale import StampScale
from .stamps import Segment, Stamps, gap_limit
from .timeline import LIFESPAN

HELD = 10.0
"""s for which samples wait for the clock and the channels, as long as an inlet would keep them."""


class Flow:
    """Takes what a connection pulls; used by that connection's thread alone."""

    def __init__(
        self,
        sink: FeedSink,
        monitor: FeedMonitor,
        clock: SenderClock,
        nominal: float,
        *,
        grid: float,
        lifespan: float = LIFESPAN,
    ) -> None:
        """`nominal`: declared rate, Hz, 0 where there is none; `grid`: rate of the modality's time grid, Hz;
        `lifespan`: of late samples, s."""
        self._sink = sink
        self._monitor = monitor
        self._clock = clock
        self._grid = grid
        self._stamps = Stamps(gap_limit(nominal), nominal)
        monitor.stamps = self._stamps.counts
        self._scale = StampScale(nominal)
        self._placing = Placing(lifespan)
        self._held: deque[Segment] = deque()
        self._judging: Judging | None = None
        self._arrived = 0.0
        """Arrival of what is judged at present, s."""

    @property
    def held(self) -> int:
        """Samples that wait for the clock, for the channels, or for the stamps after theirs."""
        return sum(len(h.timestamps) for h in self._held) + self._stamps.held

    @property
    def newest(self) -> float | None:
        """Time of the newest sample, s, while the stream is steady: all that came was handed on, and its
        stamps are trusted; else None."""
        if self._judging is None or self._held or self._placing.timeline.shift:
            return None
        return None if self._stamps.bursts or self._stamps.held else self._monitor.newest

    @property
    def in_seconds(self) -> bool:
        """True while stamps are taken as LSL's are meant: in seconds."""
        return not self._scale.fault

    def take(
        self,
        samples: NDArray[np.floating],
        times: NDArray[np.float64],
        now: float,
        channel_map: ChannelMap | None,
    ) -> None:
        """(n, channels) samples with the sender's stamps (n,), pulled at `now`; `channel_map` once known.

        n may be 0, for what is held to be looked at. Both arrays belong to the flow from now on.
        """
        monitor = self._monitor
        if len(times):
            monitor.received += len(times)
            if not all_finite(samples):
                monitor.not_finite += int((~np.isfinite(samples)).any(axis=1).sum())
            segments = self._stamps.accept(samples, self._scale.seconds(times), now)
        else:
            segments = self._stamps.settle(now)
        for segment in segments:
            if segment.jumped:
                self._clock.suspect(now)
            self._held.append(segment)
        if channel_map is not None and self._judging is None:
            self._judging = Judging(
                channel_map, self._send, self._monitor.begin_anew, self._monitor.remark, self._grid
            )
            self._monitor.masked = self._judging.quality.masked
        self._drain(now)

    def close(self) -> None:
        """The connection is over: what is still held will not be handed on."""
        self._monitor.drop("held", self.held)
        self._held.clear()
        self._stamps.forget()
        # it refers back to the flow, which a cycle would keep until Python's rare full collection
        self._judging = None

    def _drain(self, now: float) -> None:
        reading = self._clock.reading(now)
        if reading.offset is None or self._judging is None:
            while self._held and now - self._held[0].arrived > HELD:
                lost = self._held.popleft()
                self._placing.lost(lost)
                self._monitor.drop("held", len(lost.timestamps))
            self._monitor.tell_faults((reading.fault,) if reading.fault and self._judging is not None else ())
            return
        self._monitor.clock_offset = None if reading.by_arrival else self._clock.measured
        while self._held:
            held = self._held.popleft()
            self._hand_on(held, reading, reading.offset)
        time_fault = self._placing.timeline.fault
        faults = self._judging.faults
        if time_fault or reading.fault or self._scale.fault:
            faults = *filter(None, (self._scale.fault, time_fault, reading.fault)), *faults
        self._monitor.tell_faults(faults)

    def _hand_on(self, segment: Segment, reading: ClockReading, offset: float) -> None:
        placed = self._placing.place(segment, reading, offset)
        self._monitor.shifts.note(segment.arrived, self._placing.timeline.shift)
        if self._judging is None:
            return
        if placed.broke:
            self._judging.restart(placed.broke)
        self._monitor.drop("expired", placed.expired)
        if len(placed.times):
            kept = segment.samples[placed.expired :] if placed.expired else segment.samples
            self._arrived = segment.arrived
            self._judging.take(kept, placed.times, drifting=placed.drifting)

    def _send(self, values: NDArray[np.float32], times: NDArray[np.float64]) -> None:
        if self._judging is None:
            return
        self._monitor.alive()
        values.flags.writeable = times.flags.writeable = False
        self._sink.samples(self._judging.map.feed, Chunk(values, times), self._arrived)
        self._monitor.handed_on(times)
