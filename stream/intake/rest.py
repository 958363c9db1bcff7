"""Rest of a thread that reads one stream alone: awake where a window may end, else for what gathered. Pure.

To be woken for each sample costs more than all that is done to it. A window ends with the first sample at or
past a multiple of the hop, so only that one has to be taken at once; those before it can be taken together.
"""

from math import floor, inf, isfinite
from typing import Final

LONGEST: Final = 0.08
"""s of rest at most: so long a loss may go unseen, and so much may be lost with it."""
EARLY: Final = 0.006
"""s before the sample that ends a window is expected, from which on each is waited for."""
CREEP: Final = 0.0005
"""s by which the shortest delay is taken for longer at each pull, so that it follows a stream's."""


class Rest:
    """When one stream is worth being pulled again."""

    def __init__(self, hop: float | None, phase: float = 0.0) -> None:
        """`hop`: windows end at multiples of it and `phase`, s; None: each sample is waited for."""
        self._hop = hop
        self._phase = phase
        self._delay = inf
        """Shortest of late from a sample's stamp to its arrival, s."""

    def after(self, newest: float, arrived: float) -> float:
        """s to rest after samples that arrived at `arrived`, the last stamped `newest`, by one clock."""
        if self._hop is None or not isfinite(newest):
            return 0.0
        self._delay = min(arrived - newest, self._delay + CREEP)
        end = (floor((newest - self._phase) / self._hop) + 1) * self._hop + self._phase
        rest = end + self._delay - EARLY - arrived
        return min(rest, LONGEST) if rest > EARLY else 0.0
