"""A marker stream read live: what was performed while a run went on, for it to score itself."""

import logging
import threading
from typing import Final

import pylsl

from ..recordings.recording import Annotation
from ..recordings.xdf_markers import annotations
from .clock import Clock
from .errors import lsl_errors
from .source import Source, resolve

_log = logging.getLogger(__name__)
_MOST: Final = 100_000
"""Markers that are kept."""
_LOOK: Final = 0.9
"""s for one look around: hosts are asked directly only after 0.5 s, where multicast does not pass."""
_OPEN: Final = 2.0
"""s."""


class MarkerReader:
    """Collects the markers of one text stream, stamped on the local clock, from `start` to `stop`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found = threading.Event()
        """Set once the stream is read."""
        self._texts: list[list[str]] = []
        self._times: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"markers {source}", daemon=True)

    def start(self) -> None:
        """Begin to look for the stream; at once."""
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> bool:
        """End; whether it did within `timeout` s."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def annotations(self) -> tuple[list[Annotation], list[str]]:
        """What was marked so far, by onset, and notes on what was not understood."""
        return annotations(self._times[:], self._texts[:])

    def _run(self) -> None:
        while not self._stop.is_set():
            found = resolve(self.source, _LOOK, gather=0.05)
            infos = [info for info in found if info.channel_format() == pylsl.cf_string]
            if len(infos) != 1:
                if infos:
                    _log.warning("'%s' matches %d marker streams: say which", self.source, len(infos))
                    self._stop.wait(5.0)
                continue
            try:
                with lsl_errors():
                    self._read(infos[0])
            except (TimeoutError, ConnectionError):
                # its sender has gone, as it does when a replay ends: it may come back
                continue

    def _read(self, info: pylsl.StreamInfo) -> None:
        inlet = pylsl.StreamInlet(info, max_buflen=360, recover=False, processing_flags=0)
        inlet.open_stream(_OPEN)
        self.found.set()
        clock = Clock(inlet, info.hostname(), pylsl.local_clock())
        clock.start()
        held: list[tuple[list[str], float]] = []
        offset: float | None = None
        try:
            while not self._stop.is_set():
                texts, times = inlet.pull_chunk(0.1, 256, min_samples=1)
                held += [(list(map(str, row)), float(t)) for row, t in zip(texts, times, strict=True)]
                del held[_MOST:]
                offset = clock.reading(pylsl.local_clock()).offset
                if offset is not None:
                    self._keep(held, offset)
                    held = []
        finally:
            clock.stop()
            # a clock that never answered: as they are stamped, rather than not at all
            self._keep(held, offset or 0.0)

    def _keep(self, markers: list[tuple[list[str], float]], offset: float) -> None:
        for text, stamp in markers[: _MOST - len(self._times)]:
            self._texts.append(text)
            self._times.append(stamp + offset)
