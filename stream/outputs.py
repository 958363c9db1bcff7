"""Where messages go besides the socket: a file, the log lines of a run without a dashboard, LSL outlets."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

import msgspec

from hnhar.model.errors import ConfigError

from .messages import Event, Message, Prediction, Status
from .wire import to_map

_log = logging.getLogger(__name__)


class Recorder:
    """Every prediction and event as a line of JSON, as on the wire; appended, whole lines, flushed each."""

    def __init__(self, path: str | Path, publisher: str = "") -> None:
        """`publisher`: identifier of this run, in every line. Raises ConfigError where the file cannot be
        opened."""
        self.path = Path(path)
        self.written = 0
        self.failed = ""
        """Why writing broke off; recognition goes on."""
        self._publisher = publisher
        try:
            self._file: BinaryIO = self.path.open("ab+", buffering=0)
            if self._file.tell() and not self._ends_in_newline():
                # a run that was killed left half a line: it stays apart from ours
                self._file.write(b"\n")
        except OSError as error:
            raise ConfigError(f"cannot record to {path}: {error.strerror or error}.") from error

    def take(self, message: Message) -> None:
        """Write it, unless it is a status or writing has failed."""
        if self.failed or isinstance(message, Status):
            return
        line = msgspec.json.encode(to_map(message, self._publisher)) + b"\n"
        try:
            written = self._file.write(line)
            if written != len(line):
                raise OSError("no space left for a whole line")
            self.written += 1
        except OSError as error:
            self.failed = error.strerror or str(error)
            _log.error("recording to %s broke off: %s; recognition goes on", self.path, self.failed)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _ends_in_newline(self) -> bool:
        self._file.seek(-1, os.SEEK_END)
        return self._file.read(1) == b"\n"


class LogLines:
    """A line a prediction, and one an onset or offset, on standard output."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self.broken = False
        """Whether whoever read the lines has gone."""

    def take(self, message: Message) -> None:
        """Print it, unless it is a status."""
        if self.broken or isinstance(message, Status):
            return
        try:
            print(line_of(message), file=self._out, flush=True)
        except (BrokenPipeError, ValueError):
            self.broken = True


def line_of(message: Prediction | Event) -> str:
    """A message for a person: `w1  1234.25  wave 93%  imu+skeleton  2.1 ms`."""
    if isinstance(message, Prediction):
        label = f"unknown ({message.label}?)" if message.unknown else message.label
        made_of = "+".join(message.modalities)
        return (
            f"{message.wearer}  {message.end:.2f}  {label} {message.confidence:.0%}  {made_of}  "
            f"{message.latency.total * 1e3:.1f} ms"
        )
    length = f" after {message.duration:.1f} s" if message.duration is not None else ""
    at = message.onset + (message.duration or 0.0)
    return f"{message.wearer}  {at:.2f}  {message.kind} of {message.label}{length}"


class LslOutlets:
    """Predictions and events of each wearer as LSL streams, for LabRecorder."""

    def __init__(self, wearers: Sequence[str], labels: Sequence[str], model: str) -> None:
        """After LSL was configured."""
        from .lsl.outlets import EventOutlet, PredictionOutlet

        self._predictions = {w: PredictionOutlet(w, labels, model) for w in wearers}
        self._events = {w: EventOutlet(w) for w in wearers}

    def take(self, message: Message) -> None:
        """Send it, unless it is a status."""
        if isinstance(message, Prediction):
            self._predictions[message.wearer].push(message)
        elif isinstance(message, Event):
            self._events[message.wearer].push(message)


class Kept:
    """Keeps predictions and events, to be scored or written when a run is over."""

    def __init__(self, *, predictions: bool = True) -> None:
        """`predictions` False keeps the events only: a run of days has few of them."""
        self.predictions: list[Prediction] = []
        self.events: list[Event] = []
        self._all = predictions

    def take(self, message: Message) -> None:
        """Keep it, unless it is a status."""
        if isinstance(message, Event):
            self.events.append(message)
        elif isinstance(message, Prediction) and self._all:
            self.predictions.append(message)
