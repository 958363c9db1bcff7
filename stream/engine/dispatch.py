"""Messages on their way out: each is counted and handed to the publisher and to every sink.

Shared by what drives an engine, live (`pipeline`) or over a recording (`recording_run`): both give the same
messages.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from ..messages import Event, Message, Prediction, Status, StreamStatus
from .engine import Engine
from .meter import Meter
from .sink import Sink

STATUS_INTERVAL: Final = 1.0
"""s between two statuses."""


class Publishes(Protocol):
    """Something that sends messages to subscribers elsewhere (`hnhar.stream.publish.publisher`)."""

    address: str
    """Address that subscribers connect to."""

    @property
    def subscribers(self) -> int:
        """Connections that subscribed to something."""

    @property
    def last_seq(self) -> dict[str, int]:
        """Topic -> sequence number sent there last."""

    def publish(self, message: Message) -> None:
        """Send a message; never waits."""

    def poll(self) -> None:
        """Look after subscribers that come and go."""

    def close(self) -> None:
        """End, with what is still to be sent."""


@dataclass(frozen=True, slots=True)
class Times:
    """The clocks of a run."""

    clock: Callable[[], float]
    """Now, s; live: on the clock of the samples' time stamps."""
    unix_offset_ns: Callable[[], int | None] = lambda: None
    """Unix time minus the clock of the samples' time stamps at this moment, ns; None where nobody knows."""


class Dispatcher:
    """Hands on what an engine gives, and keeps count. For one thread."""

    def __init__(
        self, engine: Engine, times: Times, *, publisher: Publishes | None, sinks: Sequence[Sink]
    ) -> None:
        """`publisher` belongs to it from now on: `close` closes it."""
        self.meter = Meter()
        self.status: Status | None = None
        """The last status."""
        self.sinks = list(sinks)
        """May be added to before the first message."""
        self._engine = engine
        self._times = times
        self._publisher = publisher
        self._began = 0.0
        self._seq = 0
        self._status_at = float("-inf")

    @property
    def since_status(self) -> float:
        """s since the last status, by the monotonic clock of this process; infinite before the first."""
        return time.monotonic() - self._status_at

    def counts(self) -> tuple[int, int]:
        """(windows skipped because recognition was late, windows without enough samples)."""
        skipped = self._engine.skipped
        return sum(skipped.values()), sum(self._engine.windower(wearer).poor for wearer in skipped)

    def begin(self) -> None:
        """The run begins now."""
        self._began = self._times.clock()
        self._engine.unix_offset_ns = self._times.unix_offset_ns()

    def poll(self) -> None:
        """Let the publisher look after its subscribers."""
        if self._publisher is not None:
            self._publisher.poll()

    def prediction(self, prediction: Prediction, now: float) -> None:
        """Hand on a prediction at `now`, s, and the events that it decides."""
        self.meter.predicted(prediction.wearer, prediction.latency, now)
        self._hand_on(prediction)
        self.events(self._engine.decide([prediction]))

    def events(self, events: Sequence[Event]) -> None:
        """Hand on events."""
        for event in events:
            if event.kind == "onset":
                self.meter.began(event.wearer)
            self._hand_on(event)

    def report(self, streams: Sequence[StreamStatus], queued_out: dict[tuple[str, str], int]) -> None:
        """Make a status and hand it on.

        Args:
            streams: As their readers see them.
            queued_out: (wearer, feed) -> samples dropped between the readers and the windows.
        """
        now = self._times.clock()
        engine, info, publisher = self._engine, self._engine.info, self._publisher
        offset = engine.unix_offset_ns = self._times.unix_offset_ns()
        self._status_at = time.monotonic()
        self.status = Status(
            seq=self._seq,
            time=now,
            time_unix_ns=None if offset is None else round(now * 1e9) + offset,
            uptime=now - self._began,
            model=info.id,
            labels=engine.labels,
            window=info.window,
            hop=engine.hop,
            streams=tuple(self._counted(s, queued_out.get((s.wearer, s.feed), 0)) for s in streams),
            latency=self.meter.latency(now),
            predictions=self.meter.predictions,
            events=self.meter.events,
            skipped=sum(engine.skipped.values()),
            subscribers=publisher.subscribers if publisher is not None else 0,
            address=publisher.address if publisher is not None else "",
            last_seq=publisher.last_seq if publisher is not None else {},
            skipped_by=dict(engine.skipped),
            overloaded=engine.newly_skipped() > 0,
            weights=engine.personal,
            repetitions=engine.repetitions(),
            runtime=engine.network,
        )
        self._seq += 1
        self._hand_on(self.status)

    def close(self) -> None:
        """Close the publisher."""
        if self._publisher is not None:
            self._publisher.close()

    def _hand_on(self, message: Message) -> None:
        if self._publisher is not None:
            self._publisher.publish(message)
        for sink in self.sinks:
            sink.take(message)

    def _counted(self, status: StreamStatus, queued_out: int) -> StreamStatus:
        """The reader's status with what was left out between it and the windows."""
        counters = self._engine.windower(status.wearer).counters.get(status.feed)
        reasons = status.dropped | ({"queue": queued_out} if queued_out else {})
        if counters is not None:
            reasons |= counters.dropped()
        if reasons != status.dropped or sum(reasons.values()) != status.drops:
            status = replace(status, drops=sum(reasons.values()), dropped=reasons)
        return self._engine.told(status)


class EngineRun:
    """A run of an engine, live (`Pipeline`) or over a recording (`RecordingRun`), as its caller sees it."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    @property
    def sinks(self) -> list[Sink]:
        """May be added to before the run begins."""
        return self._dispatcher.sinks

    @property
    def meter(self) -> Meter:
        """Counts and latencies."""
        return self._dispatcher.meter

    @property
    def status(self) -> Status | None:
        """The last status."""
        return self._dispatcher.status

    def counts(self) -> tuple[int, int]:
        """(windows skipped because recognition was late, windows without enough samples)."""
        return self._dispatcher.counts()
