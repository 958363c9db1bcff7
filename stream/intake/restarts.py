"""Limit on the restarts of a reader that fails: a few a minute, after which the run ends."""

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
        """Count a failure at `now` (s); True if a restart is allowed."""
        self._failures.append(now)
        while now - self._failures[0] > self._within:
            self._failures.popleft()
        return len(self._failures) <= self._most
