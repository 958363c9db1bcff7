"""How often what failed may begin again: a few times a minute, and then somebody else has to begin it."""

from collections import deque
from typing import Final

MOST: Final = 3
"""Restarts within `WITHIN`."""
WITHIN: Final = 60.0
"""s."""


class Restarts:
    """Counts failures of one reader; time is an argument."""

    def __init__(self, most: int = MOST, within: float = WITHIN) -> None:
        """`most` restarts are allowed `within` so many s."""
        self._most = most
        self._within = within
        self._failures: deque[float] = deque()

    def allowed(self, now: float) -> bool:
        """Count a failure at `now` (s); whether what failed may begin again."""
        self._failures.append(now)
        while now - self._failures[0] > self._within:
            self._failures.popleft()
        return len(self._failures) <= self._most
