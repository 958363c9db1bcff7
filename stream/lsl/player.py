"""Recordings played as live LSL streams.

Time stamps: a sample of the recording's time t is stamped `play start + (t - start)`, at every speed. Motion
therefore keeps its true pace for whoever cuts windows by time stamps, and only the wall clock runs faster or
slower: at speed 1 stamps are the present, at speed 2 they run ahead of it. LSL has no flow control, so "max"
is `MAX_SPEED` times real time, at which a reader that keeps up loses nothing (an inlet holds 10 s of
samples).
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pylsl

from hnhar.model.errors import RecordingError

from ..mapping.kind import find_mapping
from ..recordings.recording import RecordedStream, Recording
from .outlets import DataOutlet, MarkerOutlet, markers_of

MAX_SPEED = 50.0
"""Times real time, for speed "max"."""
GROUPED = 4.0
"""Above this speed samples are pushed in groups, at most one group each `MIN_TICK` s."""
MIN_TICK = 0.004
STEP = 0.25
"""s; longest time without a look at the stop event and the progress."""


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """Part, speed and names under which a recording is played."""

    speed: float = 1.0
    """Recording seconds per second."""
    loop: bool = False
    start: float | None = None
    """s from the beginning of the recording."""
    end: float | None = None
    """s from the beginning of the recording."""
    name_prefix: str = "hnhar-"
    placement: str | None = None
    """Placement of the IMU, in place of the recording's."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of the playing."""

    position: float
    """s since the played part began, in recording time."""
    duration: float
    """s of the played part."""
    samples: int
    """Pushed so far, all streams and rounds."""
    lap: int
    marker: str
    """The last annotation begun, "" before the first."""


def renamed(stream: RecordedStream, recording: Recording, options: PlayOptions) -> RecordedStream:
    """The stream under the name and source_id that it is played with: `hnhar-imu`, or `hnhar-TYPE`."""
    carried = find_mapping(stream.kind)
    kind = stream.modality or stream.description.type.lower() or "data"
    sensors = stream.description.type if len(recording.of(stream.modality)) > 1 else ""
    description = replace(
        stream.description,
        name=f"{options.name_prefix}{kind}",
        type=stream.description.type or (carried.stream_type if carried else "Data"),
        source_id=":".join(filter(None, (f"{options.name_prefix}replay", recording.wearer, kind, sensors))),
        hostname="",
    )
    if options.placement is not None and carried and carried.worn:
        description = replace(description, placement=options.placement)
    return replace(stream, description=description)


class Player:
    """One recording as LSL outlets: `open`, then `play`. Outlets live as long as the player."""

    def __init__(self, recording: Recording, options: PlayOptions) -> None:
        streams = [renamed(s, recording, options) for s in recording.streams if len(s.timestamps)]
        if not streams:
            notes = f" ({'; '.join(recording.notes)})" if recording.notes else ""
            raise RecordingError(
                f"'{recording.name or recording.wearer}' has no stream with samples to play{notes}."
            )
        self.recording = recording
        self.options = options
        self._begin = recording.start + (options.start or 0.0)
        self._end = recording.end if options.end is None else recording.start + options.end
        if not self._begin < self._end or (options.start is not None and self._begin > recording.end):
            raise RecordingError(
                f"nothing is left to play: '{recording.name or recording.wearer}' is {self.total:.1f} s "
                f"long, and start {options.start or 0:g} to end "
                f"{self.total if options.end is None else options.end:g} was asked for."
            )
        self._streams = [_part(stream, self._begin, self._end) for stream in streams]
        if not any(len(stream.timestamps) for stream in self._streams):
            # and, with `loop`, nothing to wait for
            raise RecordingError(
                f"nothing is left to play: '{recording.name or recording.wearer}' has no sample between "
                f"{self._begin - recording.start:g} and {self._end - recording.start:g} s."
            )
        self._markers = [m for m in markers_of(recording.annotations) if self._begin <= m[0] <= self._end]
        self.outlets = [DataOutlet(s.description, s.kind, recording.wearer) for s in streams]
        self._marker_outlet = MarkerOutlet(
            f"{options.name_prefix}markers",
            f"{options.name_prefix}replay:{recording.wearer}:markers",
            recording.wearer,
        )

    @property
    def total(self) -> float:
        """s of the whole recording."""
        return self.recording.end - self.recording.start

    @property
    def duration(self) -> float:
        """s of the part that is played."""
        return self._end - self._begin

    def wait_for_consumers(self, stop: threading.Event, grace: float = 2.0) -> None:
        """Until somebody reads one of the streams, and then up to `grace` s until all are read."""
        deadline = None
        while not stop.is_set() and not all(outlet.connected for outlet in self.outlets):
            now = time.monotonic()
            if deadline is None and any(outlet.connected for outlet in self.outlets):
                deadline = now + grace
            if deadline is not None and now > deadline:
                return
            stop.wait(0.02)

    def play(self, stop: threading.Event, progress: Callable[[Progress], None] | None = None) -> int:
        """Push all samples and markers at their time until the end or `stop`; samples pushed."""
        lap, pushed, marker = 0, 0, ""
        pause = self._pause()
        stamp = pylsl.local_clock()
        clock = time.monotonic()
        while not stop.is_set():
            cursors = [0] * len(self._streams)
            next_marker = 0
            for now, due in self._ticks(clock, stop):
                for number, stream in enumerate(self._streams):
                    first = cursors[number]
                    last = int(np.searchsorted(stream.timestamps, due, side="right"))
                    if last > first:
                        stamps = stream.timestamps[first:last] - self._begin + stamp
                        self.outlets[number].push(stream.samples[first:last], stamps)
                        pushed += last - first
                        cursors[number] = last
                while next_marker < len(self._markers) and self._markers[next_marker][0] <= due:
                    at, text = self._markers[next_marker]
                    self._marker_outlet.push(text, at - self._begin + stamp)
                    next_marker += 1
                    marker = text.removesuffix("/start") if not text.endswith("/stop") else marker
                if progress is not None:
                    progress(Progress(now, self.duration, pushed, lap, marker))
            lap += 1
            if not self.options.loop:
                break
            stamp += self.duration + pause
            clock += (self.duration + pause) / self.options.speed
        return pushed

    def _pause(self) -> float:
        """s from the last sample of a round to the first of the next: one period of the fastest stream."""
        periods = [float(np.median(np.diff(s.timestamps))) for s in self._streams if len(s.timestamps) > 1]
        return max(min(periods, default=0.02), 1e-3)

    def _ticks(self, clock: float, stop: threading.Event) -> Iterator[tuple[float, float]]:
        """(s since the part began, recording time) of what is due, each yielded when its moment has come."""
        times = np.unique(
            np.concatenate([*(s.timestamps for s in self._streams), [m[0] for m in self._markers]])
        )
        times = times[(times >= self._begin) & (times <= self._end)]
        speed = self.options.speed
        at = 0
        while at < len(times) and not stop.is_set():
            target = clock + (float(times[at]) - self._begin) / speed
            wait = target - time.monotonic()
            if wait > STEP:
                stop.wait(STEP)
                continue
            if wait > 0 or speed > GROUPED:
                time.sleep(max(wait, 0.0 if speed <= GROUPED else MIN_TICK))
            due = self._begin + (time.monotonic() - clock) * speed
            at = max(at + 1, int(np.searchsorted(times, due, side="right")))
            yield min(due - self._begin, self.duration), max(due, float(times[at - 1]))


def _part(stream: RecordedStream, begin: float, end: float) -> RecordedStream:
    """The samples of a stream within [begin, end], in order of time: real files step back by some ms."""
    order = np.argsort(stream.timestamps, kind="stable")
    stamps = stream.timestamps[order]
    first, last = np.searchsorted(stamps, begin, side="left"), np.searchsorted(stamps, end, side="right")
    kept = order[first:last]
    return replace(stream, samples=stream.samples[kept], timestamps=stream.timestamps[kept])
