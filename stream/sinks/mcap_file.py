"""Sink of MCAP: every message of a run in one file, for Foxglove, rerun and whatever else reads MCAP.

A sink sees messages only: the samples of the sensors are not in it. docs/sinks.md says what is.
"""

import errno
import importlib.util
import logging
import os
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from hnhar.model.errors import ConfigError, MissingExtraError

from ..engine.sink import Sink
from ..messages import Event, Message, Prediction, Status
from ..publish.wire import KINDS, to_map
from .context import SinkContext

if TYPE_CHECKING:
    from mcap.writer import Writer as McapWriter

_log = logging.getLogger(__name__)

CHUNK: Final = 16 * 1024
"""bytes of messages after which they go to the file: some seconds of a wearer."""
HELD: Final = 8 * 1024 * 1024
"""bytes that wait in memory while the disk is full, at most."""


class PatientFile:
    """A new file, unbuffered. What it does not take waits in memory, in order: a full disk may be emptied.

    Of the writable files of Python it has what `mcap.writer.Writer` uses.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError, FileExistsError where there is one already."""
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 (closed by `close`)
        self._path = path
        self._offset = 0
        self._held = bytearray()
        self._told = False

    @property
    def held(self) -> int:
        """Bytes that the file did not take yet."""
        return len(self._held)

    def tell(self) -> int:
        """Offset at which the next byte will stand."""
        return self._offset

    def write(self, data: bytes) -> int:
        """Write, or keep for later. Raises OSError where too much waits already."""
        self._offset += len(data)
        self._held += data
        self._push()
        return len(data)

    def close(self) -> None:
        """Write what waits and close. Raises OSError where it cannot."""
        try:
            self._push()
        finally:
            self._file.close()
        if self._held:
            raise OSError(
                errno.ENOSPC, "no space left for its end: it can be read up to its last whole chunk"
            )

    def _push(self) -> None:
        try:
            while self._held:
                written = self._file.write(self._held)
                if not written:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                del self._held[:written]
        except OSError as error:
            if len(self._held) > HELD:
                raise
            if not self._told:
                _log.error("%s: %s; what it is to hold waits in memory", self._path, error.strerror or error)
            self._told = True
            return
        if self._told:
            _log.warning("%s is written to again, nothing was lost", self._path)
        self._told = False


class McapSink(Sink):
    """Predictions, events and statuses on a channel each, of each wearer; used in one thread."""

    def __init__(self, path: Path, context: SinkContext, *, clock: Callable[[], int] = time.time_ns) -> None:
        """`clock`: Unix time, ns, for a message that does not say when it was made.

        Raises ConfigError where the file cannot be made, or exists.
        """
        from mcap.writer import Writer

        self._publisher = context.publisher
        self._clock = clock
        self._channels: dict[str, int] = {}
        try:
            self._file = PatientFile(path)
        except FileExistsError as error:
            raise ConfigError(
                f"{path} exists, and is not overwritten: name another file, or a folder (FOLDER/)."
            ) from error
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(f"cannot write to {path}: {reason}.") from error
        self._writer: McapWriter = Writer(self._file, chunk_size=CHUNK)  # type: ignore[arg-type] # what it uses of one
        self._writer.start(profile="", library=f"hnhar {version('hnhar')}")
        about = {
            "version": version("hnhar"),
            "publisher": context.publisher,
            "model": context.model,
            "labels": ", ".join(context.labels),
            "wearers": ", ".join(context.wearers),
        }
        self._writer.add_metadata("hnhar", about)
        self._schemas = {kind: self._schema(name) for name, kind in KINDS.items()}

    def take(self, message: Message) -> None:
        """Write it. Raises OSError where the disk has been full for too long."""
        at = moment(message)
        self._writer.add_message(
            self._channel(message),
            log_time=self._clock() if at is None else at,
            publish_time=self._clock(),
            sequence=message.seq & 0xFFFFFFFF,
            data=msgspec.json.encode(to_map(message, self._publisher)),
        )

    def close(self) -> None:
        """Write the index, and close the file."""
        try:
            self._writer.finish()  # type: ignore[no-untyped-call] # it takes and gives nothing
        finally:
            self._file.close()

    def _schema(self, name: str) -> int:
        text = files("hnhar.stream.publish.schema").joinpath(f"{name}.json").read_bytes()
        made: int = self._writer.register_schema(f"hnhar.{name.capitalize()}", "jsonschema", text)
        return made

    def _channel(self, message: Message) -> int:
        topic = topic_of(message)
        if topic not in self._channels:
            schema = self._schemas[type(message)]
            self._channels[topic] = self._writer.register_channel(topic, "json", schema)
        return self._channels[topic]


def topic_of(message: Message) -> str:
    """`/WEARER/prediction`, `/WEARER/event` or `/status`."""
    if isinstance(message, Status):
        return "/status"
    return f"/{message.wearer}/{'event' if isinstance(message, Event) else 'prediction'}"


def moment(message: Message) -> int | None:
    """Unix time in ns at which a message holds: the end of its window, of an event that of its decision."""
    if isinstance(message, Prediction):
        return message.end_unix_ns
    if isinstance(message, Status):
        return message.time_unix_ns
    if message.onset_unix_ns is None:
        return None
    return message.onset_unix_ns + round((message.decided - message.onset) * 1e9)


def open_mcap(address: str, context: SinkContext) -> McapSink:
    """`mcap:FILE`, or `mcap:FOLDER/` for a file with the time in its name. Raises HnharError."""
    if importlib.util.find_spec("mcap") is None:
        raise MissingExtraError("mcap", "sinks", "--sink mcap:")
    if not address:
        raise ConfigError("--sink mcap: names no file: give mcap:FILE.")
    path = Path(address).expanduser()
    if address.endswith("/") or path.is_dir():
        path /= time.strftime("hnhar-%Y%m%d-%H%M%S.mcap")
    return McapSink(path, context)
