"""Checks of the content of XDF's chunks: is it as long as it declares?"""

from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

import numpy as np

MAX_CHANNELS: Final = 1 << 16
_WIDTHS: Final = {
    "int8": 1, "int16": 2, "int32": 4, "float32": 4, "int64": 8, "double64": 8, "string": 0,
}  # fmt: skip
_LENGTHS: Final = (1, 4, 8)


class ChunkError(Exception):
    """A fault of a chunk; whoever catches it adds the place."""


class TooMuchError(ChunkError):
    """No fault of a chunk, but more than is read."""


@dataclass(frozen=True, slots=True)
class SampleLayout:
    """Layout of a stream's samples."""

    channels: int
    width: int
    """bytes of a value; 0: text."""


def length_at(raw: bytes, at: int) -> tuple[int | None, int]:
    """A length and the place behind it; (None, at) where there is none."""
    width = raw[at] if at < len(raw) else 0
    end = at + 1 + width
    if width not in _LENGTHS or end > len(raw):
        return None, at
    return int.from_bytes(raw[at + 1 : end], "little"), end


def count_elements(xml: bytes) -> int:
    """At most how many elements, comments and instructions a text of XML has."""
    return xml.count(b"<") - xml.count(b"</")


def layout(xml: bytes) -> SampleLayout:
    """The layout that a stream's header declares. Raises ChunkError."""
    if not xml:
        raise ChunkError("is empty")
    try:
        root = ElementTree.fromstring(xml.decode("utf-8", "replace"))
        header = {key: (root.findtext(key) or "").strip() for key in ("channel_count", "channel_format")}
    except (ElementTree.ParseError, ValueError, RecursionError, LookupError) as error:
        raise ChunkError(f"is no XML ({error})") from error
    count, form = header["channel_count"], header["channel_format"]
    if not (count.isascii() and count.isdigit() and len(count) < 9 and int(count) <= MAX_CHANNELS):
        raise ChunkError(f"declares {count[:40]!r} channels; up to {MAX_CHANNELS} are read")
    if form not in _WIDTHS:
        raise ChunkError(f"declares the unknown format {form[:40]!r}")
    return SampleLayout(int(count), _WIDTHS[form])


def declared(content: bytes) -> int:
    """Number of samples that a chunk claims. Raises ChunkError where its bytes cannot be as many."""
    count, _ = length_at(content, 4)
    if count is None or count > len(content):
        raise ChunkError(f"claim {'no' if count is None else count} samples in {len(content) + 2} bytes")
    return count


def samples(content: bytes, of: SampleLayout) -> None:
    """Raises ChunkError unless the samples are exactly as many as they are declared to be."""
    count, (_, begin) = declared(content), length_at(content, 4)
    if count and not of.channels:
        # nothing could be read from them, but each byte would cost its reader a turn
        raise ChunkError(f"are {count} of a stream that has no channel")
    end = _text_end(content, begin, count, of) if of.width == 0 else _numbers_end(content, begin, count, of)
    if end != len(content):
        raise ChunkError(f"are {count}, but take {end} bytes where the chunk has {len(content)}")


def _numbers_end(content: bytes, at: int, count: int, of: SampleLayout) -> int:
    size = of.channels * of.width
    for stamp in (8, 0):  # mostly all samples have a stamp, or none
        step = 1 + stamp + size
        if count and at + count * step == len(content):
            flags = np.frombuffer(content, np.uint8, offset=at)[::step]
            if bool((flags == stamp).all()):
                return len(content)
    for _ in range(count):
        at = _behind_stamp(content, at) + size
    return at


def _text_end(content: bytes, at: int, count: int, of: SampleLayout) -> int:
    for _ in range(count):
        at = _behind_stamp(content, at)
        for _ in range(of.channels):
            length, at = length_at(content, at)
            if length is None:
                raise ChunkError(f"hold a text whose length is not readable ({at} bytes in)")
            at += length
    return at


def _behind_stamp(content: bytes, at: int) -> int:
    """The place behind a sample's time stamp, which may be left out."""
    if at >= len(content) or content[at] not in (0, 8):
        raise ChunkError(f"are not what they are declared to be ({at} bytes in)")
    return at + 1 + content[at]
