"""Guard of a sink: one that fails is told, counted and left out, and recognition goes on."""

import logging

from ..engine.sink import Sink
from ..messages import Message

_log = logging.getLogger(__name__)


class GuardedSink(Sink):
    """Another sink, called in the same thread."""

    prompt = True

    def __init__(self, name: str, sink: Sink) -> None:
        """`name`: as the user wrote it, for the log."""
        self.name = name
        self.fault = ""
        """Reason why it was left out; "" while it takes messages."""
        self.taken = 0
        self.missed = 0
        """Messages that it was not given."""
        self._sink = sink

    def take(self, message: Message) -> None:
        """Hand it on, unless one failed before."""
        if self.fault:
            self.missed += 1
            return
        try:
            self._sink.take(message)
        except (Exception, SystemExit) as error:  # a third party's code may raise anything
            self.missed += 1
            self.leave_out(f"{type(error).__name__}: {error}".splitlines()[0])
            _log.debug("the sink '%s' failed", self.name, exc_info=True)
        else:
            self.taken += 1

    def leave_out(self, fault: str) -> None:
        """Give it no more messages, and say so."""
        if not self.fault:
            self.fault = fault
            _log.error("the sink '%s' is left out from now on: %s; recognition goes on", self.name, fault)

    def close(self) -> None:
        """Close it."""
        try:
            self._sink.close()
        except (Exception, SystemExit) as error:
            self.leave_out(f"it could not be closed: {type(error).__name__}: {error}".splitlines()[0])
            _log.debug("closing the sink '%s' failed", self.name, exc_info=True)
