"""Images of a camera or a video file, one after the other, each with its time."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError, SourceError
from hnhar.model.files import open_regular

from .address import CameraAddress
from .devices import absence

LARGEST: Final = 8192
"""Pixels of the longer side of an image that is read."""
WORKED: Final = 960
"""Pixels of the longer side at which it is looked at: a person in it is turned into 256 pixels anyway."""
MAX_FILE: Final = 64 << 30
"""bytes."""
RATES: Final = (1.0, 1000.0)
"""Hz that a video may have; of what says something else, the times of its images count, or `USUAL`."""
USUAL: Final = 30.0
_OPENS: Final = 5000
"""ms in which a network camera has to answer, and to send an image."""
_PROMPT: Final = 0.5
"""s before now within which a camera's own time of an image is believed."""
_TURNS: Final = {90: "ROTATE_90_CLOCKWISE", 180: "ROTATE_180", 270: "ROTATE_90_COUNTERCLOCKWISE"}
Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One image as it was read."""

    image: Image
    time: float
    """s: on the monotonic clock of a camera, since its begin of a file."""


class Video:
    """An opened camera or video file; used by one thread, but for `close`."""

    def __init__(self, address: CameraAddress) -> None:
        """Raises SourceError where a camera cannot be had, and RecordingError where a file is no video."""
        import cv2

        self._cv2: Any = cv2
        self._address = address
        self._capture = self._opened()
        self.width = self._size(cv2.CAP_PROP_FRAME_WIDTH)
        self.height = self._size(cv2.CAP_PROP_FRAME_HEIGHT)
        if max(self.width, self.height) > LARGEST:
            self.close()
            raise RecordingError(
                f"'{address.name}' has images of {self.width} × {self.height} pixels, and {LARGEST} are the "
                "most: make it smaller."
            )
        declared = float(self._capture.get(cv2.CAP_PROP_FPS))
        known = math.isfinite(declared) and RATES[0] <= declared <= RATES[1]
        self.rate = declared if known and address.is_file else 0.0
        """Hz as a file declares it; 0 where it declares none that can be."""
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT) if address.is_file else 0.0
        self.count = int(count) if math.isfinite(count) and 0 < count < 1e8 else 0
        """Images of a file as it declares them; 0 where it does not."""
        self._number, self._last = 0, -math.inf
        self.unread = 0
        """Images that were damaged."""

    def _opened(self) -> Any:
        cv2, address = self._cv2, self._address
        if address.is_file:
            return self._opened_file()
        if address.index is None:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPENS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _OPENS]
            capture = cv2.VideoCapture(address.source, cv2.CAP_FFMPEG, limits)
            missing = "it does not answer, or sends no video"
        else:
            missing = absence(address.index)
            if missing:
                raise SourceError(f"{address.name} cannot be had: {missing}.")
            capture = cv2.VideoCapture(address.index)
            missing = "another program may use it"
        if not capture.isOpened():
            raise SourceError(f"{address.name} cannot be opened: {missing}.")
        return capture

    def _opened_file(self) -> Any:
        path = Path(self._address.source).expanduser()
        try:
            with open_regular(path, MAX_FILE) as file:
                empty = not file.read(1)
        except OSError as error:
            raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
        if empty:
            raise RecordingError(f"{path} is empty")
        capture = self._cv2.VideoCapture(str(path), self._cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise RecordingError(f"{path} is no video that can be read: its kind or its codec is not known")
        return capture

    def _size(self, key: int) -> int:
        value = float(self._capture.get(key))
        return int(value) if math.isfinite(value) and 0 < value < 1e6 else 0

    def grab(self) -> float | None:
        """Go to the next image; its time, s: on the monotonic clock of a camera, since its begin of a file.
        They increase. None at the end, or where the camera has gone."""
        if not self._capture.grab():
            return None
        arrived = time.monotonic()
        written = float(self._capture.get(self._cv2.CAP_PROP_POS_MSEC)) / 1000.0
        moment = self._file_time(written) if self._address.is_file else _taken(written, arrived)
        self._number += 1
        self._last = max(moment, self._last + 1e-3)
        return self._last

    def image(self) -> Image | None:
        """The present image as it is there; None where it is damaged."""
        good, image = self._capture.retrieve()
        if not good or image is None or image.ndim < 2 or not image.size or max(image.shape[:2]) > LARGEST:
            self.unread += 1
            return None
        return np.asarray(image)

    def frames(self) -> Iterator[VideoFrame]:
        """Every image until the end."""
        while (moment := self.grab()) is not None:
            image = self.image()
            if image is not None:
                yield VideoFrame(image, moment)

    def _file_time(self, written: float) -> float:
        """s: as the file says, where that can be."""
        if math.isfinite(written) and (written > self._last if self._number else written >= 0.0):
            return written
        return self._last + 1.0 / (self.rate or USUAL) if self._number else 0.0

    def prepared(self, image: Image) -> Image:
        """(height, width, 3) red, green, blue, turned as the address says, and no larger than need be."""
        cv2 = self._cv2
        if image.dtype != np.uint8:
            image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX, cv2.CV_8U)
        if image.ndim == 2 or image.shape[2] == 1:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
        else:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGB)
        longest = max(image.shape[:2])
        if longest > WORKED:
            share = WORKED / longest
            size = max(1, round(image.shape[1] * share)), max(1, round(image.shape[0] * share))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        if self._address.rotate:
            image = cv2.rotate(image, getattr(cv2, _TURNS[self._address.rotate]))
        return np.asarray(cv2.flip(image, 1) if self._address.mirror else image)

    def close(self) -> None:
        """Let go of the camera or the file."""
        self._capture.release()


def _taken(written: float, arrived: float) -> float:
    """s on the monotonic clock: as the camera's driver says, where it says it by that clock."""
    return written if 0.0 <= arrived - written < _PROMPT else arrived
