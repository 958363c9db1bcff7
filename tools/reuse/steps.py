"""Arithmetic of a trunk that is carried from window to window: steps to compute again, and their cost.

A step has to be computed again while anything that it sees is still to come, since a window ends in zeros;
and again where it has come so near to the window's beginning that it sees the zeros there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from hnhar.model.encoders.temporal import TemporalConfig


@dataclass(frozen=True, slots=True)
class Layout:
    """Steps of a trunk over windows of `points` grid points."""

    points: int
    """T."""
    config: TemporalConfig

    @property
    def steps(self) -> int:
        """Behind the stem, S."""
        return -(-self.points // self.config.stride)

    @property
    def halves(self) -> tuple[int, ...]:
        """Steps that each block sees to either side."""
        return tuple(dilation * (self.config.kernel // 2) for dilation in self.config.dilations)

    @property
    def unsettled(self) -> int:
        """Steps of the stem that see beyond the window's end."""
        half, stride = self.config.kernel // 2, self.config.stride
        return sum(stride * step + half > self.points - 1 for step in range(self.steps))

    @property
    def edge(self) -> int:
        """Steps of the stem that see beyond the window's beginning."""
        return sum(self.config.stride * step < self.config.kernel // 2 for step in range(self.steps))

    def right(self, new: int) -> tuple[int, ...]:
        """Steps of the stem and of each block that differ when `new` steps have come: the newest."""
        return self._grown(new + self.unsettled)

    def left(self) -> tuple[int, ...]:
        """Steps of the stem and of each block that see the zeros before the window: the oldest."""
        return self._grown(self.edge)

    def _grown(self, first: int) -> tuple[int, ...]:
        return tuple(min(rows, self.steps) for rows in accumulate(self.halves, initial=first))

    def flop(self, channels: int, rows: Sequence[int]) -> float:
        """FLOP (2 a multiply-add) of so many steps of the stem and of each block, and of the pooling."""
        width, inner = self.config.width, self.config.width * self.config.expansion
        stem = 2 * channels * self.config.kernel * width
        block = 2 * self.config.kernel * width + 4 * width * inner
        pooling = self.steps * width * (4 * self.config.heads + 1)
        return rows[0] * stem + sum(rows[1:]) * block + pooling

    def whole(self, channels: int) -> float:
        """FLOP of a whole window."""
        return self.flop(channels, [self.steps] * (1 + len(self.halves)))

    def open(self, channels: int, new: int) -> float:
        """FLOP of `new` steps where the oldest keep what they were computed from."""
        return self.flop(channels, self.right(new))

    def exact(self, channels: int, new: int) -> float:
        """FLOP of `new` steps where the result is that of the whole window."""
        pairs = zip(self.right(new), self.left(), strict=True)
        return self.flop(channels, [min(right + left, self.steps) for right, left in pairs])

    def late(self, channels: int, new: int) -> float:
        """FLOP of `new` steps, each computed once: late, or by a trunk that sees the past alone."""
        return self.flop(channels, [new] * (1 + len(self.halves)))


def repeats_after(hop: float, rate: float, stride: int) -> int:
    """Hops after which the steps of a trunk lie where they lay: grids end on their window's end.

    The hop is taken as the nearest fraction of a thousandth of a second.
    """
    return (Fraction(round(hop * 1000), 1000) * Fraction(rate).limit_denominator(1000) / stride).denominator


def new_steps(hop: float, rate: float, stride: int) -> int:
    """Steps that are new when they lie again where they lay."""
    return round(hop * repeats_after(hop, rate, stride) * rate / stride)
