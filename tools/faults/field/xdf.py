"""XDF files as LabRecorder writes them: each stream's samples each half second, clock offsets every 5 s."""

import gzip
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

_POLL, _OFFSETS = 0.5, 5.0
_FORMATS: Final = {"float32": "<f4", "double64": "<f8", "int16": "<i2", "int32": "<i4", "int64": "<i8"}


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A stream as its sender describes it, and what was recorded of it."""

    name: str
    type: str
    labels: Sequence[str]
    units: Sequence[str]
    times: NDArray[np.float64]
    """(n,) time stamps as they were sent, s."""
    values: NDArray[Any] | list[list[str]]
    """(n, channels), or texts."""
    rate: float
    source_id: str = ""
    host: str = "pc"
    placement: str = ""
    fmt: str = "float32"
    label_tag: str = "label"
    unit_tag: str = "unit"
    header: str = ""
    """Its whole description in place of one made of the fields; "" for that."""
    extra: str = ""
    """XML in its description."""
    arrived: NDArray[np.float64] | None = None
    """(n,) s on the recorder's clock; None: as the stamps say, in their order."""
    offset: float = 0.0
    """s that are to be added to its clock, as the recorder measures them."""
    footer: str | None = None
    """None: one with the number of samples."""


def description(stream: Stream) -> str:
    """The XML of a stream."""
    if stream.header:
        return stream.header
    channels = ""
    if any(stream.labels) or any(stream.units):
        for label, unit in zip(stream.labels, stream.units, strict=True):
            tags = f"<{stream.label_tag}>{escape(label)}</{stream.label_tag}>" if label else ""
            tags += f"<{stream.unit_tag}>{escape(unit)}</{stream.unit_tag}>" if unit else ""
            channels += f"<channel>{tags}</channel>"
        channels = f"<channels>{channels}</channels>"
    placed = f"<setup><placement>{stream.placement}</placement></setup>" if stream.placement else ""
    text = isinstance(stream.values, list)
    return (
        f'<?xml version="1.0"?><info><name>{escape(stream.name)}</name><type>{escape(stream.type)}</type>'
        f"<channel_count>{len(stream.labels)}</channel_count><nominal_srate>{stream.rate}</nominal_srate>"
        f"<channel_format>{'string' if text else stream.fmt}</channel_format>"
        f"<source_id>{escape(stream.source_id)}</source_id><hostname>{stream.host}</hostname>"
        f"<desc>{channels}{placed}{stream.extra}</desc></info>"
    )


def _chunk(tag: int, content: bytes) -> bytes:
    return b"\x08" + struct.pack("<QH", len(content) + 2, tag) + content


def _length(n: int) -> bytes:
    return b"\x04" + struct.pack("<I", n)


def _samples(number: int, stream: Stream, rows: NDArray[np.intp]) -> bytes:
    body = [struct.pack("<I", number), _length(len(rows))]
    for row in rows.tolist():
        body.append(b"\x08" + struct.pack("<d", stream.times[row]))
        if isinstance(stream.values, list):
            texts = [text.encode() for text in stream.values[row]]
            body += [_length(len(text)) + text for text in texts]
        else:
            body.append(np.asarray(stream.values[row]).astype(_FORMATS[stream.fmt]).tobytes())
    return _chunk(3, b"".join(body))


def _written(number: int, stream: Stream, begin: float, end: float) -> list[tuple[float, bytes]]:
    """Chunks of a stream, with the times at which they are written."""
    arrived = stream.times + stream.offset if stream.arrived is None else stream.arrived
    arrived = np.maximum.accumulate(arrived)
    slots = np.floor((arrived - begin) / _POLL).astype(int)
    out = [
        (begin + (slot + 1) * _POLL + 0.01 * number, _samples(number, stream, np.flatnonzero(slots == slot)))
        for slot in np.unique(slots).tolist()
    ]
    for now in np.arange(begin, end + _OFFSETS, _OFFSETS).tolist():
        measured = struct.pack("<Idd", number, now + 0.001 * number - stream.offset, stream.offset)
        out.append((now + 0.001 * number, _chunk(4, measured)))
    return out


def content(streams: Sequence[Stream], *, plain: bool = False) -> bytes:
    """A whole file; `plain`: stream after stream, so that its order says nothing of when it was written."""
    arrivals = [s.times + s.offset if s.arrived is None else s.arrived for s in streams if len(s.times)]
    begin = min((float(np.min(a)) for a in arrivals), default=0.0)
    end = max((float(np.max(a)) for a in arrivals), default=0.0)
    parts = [b"XDF:", _chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    timed: list[tuple[float, bytes]] = []
    for number, stream in enumerate(streams, 1):
        parts.append(_chunk(2, struct.pack("<I", number) + description(stream).encode()))
        timed += _written(number, stream, begin, end)
    parts += [written for _, written in (timed if plain else sorted(timed, key=lambda pair: pair[0]))]
    for number, stream in enumerate(streams, 1):
        counted = f"<sample_count>{len(stream.times)}</sample_count>"
        footer = f'<?xml version="1.0"?><info>{counted}</info>' if stream.footer is None else stream.footer
        if footer:
            parts.append(_chunk(6, struct.pack("<I", number) + footer.encode()))
    return b"".join(parts)


def write(path: Path, *streams: Stream, plain: bool = False) -> Path:
    """A file; one whose suffix ends in z is packed. `plain`: see `content`."""
    made = content(streams, plain=plain)
    path.write_bytes(gzip.compress(made, 1) if path.suffix.endswith("z") else made)
    return path
