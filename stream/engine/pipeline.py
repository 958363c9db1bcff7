"""The live run: readers' threads leave samples in an inbox, and one thread turns them into messages.

One thread does all the work between the inbox and the socket: windows, encoder, decisions, publishing. At the
rates of people that is fastest, since nothing is handed over between threads and nothing waits for a clock
tick: a window closes with the sample that completes it. The thread owns the publisher. Outputs must not
block."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from ..messages import (
    Event,
    Message,
    Prediction,
    Status,
    StreamState,
    StreamStatus,
    Window,
)
from .engine import Engine, timed
from .inbox import Arrival, Change, Inbox, joined
from .meter import Meter
from .turns import Due, Turns

if TYPE_CHECKING:
    from ..publish.publisher import Publisher

_log = logging.getLogger(__name__)

STATUS_INTERVAL: Final = 1.0
"""s between two statuses."""
STATUS_SOONEST: Final = 0.2
"""s after the last status at which a changed stream may bring the next."""
TICK: Final = 0.1
"""s; the longest wait for samples, so that subscribers are seen and stopping is quick."""


class Input(Protocol):
    """Something that feeds the inbox: a reader of LSL, or a recording."""

    wearer: str

    def start(self) -> None:
        """Begin; at once."""

    def stop(self) -> bool:
        """End all that it runs; whether it has ended."""

    def failure(self) -> str:
        """Why it will give no more, though nobody stopped it; "" while all is well."""

    def statuses(self, now: float) -> tuple[StreamStatus, ...]:
        """One for each feed."""


class Output(Protocol):
    """Something that takes messages: a dashboard, a file, a log."""

    def take(self, message: Message) -> None:
        """Take one; called from the pipeline's thread, must not block."""


@dataclass(frozen=True, slots=True)
class Times:
    """The clocks of a run."""

    clock: Callable[[], float]
    """Now on the clock of the samples' time stamps, s."""
    unix_offset_ns: Callable[[], int] = lambda: 0
    """Unix time minus that clock at this moment, ns."""
    recorded: bool = False
    """The samples are of a recording: their stamps say nothing of when they arrived."""


class Pipeline:
    """Inputs → engine → publisher and outputs, from `start` to `stop`."""

    def __init__(
        self,
        engine: Engine,
        times: Times,
        *,
        publisher: "Publisher | None" = None,
        outputs: Sequence[Output] = (),
    ) -> None:
        """`engine` belongs to the pipeline from now on; `publisher` too: it is closed at the end."""
        self.inbox = Inbox(hop=None if times.recorded else engine.hop)
        self.meter = Meter()
        self.ended = threading.Event()
        """Set when the work is over, by `stop`, because all inputs are exhausted, or by `error`."""
        self.passes = 0
        """How often its thread has gone round: where this number stands still, the thread hangs."""
        self.error: BaseException | None = None
        """What broke the work off."""
        self.status: Status | None = None
        """The last status."""
        self._engine = engine
        self._turns = Turns(engine.hop)
        self._times = times
        self._publisher = publisher
        self.outputs = list(outputs)
        """May be added to before `start`."""
        self._inputs: list[Input] = []
        self._stopping = threading.Event()
        self._drained = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._began = 0.0
        self._arrived: dict[str, float] = {}
        """Wearer -> when the last samples came, s."""
        self._reached: dict[str, float] = {}
        """Wearer -> stamp of the last sample that came, s."""
        self._recognized: dict[str, float] = {}
        """Wearer -> end of the last window that was recognized, s."""
        self._status_seq = 0
        self._status_at = float("-inf")
        self._changed = False

    def add(self, source: Input) -> None:
        """An input, before `start`."""
        self._inputs.append(source)

    def start(self) -> None:
        """Begin to read and to recognize."""
        self._began = self._times.clock()
        self._engine.unix_offset_ns = self._times.unix_offset_ns()
        self._thread.start()
        for source in self._inputs:
            source.start()

    def exhausted(self) -> None:
        """Say that no input will give more: what is there is worked off, then the work ends."""
        self._drained.set()

    def stop(self, timeout: float = 5.0) -> bool:
        """End the inputs, work off what is there, publish the last offsets; whether all ended in time."""
        with ThreadPoolExecutor(max(len(self._inputs), 1)) as pool:  # each may have to wait for its network
            stopped = list(pool.map(lambda source: source.stop(), self._inputs))
        self._stopping.set()
        self.inbox.close()
        self._thread.join(timeout)
        return all(stopped) and not self._thread.is_alive()

    def counts(self) -> tuple[int, int]:
        """(windows skipped because recognition was late, windows without enough samples)."""
        skipped = sum(self._engine.skipped.values())
        return skipped, sum(self._engine.windower(wearer).poor for wearer in self._engine.skipped)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self.passes += 1
                failed = [said for source in self._inputs if (said := source.failure())]
                if failed:
                    self.error = RuntimeError("; ".join(failed))
                    break
                taken = self._step(min(TICK, max(0.0, self._status_at + STATUS_INTERVAL - time.monotonic())))
                if not taken and self._drained.is_set():
                    break
            self._step(0.0)
            for event in self._engine.finish():
                self._tell_event(event)
            self._tell_status()
        except Exception as error:
            _log.debug("the pipeline broke off", exc_info=True)
            self.error = error
        finally:
            if self._publisher is not None:
                self._publisher.close()
            self.ended.set()

    def _step(self, timeout: float) -> bool:
        """Wait for samples, recognize what is due, tell it; whether something had come."""
        items = self.inbox.take(timeout)
        oldest = min(
            (item.arrived for item in items if isinstance(item, Arrival)), default=self._times.clock()
        )
        for item in items if self._times.recorded else joined(items):
            if self._times.recorded and self._stopping.is_set():
                break  # of a recording that is stopped nothing is lost: whoever wants the rest plays it again
            if isinstance(item, Change):
                self._change(item)
            else:
                self._take(item)
        if not self._times.recorded:
            late = self._times.clock() - oldest > self._engine.hop
            self._recognize_in_turn(self._engine.due(newest_only=late), oldest)
            self._lapse()
        if self._publisher is not None:
            self._publisher.poll()
        since = time.monotonic() - self._status_at
        if since >= STATUS_INTERVAL or (self._changed and since >= STATUS_SOONEST):
            self._tell_status()
        return bool(items)

    def _take(self, arrival: Arrival) -> None:
        self._arrived[arrival.wearer] = arrival.arrived
        self._reached[arrival.wearer] = float(arrival.chunk.timestamps[-1])
        self._engine.push(arrival.wearer, arrival.feed, arrival.chunk)
        if self._times.recorded:
            # as `offline` does: how long a window waits for a stream that lags is a matter of what came
            # before what, and must not depend on how much was taken at once
            self._recognize(self._engine.due())

    def _change(self, change: Change) -> None:
        """A stream that comes back begins anew; one that is not live is not waited for."""
        self._changed = True
        if change.state is StreamState.WARMUP:
            self._engine.restart(change.wearer, change.feed)
        self._engine.set_live(change.wearer, change.feed, change.state is StreamState.LIVE)
        note = f" ({change.note})" if change.note else ""
        about = {"wearer": change.wearer, "stream": change.feed}
        _log.info("%s %s is %s%s", change.wearer, change.feed, change.state.value, note, extra=about)

    def _lapse(self) -> None:
        """End what is on in wearers of whom no stream speaks any more, or says anything that can be used.

        The former by arrival, since stamps may lag; the latter by the samples' own time.
        """
        now = self._times.clock()
        for wearer, arrived in self._arrived.items():
            reached = self._reached[wearer]
            unusable = reached - self._recognized.get(wearer, reached)
            for event in self._engine.lapse(wearer, max(now - arrived, unusable)):
                self._tell_event(event)

    def _recognize_in_turn(self, windows: Sequence[Window], oldest: float) -> None:
        """As far as time allows; `oldest`: arrival of the first sample that may have completed one, s."""
        rest: Sequence[Due] = self._turns.order([Due(w, max(oldest, self._completed(w))) for w in windows])
        begun = False
        while rest:
            before = self._times.clock()
            turn = self._turns.next(rest, before, begun=begun)
            self._engine.skip([due.window for due in turn.skipped])
            if turn.batch:
                self._recognize([due.window for due in turn.batch])
                self._turns.took(turn.batch, self._times.clock() - before)
            rest, begun = turn.rest, True

    def _completed(self, window: Window) -> float:
        """When the sample at a window's end was here, s: as long after its stamp as the wearer's last one."""
        return window.end + self._arrived[window.wearer] - self._reached[window.wearer]

    def _recognize(self, windows: Sequence[Window]) -> None:
        if not windows:
            return
        clock = self._times.clock
        closed = clock()
        predictions = self._engine.classify(windows)
        classified = clock()
        for window, prediction in zip(windows, predictions, strict=True):
            self._recognized[window.wearer] = window.end
            arrived = self._arrived.get(window.wearer, closed)
            newest = arrived if self._times.recorded else window.newest
            handed = clock()
            self._tell_prediction(timed(prediction, newest, arrived, closed, classified, handed), handed)

    def _tell_prediction(self, prediction: Prediction, now: float) -> None:
        self.meter.predicted(prediction.wearer, prediction.latency, now)
        self._tell(prediction)
        for event in self._engine.decide([prediction]):
            self._tell_event(event)

    def _tell_event(self, event: Event) -> None:
        if event.kind == "onset":
            self.meter.began(event.wearer)
        self._tell(event)

    def _tell(self, message: Message) -> None:
        if self._publisher is not None:
            self._publisher.publish(message)
        for output in self.outputs:
            output.take(message)

    def _tell_status(self) -> None:
        now = self._times.clock()
        info = self._engine.info
        self._engine.unix_offset_ns = self._times.unix_offset_ns()
        self._status_at, self._changed = time.monotonic(), False
        streams = [s for source in self._inputs for s in source.statuses(now)]
        dropped = self.inbox.dropped
        publisher = self._publisher
        self.status = Status(
            seq=self._status_seq,
            time=now,
            time_unix_ns=round(now * 1e9) + self._engine.unix_offset_ns,
            uptime=now - self._began,
            model=info.id,
            labels=info.labels,
            window=info.window,
            hop=self._engine.hop,
            streams=tuple(self._counted(s, dropped.get((s.wearer, s.feed), 0)) for s in streams),
            latency=self.meter.latency(now),
            predictions=self.meter.predictions,
            events=self.meter.events,
            skipped=sum(self._engine.skipped.values()),
            subscribers=publisher.subscribers if publisher is not None else 0,
            address=publisher.address if publisher is not None else "",
            last_seq=publisher.last_seq if publisher is not None else {},
            skipped_by=dict(self._engine.skipped),
            overloaded=self._engine.newly_skipped() > 0,
        )
        self._status_seq += 1
        self._tell(self.status)

    def _counted(self, status: StreamStatus, dropped: int) -> StreamStatus:
        """The reader's status with what was left out between it and the windows."""
        counters = self._engine.windower(status.wearer).counters.get(status.feed)
        reasons = status.dropped | ({"queue": dropped} if dropped else {})
        if counters is not None:
            reasons |= counters.dropped()
        return replace(status, drops=sum(reasons.values()), dropped=reasons)
