"""One connection's samples from the wire to the sink: no thread, no waiting, no clock of its own.

    stamps made fit → held until channels and clock are known → placed on the common clock → mapped → judged

Every sample that is taken is handed on, counted with the reason why not, or held.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..mapping.channel_map import ChannelMap
from ..messages import Chunk
from .feed_sink import FeedSink
from .monitor import FeedMonitor
from .quality import Quality
from .sender_clock import OFFSET_JUMP, ClockReading, SenderClock
from .stamps import Segment, Stamps
from .timeline import LIFESPAN, Timeline

HELD = 10.0
"""s for which samples wait for the clock and the channels, as long as an inlet would keep them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    segment: Segment
    arrived: float


class Flow:
    """Takes what a connection pulls; used by that connection's thread alone."""

    def __init__(
        self,
        sink: FeedSink,
        monitor: FeedMonitor,
        clock: SenderClock,
        nominal: float,
        *,
        lifespan: float = LIFESPAN,
    ) -> None:
        """`nominal`: declared rate, Hz, 0 where there is none; `lifespan`: of late samples, s."""
        self._sink = sink
        self._monitor = monitor
        self._clock = clock
        self._stamps = Stamps(max(0.25, 3.0 / nominal) if nominal else 0.5)
        monitor.stamps = self._stamps.counts
        self._timeline = Timeline(lifespan)
        self._held: deque[_Held] = deque()
        self._map: ChannelMap | None = None
        self._quality: Quality | None = None
        self._reading: ClockReading | None = None
        self._broken = False

    @property
    def held(self) -> int:
        """Samples that wait for the clock, for the channels, or for the stamps after theirs."""
        return sum(len(h.segment.timestamps) for h in self._held) + self._stamps.held

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
            finite = np.isfinite(samples)
            if not finite.all():
                monitor.not_finite += int((~finite).any(axis=1).sum())
            for segment in self._stamps.accept(samples, times, now):
                if segment.jumped:
                    self._clock.suspect(now)
                self._held.append(_Held(segment, now))
        if channel_map is not None and self._map is None:
            self._map, self._quality = channel_map, Quality(channel_map.checks)
        self._drain(now)

    def close(self) -> None:
        """The connection is over: what is still held will not be handed on."""
        self._monitor.drop("held", self.held)
        self._held.clear()
        self._stamps.forget()

    def _drain(self, now: float) -> None:
        reading = self._clock.reading(now)
        if reading.offset is None or self._map is None:
            while self._held and now - self._held[0].arrived > HELD:
                lost = self._held.popleft().segment
                self._broken = self._broken or lost.jumped
                self._monitor.drop("held", len(lost.timestamps))
            self._monitor.tell_faults((reading.fault,) if reading.fault and self._map is not None else ())
            return
        self._monitor.clock_offset = None if reading.by_arrival else self._clock.measured
        while self._held:
            held = self._held.popleft()
            self._hand_on(held.segment, held.arrived, reading, reading.offset)
        time_fault = self._timeline.fault
        faults = self._quality.faults if self._quality is not None else ()
        if time_fault or reading.fault:
            faults = *filter(None, (time_fault, reading.fault)), *faults
        self._monitor.tell_faults(faults)

    def _hand_on(self, segment: Segment, arrived: float, reading: ClockReading, offset: float) -> None:
        before, self._reading = self._reading, reading
        began = (
            self._broken
            or segment.jumped
            or before is None
            or before.offset is None
            or before.by_arrival != reading.by_arrival
            or abs(before.offset - offset) > OFFSET_JUMP
        )
        self._broken = False
        placed = self._timeline.place(
            segment.timestamps + offset, arrived, began=began, by_arrival=reading.by_arrival
        )
        self._monitor.shifts.note(arrived, self._timeline.shift)
        if (began and before is not None) or placed.moved:
            self._break(
                "the sender's clock was set anew"
                if segment.jumped
                else "its time stamps were found to be wrong"
                if placed.moved
                else "its clock's offset has changed"
            )
        self._monitor.drop("expired", placed.expired)
        if len(placed.times):
            kept = segment.samples[placed.expired :] if placed.expired else segment.samples
            self._pass(kept, placed.times, arrived, drifting=placed.drifting)

    def _pass(
        self, samples: NDArray[np.floating], times: NDArray[np.float64], arrived: float, *, drifting: bool
    ) -> None:
        if self._map is None or self._quality is None:
            return
        values = self._map.apply(samples)
        for remark in self._map.remarks():
            self._monitor.remark(remark)
        while len(times):
            until = self._quality.leap(values, times)
            if until == len(times):
                self._send(self._map, values, times, arrived, masked=drifting)
                return
            if until:
                self._send(self._map, values[:until].copy(), times[:until].copy(), arrived, masked=drifting)
            values, times = values[until:].copy(), times[until:].copy()
            self._break("the body is elsewhere at once: another person may be tracked")

    def _send(
        self,
        channel_map: ChannelMap,
        values: NDArray[np.float32],
        times: NDArray[np.float64],
        arrived: float,
        *,
        masked: bool,
    ) -> None:
        self._monitor.alive()
        if self._quality is not None:
            values = self._quality.mask(values, times)
        if masked:
            values = np.full_like(values, np.nan)
        values.flags.writeable = times.flags.writeable = False
        self._sink.samples(channel_map.feed, Chunk(values, times), arrived)
        self._monitor.handed_on(times)

    def _break(self, reason: str) -> None:
        """Begin a new segment."""
        if self._quality is not None:
            self._quality.restart()
        self._monitor.begin_anew(reason)
