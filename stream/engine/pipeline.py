"""The live run: readers' threads leave samples in an inbox, and one thread turns them into messages.

One thread does all the work between the inbox and the socket: windows, encoder, decisions, publishing. At the
rates of people that is fastest, since nothing is handed over between threads and nothing waits for a clock
tick: a window closes with the sample that completes it. Only where the runtime has several threads, batches
of many wearers are computed by those, while this one cuts the next and hands on the last; in order. The
thread owns the publisher. Sinks must not block."""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Final, Protocol

from ..messages import Prediction, StreamState, StreamStatus, Window
from .begun import Begun
from .dispatch import STATUS_INTERVAL, Dispatcher, EngineRun, Publishes, Times
from .engine import Engine, timed
from .inbox import Arrival, Change, Inbox, joined
from .sink import Sink
from .turns import Due, Turns

_log = logging.getLogger(__name__)

STATUS_SOONEST: Final = 0.2
"""s after the last status at which a changed stream may bring the next."""
TICK: Final = 0.25
"""s; the longest wait for samples, so that subscribers are seen and stopping is quick; inputs and wearers, of
whom there may be a thousand, are asked as often at most."""

GATHER: Final = 0.005
"""s for which windows of so many wearers that they end in groups wait for others: those of a group come
within some 30 ms, and each alone costs nearly twice of what it costs in a batch."""
FEW: Final = 8
"""Windows from which on a batch is handed to another thread, even if nothing else is to be done meanwhile."""


class Input(Protocol):
    """Something that feeds the inbox: a reader of LSL."""

    wearer: str

    def start(self) -> None:
        """Begin; at once."""

    def stop(self) -> bool:
        """End all that it runs; whether it has ended."""

    def failure(self) -> str:
        """Reason why it gives no more samples though nobody stopped it; "" while it works."""

    def statuses(self, now: float) -> tuple[StreamStatus, ...]:
        """One for each feed."""


class Pipeline(EngineRun):
    """Inputs → engine → publisher and sinks, from `start` to `stop`."""

    def __init__(
        self,
        engine: Engine,
        times: Times,
        *,
        publisher: Publishes | None = None,
        sinks: Sequence[Sink] = (),
    ) -> None:
        """`engine` belongs to the pipeline from now on; `publisher` too: it is closed at the end."""
        super().__init__(Dispatcher(engine, times, publisher=publisher, sinks=sinks))
        many = len(set(engine.phases.values())) > 1
        self.inbox = Inbox(hop=engine.hop, phases=engine.phases, gather=GATHER if many else 0.0)
        self.ended = threading.Event()
        """Set when the work is over, by `stop` or by `error`."""
        self.passes = 0
        """Rounds of its thread: where this number stands still, the thread hangs."""
        self.error: BaseException | None = None
        """The exception that ended the work; None while there is none."""
        self.hop = engine.hop
        """Windows end at multiples of it and their wearer's phase, s."""
        self.phases = engine.phases
        """Wearer -> phase, s."""
        self._engine = engine
        self._window = engine.info.window
        self._turns = Turns(engine.hop)
        self._times = times
        self._inputs: list[Input] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._arrived: dict[str, float] = {}
        """Wearer -> when the last samples came, s."""
        self._reached: dict[str, float] = {}
        """Wearer -> stamp of the last sample that came, s."""
        self._recognized: dict[str, float] = {}
        """Wearer -> end of the last window that was recognized, s."""
        self._begun: deque[tuple[Sequence[Due], Begun, float]] = deque()
        """Batches that are being recognized, oldest first, and when each was begun, s."""
        self._changed = False
        self._asking, self._lapsing = _Ticks(), _Ticks()
        """For asking inputs whether they work, and wearers whether they are silent."""

    def add(self, source: Input) -> None:
        """An input, before `start`."""
        self._inputs.append(source)

    def remove(self, wearer: str) -> None:
        """End a wearer's inputs while the others go on; waits for them."""
        theirs = [source for source in self._inputs if source.wearer == wearer]
        self._inputs = [source for source in self._inputs if source.wearer != wearer]
        for source in theirs:
            source.stop()

    def start(self) -> None:
        """Begin to read and to recognize."""
        self._dispatcher.begin()
        self._thread.start()
        for source in self._inputs:
            source.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """End the inputs, work off what is there, publish the last offsets; whether all ended in time."""
        with ThreadPoolExecutor(max(len(self._inputs), 1)) as pool:  # each may have to wait for its network
            stopped = list(pool.map(lambda source: source.stop(), self._inputs))
        self._stopping.set()
        self.inbox.close()
        self._thread.join(timeout)
        return all(stopped) and not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self.passes += 1
                if failed := self._failed():
                    self.error = RuntimeError(failed)
                    break
                self._step(min(TICK, max(0.0, STATUS_INTERVAL - self._dispatcher.since_status)))
            self._step(0.0)
            self._finish(fewer=1)
            self._dispatcher.events(self._engine.finish())
            self._report()
        except BaseException as error:  # SystemExit too: else the run would end as if all were well
            _log.debug("the pipeline broke off", exc_info=True)
            self.error = error
        finally:
            try:
                self._dispatcher.close()
            finally:
                self.ended.set()

    def _step(self, timeout: float) -> None:
        """Wait for samples, recognize what is due, hand it on."""
        items = self.inbox.take(timeout)
        oldest = min(
            (item.arrived for item in items if isinstance(item, Arrival)), default=self._times.clock()
        )
        for item in joined(items):
            if isinstance(item, Change):
                self._change(item)
            else:
                self._take(item)
        late = self._times.clock() - oldest > self._engine.hop
        self._recognize_in_turn(self._engine.due(newest_only=late), oldest)
        self._lapse()
        self._dispatcher.poll()
        since = self._dispatcher.since_status
        if since >= STATUS_INTERVAL or (self._changed and since >= STATUS_SOONEST):
            self._report()

    def _take(self, arrival: Arrival) -> None:
        self._arrived[arrival.wearer] = arrival.arrived
        self._reached[arrival.wearer] = float(arrival.chunk.timestamps[-1])
        self._engine.push(arrival.wearer, arrival.feed, arrival.chunk)

    def _change(self, change: Change) -> None:
        """A stream that comes back begins anew; one that is not live is not waited for."""
        self._changed = True
        if change.state is StreamState.WARMUP:
            self._engine.restart(change.wearer, change.feed)
        self._engine.set_live(change.wearer, change.feed, change.state is StreamState.LIVE)
        note = f" ({change.note})" if change.note else ""
        about = {"wearer": change.wearer, "stream": change.feed}
        _log.info("%s %s is %s%s", change.wearer, change.feed, change.state.value, note, extra=about)

    def _failed(self) -> str:
        """Reasons why inputs give no more samples; "" where all work, or where it is no time to ask."""
        if not self._asking.due(self._times.clock()):
            return ""
        return "; ".join(reason for source in self._inputs if (reason := source.failure()))

    def _lapse(self) -> None:
        """End what is on in wearers of whom no stream speaks any more, or says anything that can be used.

        The former by arrival, since stamps may lag; the latter by the samples' own time.
        """
        now = self._times.clock()
        if not self._lapsing.due(now):
            return
        for wearer, arrived in self._arrived.items():
            reached = self._reached[wearer]
            unusable = reached - self._recognized.get(wearer, reached)
            silence = max(now - arrived, unusable)
            if silence > self._window:
                self._dispatcher.events(self._engine.lapse(wearer, silence))

    def _recognize_in_turn(self, windows: Sequence[Window], oldest: float) -> None:
        """As far as time allows; `oldest`: arrival of the first sample that may have completed one, s."""
        rest: Sequence[Due] = self._turns.order([Due(w, max(oldest, self._completed(w))) for w in windows])
        begun = bool(self._begun)
        while rest:
            self._finish(fewer=self._engine.at_once)
            before = self._times.clock()
            turn = self._turns.next(rest, before, begun=begun)
            self._engine.skip([due.window for due in turn.skipped])
            if turn.batch:
                alone = not (turn.rest or self._begun) and len(turn.batch) < FEW
                windows = [due.window for due in turn.batch]
                batch = self._engine.begin_batch(windows, None if alone else self.inbox.wake)
                self._begun.append((turn.batch, batch, before))
            rest, begun = turn.rest, True
        self._finish()

    def _completed(self, window: Window) -> float:
        """Estimated arrival of the sample at a window's end, s: delayed like the wearer's last sample."""
        return window.end + self._arrived[window.wearer] - self._reached[window.wearer]

    def _finish(self, fewer: int | None = None) -> None:
        """Hand on what is recognized, oldest first; wait for it while not `fewer` batches are begun."""
        clock = self._times.clock
        while self._begun and (self._begun[0][1].done or (fewer is not None and len(self._begun) >= fewer)):
            batch, begun, closed = self._begun.popleft()
            predictions = self._engine.finish_batch(begun)
            classified = clock()
            self._hand_on(begun.taken, predictions, closed, classified)
            self._turns.took(batch, clock() - closed)

    def _hand_on(
        self, windows: Sequence[Window], predictions: Sequence[Prediction], closed: float, classified: float
    ) -> None:
        clock = self._times.clock
        for window, prediction in zip(windows, predictions, strict=True):
            self._recognized[window.wearer] = window.end
            arrived = self._arrived.get(window.wearer, closed)
            handed = clock()
            made = timed(prediction, window.newest, arrived, closed, classified, handed)
            self._dispatcher.prediction(made, handed)

    def _report(self) -> None:
        self._changed = False
        now = self._times.clock()
        streams = [status for source in self._inputs for status in source.statuses(now)]
        self._dispatcher.report(streams, self.inbox.dropped)


class _Ticks:
    """A moment each `TICK`, by the clock of the samples or by this process's, whichever is faster."""

    def __init__(self) -> None:
        self._before = (-inf, -inf)

    def due(self, now: float) -> bool:
        """True where a tick has passed at `now`, s; it begins anew then."""
        moment = (now, time.monotonic())
        if all(0.0 <= new - old < TICK for new, old in zip(moment, self._before, strict=True)):
            return False
        self._before = moment
        return True
