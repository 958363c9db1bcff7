"""Small recordings of one's own, written for a test."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import Annotation, RecordedStream, Recording
from hnhar.train.custom.files import OwnSession, read_all
from hnhar.train.custom.labels import ReadingOptions

from ...stream.recordings.files import XdfStream, xdf

CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


def resting(seconds: float, rate: float = 50.0, begin: float = 0.0) -> RecordedStream:
    """An IMU at rest, its z axis up; the gyroscope's z counts the samples."""
    times = begin + np.arange(round(seconds * rate)) / rate
    samples = np.zeros((len(times), 6), np.float32)
    samples[:, 2] = 1.0
    samples[:, 5] = np.arange(len(times)) % 7
    units = ("g", "g", "g", "deg/s", "deg/s", "deg/s")
    return RecordedStream(StreamDescription("imu", "IMU", "", CHANNELS, units, rate), samples, times, "imu")


def session(subject: str, labels: Sequence[str], *, each: float = 2.0, pause: float = 4.0) -> OwnSession:
    """One performance of each of `labels` in turn, `each` s long."""
    step = each + pause
    annotations = tuple(Annotation(pause + step * k, each, label) for k, label in enumerate(labels))
    stream = resting(pause + step * len(labels))
    return OwnSession(subject, Recording(f"{subject}-1", (stream,), annotations, f"{subject}-1"))


def write_csv(path: Path, stream: RecordedStream, separator: str = ",", unit: bool = True) -> Path:
    """A stream in the manner that `csv_files` describes."""
    d = stream.description
    named = [f"{c} [{u}]" if unit and u else c for c, u in zip(d.channels, d.units, strict=True)]
    lines = [separator.join(["time", *named])]
    for time, row in zip(stream.timestamps, stream.samples, strict=True):
        lines.append(separator.join([f"{time:.6f}", *(f"{v:.6g}" if np.isfinite(v) else "" for v in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_table(path: Path, annotations: Sequence[Annotation]) -> Path:
    """A table of events."""
    lines = ["onset\tduration\tlabel"]
    lines += [f"{a.onset:.3f}\t{a.duration:.3f}\t{a.label}" for a in annotations]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


EVENTS = (Annotation(12.0, 2.0, "stir"), Annotation(20.0, 3.0, "pour"))


def quiet(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def read(path: Path, **changes: object) -> OwnSession:
    """The session of one file, read with these options."""
    return read_all([path], ReadingOptions(**changes), quiet)[0][0]  # type: ignore[arg-type]


def write_xdf(path: Path, *streams: XdfStream) -> Path:
    """A file with these streams."""
    path.write_bytes(xdf(*streams))
    return path
