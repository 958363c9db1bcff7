"""Rows of the stream: what a pose says, and what was not seen. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .layout import CHANNELS, FIELDS, JOINTS
from .pose import Landmarks

SEEN: Final = 0.5
"""Presence from which a joint counts as in the image."""
GUESSED: Final = 0.1
"""Visibility below which its place is a guess."""
EDGE: Final = 0.02
"""Share of the image by which a joint that is seen may lie outside it."""


def row(pose: Landmarks | None, hips: NDArray[np.float64] | None = None) -> NDArray[np.float32]:
    """(channels,) of one person; joints that are not seen, and all where nobody is, have no place (NaN).

    `hips`: (3,) m, where they are before the camera; None: all places are counted from them.
    """
    made = np.full((len(JOINTS), len(FIELDS)), np.nan, np.float32)
    made[:, 3] = 0.0
    if pose is not None:
        inside = ((pose.image[:, :2] > -EDGE) & (pose.image[:, :2] < 1.0 + EDGE)).all(axis=1)
        seen = inside & (pose.presence >= SEEN) & (pose.visibility >= GUESSED)
        seen &= np.isfinite(pose.world).all(axis=1)
        made[seen, :3] = pose.world[seen] if hips is None else pose.world[seen] + hips
        made[:, 3] = np.where(np.isfinite(pose.visibility), pose.visibility, 0.0)
    return made.reshape(len(CHANNELS))
