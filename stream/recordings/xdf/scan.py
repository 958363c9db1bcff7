"""A walk over an XDF file before it is read: is every chunk what it claims to be?

pyxdf trusts what is declared (and may ask for terabytes), and after damage it looks for a place to go on. So
it is given only what this walk found whole: each chunk has the bytes that its content needs, no more and no
less. The first thing that is wrong is named with its place. Format: github.com/sccn/xdf, Specifications.
"""

import math
import os
import struct
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from hnhar.model.files import open_regular

from .chunks import (
    ChunkError,
    SampleLayout,
    TooMuchError,
    count_elements,
    declared,
    layout,
    length_at,
    samples,
)
from .numerals import mended

FILE_HEADER, STREAM_HEADER, SAMPLES, CLOCK_OFFSET, BOUNDARY, STREAM_FOOTER = range(1, 7)
_OF_STREAM: Final = (STREAM_HEADER, SAMPLES, CLOCK_OFFSET, STREAM_FOOTER)
_XML: Final = (FILE_HEADER, STREAM_HEADER, STREAM_FOOTER)
MAGIC: Final = b"XDF:"
MAX_FILE: Final = 1 << 40
"""Larger files are refused, bytes."""
MAX_CHUNK: Final = 2 << 30
"""bytes of a chunk, which is read into memory."""
MAX_ELEMENTS: Final = 400_000
"""Elements of XML in the whole file: each costs its reader some hundred bytes. A footer has three for each
clock offset, so ten streams for ten hours have half of this."""
MAX_XML: Final = 64 << 20
"""bytes of XML in the whole file."""
MAX_TEXT: Final = 16 << 20
"""bytes of text samples in the whole file: each costs its reader some fifty bytes more."""
MAX_TEXTS: Final = 200_000
"""Texts in the whole file: each costs its reader some microseconds, however short it is."""
MAX_OFFSETS: Final = 1_000_000
"""Clock offsets in the whole file: one every 5 s of each stream, so a hundred streams for half a day."""
MAX_STREAMS: Final = 16_384
"""Streams with clock offsets in the whole file."""
MAX_JUMPS: Final = 64
"""Jumps of clocks in the whole file, beyond one of each stream."""
CLOCK_JUMP: Final = 1.0
"""s; pyxdf takes no smaller step of a clock for a reset."""


@dataclass(slots=True)
class Scan:
    """Result of a walk over the chunks of a file."""

    fault: str = ""
    """The first thing wrong, with its place; "" where every chunk is whole."""
    limited: bool = False
    """The fault is none of the file: it has more than is read."""
    end: int = 0
    """bytes up to the fault: what a reader may be given."""
    headers: int = 0
    footers: int = 0
    samples: int = 0
    """Chunks of each kind before the fault."""
    streams: dict[int, SampleLayout] = field(default_factory=dict)
    """Number of a stream -> how its samples are laid out."""
    xml_of: dict[int, bytes] = field(default_factory=dict)
    """Number of a stream -> XML of its header."""
    mended: dict[int, bytes] = field(default_factory=dict)
    """Place in the file -> bytes that its reader is given there, see `numerals`."""
    counts: dict[int, int] = field(default_factory=dict)
    """Number of a stream -> its samples."""
    offsets_of: dict[int, "array[float]"] = field(default_factory=dict)
    """Number of a stream -> of each clock offset the place of its chunk's tag, its time and its value, s."""
    bytes_of: dict[int, int] = field(default_factory=dict)
    """Number of a stream -> bytes of its samples."""
    elements: int = 0
    xml: int = 0
    text: int = 0
    texts: int = 0
    offsets: int = 0
    stretches: int = 0
    """Counts in the whole file, each against its `MAX_…`."""
    clocks: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Number of a stream -> time and value of its last clock offset, s."""
    writers: "array[int]" = field(default_factory=lambda: array("q"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    recorded: "array[float]" = field(default_factory=lambda: array("d"))
    """Of each chunk of samples or of a clock offset, in order: number of its stream; its samples, -1 for an
    offset; the recorder's time of an offset, s, NaN for samples."""

    def wrote(self, number: int, count: int, clock: float = math.nan) -> None:
        """Note a chunk of samples, or of a clock offset."""
        self.writers.append(number)
        self.sizes.append(count)
        self.recorded.append(clock)


def scan(path: str | Path) -> Scan:
    """Walk over the chunks of a file. Raises OSError, also for what is no file."""
    with open_regular(path, MAX_FILE) as file:
        return walk(file)


def walk(file: BinaryIO) -> Scan:
    """Walk over the chunks of a file that was opened. Raises OSError."""
    size = os.fstat(file.fileno()).st_size
    found = Scan()
    if file.read(4) != MAGIC:
        found.fault = (
            "it does not begin with 'XDF:', so it is no XDF file" if size else "no XDF file: it is empty"
        )
        return found
    found.end = len(MAGIC)
    while found.end < size:
        try:
            found.end = _chunk(found, file, found.end, size)
        except ChunkError as error:
            found.fault, found.limited = str(error), isinstance(error, TooMuchError)
            break
    return found


def _chunk(found: Scan, file: BinaryIO, at: int, size: int) -> int:
    """Look at the chunk at byte `at`, count it; the byte behind it. Raises ChunkError."""
    length, begin = length_at(file.read(9), 0)
    if length is None:
        raise ChunkError(f"at byte {at} of {size} a chunk should begin, but its length is not readable")
    begin += at
    if length > size - begin:
        raise ChunkError(
            f"the chunk at byte {at} claims {length} bytes where the file has only {size - begin} more"
        )
    file.seek(begin)
    tag = int.from_bytes(file.read(2), "little") if length >= 2 else 0
    if not FILE_HEADER <= tag <= STREAM_FOOTER:
        raise ChunkError(f"the chunk at byte {at} has the unknown tag {tag}")
    if length > MAX_CHUNK:
        raise TooMuchError(f"the chunk at byte {at} has {length} bytes, and up to {MAX_CHUNK} are read")
    if tag == BOUNDARY:  # its content means nothing here
        file.seek(begin + length)
        return begin + length
    content = file.read(length - 2)
    if len(content) < length - 2:
        raise ChunkError(f"the chunk at byte {at} ends too early")
    if tag in (STREAM_HEADER, STREAM_FOOTER) and (readable := mended(content)) != content:
        found.mended[begin + 2] = content = readable
    try:
        _content(found, tag, content, begin)
    except ChunkError as error:
        raise type(error)(f"the {_NAMES[tag]} at byte {at} {error}") from error
    return begin + length


_NAMES: Final = {
    FILE_HEADER: "file header",
    STREAM_HEADER: "stream header",
    SAMPLES: "samples",
    CLOCK_OFFSET: "clock offset",
    BOUNDARY: "boundary",
    STREAM_FOOTER: "stream footer",
}


def _content(found: Scan, tag: int, content: bytes, place: int) -> None:
    """Look into a chunk behind its tag. Raises ChunkError with what is wrong with it."""
    number = int.from_bytes(content[:4], "little")
    if tag in _OF_STREAM:
        if len(content) < 4:
            raise ChunkError(f"is empty ({len(content) + 2} bytes)")
        if (tag == STREAM_HEADER) == (number in found.streams):
            there = "is there already" if tag == STREAM_HEADER else "has no header"
            raise ChunkError(f"is of stream {number}, which {there}")
    if tag in _XML:
        found.xml += len(content)
        found.elements += count_elements(content)
        if found.elements > MAX_ELEMENTS or found.xml > MAX_XML:
            raise TooMuchError(f"brings more XML than the {MAX_ELEMENTS} elements that are read")
    if tag == STREAM_HEADER:
        found.streams[number] = layout(content[4:])
        found.xml_of[number] = content[4:]
        found.headers += 1
    elif tag == SAMPLES:
        of = found.streams[number]
        if of.width == 0:
            found.text += len(content)
            found.texts += declared(content) * of.channels
            if found.text > MAX_TEXT or found.texts > MAX_TEXTS:
                raise TooMuchError(
                    f"bring more text than the {MAX_TEXT >> 20} MiB and {MAX_TEXTS} texts that are read"
                )
        samples(content, of)
        found.samples += 1
        found.counts[number] = found.counts.get(number, 0) + declared(content)
        found.bytes_of[number] = found.bytes_of.get(number, 0) + len(content)
        found.wrote(number, declared(content))
    elif tag == CLOCK_OFFSET:
        _clock_offset(found, number, content[4:], place)
    elif tag == STREAM_FOOTER:
        found.footers += 1


def _clock_offset(found: Scan, number: int, content: bytes, place: int) -> None:
    """Follow a stream's clock: pyxdf fits a line to each stretch without a jump, which takes its time."""
    if len(content) != 16:
        raise ChunkError(f"has {len(content)} bytes, not 16")
    time, offset = struct.unpack("<dd", content)
    before = found.clocks.get(number)
    found.clocks[number] = (time, offset)
    found.offsets_of.setdefault(number, array("d")).extend((place, time, offset))
    found.wrote(number, -1, time + offset)
    found.offsets += 1
    # written so that what is not a number counts as a jump
    if before is None or not (time >= before[0] and abs(offset - before[1]) < CLOCK_JUMP):
        found.stretches += 1
    jumps = found.stretches - 2 * len(found.clocks)
    if found.offsets > MAX_OFFSETS or len(found.clocks) > MAX_STREAMS or jumps > MAX_JUMPS:
        raise TooMuchError(
            f"is the {found.offsets}th, of {len(found.clocks)} streams whose clocks jumped "
            f"{found.stretches - len(found.clocks)} times: up to {MAX_OFFSETS}, {MAX_STREAMS} and "
            f"{MAX_JUMPS} beyond one a stream are read"
        )
