"""Labels that somebody gives while streams are recorded: markers in the file, and on the network."""

import threading
from typing import Final

import numpy as np
import pylsl

from ..recordings.xdf import writing
from .describe import xml_of
from .inlet import now
from .tape import OFFSETS

NAME: Final = "hnhar-labels"
"""Name of the stream, by which `hnhar-stream --markers` reads it."""
_MOST: Final = 10_000
"""Markers that are held while the file takes none."""


class LabelTape:
    """A stream of markers of our own. They are written without a way through the network, so that none is
    lost before a reader has found the stream."""

    def __init__(self, file: writing.XdfWriter, wearer: str = "") -> None:
        info = pylsl.StreamInfo(NAME, "Markers", 1, 0.0, pylsl.cf_string, f"{NAME}:{wearer}")
        info.desc().append_child("acquisition").append_child_value("manufacturer", "hnhar")
        if wearer:
            info.desc().append_child("subject").append_child_value("id", wearer)
        self._outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(info)
        whole = self._outlet.get_info()
        self.uid = whole.uid()
        """Of the stream, which is recorded here and nowhere else."""
        self.samples = 0
        """Markers in the file."""
        self._file = file
        self._number = file.number()
        self._lock = threading.Lock()
        self._held = [writing.stream_header(self._number, xml_of(whole))]
        self._ends: tuple[float, float] | None = None
        self._offset_at = float("-inf")
        self.tick()

    def mark(self, text: str, stamp: float) -> None:
        """Send and write a marker, stamped on our clock, s."""
        if self._outlet is not None:
            self._outlet.push_sample([text], stamp)
        value = np.array([[text.encode()]], dtype=object)
        with self._lock:
            if len(self._held) < _MOST:
                self._held.append(writing.samples(self._number, np.array([stamp]), value))
                self._ends = (self._ends or (stamp, stamp))[0], stamp
                self.samples += 1
        self.tick()

    def tick(self) -> None:
        """Write what is held, and a clock offset where it is time for one: it is ours, so it is 0."""
        with self._lock:
            moment = now()
            if moment - self._offset_at >= OFFSETS and not self._held[1:]:
                self._offset_at = moment
                self._held.append(writing.clock_offset(self._number, moment, 0.0))
            while self._held and self._file.write(self._held[0]):
                del self._held[0]

    def close(self) -> None:
        """Write the end of the stream, and take it from the network."""
        self._outlet = None
        self.tick()
        first, last = self._ends or (0.0, 0.0)
        self._file.write(writing.stream_footer(self._number, first, last, self.samples))
