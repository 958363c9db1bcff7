"""A look at the structure of an XDF file before it is read: are its chunks what they claim to be?

pyxdf trusts declared lengths (and may ask for terabytes) and skips what it cannot read with a line in its
log. This scan names the first thing that is wrong, and where. Format: github.com/sccn/xdf, Specifications.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

STREAM_HEADER, SAMPLES, CLOCK_OFFSET, STREAM_FOOTER = 2, 3, 4, 6
_TAGS = range(1, 7)
_LENGTHS = {1: "<B", 4: "<I", 8: "<Q"}


@dataclass(frozen=True, slots=True)
class Scan:
    """What the chunks of a file look like."""

    fault: str = ""
    """The first thing wrong, with its place; "" where every chunk is whole."""
    fatal: bool = False
    """Whether what is declared must not be given to a reader at all."""
    headers: int = 0
    footers: int = 0
    samples: int = 0
    """Chunks of each kind before the fault."""


def scan(path: Path) -> Scan:
    """Walk over the chunks of a file, reading their heads only. Raises OSError."""
    size = path.stat().st_size
    counts = {STREAM_HEADER: 0, STREAM_FOOTER: 0, SAMPLES: 0}
    fault, fatal = "", False
    with path.open("rb") as file:
        if file.read(4) != b"XDF:":
            return Scan("it does not begin with 'XDF:', so it is no XDF file", True)
        while (at := file.tell()) < size and not fault:
            tag, fault, fatal = _chunk(file, at, size)
            if not fault and tag in counts:
                counts[tag] += 1
    return Scan(fault, fatal, counts[STREAM_HEADER], counts[STREAM_FOOTER], counts[SAMPLES])


def _length(file: BinaryIO) -> int | None:
    width = file.read(1)
    kind = _LENGTHS.get(width[0]) if width else None
    raw = file.read(width[0]) if kind else b""
    return struct.unpack(kind, raw)[0] if kind and len(raw) == width[0] else None


def _chunk(file: BinaryIO, at: int, size: int) -> tuple[int, str, bool]:
    """Tag of the chunk at byte `at`, what is wrong with it, and whether that is fatal; ends behind it."""
    length = _length(file)
    if length is None:
        return 0, f"at byte {at} of {size} a chunk should begin, but its length is not readable", False
    begin = file.tell()
    if length > size - begin:
        return (
            0,
            f"the chunk at byte {at} claims {length} bytes where the file has only {size - begin} more",
            length > 2 * size + (1 << 20),
        )
    raw = file.read(2)
    tag = struct.unpack("<H", raw)[0] if len(raw) == 2 and length >= 2 else 0
    if tag not in _TAGS:
        return tag, f"the chunk at byte {at} has the unknown tag {tag}", False
    if tag == STREAM_HEADER and length < 6:
        return tag, f"the stream header at byte {at} is empty ({length} bytes)", False
    if tag == SAMPLES:
        file.seek(4, 1)
        count = _length(file)
        if count is None or count > length:
            return tag, f"the samples at byte {at} claim {count} samples in {length} bytes", True
    file.seek(begin + length)
    return tag, "", False
