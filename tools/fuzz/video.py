"""Targets of the fuzzer that a camera's process reads and writes: video files, and its messages."""

from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from tools.fuzz.targets import RefusedError, Target

from hnhar.stream.camera.address import CameraAddress
from hnhar.stream.camera.body import row
from hnhar.stream.camera.frames import Video
from hnhar.stream.camera.letters import CameraOpened, Letter, Letters, Over, Row, packed

IMAGES: Final = 20
"""Of a case, at most."""


def video(path: Path) -> Target:
    """The first byte says which: 0 messages, else a video."""
    cv2.setNumThreads(1)
    letters: tuple[Letter, ...] = (
        CameraOpened(64, 48, 30.0, 9),
        Row(1.0, 1.1, row(None).tobytes(), 0, 0),
        Over("over", "end"),
    )
    corpus = [b"\0" + b"".join(map(packed, letters))]
    corpus += [b"\1" + _written(path.with_suffix(suffix), codec) for suffix, codec in _KINDS]

    def read(data: bytes) -> None:
        if data[:1] == b"\0":
            try:
                for letter in Letters().take(data[1:]):
                    if isinstance(letter, Row):
                        _ = letter.sample
            except ValueError as error:
                raise RefusedError(f"{path.name}: {error}") from error
            return
        path.write_bytes(data[1:])
        opened = Video(CameraAddress(str(path)))
        try:
            for frame in islice(opened.frames(), IMAGES):
                opened.prepared(frame.image)
        finally:
            opened.close()

    return Target(corpus, [b"moov", b"mdat", b"stsz", b"avc1", b"idx1", b"\xff\xff\xff\xff"], read, path.name)


_KINDS: Final = ((".mp4", "mp4v"), (".avi", "MJPG"))


def _written(path: Path, codec: str) -> bytes:
    """A video of some images of noise that moves."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 25.0, (64, 48))
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    for k in range(9):
        writer.write(np.roll(noise, k, axis=1))
    writer.release()
    return path.read_bytes()
