"""Sink of a run without a dashboard: a line for a person, on standard output."""

import logging
import re
import sys
from typing import TextIO

from hnhar.model.errors import ConfigError
from hnhar.model.labels import UNKNOWN

from ..dashboard.words import tempo
from ..engine.sink import Sink
from ..messages import Event, Message, Prediction, Status
from .context import SinkContext

_log = logging.getLogger(__name__)


class LogLines(Sink):
    """A line a prediction, and one an onset or offset, on standard output."""

    prompt = True

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self.broken = False
        """True once the reader of the lines has gone."""
        self._failed = False
        self._mounts: dict[tuple[str, str], str] = {}
        """(wearer, feed) -> what was printed of its mounting, without its numbers."""

    def take(self, message: Message) -> None:
        """Print it; of a status, how a sensor is worn, where that is another sentence than before."""
        if self.broken:
            return
        if isinstance(message, Status):
            for line in self._mounts_of(message):
                self._print(line)
        else:
            self._print(line_of(message))

    def _mounts_of(self, status: Status) -> list[str]:
        lines = []
        for stream in status.streams:
            key, kept = (stream.wearer, stream.feed), re.sub(r"[\d.]+", "", stream.mount)
            if kept and kept != self._mounts.get(key):
                self._mounts[key] = kept
                lines.append(f"{stream.wearer}  {status.time:.2f}  {stream.feed}: {stream.mount}")
        return lines

    def _print(self, line: str) -> None:
        try:
            print(line, file=self._out, flush=True)
        except (BrokenPipeError, ValueError):
            self.broken = True
        except OSError as error:
            if not self._failed:
                _log.error("a line could not be printed: %s; recognition goes on", error.strerror or error)
            self._failed = True
        else:
            self._failed = False


def name_of(message: Prediction | Event) -> str:
    """The label for a person: `wave`; `unknown (wave?)` where it resembles nothing that was learned."""
    if not message.unknown or message.label == UNKNOWN:
        return message.label
    return f"{UNKNOWN} ({message.label}?)"


def line_of(message: Prediction | Event) -> str:
    """A message for a person: `w1  1234.25  wave 93%  imu+skeleton  2.1 ms`."""
    if isinstance(message, Prediction):
        made_of = "+".join(message.modalities)
        return (
            f"{message.wearer}  {message.end:.2f}  {name_of(message)} {message.confidence:.0%}  {made_of}  "
            f"{message.latency.total * 1e3:.1f} ms"
        )
    length = f" after {message.duration:.1f} s" if message.duration is not None else ""
    at = message.onset + (message.duration or 0.0)
    often = f", {tempo(message.repetitions)}" if tempo(message.repetitions) else ""
    return f"{message.wearer}  {at:.2f}  {message.kind} of {name_of(message)}{length}{often}"


def open_lines(address: str, context: SinkContext) -> LogLines:
    """`lines:`, or `lines:stderr`. Raises ConfigError."""
    streams = {"": sys.stdout, "stdout": sys.stdout, "stderr": sys.stderr}
    if address not in streams:
        raise ConfigError(f"--sink lines:{address}: give lines:stdout or lines:stderr.")
    return LogLines(streams[address])
