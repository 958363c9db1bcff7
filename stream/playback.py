"""A recording as an input of the pipeline: fed in process, at any speed, without loss."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .engine.inbox import Arrival, Inbox
from .messages import StreamDescription, StreamState, StreamStatus
from .recordings.recording import Recording

if TYPE_CHECKING:
    from .recordings.feeds import Feeds


class RecordingInput:
    """Feeds what was recorded in the order in which it would have arrived."""

    def __init__(
        self,
        recording: Recording,
        feeds: "Feeds",
        inbox: Inbox,
        *,
        speed: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """`feeds`: of `windows.recorded_feeds`; `speed`: recording seconds per second, None as fast as it
        goes; `done` is called after the last sample."""
        self.wearer = recording.wearer
        self.position = recording.start
        """Recording time up to which samples were fed, s."""
        self._feeds = feeds
        self._inbox = inbox
        self._speed = speed
        self._clock = clock
        self._done = done
        self._start = recording.start
        self._stop = threading.Event()
        self._failure = ""
        self._samples = {feed.name: 0 for feed, _, _ in feeds}
        self._state = StreamState.RESOLVING
        self._descriptions: dict[str, StreamDescription] = {}
        for modality in {feed.modality: None for feed, _, _ in feeds}:
            named = [feed.name for feed, _, _ in feeds if feed.modality == modality]
            streams = [s for s in recording.of(modality) if len(s.timestamps)]
            self._descriptions |= {n: s.description for n, s in zip(named, streams, strict=True)}
        self._thread = threading.Thread(target=self._run, name=f"recording {self.wearer}", daemon=True)

    def start(self) -> None:
        """Begin to feed."""
        self._state = StreamState.LIVE
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> bool:
        """End; whether it did within `timeout` s."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def failure(self) -> str:
        """Why it feeds no more, though there was more; "" where nothing went wrong."""
        return self._failure

    def statuses(self, now: float) -> tuple[StreamStatus, ...]:
        """One for each feed."""
        return tuple(
            StreamStatus(
                wearer=self.wearer,
                modality=feed.modality,
                feed=feed.name,
                state=self._state,
                source="recording",
                description=self._descriptions[feed.name],
                effective_rate=(len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else None,
                samples=self._samples[feed.name],
            )
            for feed, times, _ in self._feeds
        )

    def _run(self) -> None:
        try:
            self._feed()
        except Exception as error:
            # nobody else would notice: the pipeline would wait for samples for ever
            self._failure = f"the recording could not be fed any further: {error!r}"

    def _feed(self) -> None:
        from .recordings.feeds import interleave

        begun = self._clock()
        for feed, chunk in interleave(self._feeds):
            if self._speed is not None:
                due = begun + (float(chunk.timestamps[-1]) - self._start) / self._speed
                self._stop.wait(max(0.0, due - self._clock()))
            if self._stop.is_set():
                break
            self._inbox.put_in_turn(Arrival(self.wearer, feed, chunk, self._clock()), self._stop)
            self._samples[feed.name] += len(chunk.timestamps)
            self.position = max(self.position, float(chunk.timestamps[-1]))
        self._state = StreamState.ENDED
        self._done()
