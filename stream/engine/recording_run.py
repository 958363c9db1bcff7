"""A recording as a run: the offline driver with sinks, statuses, a speed, and a stop.

No thread and no queue: what is not recognized yet is still in the recording, so nothing can be late or lost.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..messages import StreamState, StreamStatus
from ..recordings.feeds import Feeds
from ..recordings.recording import Recording
from .dispatch import STATUS_INTERVAL, Dispatcher, EngineRun, Times
from .engine import Engine, timed
from .offline import Block, OfflineDriver, blocks
from .sink import Sink


class RecordingRun(EngineRun):
    """Recording → engine → sinks, in the caller's thread."""

    def __init__(
        self,
        engine: Engine,
        recording: Recording,
        feeds: Feeds,
        *,
        speed: float | None = None,
        sinks: Sequence[Sink] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to run.

        Args:
            engine: With the recording's wearer; belongs to the run from now on.
            recording: Where the feeds are from.
            feeds: Of `recorded_feeds`, all or some of them.
            speed: Recording seconds per second; None: as fast as it goes.
            sinks: Take every message.
            clock: Of latencies, statuses and the speed, s.
        """
        super().__init__(Dispatcher(engine, Times(clock), publisher=None, sinks=sinks))
        self.position = recording.start
        """Recording time up to which samples were fed, s."""
        self._engine = engine
        self._wearer = recording.wearer
        self._feeds = feeds
        self._speed = speed
        self._clock = clock
        self._start = recording.start
        self._streams = _described(feeds, recording.wearer)

    def run(self, stop: threading.Event, progress: Callable[[float], None] = lambda position: None) -> bool:
        """Recognize until the recording ends or `stop` is set; True if it ended.

        `progress` is called after each block of samples with `position`. Either way what is on is ended, and
        a last status is given. What a sink raises goes through.
        """
        driver = OfflineDriver(self._engine)
        begun = self._clock()
        self._dispatcher.begin()
        whole = True
        for block in blocks({self._wearer: self._feeds}):
            if self._speed is not None:
                due = begun + (block.end - self._start) / self._speed
                stop.wait(max(0.0, due - self._clock()))
            if stop.is_set():
                whole = False
                break
            self._take(driver, block)
            progress(self.position)
        self._dispatcher.events(self._engine.finish())
        self._report(StreamState.ENDED)
        return whole

    def _take(self, driver: OfflineDriver, block: Block) -> None:
        """One block: recognized, decided, handed on; its latency counts from now, when it was fed."""
        arrived = self._clock()
        windows = driver.windows(block)
        closed = self._clock()
        predictions = self._engine.classify(windows)
        classified = self._clock()
        for prediction in predictions:
            handed = self._clock()
            made = timed(prediction, arrived, arrived, closed, classified, handed)
            self._dispatcher.prediction(made, handed)
        for _, feed, chunk in block.chunks:
            status = self._streams[feed.name]
            self._streams[feed.name] = replace(status, samples=status.samples + len(chunk.timestamps))
        self.position = max(self.position, block.end)
        if self._dispatcher.since_status >= STATUS_INTERVAL:
            self._report(StreamState.LIVE)

    def _report(self, state: StreamState) -> None:
        self._dispatcher.report([replace(s, state=state) for s in self._streams.values()], {})


def _described(feeds: Feeds, wearer: str) -> dict[str, StreamStatus]:
    """Feed -> its status before the first sample, with what the chain of samples counted on the way."""
    out: dict[str, StreamStatus] = {}
    for recorded in feeds:
        feed, times = recorded.feed, recorded.times
        status = recorded.status or StreamStatus(
            wearer, feed.modality, feed.name, StreamState.LIVE, "recording", received=len(times)
        )
        lasted = float(times[-1] - times[0]) if len(times) else 0.0
        rate = (len(times) - 1) / lasted if lasted > 0 else None
        out[feed.name] = replace(status, wearer=wearer, samples=0, age=None, effective_rate=rate)
    return out
