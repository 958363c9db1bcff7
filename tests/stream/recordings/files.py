"""Small XDF files and folders of UTD-MHAD trials, written for a test."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

GRAVITY = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class XdfStream:
    """One stream of a file; rows are numbers, or lists of text for markers."""

    name: str
    type: str
    labels: Sequence[str]
    times: Sequence[float]
    rows: Sequence[Sequence[float]] | Sequence[Sequence[str]]
    unit: str | Sequence[str] = ""
    rate: float = 50.0
    source_id: str = ""
    footer: bool = True
    label_key: str = "label"
    hostname: str = ""
    placement: str = ""


def chunk(tag: int, content: bytes) -> bytes:
    """One chunk with its length in eight bytes."""
    return b"\x08" + struct.pack("<QH", len(content) + 2, tag) + content


def header(number: int, stream: XdfStream) -> bytes:
    text = bool(stream.rows) and isinstance(stream.rows[0][0], str)
    units = [stream.unit] * len(stream.labels) if isinstance(stream.unit, str) else stream.unit
    channels = "".join(
        f"<channel><{stream.label_key}>{escape(label)}</{stream.label_key}><unit>{escape(unit)}</unit></channel>"
        for label, unit in zip(stream.labels, units, strict=True)
    )
    placed = f"<setup><placement>{stream.placement}</placement></setup>" if stream.placement else ""
    xml = (
        f'<?xml version="1.0"?><info><name>{escape(stream.name)}</name><type>{stream.type}</type>'
        f"<channel_count>{len(stream.labels)}</channel_count><nominal_srate>{stream.rate}</nominal_srate>"
        f"<channel_format>{'string' if text else 'float32'}</channel_format>"
        f"<source_id>{stream.source_id}</source_id><hostname>{stream.hostname}</hostname>"
        f"<desc><channels>{channels}</channels>{placed}</desc></info>"
    )
    return chunk(2, struct.pack("<I", number) + xml.encode())


def samples(number: int, stream: XdfStream) -> bytes:
    body = b"".join(
        b"\x08" + struct.pack("<d", time) + b"".join(map(_value, row))
        for time, row in zip(stream.times, stream.rows, strict=True)
    )
    return chunk(3, struct.pack("<I", number) + b"\x04" + struct.pack("<I", len(stream.times)) + body)


def xdf(*streams: XdfStream) -> bytes:
    """A whole file."""
    parts = [b"XDF:", chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    parts += [header(number, stream) for number, stream in enumerate(streams, 1)]
    parts += [samples(number, stream) for number, stream in enumerate(streams, 1) if stream.times]
    end = b'<?xml version="1.0"?><info></info>'
    parts += [chunk(6, struct.pack("<I", n) + end) for n, stream in enumerate(streams, 1) if stream.footer]
    return b"".join(parts)


def imu(name: str = "Watch", seconds: float = 2.0, **changes: object) -> XdfStream:
    """Six channels at 50 Hz, at rest."""
    count = round(50 * seconds)
    labels = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    values = {
        "name": name,
        "type": "IMU",
        "labels": labels,
        "times": [100.0 + k / 50 for k in range(count)],
        "rows": [(*GRAVITY, 0.0, 0.0, float(k)) for k in range(count)],
        **changes,
    }
    return XdfStream(**values)  # type: ignore[arg-type]


def markers(*texts: tuple[float, str], name: str = "Markers") -> XdfStream:
    """One channel of text."""
    return XdfStream(
        name, "Markers", ("m",), [time for time, _ in texts], [[text] for _, text in texts], rate=0.0
    )


def _value(value: float | str) -> bytes:
    if isinstance(value, str):
        return b"\x04" + struct.pack("<I", len(value.encode())) + value.encode()
    return struct.pack("<f", value)


def write_trial(
    folder: Path,
    name: str,
    inertial: NDArray[np.float64] | None = None,
    skeleton: NDArray[np.float64] | None = None,
    *,
    parts: Sequence[str] = ("Inertial", "Skeleton"),
) -> None:
    """The two files of a trial such as "a1_s1_t1"; by default 2 s of rest, 40 frames."""
    from scipy.io import savemat

    rest = np.tile([*GRAVITY, 0.0, 0.0, 0.0], (100, 1))
    standing = np.tile(np.linspace(0, 1.8, 60).reshape(20, 3, 1), (1, 1, 40))
    values = {
        "Inertial": ("inertial", "d_iner", rest if inertial is None else inertial),
        "Skeleton": ("skeleton", "d_skel", standing if skeleton is None else skeleton),
    }
    for part in parts:
        suffix, variable, array = values[part]
        (folder / part).mkdir(parents=True, exist_ok=True)
        savemat(folder / part / f"{name}_{suffix}.mat", {variable: array})
