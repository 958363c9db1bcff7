"""A recording as LabRecorder would have stored it: its streams and its annotations as markers."""

import struct
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from hnhar.stream.recordings import RecordedStream, Recording

from .files import chunk

SHIFT = 5000.0
"""LSL's clock when the recording begins, s."""


def write_session(path: Path, recording: Recording, *, marked: bool = True) -> Path:
    """Write an .xdf file; `marked`: with the annotations as `label/start` and `label/stop`."""
    parts = [b"XDF:", chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    streams = list(recording.streams)
    for number, stream in enumerate(streams, 1):
        parts += [_header(number, stream), _samples(number, stream)]
    if marked:
        number = len(streams) + 1
        parts += [_marker_header(number), _marker_samples(number, recording)]
        streams.append(streams[0])
    end = b'<?xml version="1.0"?><info></info>'
    parts += [chunk(6, struct.pack("<I", number + 1) + end) for number in range(len(streams))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))
    return path


def _header(number: int, stream: RecordedStream) -> bytes:
    d = stream.description
    channels = "".join(
        f"<channel><label>{escape(label)}</label><unit>{escape(unit)}</unit></channel>"
        for label, unit in zip(d.channels, d.units, strict=True)
    )
    xml = (
        f'<?xml version="1.0"?><info><name>{escape(d.name)}</name><type>{escape(d.type)}</type>'
        f"<channel_count>{len(d.channels)}</channel_count><nominal_srate>{d.nominal_rate}</nominal_srate>"
        f"<channel_format>float32</channel_format><source_id>{escape(d.source_id)}</source_id>"
        f"<desc><placement>{escape(d.placement)}</placement><channels>{channels}</channels></desc></info>"
    )
    return chunk(2, struct.pack("<I", number) + xml.encode())


def _samples(number: int, stream: RecordedStream) -> bytes:
    width = stream.samples.shape[1]
    rows = np.empty(
        len(stream.timestamps), np.dtype([("stamped", "u1"), ("time", "<f8"), ("values", "<f4", (width,))])
    )
    rows["stamped"], rows["time"], rows["values"] = 8, stream.timestamps + SHIFT, stream.samples
    return chunk(3, struct.pack("<I", number) + b"\x04" + struct.pack("<I", len(rows)) + rows.tobytes())


def _marker_header(number: int) -> bytes:
    xml = (
        '<?xml version="1.0"?><info><name>labels</name><type>Markers</type><channel_count>1</channel_count>'
        "<nominal_srate>0</nominal_srate><channel_format>string</channel_format><source_id>labels</source_id>"
        "<desc></desc></info>"
    )
    return chunk(2, struct.pack("<I", number) + xml.encode())


def _marker_samples(number: int, recording: Recording) -> bytes:
    edges = [(a.onset, f"{a.label}/start") for a in recording.annotations]
    edges += [(a.offset, f"{a.label}/stop") for a in recording.annotations]
    body = b"".join(
        b"\x08"
        + struct.pack("<d", time + SHIFT)
        + b"\x04"
        + struct.pack("<I", len(text.encode()))
        + text.encode()
        for time, text in sorted(edges)
    )
    return chunk(3, struct.pack("<I", number) + b"\x04" + struct.pack("<I", len(edges)) + body)
