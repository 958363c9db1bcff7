"""Loading of an XDF file: all of its chunks are looked at, then the samples of the streams chosen are read.

Of every other stream the first and the last time of each chunk are kept, so that a file may be larger than
the memory: streams that are left out cost none. A packed file (.xdfz) is unpacked to a temporary one.
"""

import io
import logging
import tempfile
import warnings
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from xml.etree.ElementTree import Element

import numpy as np
import pyxdf

from hnhar.model.errors import RecordingError
from hnhar.model.files import open_regular

from ...mapping.description import described, parsed
from ...messages import StreamDescription
from .scan import MAGIC, MAX_FILE, Scan, walk
from .select import StreamEntry

MAX_CHOSEN: Final = 2 << 30
"""bytes of samples of the streams chosen, which are read into memory."""
MAX_UNPACKED: Final = 16 << 30
"""bytes of a packed file, unpacked."""
_RATIO: Final = 200
"""Bytes that a packed one may hold, in the mean: those of samples hold less."""
MAX_FITTED: Final = 1024
"""Streams that are read whose clocks pyxdf fits, which takes it some ten milliseconds each."""
MAX_FITS: Final = 100_000
"""Clock offsets of the streams that are read."""
_FEW: Final = 32
"""Streams that are left out, up to which pyxdf fits their clocks as well."""
_SKIPPED: Final = b"\x05\x00"
"""Tag of a chunk whose content means nothing, in the place of that of a clock offset."""
_GZIP: Final = b"\x1f\x8b"


class _Log(logging.Handler):
    """Keeps what pyxdf logs at warning level and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage().strip()
        if record.exc_info and record.exc_info[1] is not None:
            line += f" ({record.exc_info[1]})"
        # pyxdf says this of any file whose de-jittering is off.
        if line not in self.lines and "Segments and clock-segments differ" not in line:
            self.lines.append(line)


@contextmanager
def _captured() -> Iterator[list[str]]:
    log, handler = logging.getLogger("pyxdf"), _Log()
    before = log.propagate
    log.propagate = False
    log.addHandler(handler)
    try:
        yield handler.lines
    finally:
        log.removeHandler(handler)
        log.propagate = before


class XdfFile:
    """An XDF file that was looked through, and may be loaded from."""

    def __init__(self, path: Path, file: BinaryIO, looked: Scan, notes: Sequence[str]) -> None:
        self._path, self._file = path, file
        self.looked = looked
        """How its chunks lie."""
        self.notes = list(notes)
        """On damage, and what pyxdf said."""
        self.entries = [_entry(place, number, looked) for place, number in enumerate(looked.streams)]
        """Its streams, in order."""

    def load(self, chosen: Collection[int]) -> list[dict[str, Any]]:
        """Each stream as pyxdf gives it; of those whose index is not chosen no values, and few times.

        Raises RecordingError.
        """
        numbers = list(self.looked.streams)
        kept = {numbers[place] for place in chosen}
        size = sum(self.looked.bytes_of.get(number, 0) for number in kept)
        if size > MAX_CHOSEN:
            raise RecordingError(
                f"{self._path}: its streams that are to be read hold {size / 2**30:.1f} GiB, and up to "
                f"{MAX_CHOSEN / 2**30:g} are read: name fewer of them (--source), or cut the file"
            )

        clocked = {number for number in self.looked.offsets_of if number in kept}
        if len(clocked) > MAX_FITTED or sum(len(self.looked.offsets_of[n]) for n in clocked) > 3 * MAX_FITS:
            raise RecordingError(
                f"{self._path}: {len(clocked)} streams are to be read, of too many clocks: "
                "name fewer of them (--source)"
            )
        others = [number for number in self.looked.offsets_of if number not in kept]
        hidden = frozenset(others if len(others) > _FEW else ())
        given = {
            **self.looked.mended,
            **{int(place): _SKIPPED for n in hidden for place in self.looked.offsets_of[n][::3]},
        }

        def thinned(values: Any, stamps: Any, info: Any, number: int) -> tuple[Any, Any, Any]:
            return (values, stamps, info) if number in kept else (*_ends(values, stamps), info)

        with _captured() as log, warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of numpy, on times that are not finite: they are left out later
            try:
                self._file.seek(0)
                head = io.BufferedReader(_Head(self._file, self.looked.end, given), 1 << 16)
                loaded, _ = pyxdf.load_xdf(head, dejitter_timestamps=False, on_chunk=thinned)
            except Exception as error:  # pyxdf raises whatever its parsing runs into
                reason = (
                    self.looked.fault or f"pyxdf stopped with {type(error).__name__}: {error}{because(log)}"
                )
                raise RecordingError(f"{self._path} cannot be used: {reason}") from error
        self.notes[:0] = [f"pyxdf: {line}" for line in log[:10]]
        if self.looked.fault:
            state = "has more than is read" if self.looked.limited else "is damaged"
            self.notes.insert(0, f"the file {state}, what came before was read: {self.looked.fault}")
        elif self.looked.footers < self.looked.headers:
            lacking = self.looked.headers - self.looked.footers
            self.notes.insert(0, f"{lacking} streams have no footer: the recorder did not finish")
        for number, stream in zip(numbers, loaded, strict=False):
            if number in hidden:
                _, times, values = np.array(self.looked.offsets_of[number]).reshape(-1, 3).T
                order = np.argsort(times, kind="stable")
                stamps = np.asarray(stream["time_stamps"], np.float64)
                stream["time_stamps"] = stamps + np.interp(stamps, times[order], values[order])
        return list(loaded)


@contextmanager
def opened(path: Path) -> Iterator[XdfFile]:
    """The file at a path, packed or not, looked through. Raises RecordingError with the path and a reason."""
    try:
        with open_regular(path, MAX_FILE) as raw, _unpacked(path, raw) as (file, notes):
            looked = walk(file)
            if looked.fault and not looked.samples:
                reason = f"{looked.fault}{'; no sample comes before that' if looked.headers else ''}"
                raise RecordingError(f"{path} cannot be used: {reason}")
            yield XdfFile(path, file, looked, notes)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error


@contextmanager
def _unpacked(path: Path, raw: BinaryIO) -> Iterator[tuple[BinaryIO, list[str]]]:
    """The file itself, or, of one that is packed by gzip, a temporary file with what it holds; and notes."""
    packed = raw.read(2) == _GZIP
    size = raw.seek(0, io.SEEK_END)
    raw.seek(0)
    if not packed:
        yield raw, []
        return
    limit = min(MAX_UNPACKED, _RATIO * size + (1 << 20))
    with tempfile.TemporaryFile() as file:
        notes = []
        try:
            for block in _blocks(raw):
                if not file.tell() and not block.startswith(MAGIC):
                    raise RecordingError(f"{path} cannot be used: what it holds packed is no XDF file")
                if file.tell() + len(block) > limit:
                    raise RecordingError(f"{path} unpacks to more than the {limit:,} bytes that are read")
                file.write(block)
        except (EOFError, zlib.error) as error:
            notes.append(f"the packed file is damaged ({error}), what came before was read")
        file.flush()
        file.seek(0)
        yield cast("BinaryIO", file), notes


class _Head(io.RawIOBase):
    """The first `end` bytes of a file as a file, with other bytes at some places."""

    def __init__(self, file: BinaryIO, end: int, others: Mapping[int, bytes]) -> None:
        super().__init__()
        self._file, self._end, self._others = file, end, others
        self._places = sorted(others)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(
            *((self._end + offset, io.SEEK_SET) if whence == io.SEEK_END else (offset, whence))
        )

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        place = self._file.tell()
        raw = self._file.read(min(len(view), max(0, self._end - place)))
        view[: len(raw)] = raw
        first_of = max(0, bisect_right(self._places, place) - 1)
        for begin in self._places[first_of : bisect_left(self._places, place + len(raw))]:
            other = self._others[begin]
            first, last = max(begin, place), min(begin + len(other), place + len(raw))
            if first < last:
                view[first - place : last - place] = other[first - begin : last - begin]
        return len(raw)


def _blocks(raw: BinaryIO) -> Iterator[bytes]:
    """Content of a file packed by gzip, in blocks, up to where it ends or is damaged.

    Raises EOFError and zlib.error behind the last of them.
    """
    unpack, rest = zlib.decompressobj(wbits=31), b""
    while True:
        rest = rest or raw.read(1 << 16)
        if not rest:
            if not unpack.eof:
                raise EOFError("it breaks off")
            return
        if unpack.eof:  # another part behind the first
            unpack = zlib.decompressobj(wbits=31)
        if block := unpack.decompress(rest, 1 << 20):
            yield block
        rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail


def _ends(values: Any, stamps: Any) -> tuple[Any, Any]:
    """Of a chunk its earliest and its latest time, without values."""
    finite = np.flatnonzero(np.isfinite(stamps))
    if not len(finite):
        ends = finite
    else:
        ends = np.unique([finite[np.argmin(stamps[finite])], finite[np.argmax(stamps[finite])]])
    times = np.asarray(stamps)[ends]
    return (np.zeros((len(ends), 0)) if isinstance(values, np.ndarray) else [[] for _ in ends]), times


def _entry(place: int, number: int, looked: Scan) -> StreamEntry:
    """The stream of a number by its header, with as many samples as its chunks declare."""
    info = parsed(looked.xml_of[number].decode("utf-8", "replace"))
    layout = looked.streams[number]
    plain = StreamDescription(
        name=_text(info, "name"),
        type=_text(info, "type"),
        source_id=_text(info, "source_id"),
        channels=("",) * layout.channels,
        units=("",) * layout.channels,
        nominal_rate=_number(_text(info, "nominal_srate")),
        hostname=_text(info, "hostname"),
    )
    return StreamEntry(place, described(plain, info), looked.counts.get(number, 0), layout.width == 0, number)


def _text(info: Element | None, key: str) -> str:
    return "" if info is None else (info.findtext(key) or "").strip()


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) and value > 0 else 0.0


def because(reasons: Sequence[str]) -> str:
    """Reasons in brackets, for an error; "" for none."""
    return f" ({'; '.join(reasons[:3])})" if reasons else ""
