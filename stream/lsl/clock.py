"""The offset from a sender's clock to ours, measured in a thread of its own.

liblsl's `time_correction` blocks: 0.64 s the first time, a second after a restart, and its whole timeout
where the
sender's UDP time service does not answer. Within a pull it would silence a healthy stream.
"""

import socket
import threading

import pylsl

from .errors import lsl_errors

INTERVAL = 3.0
"""s between measurements; liblsl itself renews its estimate every 2 s."""
TIMEOUT = 1.0
"""s for one measurement; also the longest a stop has to wait."""
FALLBACK = 2.0
"""s after which a silent time service is done without: arrival times stand in."""
SAME_HOST = 1e-3
"""s; a smaller offset on our own host is the measurement's error, since both clocks are one."""


class Clock:
    """Offset of one inlet's sender; `start` and `stop` by the thread that owns the inlet."""

    def __init__(self, inlet: pylsl.StreamInlet, hostname: str, begun: float) -> None:
        """`begun`: local LSL time at which samples began to come, s."""
        self._inlet: pylsl.StreamInlet | None = inlet
        self._here = hostname == socket.gethostname()
        self._begun = begun
        self._measured: float | None = None
        self._least_delay: float | None = None
        self._failed = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lsl-clock", daemon=True)

    def start(self) -> None:
        """Begin to measure."""
        self._thread.start()

    def stop(self) -> None:
        """End; afterwards the inlet is not used any more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._inlet = None  # its owner destroys it, in its own thread

    @property
    def offset(self) -> float | None:
        """s to add to the sender's stamps; None while unknown."""
        measured = self._measured
        if measured is not None:
            return 0.0 if self._here and abs(measured) < SAME_HOST else measured
        return 0.0 if self._here else None

    @property
    def measured(self) -> float | None:
        """s as measured last; None where the time service has not answered."""
        return self._measured

    def correct(self, newest: float, now: float) -> tuple[float | None, str]:
        """Offset for samples of which the newest is stamped `newest` and arrived at `now`, and what was
        assumed.

        None: hold the samples. On our own host the clocks are one, so nothing is waited for (the first
        measurement
        takes 0.64 s). Elsewhere, where the time service stays silent, the least delay seen stands in for the
        offset.
        """
        offset = self.offset
        if self._least_delay is None or now - newest < self._least_delay:
            self._least_delay = now - newest
        if offset is not None:
            return offset, ""
        if now - self._begun < FALLBACK and self._failed < 2:
            return None, ""
        return (
            self._least_delay,
            "the sender's time service does not answer: arrival times stand in for its clock",
        )

    def _run(self) -> None:
        while not self._stop.is_set() and self._inlet is not None:
            try:
                with lsl_errors():
                    self._measured = float(self._inlet.time_correction(TIMEOUT))
                self._failed = 0
            except TimeoutError:
                self._failed += 1
            except ConnectionError:
                return
            self._stop.wait(INTERVAL if self._measured is not None else 0.2)
