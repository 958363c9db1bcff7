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
    """One video's people: it follows who it found, so images are given in order of time."""

    def __init__(self, model: Networks | bytes, people: int = 1) -> None:
        """`people`: as many are looked for. Only one is smoothed over time. Raises ConfigError."""
        import mediapipe as mp
        from mediapipe.tasks.python import BaseOptions, vision

        task = bundled(model) if isinstance(model, Networks) else model
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(
                vision.PoseLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=task),
                    running_mode=vision.RunningMode.VIDEO,
                    num_poses=people,
                )
            )
        except (ValueError, RuntimeError, OSError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise ConfigError(f"MediaPipe cannot use this model: {reason}. It has to be Pose.") from error
        self._mp = mp
        self._last = -1

    def estimate(self, image: Image, time: float) -> tuple[Landmarks, ...]:
        """People in the image at `time`, s, which increases."""
        self._last = max(self._last + 1, round(time * 1000))
        packed = self._mp.Image(self._mp.ImageFormat.SRGB, np.ascontiguousarray(image))
        found = self._landmarker.detect_for_video(packed, self._last)
        return tuple(
            _pose(seen, world)
            for seen, world in zip(found.pose_landmarks, found.pose_world_landmarks, strict=True)
        )

    def close(self) -> None:
        """Let go of the model."""
        self._landmarker.close()


def _pose(seen: Any, world: Any) -> Landmarks:
    def places(points: Any) -> NDArray[np.float32]:
        return np.array([(point.x, point.y, point.z) for point in points], np.float32)

    return Landmarks(
        places(seen),
        places(world),
        np.array([point.visibility or 0.0 for point in seen], np.float32),
        np.array([point.presence or 0.0 for point in seen], np.float32),
    )
