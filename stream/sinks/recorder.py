"""Sink of JSON lines: every prediction and event, whole, in a file that may be deleted or full meanwhile."""

import errno
import logging
import os
import stat
from collections import deque
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from hnhar.model.errors import ConfigError

from ..engine.sink import Sink
from ..messages import Message, Status
from ..publish.wire import to_map
from .context import SinkContext

_log = logging.getLogger(__name__)

RETRY: Final = 20
"""Messages that are not written after one that could not be, before the next is tried."""
HELD: Final = 10_000
"""Lines that are kept in memory while the file can neither be found nor opened anew, at most."""


class Recorder(Sink):
    """Every prediction and event as a line of JSON, as on the wire; appended, whole lines, flushed each.

    Each line is one write to the kernel, nothing is held back here: what was written survives this process. A
    write that fails is told, and tried again every `RETRY` messages: a full disk may be emptied. A file that
    was deleted, rotated or replaced meanwhile is opened anew under its name; until that can be done, such as
    while its folder is not there, lines are held. `recorded.read_lines` reads the file.
    """

    prompt = True

    def __init__(self, path: str | Path, publisher: str = "") -> None:
        """`publisher`: identifier of this run, in every line. Raises ConfigError where the file cannot be
        opened, or is a pipe, whose reader could block recognition."""
        self.path = Path(path)
        self.written = 0
        self.lost = 0
        """Lines that could not be written."""
        self.failed = ""
        """Reason for which writing last failed; "" where it never did. Recognition goes on."""
        self.reopened = 0
        """Times that the file was found deleted or replaced, and was opened anew."""
        self._publisher = publisher
        self._until_retry = 0
        self._held: deque[bytes] = deque()
        self._away = ""
        """Reason for which the file cannot be opened anew; "" while it is there."""
        self._follows = True
        try:
            self._file: BinaryIO = _opened(self.path)
            self._torn = _is_torn(self._file)
            if self._torn:
                # a run that was killed left half a line: it stays apart from ours
                self._file.write(b"\n")
                self._torn = False
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(f"cannot record to {path}: {reason}.") from error

    def take(self, message: Message) -> None:
        """Write it, unless it is a status; look whether the file is still there in either case."""
        if self._follows:
            self._follow()
        if isinstance(message, Status):
            return
        line = msgspec.json.encode(to_map(message, self._publisher)) + b"\n"
        if not self._away:
            self._put(line)
            return
        self._held.append(line)
        if len(self._held) > HELD:
            self._held.popleft()
            self.lost += 1

    def close(self) -> None:
        """Close the file; lines that are still held are lost."""
        if self._away:
            self._follow()
        self.lost += len(self._held)
        self._held.clear()
        self._file.close()

    def _follow(self) -> None:
        """Open the file anew where its name leads to no file, or to another one."""
        change = _change(self.path, self._file)
        if not change:
            if self._away:  # the very file is back, such as that of a folder that was renamed for a while
                self._return()
            return
        try:
            file = _opened(self.path)
            torn = _is_torn(file)
        except OSError as error:
            reason = error.strerror or str(error)
            if reason != self._away:
                _log.error(
                    "%s %s and cannot be opened anew: %s; it is tried again, and up to %d lines are held",
                    *(self.path, change, reason, HELD),
                )
            self._away = self.failed = reason
            return
        self._file.close()
        self._file, self._torn = file, torn
        self.reopened += 1
        _log.warning("%s %s while it was recorded to; it was opened anew", self.path, change)
        # where a file system numbers its files anew at each look, nothing can be told from that
        self._follows = not _change(self.path, file)
        self._return()

    def _return(self) -> None:
        """The file is there: write what was held."""
        self._away = ""
        while self._held:
            self._put(self._held.popleft())

    def _put(self, line: bytes) -> None:
        """Write a line, unless one before it failed just now; a failure is told and counted."""
        if self._until_retry > 1:
            self._until_retry -= 1
            self.lost += 1
            return
        try:
            self._write(line)
        except OSError as error:
            self._fail(error.strerror or str(error))
            return
        if self._until_retry:
            self._until_retry = 0
            _log.warning("recording to %s goes on; %d lines were lost", self.path, self.lost)

    def _write(self, line: bytes) -> None:
        """One whole line. Raises OSError."""
        whole = b"\n" + line if self._torn else line
        written = self._file.write(whole)
        if written != len(whole):
            self._torn = (written or 0) > 1 or bool(written) != self._torn
            raise OSError(errno.ENOSPC, "no space left for a whole line")
        self._torn = False
        self.written += 1

    def _fail(self, reason: str) -> None:
        self.lost += 1
        if not self._until_retry or reason != self.failed:
            _log.error("recording to %s broke off: %s; recognition goes on", self.path, reason)
        self.failed = reason
        self._until_retry = RETRY


def _change(path: Path, file: BinaryIO) -> str:
    """The way in which the file of this name is another one than `file`; "" where it is the same."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return "was deleted"
    except OSError as error:
        return f"cannot be found any more ({error.strerror or error})"
    return "" if os.path.samestat(there, os.fstat(file.fileno())) else "was replaced"


def _opened(path: Path) -> BinaryIO:
    """To append, and to look at its end, without waiting for the other end of a pipe. Raises OSError."""
    # O_BINARY: Windows would write line ends of its own
    extra = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | extra, 0o666)
    file = os.fdopen(number, "ab+", buffering=0)
    mode = os.fstat(number).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISCHR(mode)):
        file.close()
        raise OSError(errno.EINVAL, "it is a pipe or a socket, not a file")
    return file


def _is_torn(file: BinaryIO) -> bool:
    """True where the last line has no end."""
    if not file.seekable() or not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def open_recorder(address: str, context: SinkContext) -> Recorder:
    """`jsonl:FILE`, the same as `--record FILE`. Raises ConfigError."""
    if not address:
        raise ConfigError("--sink jsonl: names no file: give jsonl:FILE.")
    return Recorder(address, context.publisher)
