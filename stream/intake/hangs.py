"""Connections that pull no more, though nobody stopped them: seen by looking at them again and again."""

from collections.abc import Sequence
from typing import Final

from .connection import Connection

LOOK: Final = 0.5
"""s between two looks."""
HANGS: Final = 10
"""Looks without a pull after which a connection is given up; no clock, as that goes on while we are
stopped."""


class Hangs:
    """Looks at the connections of one reader."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._turns = [connection.turns for connection in connections]
        self._still = 0

    def seen(self) -> bool:
        """True if a connection hangs: no pull for `HANGS` looks, of which this is one."""
        before, self._turns = self._turns, [connection.turns for connection in self._connections]
        pairs = zip(self._connections, before, self._turns, strict=True)
        stuck = [connection for connection, then, turns in pairs if turns == then > 0]
        self._still = self._still + 1 if stuck else 0
        if self._still < HANGS:
            return False
        self._still = 0
        rescued = [connection.rescued() for connection in stuck]
        return not all(rescued)
