"""Recordings in the layout of BIDS for motion: *_motion.tsv without headings, described by *_channels.tsv.

The tracking systems of one subject, session, task and run are one recording. Times are those of a channel of
type LATENCY, or else samples at the rate of *_motion.json.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened

from ..mapping.kind import titles
from ..mapping.sensors import kind_in
from ..messages import StreamDescription
from .recording import RecordedStream, Recording
from .text import read_text

MAX_FILE: Final = 512 << 20
"""bytes of a table of samples."""
_TRACKED: Final = re.compile(r"_tracksys-[A-Za-z0-9]+")
_LABELS: Final = {"ACCEL": "acc", "GYRO": "gyro", "POS": ""}
"""Type of a channel -> the sensor that its label names."""


def is_motion(path: Path) -> bool:
    """True for a table of samples by its name."""
    return path.name.lower().endswith("_motion.tsv")


def motion_files(folder: Path) -> list[Path]:
    """The tables of samples in a data set, or in a part of it, in order; none where it is none."""
    named = folder.name == "motion" or folder.name.startswith(("sub-", "ses-"))
    if not named and not (folder / "dataset_description.json").is_file():
        return []
    patterns = ("*_motion.tsv", "motion/*_motion.tsv", "sub-*/motion/*_motion.tsv", "*/motion/*_motion.tsv",
                "sub-*/*/motion/*_motion.tsv")  # fmt: skip
    return sorted({path for pattern in patterns for path in folder.glob(pattern)})


def read_motion(path: Path) -> Recording:
    """The recording that a table is part of, or the only one of a folder. Raises RecordingError."""
    if path.is_dir():
        found = motion_files(path)
        names = sorted({motion_name(file) for file in found})
        if len(names) != 1:
            there = shortened(names, 5) if names else "none"
            raise RecordingError(f"{path} holds {len(names)} recordings of motion, {there}: name one file")
        path = found[0]
    name = motion_name(path)
    files = sorted(p for p in path.parent.glob("*_motion.tsv") if motion_name(p) == name)
    streams, notes = [], []
    for file in files:
        stream = _stream(file)
        if stream is None:
            notes.append(f"{file.name} is of {titles(' nor ', 'neither ')}; it was left out")
        else:
            streams.append(stream)
    if not streams:
        raise RecordingError(f"{path} holds {titles()}: {' '.join(notes)}")
    wearer = next((part[4:] for part in name.split("_") if part.startswith("sub-")), name)
    listed = {"file": ", ".join(file.name for file in files)}
    return Recording(wearer, tuple(streams), (), name, listed, tuple(notes))


def motion_name(path: Path) -> str:
    """Name of the recording that a table of samples is part of: without its tracking system."""
    return _TRACKED.sub("", path.name[: -len("_motion.tsv")])


def _stream(path: Path) -> RecordedStream | None:
    """The stream of a table; None where it is of no kind that is known. Raises RecordingError."""
    stem = path.name[: -len("motion.tsv")]
    channels = _channels(path.with_name(f"{stem}channels.tsv"))
    about = _about(path.with_name(f"{stem}motion.json"))
    text = read_text(path, MAX_FILE)
    rows = [line.split("\t") for line in text.splitlines() if line.strip()]
    if any(len(row) != len(channels) for row in rows):
        raise RecordingError(
            f"{path} has lines of other than {len(channels)} columns, as its channels.tsv lists"
        )
    try:
        values = np.array([[np.nan if c.strip() in ("n/a", "") else float(c) for c in row] for row in rows])
    except ValueError as error:
        raise RecordingError(f"{path} holds what is no number ({error})") from error
    values = values.reshape(len(rows), len(channels))
    late = next((k for k, channel in enumerate(channels) if channel["type"] == "LATENCY"), None)
    rate = about.get("SamplingFrequency")
    if late is not None:
        times = values[:, late] * {"ms": 1e-3}.get(channels[late]["units"], 1.0)
    elif isinstance(rate, int | float) and 0 < rate < 1e5:
        times = np.arange(len(values)) / float(rate)
    else:
        raise RecordingError(
            f"{path}: neither a channel of type LATENCY nor a SamplingFrequency says its times"
        )
    kept = [k for k, channel in enumerate(channels) if k != late]
    if len(times) < 2 or not np.isfinite(times).all():
        raise RecordingError(f"{path} has {len(times)} samples, or some without a time")
    description = StreamDescription(
        name=path.name[: -len("_motion.tsv")],
        type="",
        source_id=motion_name(path),
        channels=tuple(_label(channels[k]) for k in kept),
        units=tuple(channels[k]["units"] for k in kept),
        nominal_rate=float(rate) if isinstance(rate, int | float) and 0 < rate < 1e5 else 0.0,
        placement=next((p for c in channels if (p := c.get("placement", "n/a")) != "n/a"), ""),
    )
    kind = kind_in(description)
    return RecordedStream(description, values[:, kept].astype(np.float32), times, kind) if kind else None


def _label(channel: dict[str, str]) -> str:
    """Its name where that says all, or else its sensor, point and component."""
    name, kind, axis = channel["name"], channel["type"], channel["component"]
    if kind not in _LABELS or axis not in ("x", "y", "z"):
        return name
    point = channel["tracked_point"] if kind == "POS" else _LABELS[kind]
    return f"{point}_{axis}"


def _channels(path: Path) -> list[dict[str, str]]:
    lines = read_text(path, 16 << 20).splitlines()
    headings = lines[0].split("\t") if lines else []
    lacking = [h for h in ("name", "component", "type", "tracked_point", "units") if h not in headings]
    if lacking:
        raise RecordingError(f"{path} lacks the column {lacking[0]}")
    rows: Sequence[Sequence[str]] = [line.split("\t") for line in lines[1:] if line.strip()]
    return [dict(zip(headings, [*row, *["n/a"] * len(headings)], strict=False)) for row in rows]


def _about(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(read_text(path, 16 << 20))
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path} is no JSON ({error})") from error
    return content if isinstance(content, dict) else {}
