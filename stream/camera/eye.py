"""Images in, rows of the stream out: one person followed through a video, and placed before the camera."""

import numpy as np
from numpy.typing import NDArray

from .address import MOST_PEOPLE
from .asset import bundled
from .body import row
from .model import Networks
from .people import PersonFollower
from .place import BodyPlace
from .pose import Image, PoseEstimator


class Eye:
    """Looks at the images of one camera or video, in order of time."""

    def __init__(self, model: Networks | bytes, person: int = 1, *, place: bool = False) -> None:
        """`person`: 1 the nearest when first seen, 2 the second nearest …; `place`: joints are counted from
        the camera, and not from the hips.

        Raises ConfigError.
        """
        task = bundled(model) if isinstance(model, Networks) else model
        self._tracker = PoseEstimator(task)
        self._looker = PoseEstimator(task, MOST_PEOPLE, still=True)
        self._follower = PersonFollower(self._tracker.estimate, self._looker.look, person)
        self._place = BodyPlace() if place else None

    def see(self, image: Image, time: float) -> tuple[NDArray[np.float32], int]:
        """The row (channels,) of an image at `time`, s, and the people in it.

        Somebody whose place is asked for and cannot be told, as from a hand alone, counts as not seen.
        """
        seen = self._follower.see(image, time)
        if seen.pose is None or self._place is None:
            return row(seen.pose), seen.people
        hips = self._place.hips(seen.pose, image.shape, time)
        return row(None if hips is None else seen.pose, hips), seen.people

    def close(self) -> None:
        """Let go of the model."""
        self._tracker.close()
        self._looker.close()
