"""One stream from opened to lost: a thread that alone pulls from its inlet, and destroys it.

Inlets are made with processing_flags=0 (time is ours: `stamps`, `clock`) and recover=False (so is recovery:
`reader`).
Everything that blocks has a timeout, since no LSL call can be interrupted.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pylsl
from numpy.typing import NDArray

from ..channel_map import ChannelMap
from ..messages import Chunk, StreamDescription, StreamState
from .clock import Clock
from .describe import describe
from .errors import lsl_errors
from .monitor import FeedMonitor
from .sink import Sink
from .stamps import Stamps

OPEN_TIMEOUT = 1.5
"""s for a stream's full information, and again for opening it."""
PULL_TIMEOUT = 0.05
"""s; a loss discards what liblsl has buffered, so nothing stays there for long."""
BUFFER = 10
"""s of samples that liblsl keeps for us, and that are held until clock and channels are known."""
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


Report = Opened | Probed | Closed


class Connection:
    """Reads one resolved stream until it is lost or stopped; never used again."""

    def __init__(
        self, info: pylsl.StreamInfo, sink: Sink, report: Callable[[Report], None], quiet_limit: float
    ) -> None:
        """`quiet_limit`: after so many s without a sample the connection is given up, s."""
        self.info = info
        self.monitor = FeedMonitor(sink, describe(info))
        self.delivered = False
        self._sink = sink
        self._report = report
        self._quiet_limit = quiet_limit
        self._map: ChannelMap | None = None
        self._mapped = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lsl-reader {info.name()}", daemon=True)

    def start(self) -> None:
        """Open the stream."""
        self._thread.start()

    def deliver(self, channel_map: ChannelMap) -> None:
        """From now on (and what was held) hand samples on through `channel_map`."""
        self._map = channel_map
        self.monitor.feed = channel_map.feed.name
        self.monitor.change(StreamState.WARMUP, "; ".join(channel_map.notes))
        self._mapped.set()

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Whether the thread ended within `timeout` s."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        reason = "stopped"
        try:
            with lsl_errors():
                inlet = pylsl.StreamInlet(self.info, max_buflen=BUFFER, recover=False, processing_flags=0)
                # Full information first: a pull before it was seen to hang.
                description = describe(inlet.info(OPEN_TIMEOUT))
                inlet.open_stream(OPEN_TIMEOUT)
            self.monitor.description = description
            self._report(Opened(self, description))
            clock = Clock(inlet, description.hostname, pylsl.local_clock())
            clock.start()
            try:
                reason = self._read(inlet, clock, description)
            finally:
                clock.stop()
        except TimeoutError:
            reason = "it was found but did not answer (a firewall between us?)"
        except ConnectionError as error:
            reason = str(error)
        finally:
            self._report(Closed(self, reason))

    def _read(self, inlet: pylsl.StreamInlet, clock: Clock, description: StreamDescription) -> str:
        """Pull until lost (the reason) or stopped."""
        nominal = description.nominal_rate
        stamps = Stamps(max(0.25, 3.0 / nominal) if nominal else 0.5)
        held: list[tuple[NDArray[np.floating], NDArray[np.float64], float]] = []
        probe: list[NDArray[np.floating]] | None = []
        last = first = pylsl.local_clock()
        while not self._stop.is_set():
            with lsl_errors():
                samples, times = inlet.pull_chunk(PULL_TIMEOUT, 512, min_samples=1, as_numpy=True)
            now = pylsl.local_clock()
            if not len(times):
                if now - last > self._quiet_limit:
                    return f"no sample for {now - last:.0f} s"
                self.monitor.quiet(now - last, nominal)
                continue
            if self.monitor.received == 0:
                first = now
            last = now
            self.monitor.received += len(times)
            samples, times = samples.copy(), times.copy()
            held.append((samples, times, now))
            if probe is not None:
                probe.append(samples)
                if now - first >= PROBE or sum(map(len, probe)) >= max(PROBE * nominal, 32):
                    self._report(Probed(self, np.concatenate(probe).astype(np.float64)))
                    probe = None
            offset, assumed = clock.correct(float(times[-1]), now)
            if offset is None or not self._mapped.is_set():
                while held and now - held[0][2] > BUFFER:
                    self.monitor.drops += len(held.pop(0)[1])
                continue
            self.monitor.clock_offset, self.monitor.assumed = clock.measured, assumed
            for samples, times, arrived in held:
                self._hand_on(stamps, samples, times + offset, arrived)
            held.clear()
        return "stopped"

    def _hand_on(
        self, stamps: Stamps, samples: NDArray[np.floating], times: NDArray[np.float64], arrived: float
    ) -> None:
        channel_map = self._map
        if channel_map is None:
            return
        for segment in stamps.accept(samples, times, arrived):
            if segment.jumped:
                self.monitor.change(StreamState.WARMUP, "the sender's clock was set anew")
            self.monitor.alive()
            self.delivered = True
            values = channel_map.apply(segment.samples)
            values.flags.writeable = False
            segment.timestamps.flags.writeable = False
            self._sink.samples(channel_map.feed, Chunk(values, segment.timestamps), arrived)
            self.monitor.handed_on(segment.timestamps, jumped=segment.jumped)
        self.monitor.stamps(stamps.counts)
