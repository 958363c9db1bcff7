"""One stream from opened to lost, written to an XDF file as it was sent: a thread that alone pulls from it.

Nothing is changed and nothing kept: values, stamps of the sender and the offsets of its clock go to the file
within a fraction of a second. While the file takes nothing (a full disk), liblsl holds what comes.
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pylsl
from numpy.typing import NDArray

from ..intake.clock import ClockOffset
from ..mapping.triggers import is_trigger
from ..messages import StreamDescription
from ..recordings.xdf import writing
from .describe import describe, xml_of
from .errors import lsl_errors
from .inlet import LslInlet, now

_log = logging.getLogger(__name__)

BUFFER: Final = 360
"""s of samples that liblsl holds while nothing can be written."""
OFFSETS: Final = 5.0
"""s between two clock offsets in the file."""
SILENT: Final = 30.0
"""s without a sample of a stream with a rate, after which it is opened anew."""
_OPEN: Final = 3.0
"""s for a stream's information, and for opening it."""
_PULL: Final = 0.05
"""s; what liblsl has not handed out is gone when a stream is lost."""
_WRITE: Final = 0.2
"""s of samples that are written as one chunk."""
_AGAIN: Final = 0.5
"""s until a chunk that could not be written is tried again."""
_MOST: Final = 8192
"""Samples of one pull."""
_LATELY: Final = 5.0
"""s over which the rate is measured."""
_GAP: Final = 0.5
"""s between two samples that are an interruption at least, and five periods."""
_FEW: Final = 10
"""Samples of a stream without a declared rate, beyond which its period is known."""


@dataclass(frozen=True, slots=True)
class TapeState:
    """A stream of a recording at one moment."""

    description: StreamDescription
    events: bool
    """Its samples are markers: they come when something happens."""
    live: bool
    """It is being recorded."""
    fault: str
    """Reason why it is not, or how it suffers; "" where nothing is wrong."""
    samples: int
    """In the file."""
    gaps: int
    """Interruptions within it, by its stamps."""
    rate: float | None
    """Samples a second of the last seconds; None while that is not known."""
    age: float | None
    """s since the last sample came; None where none did."""


class StreamTape:
    """Records one resolved stream until it is lost or stopped; never used again."""

    def __init__(self, info: pylsl.StreamInfo, file: writing.XdfWriter) -> None:
        self.uid = info.uid()
        self._info = info
        self._file = file
        self._number: int | None = None
        self._description = describe(info)
        self._events = info.channel_format() == pylsl.cf_string or is_trigger(self._description)
        self._stop = threading.Event()
        self._live = False
        self._fault = ""
        self._held: list[tuple[NDArray[np.float64], NDArray[Any]]] = []
        self._written = now()
        self._offset_at: float | None = None
        self._first = self._last = 0.0
        self._samples = self._gaps = 0
        self._arrived: float | None = None
        self._lately: deque[tuple[float, int]] = deque()
        self._thread = threading.Thread(target=self._run, name=f"record {info.name()}", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Wait until it has ended; False where it did not within `timeout` s."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def ended(self) -> bool:
        """True once the stream is lost, or could not be read."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def state(self, moment: float) -> TapeState:
        """The stream at a moment of our clock, s."""
        lately = list(self._lately)
        while lately and moment - lately[0][0] > _LATELY:
            lately.pop(0)
        span = lately[-1][0] - lately[0][0] if lately else 0.0
        rate = sum(count for _, count in lately[1:]) / span if span > 0.5 else None
        age = None if self._arrived is None else moment - self._arrived
        return TapeState(
            self._description,
            self._events,
            self._live and not self.ended,
            self._fault,
            self._samples,
            self._gaps,
            None if self._events else rate,
            age,
        )

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                with lsl_errors():
                    self._read()
        except TimeoutError:
            self._fault = "it was found but does not answer (a firewall between us?)"
        except ConnectionError as error:
            self._fault = str(error)
        except Exception as error:
            self._fault = f"recording it failed: {type(error).__name__}: {error}"
            _log.debug("recording failed", exc_info=True)
        finally:
            self._live = False
            if self._number is not None:
                self._put(writing.stream_footer(self._number, self._first, self._last, self._samples))

    def _read(self) -> None:
        """Record until it is stopped, lost, or silent for long: then it is opened anew, as the same one."""
        inlet = LslInlet(self._info, buffer=BUFFER)
        info = inlet.info(_OPEN)
        inlet.open_stream(_OPEN)
        if self._number is None:
            self._description = describe(info)
            self._events = info.channel_format() == pylsl.cf_string or is_trigger(self._description)
            number = self._file.number()
            if not self._put(writing.stream_header(number, xml_of(info))):
                return
            self._number = number
        clock = ClockOffset(inlet, info.hostname(), now(), now)
        clock.start()
        self._live, self._fault = True, ""
        try:
            silent = 0.0  # s spent in waiting: while a full disk is waited for, samples lie in the inlet
            while not self._stop.is_set():
                asked = now()
                values, stamps = inlet.pull_chunk(_PULL, _MOST, min_samples=1, as_numpy=True)
                silent = 0.0 if len(stamps) else silent + now() - asked
                self._take(stamps, values, clock)
                if silent > SILENT and self._description.nominal_rate > 0:
                    return
            for _ in range(BUFFER):
                values, stamps = inlet.pull_chunk(0.0, _MOST, as_numpy=True)
                self._take(stamps, values, clock)
                if not len(stamps):
                    break
        finally:
            self._write(clock)
            clock.stop()

    def _take(self, stamps: NDArray[np.float64], values: NDArray[Any], clock: ClockOffset) -> None:
        moment = now()
        if len(stamps):
            self._held.append((stamps, values))
            self._arrived = moment
            self._lately.append((moment, len(stamps)))
            while moment - self._lately[0][0] > _LATELY:
                self._lately.popleft()
        if moment - self._written >= _WRITE:
            self._write(clock)

    def _write(self, clock: ClockOffset) -> None:
        """Write all that is held, as one chunk; a clock offset where it is time for one."""
        if self._number is None:
            return
        moment = self._written = now()
        if self._held:
            stamps = np.concatenate([stamps for stamps, _ in self._held])
            values = np.concatenate([values for _, values in self._held])
            if self._put(writing.samples(self._number, stamps, values)):
                self._count(stamps)
            self._held = []
        known = clock.reading(moment)
        due = self._offset_at is None or moment - self._offset_at >= OFFSETS
        if due and known.offset is not None and not known.by_arrival:
            self._offset_at = moment
            self._put(writing.clock_offset(self._number, moment, known.offset))

    def _count(self, stamps: NDArray[np.float64]) -> None:
        """Note samples that are in the file."""
        if not self._samples:
            self._first = float(stamps[0])
        if not self._events:
            steps = np.diff(stamps, prepend=self._last if self._samples else stamps[0])
            self._gaps += int(np.count_nonzero(np.abs(steps) > max(_GAP, 5 * self._period())))
        self._last = float(stamps[-1])
        self._samples += len(stamps)

    def _period(self) -> float:
        """s between two samples: as declared, or in the mean so far; inf while that is not known."""
        if self._description.nominal_rate > 0:
            return 1 / self._description.nominal_rate
        enough = self._samples > _FEW and self._last > self._first
        return (self._last - self._first) / (self._samples - 1) if enough else np.inf

    def _put(self, chunks: bytes) -> bool:
        """Write, however long it takes; False where it is to end, and still cannot be written."""
        while not self._file.write(chunks):
            if self._stop.wait(_AGAIN):
                return self._file.write(chunks)
        return True
