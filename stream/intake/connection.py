"""One stream from opened to lost: a thread that opens its inlet and closes it, and alone pulls from it.

Where an inlet need not be waited for (`backend.Polled`), the thread that all such share pulls instead
(`poller`), and this one measures the sender's clock until that has let go of the inlet: closing may block,
and must never meet a pull.

Time is ours (`stamps`, `clock`), and so is recovery (`reader`). Everything that blocks has a timeout, since
no call of a backend can be interrupted.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..flow.feed_sink import FeedSink
from ..flow.flow import Flow
from ..flow.monitor import FeedMonitor
from ..flow.timeline import LIFESPAN
from ..mapping.channel_map import ChannelMap
from ..messages import StreamDescription, StreamState
from .backend import Batched, Clock, Found, Inlet, Polled, SourceBackend
from .clock import ClockOffset
from .due import ExpectedSample
from .gathering import Gathering
from .opening import turn_to_open
from .poller import enroll, hurry, rescue
from .rest import Rest

_log = logging.getLogger(__name__)

OPEN_TIMEOUT = 1.5
"""s for a stream's full information, and again for opening it."""
PULL_TIMEOUT = 0.05
"""s; a loss discards what an inlet has buffered, so nothing stays there for long."""
MOST = 512
"""Samples taken in one pull."""
PROBE = 1.0
"""s of samples from which units and gravity are judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The stream's full description is known."""

    connection: "Connection"
    description: StreamDescription


@dataclass(frozen=True, slots=True, eq=False)
class Probed:
    """About a second of raw samples, (n, channels)."""

    connection: "Connection"
    samples: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """The connection is over."""

    connection: "Connection"
    reason: str
    failed: bool = False
    """Something of ours broke, not the stream."""


Report = Opened | Probed | Closed


class Connection:
    """Reads one resolved stream until it is lost or stopped; never used again."""

    def __init__(
        self,
        found: Found,
        sink: FeedSink,
        report: Callable[[Report], None],
        quiet_limit: float,
        *,
        backend: SourceBackend,
        now: Clock,
        grid: float,
        lifespan: float = LIFESPAN,
        deadline: float | None = None,
        hop: float | None = None,
        phase: float = 0.0,
        beside: list[ExpectedSample] | None = None,
    ) -> None:
        """`quiet_limit`: after so many s without a sample the connection is given up; `backend`: gives the
        inlet; `now`: our clock, s; `grid`: rate of the modality's time
        grid, Hz; `lifespan`: of late samples, s; `deadline`: s of silence that are a stall
        (None: by its rate); `hop`, `phase`: windows end at multiples of the one and the other, s
        (None: each sample is taken at once);
        `beside`: the streams of the same wearer."""
        self.monitor = FeedMonitor(sink, found.description, deadline=deadline)
        self._found = found
        self._backend = backend
        self._now = now
        self._sink = sink
        self._report = report
        self._quiet_limit = quiet_limit
        self._grid, self._lifespan = grid, lifespan
        self._map: ChannelMap | None = None
        self._stop = threading.Event()
        self._inlet: Inlet | None = None
        self._batched: Batched | None = None
        self._clock: ClockOffset | None = None
        self._flow: Flow | None = None
        self._probe: list[NDArray[np.floating]] | None = []
        self._first: float | None = None
        self._last = 0.0
        self._hop, self._phase, self._beside = hop, phase, beside
        self._rest = Rest(hop, phase)
        self._idle = 0.0
        """Time for which nothing needs to be pulled, s."""
        self._gathering: Gathering | None = None
        """Of an inlet that the poller looks at."""
        self._ending = ""
        """Reason for which it shall be looked at no more."""
        self._error: BaseException | None = None
        self._dropped = threading.Event()
        """The poller has let go of it."""
        self._abandoned = False
        self.turns = 0
        """Pulls so far: where this number stands still, its thread hangs."""
        self._thread = threading.Thread(
            target=self._run, name=f"source-reader {found.description.name}", daemon=True
        )

    @property
    def delivered(self) -> bool:
        """True once samples were handed on."""
        return self.monitor.samples > 0

    @property
    def held(self) -> int:
        """Samples that were taken and not handed on yet."""
        gathered = self._gathering.held if self._gathering is not None else 0
        return gathered + (self._flow.held if self._flow is not None else 0)

    def start(self) -> None:
        """Open the stream."""
        self._thread.start()

    def deliver(self, channel_map: ChannelMap) -> None:
        """Hand samples on through `channel_map` from now on, those first that were held."""
        self.monitor.feed = channel_map.feed.name
        self.monitor.change(StreamState.WARMUP, "; ".join(channel_map.notes))
        self._map = channel_map

    def probe(self) -> None:
        """Collect another second, and report it: the one before could not be judged."""
        self._first, self._probe = None, []

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        self._stop.set()
        hurry(self)

    def join(self, timeout: float) -> bool:
        """Wait for the thread; True if it ended within `timeout` s."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def open(self) -> ClockOffset:
        """Connect, and report the full description; the clock of the sender, which has to be started.

        Raises TimeoutError and ConnectionError.
        """
        self._inlet = inlet = self._backend.inlet(self._found, self._now)
        # what is no client of LSL's, such as a camera, may open slowly and holds up nobody
        with turn_to_open(self._stop.is_set) if isinstance(inlet, Polled) else nullcontext():
            description = inlet.open(OPEN_TIMEOUT)
        self.monitor.description = description
        self._batched = inlet if isinstance(inlet, Batched) else None
        self._last = now = self._now()
        self._clock = clock = ClockOffset(inlet, description.hostname, now, self._now)
        self._flow = Flow(
            self._sink,
            self.monitor,
            clock,
            description.nominal_rate,
            grid=self._grid,
            lifespan=self._lifespan,
        )
        if isinstance(inlet, Polled):
            self._gathering = Gathering(
                *(inlet, self._flow, self._take, self._now, self._hop, self._beside), phase=self._phase
            )
            self._gathering.tell_end(partial(hurry, self))
        self._report(Opened(self, description))
        return clock

    def step(self) -> str:
        """Pull once and hand on what can be; the reason where the connection is to be given up.

        Raises ConnectionError where it is lost.
        """
        inlet, flow = self._inlet, self._flow
        if inlet is None or flow is None:
            return "it is not open"
        self.turns += 1
        samples, times = inlet.pull(PULL_TIMEOUT, MOST)
        now = self._now()
        reason = self._take(samples, times, now)
        newest = flow.newest if len(times) else None
        self._idle = 0.0 if newest is None else self._rest.after(newest, now)
        return reason

    def visit(self) -> float | None:
        """See `poller.PollerClient`."""
        gathering = self._gathering
        if gathering is None:
            return None
        self.turns += 1
        try:
            self._ending = "stopped" if self._stop.is_set() else gathering.look()
            return None if self._ending else gathering.wait()
        except BaseException as error:  # whatever it is: the thread goes on, for all others
            self._error = error
            return None

    @property
    def told(self) -> bool:
        """See `poller.PollerClient`."""
        return self._gathering is not None and self._gathering.told

    def stand_by(self, timeout: float) -> bool:
        """See `poller.PollerClient`."""
        gathering = self._gathering
        if gathering is None or not gathering.awaited:
            return False
        gathering.stand_by(timeout)
        return True

    def drop(self, error: BaseException | None = None) -> None:
        """See `poller.PollerClient`."""
        self._error = self._error or error
        self._dropped.set()
        if self._clock is not None:
            self._clock.end()

    def rescued(self) -> bool:
        """After no turn for long: True if another thread pulls from now on, and it was no fault of this
        stream's. Otherwise nothing of it is handed on any more."""
        if self._gathering is not None and rescue(self):
            return True
        self._abandoned = True
        return False

    def close(self, reason: str, *, failed: bool = False) -> None:
        """Count what will not be handed on any more, and report the end; `failed`: through our own fault."""
        gathering, self._gathering = self._gathering, None
        if gathering is not None:
            try:
                gathering.close()
            except Exception:
                _log.warning("the last of '%s' was not taken", self.monitor.description.name, exc_info=True)
        if self._flow is not None:
            self._flow.close()
        del gathering  # which knows the inlet: that is destroyed here, where it is let go of last
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            try:
                inlet.close()
            except Exception:
                _log.warning("closing '%s' failed", self.monitor.description.name, exc_info=True)
        self._report(Closed(self, reason, failed))

    def _run(self) -> None:
        reason, failed = "stopped", False
        try:
            clock = self.open()
            failed = True  # whatever ends it from here on, but for what is expected
            reason = self._polled(clock) if self._gathering is not None else self._pulled(clock)
            failed = False
        except TimeoutError:
            reason, failed = "it was found but did not answer (a firewall between us?)", False
        except OSError as error:
            reason, failed = str(error), False
        except Exception as error:
            _log.exception("reading '%s' failed", self.monitor.description.name)
            reason = f"reading failed ({error!r})"
        finally:
            self.close(reason or "stopped", failed=failed)

    def _pulled(self, clock: ClockOffset) -> str:
        """Pull until it is over: the reason."""
        reason = ""
        clock.start()
        try:
            while not (reason or self._stop.is_set()):
                reason = self.step()
                if self._idle and not reason:
                    self._stop.wait(self._idle)
        finally:
            clock.stop()
        return reason

    def _polled(self, clock: ClockOffset) -> str:
        """Measure the clock while the poller pulls, until it is over: the reason."""
        enroll(self)
        try:
            clock.run()
        finally:
            self._dropped.wait()
            clock.stop()
        error, self._error = self._error, None
        if error is None:
            return self._ending
        try:
            raise error
        finally:
            del error  # else this frame would keep the inlet, which has to go with `close`

    def _take(self, samples: NDArray[np.floating], times: NDArray[np.float64], now: float) -> str:
        """Hand on what came by `now`, s, if anything; the reason where the connection is to be given up."""
        flow = self._flow
        if self._abandoned or flow is None:
            return "given up"
        if len(times):
            self._last = now
            if self._probe is not None:
                self._look_at(self._probe, samples, now)
        flow.take(samples, times, now, self._map)
        silent = now - self._last
        if silent > self._quiet_limit:
            return f"no sample for {silent:.0f} s"
        if not len(times):
            self.monitor.quiet(silent - (self._batched.batch if self._batched is not None else 0.0))
        return ""

    def _look_at(self, probe: list[NDArray[np.floating]], samples: NDArray[np.floating], now: float) -> None:
        """Collect the first second, for units and gravity to be judged by."""
        self._first = now if self._first is None else self._first
        probe.append(samples)
        nominal = self.monitor.description.nominal_rate
        if now - self._first >= PROBE or sum(map(len, probe)) >= max(PROBE * nominal, 32):
            self._probe = None  # before it is reported: whoever judges it may want another at once
            self._report(Probed(self, np.concatenate(probe).astype(np.float64)))
