"""The camera that films a drawn person: where it stands, what it sees, and where in its image that lies.

Legend: T frames, J = 20 joints. Positions are in meters in a frame as a depth camera's: x to the right of a
person who faces it, y up, z away from the camera. Pixels count from the upper left corner of the image.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS

from ..performer.geometry import about_x, about_y

Array = NDArray[np.float64]
HIPS = UTD_JOINTS.index("hip_center")
FEET = [UTD_JOINTS.index(f"{side}_foot") for side in ("left", "right")]
NEAREST = 0.2
"""m before the camera; what is nearer is drawn there."""


@dataclass(frozen=True, slots=True)
class View:
    """A camera on a stand before a person; it looks at the middle of the body."""

    yaw: float = 0.0
    """Degrees by which it has gone round the person; 0: it stands where the skeleton's own camera did."""
    distance: float = 3.0
    """m from the person's mean hip center, along the floor."""
    height: float = 1.2
    """m above the floor."""
    aim: float = 0.95
    """m above the floor of the point that it looks at, below the middle of its image; the higher, the less of
    the legs is seen."""
    field: float = 52.0
    """Angle of view from top to bottom, degrees."""
    width: int = 640
    """Pixels."""
    lines: int = 480
    """Pixels from top to bottom."""

    def __post_init__(self) -> None:
        """RecordingError for a camera that cannot be."""
        if not (self.distance >= 0.5 and 10.0 <= self.field <= 120.0 and min(self.width, self.lines) >= 64):
            raise RecordingError(
                "a drawn person is filmed from 0.5 m or farther, at an angle of 10° to 120°, in 64 pixels or "
                f"more; asked for {self.distance:g} m, {self.field:g}°, {self.width} x {self.lines} pixels"
            )

    @property
    def focal(self) -> float:
        """Focal length, pixels."""
        return float(self.lines / 2 / np.tan(np.deg2rad(self.field) / 2))

    def seen(self, joints: Array) -> Array:
        """(T, J, 3) as the skeleton has them -> (T, J, 3) m in this camera's own, tilted frame."""
        place = joints[:, HIPS].mean(axis=0)
        floor = float(np.percentile(joints[:, FEET, 1], 5))
        place[1] = floor
        about = (joints - place) @ about_y(np.deg2rad(np.array([self.yaw])))[0].T
        down = np.arctan2(self.height - self.aim, self.distance)
        from_camera = about + np.array([0.0, -self.height, self.distance])
        return np.asarray(from_camera @ about_x(np.array([-down]))[0].T)

    def pixels(self, seen: Array) -> Array:
        """(..., 3) m in the camera's frame -> (..., 2) pixels, to the right and down."""
        depth = np.maximum(seen[..., 2], NEAREST)
        right = self.width / 2 - self.focal * seen[..., 0] / depth
        down = self.lines / 2 - self.focal * seen[..., 1] / depth
        return np.stack([right, down], axis=-1)

    def inside(self, seen: Array) -> NDArray[np.bool_]:
        """(..., 3) m in the camera's frame -> (...) True where the image has it."""
        limits = (self.width, self.lines)
        pixels = self.pixels(seen)
        across = np.logical_and.reduce([(pixels[..., k] >= 0) & (pixels[..., k] < limits[k]) for k in (0, 1)])
        return np.asarray(across & (seen[..., 2] > NEAREST), np.bool_)
