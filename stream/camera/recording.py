"""A video file as a recording: every image looked at, as fast as it goes, stamped with its own time."""

from pathlib import Path
from typing import Final

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import SKELETON

from ..recordings.opener import OpenOptions, RecordingOpener
from ..recordings.recording import RecordedStream, Recording
from .address import CameraAddress
from .layout import description
from .letters import CameraOpened, Over, Row
from .model import read_model, require_camera
from .process import Worker

SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv")
MUTE: Final = 60.0
"""s without an image looked at, after which it is given up."""
MOST: Final = 2_000_000
"""Images: 18 hours at 30 Hz."""


class VideoOpener(RecordingOpener):
    """Videos, of which MediaPipe Pose makes a skeleton."""

    kind = "a video (.mp4, .mov, .avi, .mkv, .webm)"
    suffixes = SUFFIXES

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`."""
        return read_video(CameraAddress(str(path)))


def read_video(address: CameraAddress) -> Recording:
    """The skeleton of a video file. Raises RecordingError, ConfigError and MissingExtraError."""
    require_camera()
    read_model(address.model)
    path = Path(address.source)
    worker = Worker(address, paced=False)
    try:
        opened, rows = _read(worker, path)
    finally:
        worker.close()
    samples = np.array([row.sample for row in rows], np.float32)
    times = np.array([row.time for row in rows], np.float64)
    if len(times) < 2:
        raise RecordingError(f"{path} has {len(times)} images")
    span = float(times[-1] - times[0])
    about = description(path.stem, path.name, (len(times) - 1) / span if span > 0 else 0.0)
    stream = RecordedStream(about, samples, times, SKELETON.name)
    return Recording(path.stem, (stream,), (), path.stem, {"file": path.name}, tuple(_notes(opened, rows)))


def _read(worker: Worker, path: Path) -> tuple[CameraOpened, list[Row]]:
    opened, rows = CameraOpened(0, 0, 0.0, 0), list[Row]()
    while len(rows) <= MOST:
        letter = worker.read(MUTE)
        if letter is None:
            raise RecordingError(f"{path} cannot be read: nothing came for {MUTE:g} s")
        if isinstance(letter, CameraOpened):
            opened = letter
        elif isinstance(letter, Row):
            rows.append(letter)
        elif letter.kind == "end":
            return opened, rows
        else:
            raise RecordingError(_named(letter, path))
    raise RecordingError(f"{path} has more than {MOST} images: cut it")


def _named(over: Over, path: Path) -> str:
    return over.reason if str(path) in over.reason else f"{path} cannot be read: {over.reason}"


def _notes(opened: CameraOpened, rows: list[Row]) -> list[str]:
    empty = sum(row.people == 0 for row in rows)
    notes = [f"nobody is seen in {empty} of {len(rows)} images"] if empty else []
    if opened.frames > 2 * len(rows):
        notes.append(f"it declares {opened.frames} images, and {len(rows)} can be read")
    return notes
