"""Segments of a stream on the common clock, and where they do not continue what came before."""

from dataclasses import replace

from .sender_clock import OFFSET_JUMP, ClockReading
from .stamps import Segment
from .timeline import LIFESPAN, Placed, Timeline


class Placing:
    """Places one connection's segments, live or recorded."""

    def __init__(self, lifespan: float = LIFESPAN) -> None:
        """`lifespan`: of late samples, s."""
        self.timeline = Timeline(lifespan)
        self._reading: ClockReading | None = None
        self._broken = False

    def lost(self, segment: Segment) -> None:
        """A segment is left out before it was placed."""
        self._broken = self._broken or segment.jumped

    def place(self, segment: Segment, reading: ClockReading, offset: float) -> Placed:
        """The segment by `reading` of its sender's clock, whose offset is `offset`, s."""
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
        times = segment.timestamps + offset if offset else segment.timestamps
        placed = self.timeline.place(times, segment.arrived, began=began, by_arrival=reading.by_arrival)
        if (began and before is not None) or placed.moved:
            reason = (
                "the sender's clock was set anew"
                if segment.jumped
                else "its time stamps were found to be "
                + ("wrong" if self.timeline.shift else "right after all")
                if placed.moved
                else "its clock's offset has changed"
            )
            return replace(placed, broke=reason)
        return placed
