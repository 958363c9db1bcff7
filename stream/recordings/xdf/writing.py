"""XDF files as they are written while streams are recorded: whole chunks, nothing kept, nothing taken back.

Every chunk goes to the system in one piece as soon as it is there, so that a process that is killed leaves a
file that can be read up to its last chunk. A chunk for which there is no room leaves no torn rest behind: the
file ends with the one before, and whoever writes keeps the samples and tries again. Format:
github.com/sccn/xdf, Specifications.
"""

import errno
import itertools
import os
import struct
import threading
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from .scan import (
    BOUNDARY,
    CLOCK_OFFSET,
    FILE_HEADER,
    MAGIC,
    SAMPLES,
    STREAM_FOOTER,
    STREAM_HEADER,
)

_BOUNDARY: Final = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
"""Content of a boundary, which a reader looks for where a file is damaged."""
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_BLOCK: Final = 1 << 20
_XML: Final = '<?xml version="1.0"?>\n'


def chunk(tag: int, content: bytes) -> bytes:
    """A chunk with its length and its tag."""
    return _length(len(content) + 2) + struct.pack("<H", tag) + content


def file_header(begun: str) -> bytes:
    """The first chunk; `begun`: date and time in ISO 8601."""
    xml = f"{_XML}<info><version>1.0</version><datetime>{escape(begun)}</datetime></info>"
    return chunk(FILE_HEADER, xml.encode())


def stream_header(number: int, xml: str) -> bytes:
    """The header of a stream: its information as LSL gives it."""
    return chunk(STREAM_HEADER, struct.pack("<I", number) + xml.encode("utf-8", "replace"))


def samples(number: int, stamps: NDArray[np.float64], values: NDArray[Any]) -> bytes:
    """Samples (n, channels) of numbers, or of text as bytes (an array of objects), stamped (n,), s."""
    count = _length(len(stamps))
    head = struct.pack("<I", number) + count
    if values.dtype != object:
        little = values.dtype.newbyteorder("<")
        rows = np.empty(
            len(stamps),
            np.dtype([("stamped", "u1"), ("time", "<f8"), ("values", little, (values.shape[1],))]),
        )
        rows["stamped"], rows["time"], rows["values"] = 8, stamps, values
        return chunk(SAMPLES, head + rows.tobytes())
    parts = [head]
    for stamp, row in zip(stamps.tolist(), values, strict=True):
        parts.append(struct.pack("<Bd", 8, stamp))
        for text in row:
            parts += [_length(len(text)), text]
    return chunk(SAMPLES, b"".join(parts))


def clock_offset(number: int, measured: float, offset: float) -> bytes:
    """The offset that was `measured` at a time of our clock, and is added to the sender's stamps, s."""
    return chunk(CLOCK_OFFSET, struct.pack("<Idd", number, measured - offset, offset))


def boundary() -> bytes:
    """A mark by which a reader finds its way again after damage."""
    return chunk(BOUNDARY, _BOUNDARY)


def stream_footer(number: int, first: float, last: float, count: int) -> bytes:
    """The end of a stream of `count` samples, stamped from `first` to `last`, s.

    Clock offsets are not listed once more, as LabRecorder does: no reader takes them from here.
    """
    rate = (count - 1) / (last - first) if count > 1 and last > first else 0.0
    times = f"<first_timestamp>{first!r}</first_timestamp><last_timestamp>{last!r}</last_timestamp>"
    ends = times if count else ""
    xml = (
        f"{_XML}<info>{ends}<sample_count>{count}</sample_count><measured_srate>{rate!r}</measured_srate>"
        "</info>"
    )
    return chunk(STREAM_FOOTER, struct.pack("<I", number) + xml.encode())


def _length(value: int) -> bytes:
    """A length in as few bytes as it needs."""
    if value < 1 << 8:
        return struct.pack("<BB", 1, value)
    return struct.pack("<BI", 4, value) if value < 1 << 32 else struct.pack("<BQ", 8, value)


class XdfWriter:
    """An XDF file that grows; any thread may write to it."""

    def __init__(self, path: str | Path, begun: str) -> None:
        """A new file; `begun`: date and time in ISO 8601. Raises OSError where there is one, or none can be
        written."""
        self.path = Path(path)
        self.fault = ""
        """Reason for which the last chunk was not written; "" where it was."""
        self.size = 0
        """bytes that are in the file."""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._file = os.open(self.path, _FLAGS, 0o666)
        if not self.write(MAGIC + file_header(begun)):
            self.close()
            self.path.unlink(missing_ok=True)
            raise OSError(errno.ENOSPC, self.fault)

    def number(self) -> int:
        """A number for a further stream."""
        with self._lock:
            return next(self._numbers)

    def write(self, chunks: bytes) -> bool:
        """Append whole chunks; False where there is no room for all of them, or the disk fails (`fault`): the
        file is then as it was before."""
        with self._lock:
            try:
                rest = memoryview(chunks)
                while rest:
                    rest = rest[os.write(self._file, rest) :]
            except OSError as error:
                self.fault = error.strerror or str(error)
                self._take_back()
                return False
            self.size += len(chunks)
            self.fault = ""
            return True

    def flush(self) -> None:
        """Wait until everything is on the disk, so that it outlasts a loss of power; faults are left to
        `write`."""
        with self._lock:
            file = os.dup(self._file)
        try:
            os.fsync(file)  # outside the lock: a slow disk takes seconds
        except OSError as error:
            self.fault = error.strerror or str(error)
        finally:
            os.close(file)

    @property
    def deleted(self) -> bool:
        """True where the file has no name any more: what is written is lost when it is closed."""
        return os.fstat(self._file).st_nlink == 0

    def restore(self) -> bool:
        """Give a deleted file its name again, with what was in it; False where that cannot be (`fault`)."""
        with self._lock:
            try:
                other = os.open(self.path, _FLAGS, 0o666)
            except OSError as error:
                self.fault = error.strerror or str(error)
                return False
            try:
                for place in range(0, self.size, _BLOCK):
                    block = memoryview(os.pread(self._file, min(_BLOCK, self.size - place), place))
                    while block:
                        block = block[os.write(other, block) :]
            except OSError as error:
                self.fault = error.strerror or str(error)
                os.close(other)
                self.path.unlink(missing_ok=True)
                return False
            os.close(self._file)
            self._file = other
            return True

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            os.close(self._file)

    def _take_back(self) -> None:
        """Cut off what was written of a chunk."""
        try:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
        except OSError as error:
            self.fault = f"{self.fault}; {error.strerror or error}"
