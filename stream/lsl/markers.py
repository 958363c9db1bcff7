"""Live reader of a marker stream: annotations by which a run scores itself."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pylsl

from ..flow.shifts import Shifts, moved
from ..intake.clock import ClockOffset
from ..recordings.marker_map import meaning
from ..recordings.markers import Marked, annotations
from .errors import lsl_errors
from .inlet import LslInlet, now
from .source import Source, resolve

_log = logging.getLogger(__name__)
_MOST: Final = 100_000
"""Markers that are kept."""
_LOOK: Final = 0.9
"""s for one look around: hosts are asked directly only after 0.5 s, where multicast does not pass."""
_AGAIN: Final = 1.0
"""s until the next look, where what matches cannot be read: such a look returns at once."""
_OPEN: Final = 2.0
"""s."""
_BUFFER: Final = 360
"""s of markers that liblsl keeps."""


class MarkerReader:
    """Collects the markers of one text stream, stamped on the local clock, from `start` to `stop`."""

    def __init__(self, source: Source, meanings: Mapping[str, str] | None = None) -> None:
        """`meanings`: of markers, by `marker_map.parse_map`."""
        self.source = source
        self._meanings = dict(meanings or {})
        self.found = threading.Event()
        """Set once the stream is read."""
        self.problem = ""
        """Reason why a matching stream could not be read; "" where there was none."""
        self._waits = f"waiting for marker stream '{source}'"
        self._last_text = ""
        self._tell: Callable[[str], None] = lambda text: None
        self._texts: list[list[str]] = []
        self._times: list[float] = []
        self._arrived: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"markers {source}", daemon=True)

    def start(self, tell: Callable[[str], None] | None = None) -> None:
        """Begin to look for the stream, at once; our thread calls `tell` with each state that it logs."""
        self._tell = tell or self._tell
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> bool:
        """End; True if it did within `timeout` s."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def annotations(self, begin: float = 0.0, shifts: Sequence[Shifts] = ()) -> Marked:
        """Annotations marked so far; notes count times from `begin`, s.

        `shifts` are those of the streams: markers of the same sender are moved likewise, or everything that
        was performed would be compared with what was recognized at another time.
        """
        stamps = list(zip(self._times, self._arrived, strict=False))  # may be growing
        times = [moved(stamp, arrived, shifts) for stamp, arrived in stamps]
        texts = [[meaning(t[0], self._meanings), *t[1:]] if t else t for t in self._texts[: len(times)]]
        marked = annotations(times, texts, begin=begin)
        by = [time - stamp for time, (stamp, _) in zip(times, stamps, strict=True) if time != stamp]
        if by:
            marked.notes.append(
                f"{len(by)} of {len(times)} markers were moved by {by[0]:+.1f} s, as the streams of their "
                "sender were: its time stamps are not of LSL's clock"
            )
        return marked

    def _say(self, text: str, level: int = logging.INFO) -> None:
        """Log a state and pass it to `tell`, once."""
        if text != self._last_text:
            self._last_text = text
            _log.log(level, text)
            self._tell(text)

    def _run(self) -> None:
        self._say(self._waits)
        while not self._stop.is_set():
            found = resolve(self.source, _LOOK)
            infos = [info for info in found if info.channel_format() == pylsl.cf_string]
            infos = infos or [info for info in found if _numbers(info)]
            if len(infos) != 1:
                if problem := _problem(self.source, found, len(infos)):
                    self.problem = problem
                    self._say(problem, logging.WARNING)
                    self._stop.wait(_AGAIN)
                else:
                    self._say(self._waits)
                continue
            try:
                with lsl_errors():
                    self._read(infos[0])
            except (TimeoutError, ConnectionError):
                # its sender has gone, as it does when a replay ends: it may come back
                if self.found.is_set():
                    self._waits = f"marker stream '{self.source}' has gone; waiting for it to come back"
                continue

    def _read(self, info: pylsl.StreamInfo) -> None:
        inlet = LslInlet(info, buffer=_BUFFER)
        inlet.open_stream(_OPEN)
        self.found.set()
        self._say(f"marker stream '{self.source}' found")
        clock = ClockOffset(inlet, info.hostname(), now(), now)
        clock.start()
        held: list[tuple[list[str], float, float]] = []
        offset: float | None = None
        try:
            while not self._stop.is_set():
                texts, times = inlet.pull_chunk(0.1, 256, min_samples=1, as_numpy=False)
                came = now()
                held += [(list(map(_text, row)), float(t), came) for row, t in zip(texts, times, strict=True)]
                del held[_MOST:]
                offset = clock.reading(now()).offset
                if offset is not None:
                    self._keep(held, offset)
                    held = []
        finally:
            clock.stop()
            # a clock that never answered: as they are stamped, rather than not at all
            self._keep(held, offset or 0.0)

    def _keep(self, markers: list[tuple[list[str], float, float]], offset: float) -> None:
        for text, stamp, arrived in markers[: _MOST - len(self._times)]:
            self._texts.append(text)
            self._times.append(stamp + offset)
            self._arrived.append(arrived)


def _numbers(info: pylsl.StreamInfo) -> bool:
    """True for triggers: numbers of one channel that come when something happens."""
    return bool(info.channel_count() == 1 and info.nominal_srate() == pylsl.IRREGULAR_RATE)


def _text(value: object) -> str:
    """A marker as text; 1.0 is 1."""
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def _problem(source: Source, found: Sequence[pylsl.StreamInfo], texts: int) -> str:
    """Reason why no matching stream is read, of which `texts` are of text; "" where none matches."""
    if texts:
        return f"'{source}' matches {texts} marker streams: say which"
    if not found:
        return ""
    info = found[0]
    count = info.channel_count()
    return (
        f"'{source}' is no marker stream: it has type {info.type() or '(none)'} and {count} "
        f"channel{'' if count == 1 else 's'} of numbers; markers are text, or one number"
    )
