"""Frames and video files of a drawn person."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hnhar.model.errors import MissingExtraError, RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.recordings import Recording

from .figure import Image, Painter, draw_look
from .view import Array, View

RATE = 30.0
"""Frames a second of a usual webcam."""
CODECS = {".avi": "MJPG", ".mp4": "mp4v"}


def film(recording: Recording, rate: float = RATE) -> tuple[Array, Array]:
    """Times (T,), s, and joints (T, 20, 3), m, of a recording's first skeleton at the frames of a video.

    Raises RecordingError where it has none.
    """
    for stream in recording.streams:
        if stream.kind == "skeleton" and len(stream.samples) > 1:
            start, end = stream.timestamps[0], stream.timestamps[-1]
            times = start + np.arange(int((end - start) * rate) + 1) / rate
            columns = stream.samples.astype(np.float64).T
            joints = np.stack([np.interp(times, stream.timestamps, column) for column in columns], axis=1)
            return times, joints.reshape(len(times), len(UTD_JOINTS), 3)
    raise RecordingError(f"{recording.name} has no skeleton that could be drawn.")


def frames(joints: Array, view: View | None = None, look: int = 0) -> Iterator[Image]:
    """Frames (lines, width, 3), blue green red, of (T, 20, 3) joints in meters, y up.

    Args:
        joints: As a camera before the person gives them.
        view: Where the camera stands.
        look: Seed of clothes, colors and room.

    Raises:
        MissingExtraError: OpenCV is not installed.
        RecordingError: Joints of another shape, or not finite.
    """
    if joints.ndim != 3 or joints.shape[1:] != (len(UTD_JOINTS), 3) or not np.isfinite(joints).all():
        raise RecordingError(f"a drawn person needs finite (T, 20, 3) joints, not {joints.shape}.")
    view = view or View()
    try:
        painter = Painter(view, draw_look(look))
    except ImportError as error:
        raise MissingExtraError("opencv-contrib-python", "camera", "drawing a person") from error
    return map(painter.frame, view.seen(joints.astype(np.float64)))


def write_video(
    path: str | Path, joints: Array, view: View | None = None, *, rate: float = RATE, look: int = 0
) -> None:
    """Write the frames as a video, .avi (Motion JPEG) or .mp4, at `rate` frames a second.

    Raises RecordingError for another ending, or a file that cannot be written; else as `frames`.
    """
    target, view = Path(path), view or View()
    if target.suffix.lower() not in CODECS:
        raise RecordingError(f"'{target.name}' is no video to write: name it .avi or .mp4.")
    drawn = frames(joints, view, look)
    import cv2

    codec = cv2.VideoWriter.fourcc(*CODECS[target.suffix.lower()])
    writer = cv2.VideoWriter(str(target), codec, rate, (view.width, view.lines))
    try:
        if not writer.isOpened():
            raise RecordingError(f"the video '{target}' cannot be written.")
        for image in drawn:
            writer.write(image)
    finally:
        writer.release()
