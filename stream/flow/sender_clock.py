"""The clock of a sender as the chain of samples needs it: its offset to ours, or why there is none."""

from dataclasses import dataclass
from typing import Final, Protocol

OFFSET_JUMP: Final = 0.05
"""s; an offset that changes by more is another clock."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The offset of the sender's clock, or the reason why there is none."""

    offset: float | None
    """s to add to its stamps; None: not known yet, hold the samples."""
    by_arrival: bool = False
    """The offset cannot be measured: arrival times stand in for it."""
    fault: str = ""


class SenderClock(Protocol):
    """The clock by which a sender stamps its samples."""

    @property
    def measured(self) -> float | None:
        """s as measured last; None where the time service has not answered."""

    def reading(self, now: float) -> ClockReading:
        """The offset for samples that arrived at `now`, s."""

    def suspect(self, now: float) -> None:
        """The sender's stamps jumped at `now`, s: its offset may have too."""
