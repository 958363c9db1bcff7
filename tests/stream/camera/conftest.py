"""A drawn person on video, and the model of MediaPipe Pose where it can be had."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import HnharError
from hnhar.stream.camera.model import DIGESTS, fetch_model, model_folder, read_model, require_camera
from hnhar.stream.recordings import open_recording
from hnhar.train.synthesis.drawn import View, film, frames

RATE = 15.0
"""Images a second of the videos here."""
Joints = NDArray[np.float64]


@pytest.fixture(scope="session")
def model(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The folder of the model: the user's own, or one in pytest's cache, fetched once by pip; skips where it
    cannot be had."""
    before = os.environ.get("XDG_DATA_HOME")
    try:
        require_camera()
        if not all((model_folder() / name).is_file() for name in DIGESTS):
            assert request.config.cache is not None
            os.environ["XDG_DATA_HOME"] = str(request.config.cache.mkdir("data"))
            if not all((model_folder() / name).is_file() for name in DIGESTS):
                fetch_model(60.0)
        read_model()
        yield model_folder()
    except HnharError as error:
        pytest.skip(f"no model of MediaPipe Pose: {error}")
    finally:
        os.environ.pop("XDG_DATA_HOME", None)
        if before is not None:
            os.environ["XDG_DATA_HOME"] = before


@pytest.fixture(scope="session")
def joints() -> Joints:
    """(30, 20, 3) m of a performer who stands and draws a triangle, y up: two seconds."""
    start = int(4.5 * RATE)
    return film(open_recording("synthetic", seed=1), RATE)[1][start : start + 30]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes images (lines, width, 3) into a video; its path."""
    import cv2

    def write(name: str, images: Any, rate: float = RATE) -> Path:
        path = tmp_path_factory.mktemp("video") / name
        writer = None
        for image in images:
            if writer is None:
                size = image.shape[1], image.shape[0]
                writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
                assert writer.isOpened()
            writer.write(image)
        assert writer is not None
        writer.release()
        return path

    return write


@pytest.fixture(scope="session")
def clip(joints: Joints, written: Callable[..., Path]) -> Path:
    """A video of that performer."""
    return written("clip.mp4", frames(joints, View()))
