"""Sink in a thread of its own, behind a bounded queue: one that waits, or never returns, holds up nothing."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from hnhar.model.labels import counted

from ..engine.sink import Sink
from ..messages import Message
from .guard import GuardedSink

_log = logging.getLogger(__name__)

MOST: Final = 1000
"""Messages that wait for a sink; those that come while so many do are not given to it, and are counted."""
STUCK: Final = 10.0
"""s for one message, after which the sink is left out."""
LAST: Final = 1.0
"""s at the end of a run for what still waits, and for closing."""


class DetachedSink(Sink):
    """Another sink, guarded, in its thread; closed there too."""

    prompt = True

    def __init__(
        self,
        name: str,
        sink: Sink,
        *,
        most: int = MOST,
        stuck: float = STUCK,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name`: as the user wrote it, for the log; `clock`: s, by which a message takes too long."""
        self.name = name
        self._guard = GuardedSink(name, sink)
        self._most = most
        self._stuck = stuck
        self._clock = clock
        self._waiting: deque[Message] = deque()
        self._begun: float | None = None
        """Moment at which the message that is being taken was given, s."""
        self._late = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"sink {name}", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str:
        """Reason why it was left out; "" while it takes messages."""
        return self._guard.fault

    @property
    def taken(self) -> int:
        """Messages that it has taken."""
        return self._guard.taken

    @property
    def missed(self) -> int:
        """Messages that it was not given."""
        return self._guard.missed + self._late

    def take(self, message: Message) -> None:
        """Leave it for the sink's thread; never waits."""
        with self._changed:
            begun = self._begun
            if begun is not None and self._clock() - begun > self._stuck:
                self._give_up(f"it has not returned for {self._stuck:g} s")
            if self.fault:
                self._late += 1
            elif len(self._waiting) >= self._most:
                self._late += 1
                if self._late == 1:
                    _log.warning("the sink '%s' does not keep up: messages are left out", self.name)
            else:
                self._waiting.append(message)
                self._changed.notify()

    def close(self, timeout: float = LAST) -> None:
        """Let it take what waits, and close it; after `timeout` s it is left behind."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        if self._thread.is_alive():
            with self._changed:
                self._give_up(f"it did not end within {timeout:g} s")

    def _give_up(self, fault: str) -> None:
        self._guard.leave_out(fault)
        self._late += len(self._waiting)
        self._waiting.clear()

    def _next(self) -> Message | None:
        """The next message, waited for; None where none will come."""
        with self._changed:
            self._begun = None
            while not (self._waiting or self._closing):
                self._changed.wait()
            if not self._waiting:
                return None
            self._begun = self._clock()
            return self._waiting.popleft()

    def _run(self) -> None:
        while (message := self._next()) is not None:
            self._guard.take(message)
        self._guard.close()


def outcome(sink: GuardedSink | DetachedSink) -> str:
    """Words for the end of a run on a sink that missed messages; "" for one that has them all."""
    reason = f" ({sink.fault})" if sink.fault else ""
    if sink.missed:
        return f"the sink '{sink.name}' did not take {counted(sink.missed, 'message')}{reason}"
    return f"the sink '{sink.name}' failed{reason}" if reason else ""
