"""A camera or a video as a source: `--skeleton-source camera:0`, `camera:clip.mp4`."""

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ConfigError, SourceError

from ..intake.backend import Clock, Found, SourceBackend
from ..messages import StreamDescription
from .address import parse_address
from .layout import CHANNELS, description
from .letters import CameraOpened, Over, Row
from .model import read_model, require_camera
from .process import Worker

_numbers: Final = itertools.count(1)


class CameraBackend(SourceBackend):
    """Registered as `camera` in the entry points `hnhar.sources`."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._ended = ""
        """Reason why a video is not looked at again; "" while it may be."""

    def check(self, address: str) -> None:
        """See `SourceBackend`; also that a file, the packages and the model are there."""
        parsed = parse_address(address)
        require_camera()
        if parsed.is_file and not Path(parsed.source).expanduser().is_file():
            raise ConfigError(f"there is no video '{parsed.source}'.")
        read_model(parsed.model)

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        """See `SourceBackend`: the camera and the model are opened here, which takes seconds."""
        if self._ended:
            raise OSError(self._ended)
        parsed = parse_address(address)
        if self._worker is None:
            self._worker = Worker(parsed)
        letter = self._worker.read(timeout)
        if letter is None:
            raise OSError("the camera and the model are being opened")
        if isinstance(letter, CameraOpened):
            worker, self._worker = self._worker, None
            about = description(parsed.name, parsed.identity, letter.rate)
            return [Found(f"{parsed.identity}#{next(_numbers)}", about, handle=worker)]
        worker, self._worker = self._worker, None
        worker.close()
        if isinstance(letter, Over) and letter.kind == "refused":
            raise SourceError(letter.reason)
        raise OSError(letter.reason if isinstance(letter, Over) else "its process sent nonsense")

    def inlet(self, found: Found, now: Clock) -> "CameraInlet":
        """See `SourceBackend`."""
        if not isinstance(found.handle, Worker):
            raise TypeError(f"'{found.description.name}' is no camera")
        return CameraInlet(found.handle, found.description, now, self._end)

    def _end(self, reason: str) -> None:
        self._ended = reason


class CameraInlet:
    """Rows of one worker. See `intake.backend.Inlet`."""

    def __init__(
        self, worker: Worker, about: StreamDescription, now: Clock, ended: Callable[[str], None]
    ) -> None:
        """`ended` is told the reason where there is no use in opening it again."""
        self._worker, self._about, self._now, self._ended = worker, about, now, ended
        self._offset = 0.0
        self._over: Over | None = None
        self.dropped = 0
        """Images that were not looked at."""

    def open(self, timeout: float) -> StreamDescription:
        """See `Inlet`."""
        self._offset = self._now() - time.monotonic()
        return self._about

    def pull(self, timeout: float, most: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """See `Inlet`."""
        rows, stamps = list[NDArray[np.float32]](), list[float]()
        while len(rows) < most and self._over is None:
            letter = self._worker.read(0.0 if rows else timeout)
            if letter is None:
                break
            if isinstance(letter, Row):
                rows.append(letter.sample)
                stamps.append(letter.time + self._offset)
                self.dropped = letter.dropped
            elif isinstance(letter, Over):
                self._over = letter
                if letter.kind != "lost":
                    self._ended(letter.reason)
        if self._over is not None and not rows:
            raise ConnectionError(self._over.reason)
        return np.array(rows, np.float32).reshape(-1, len(CHANNELS)), np.array(stamps, np.float64)

    def clock_offset(self, timeout: float) -> float:
        """See `Inlet`: images are stamped by our clock."""
        return 0.0

    def close(self) -> None:
        """See `Inlet`."""
        self._worker.close()
