"""MediaPipe Pose on images: a `Landmarks` for each person that it finds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ConfigError

from .asset import bundled
from .model import Networks

Image = NDArray[np.uint8]
"""(height, width, 3) red, green, blue."""


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """One person in one image: 33 landmarks."""

    image: NDArray[np.float32]
    """(33, 3) in the image: x and y as shares of its width and height, and depth in shares of its width."""
    world: NDArray[np.float32]
    """(33, 3) m about the middle of the hips: x to the image's right, y down, z away from the camera."""
    visibility: NDArray[np.float32]
    """(33,) 0 to 1: in the image, and nothing before it."""
    presence: NDArray[np.float32]
    """(33,) 0 to 1: in the image."""


class PoseEstimator:
    """People in images: one followed and smoothed through a video, or everybody in each image by itself."""

    def __init__(self, model: Networks | bytes, people: int = 1, *, still: bool = False) -> None:
        """`people`: as many are looked for at most. `still`: images do not belong together.

        Raises ConfigError.
        """
        import mediapipe as mp
        from mediapipe.tasks.python import BaseOptions, vision

        task = bundled(model) if isinstance(model, Networks) else model
        mode = vision.RunningMode.IMAGE if still else vision.RunningMode.VIDEO
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(
                vision.PoseLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=task), running_mode=mode, num_poses=people
                )
            )
        except (ValueError, RuntimeError, OSError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise ConfigError(f"MediaPipe cannot use this model: {reason}. It has to be Pose.") from error
        self._mp = mp
        self._last = -1

    def estimate(self, image: Image, time: float) -> tuple[Landmarks, ...]:
        """People in the image of a video at `time`, s, which increases."""
        self._last = max(self._last + 1, round(time * 1000))
        return _people(self._landmarker.detect_for_video(self._packed(image), self._last))

    def look(self, image: Image) -> tuple[Landmarks, ...]:
        """People in a still image."""
        return _people(self._landmarker.detect(self._packed(image)))

    def _packed(self, image: Image) -> Any:
        return self._mp.Image(self._mp.ImageFormat.SRGB, np.ascontiguousarray(image))

    def close(self) -> None:
        """Let go of the model."""
        self._landmarker.close()


def _people(found: Any) -> tuple[Landmarks, ...]:
    return tuple(
        _pose(seen, world)
        for seen, world in zip(found.pose_landmarks, found.pose_world_landmarks, strict=True)
    )


def _pose(seen: Any, world: Any) -> Landmarks:
    def places(points: Any) -> NDArray[np.float32]:
        return np.array([(point.x, point.y, point.z) for point in points], np.float32)

    return Landmarks(
        places(seen),
        places(world),
        np.array([point.visibility or 0.0 for point in seen], np.float32),
        np.array([point.presence or 0.0 for point in seen], np.float32),
    )
