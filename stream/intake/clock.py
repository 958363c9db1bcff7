"""Offset from a sender's clock to ours, measured in a thread that does not pull.

Asking blocks: liblsl takes 0.64 s the first time, a second after a restart, and its whole timeout where the
sender's UDP time service does not answer. Within a pull it would silence a healthy stream.
"""

import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from ..flow.sender_clock import OFFSET_JUMP, ClockReading

_log = logging.getLogger(__name__)

INTERVAL = 3.0
"""s between measurements; liblsl renews its estimate every 2 s."""
SOON = 0.2
"""s between them while the offset is not known."""
TIMEOUT = 1.0
"""s for one measurement; also the longest a stop has to wait."""
FALLBACK = 2.0
"""s after which a silent time service is done without: arrival times stand in."""
SAME_HOST = 1e-3
"""s; a smaller offset on our own host is the measurement's error, since both clocks are one."""
SUSPECT = 2.5
"""s for which a new offset is waited for after the sender's time jumped: liblsl renews its own each 2 s."""
DOUBT = 5.0
"""s after the jump from which on an answer is of the clock as it is now: liblsl's first may still be of
questions from before it."""
STALE = 20.0
"""s without an answer after which an old offset is a fault."""


class TimeService(Protocol):
    """A sender that can be asked for its time."""

    def clock_offset(self, timeout: float) -> float:
        """See `backend.Inlet`."""


class ClockOffset:
    """Offset of one inlet's sender; `start` (or `run`) and `stop` by the thread that owns the inlet."""

    def __init__(
        self,
        inlet: TimeService,
        hostname: str,
        begun: float,
        now: Callable[[], float],
    ) -> None:
        """`begun`: when samples began to come, s by our clock; `now`: that clock."""
        self._inlet: TimeService | None = inlet
        self._here = hostname == socket.gethostname()
        self._begun = begun
        self._now = now
        self._measured: float | None = None
        self._answered = begun
        self._failed = 0
        self._suspected: tuple[float, float] | None = None
        self._known: tuple[float, ClockReading] | None = None
        """(measured offset, what is read of it while it is renewed in time)."""
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self.run, name="source-clock", daemon=True)

    def start(self) -> None:
        """Begin to measure, in a thread of its own."""
        self._thread.start()

    def run(self) -> None:
        """Measure in this thread, until `end` or until the sender has gone."""
        while not self._stop.is_set() and self.measure():
            known = self._measured is not None and self._suspected is None
            self._wake.wait(INTERVAL if known else SOON)
            self._wake.clear()

    def end(self) -> None:
        """Ask `run` to end."""
        self._stop.set()
        self._wake.set()

    def stop(self) -> None:
        """End; afterwards the inlet is not used any more."""
        self.end()
        if self._thread.ident is not None:
            self._thread.join()
        self._inlet = None  # its owner destroys it, in its own thread

    @property
    def measured(self) -> float | None:
        """s as measured last; None where the time service has not answered."""
        return self._measured

    def reading(self, now: float) -> ClockReading:
        """The offset for samples that arrived at `now` (s).

        On our own host the clocks are one, so nothing is waited for (the first measurement takes 0.64 s).
        """
        measured = self._measured
        suspected = self._suspected
        if suspected is not None:
            before, since = suspected
            if measured is None or abs(measured - before) > OFFSET_JUMP or self._answered - since > DOUBT:
                self._suspected = suspected = None
            elif now - since <= SUSPECT:
                return ClockReading(None, fault="its clock was set anew: the new offset is waited for")
        if measured is not None:
            if self._known is None or self._known[0] != measured:
                self._known = measured, ClockReading(0.0 if self._is_ours(measured) else measured)
            if suspected is not None:
                return replace(
                    self._known[1], fault="its time jumped: its clock's offset may have changed since"
                )
            silent = now - self._answered
            if silent <= STALE:
                return self._known[1]
            fault = f"its time service has not answered for {silent // 10 * 10:.0f} s"
            return replace(self._known[1], fault=fault)
        if self._here:
            return ClockReading(0.0)
        if now - self._begun < FALLBACK and self._failed < 2:
            return ClockReading(None, fault="its clock is not known yet")
        return ClockReading(0.0, by_arrival=True)

    def suspect(self, now: float) -> None:
        """The sender's stamps jumped at `now` (s): its offset may have too, and is not known till then."""
        if self._measured is not None and not self._is_ours(self._measured):
            self._suspected = self._measured, now
            self._wake.set()

    def measure(self) -> bool:
        """Ask the sender once; False where it has gone."""
        if self._inlet is None:
            return False
        try:
            self._measured = float(self._inlet.clock_offset(TIMEOUT))
            self._answered, self._failed = self._now(), 0
        except TimeoutError:
            self._failed += 1
        except ConnectionError:
            return False
        except Exception as error:  # a third party's backend may raise anything, and its samples may be fine
            self._failed += 1
            _log.debug("the clock's offset cannot be measured", exc_info=error)
        return True

    def _is_ours(self, measured: float) -> bool:
        return self._here and abs(measured) < SAME_HOST
