"""The place of a body before the camera. Pure.

World landmarks are counted from the hips, so in them nobody ever sits down, jumps or walks: only joints about
still hips move. Where the hips are follows from where the joints are in the image, by a camera whose angle of
view is a usual one. A wrong angle makes the distance wrong by a factor, and nothing else.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .pose import Landmarks

FOCAL: Final = 0.85
"""Focal length in longer sides of the image: of webcams and phones .75 to .95."""
CLEAR: Final = 0.5
"""Visibility from which a joint's place in the image is taken."""
FEWEST: Final = 6
"""Joints that place a body."""
SETTLES: Final = 0.4
"""s over which the distance is averaged: it is the one that jitters, by some centimeters."""
FORGETS: Final = 1.0
"""s out of view after which the distance is found anew."""
NEAR: Final = (0.3, 20.0)
"""m from the camera within which somebody can be."""


class BodyPlace:
    """Hips of one person from image to image."""

    def __init__(self) -> None:
        self._distance = 0.0
        self._seen = -math.inf

    def hips(self, pose: Landmarks, shape: tuple[int, ...], time: float) -> NDArray[np.float64] | None:
        """(3,) m from the camera to the middle of the hips: x to the image's right, y down, z away; None
        where too little is seen, and they are not known from just before.

        Args:
            pose: Of the person.
            shape: Lines and width of the image.
            time: Of the image, s; increases.
        """
        lines, width = shape[0], shape[1]
        focal = FOCAL * max(lines, width)
        rays = (pose.image[:, :2].astype(np.float64) - 0.5) * (width / focal, lines / focal)
        world = pose.world.astype(np.float64)
        clear = (pose.visibility >= CLEAR) & np.isfinite(rays).all(axis=1) & np.isfinite(world).all(axis=1)
        if clear.sum() < FEWEST:
            return None
        rays, world = rays[clear], world[clear]
        distance = _distance(rays, world)
        if not NEAR[0] <= distance <= NEAR[1]:
            return None
        known = time - self._seen < FORGETS
        share = 1.0 - math.exp(-(time - self._seen) / SETTLES) if known else 1.0
        self._distance += share * (distance - self._distance)
        self._seen = time
        aside = (rays * (world[:, 2:] + self._distance) - world[:, :2]).mean(axis=0)
        return np.array((*aside, self._distance))


def _distance(rays: NDArray[np.float64], world: NDArray[np.float64]) -> float:
    """m along z to the hips, so that (n, 3) joints about them best lie on the (n, 2) rays."""
    # x + X = r (z + Z): X by its mean, which leaves one unknown
    ray, target = rays - rays.mean(axis=0), rays * world[:, 2:] - world[:, :2]
    spread = float((ray**2).sum())
    return float(-(ray * (target - target.mean(axis=0))).sum() / spread) if spread > 0 else 0.0
