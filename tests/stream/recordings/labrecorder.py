"""A file as LabRecorder writes it: samples each half second as they come, clock offsets every 5 s."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .files import XdfStream, chunk, header, samples

POLL, OFFSETS = 0.5, 5.0
"""s between two looks at a stream, and between two measurements of its sender's clock."""


@dataclass(frozen=True)
class Sent:
    """A stream, and when its samples arrived."""

    stream: XdfStream
    arrived: Sequence[float]
    """s on the recorder's clock."""
    offset: float = 0.0
    """s to add to the sender's clock, as it is measured."""


def recorded(*sent: Sent) -> bytes:
    """A whole file."""
    begin = min(time for one in sent for time in one.arrived)
    end = max(time for one in sent for time in one.arrived) + POLL
    written: list[tuple[float, bytes]] = []
    for number, one in enumerate(sent, 1):
        phase = 0.11 * number
        slots = [int((time - begin - phase) // POLL) for time in one.arrived]
        for slot in sorted(set(slots)):
            rows = [k for k, each in enumerate(slots) if each == slot]
            part = replace(
                one.stream,
                times=[one.stream.times[k] for k in rows],
                rows=[one.stream.rows[k] for k in rows],
            )
            written.append((begin + phase + (slot + 1) * POLL, samples(number, part)))
        for k in range(1, int((end - begin) / OFFSETS) + 2):
            now = begin + k * OFFSETS + 0.003 * number
            measured = struct.pack("<Idd", number, now - one.offset, one.offset)
            written.append((now, chunk(4, measured)))
    parts = [b"XDF:", chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    parts += [header(number, one.stream) for number, one in enumerate(sent, 1)]
    parts += [content for _, content in sorted(written, key=lambda pair: pair[0])]
    footer = b'<?xml version="1.0"?><info></info>'
    parts += [chunk(6, struct.pack("<I", number) + footer) for number in range(1, len(sent) + 1)]
    return b"".join(parts)
