"""Few inlets are opened at a time: of hundreds that are found at once, none would be open before its timeout,
and all would begin anew together."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

AT_ONCE: Final = 8
PATIENCE: Final = 60.0
"""s to wait for a turn: those that have one may hang."""
_LOOK: Final = 0.2
"""s between looks whether it is still wanted."""

_turns = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def turn_to_open(stopped: Callable[[], bool]) -> Iterator[None]:
    """One of the few turns. Raises ConnectionError where it is `stopped` before it gets one."""
    begun = monotonic()
    while not (taken := _turns.acquire(timeout=_LOOK)) and monotonic() - begun < PATIENCE:
        if stopped():
            raise ConnectionError("stopped")
    try:
        yield
    finally:
        if taken:
            _turns.release()
