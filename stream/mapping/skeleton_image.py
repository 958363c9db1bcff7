"""Positions in an image, in pixels or in shares of its width, which have no depth in meters."""

from typing import Final

import numpy as np

from hnhar.model.errors import ChannelError

from .skeleton_pose import PosedBody

FLAT: Final = 0.005
"""Lengths of a body by which joints differ in depth, at least."""
SHARES: Final = (-0.1, 1.15)
"""Of an image's width and height, a person at its edges included."""
RELATIVE: Final = 0.3
"""Lengths of a body from the camera at which nobody stands: such a depth is counted from the hips."""
PIXELS: Final = 80.0
"""Length of a person in pixels, at least."""


def refuse_image(name: str, pose: PosedBody, *, unit_given: bool) -> None:
    """Refuse positions of `pose`, in the stream's own axes and unit, that are places in an image.

    Raises ChannelError.
    """
    spread = np.nanmedian(np.nanstd(pose.joints, axis=1), axis=0)
    flat = int(np.argmin(spread))
    if spread[flat] < FLAT * pose.length:
        raise ChannelError(
            f"the positions of '{name}' have no depth: all joints have the same {'xyz'[flat]}. A pose "
            f"estimator in "
            "two dimensions cannot be used: send places in meters (a depth camera's, or world landmarks)."
        )
    places = pose.joints[:, :, :2].reshape(-1, 2)
    low, high = np.nanpercentile(places, (1, 99), axis=0)
    down = float(pose.trunk[1]) < -0.3 or float(pose.shanks[1]) < -0.5
    relative = abs(float(pose.hips[2])) < RELATIVE * pose.length
    within = bool((low > SHARES[0]).all() and (high < SHARES[1]).all())
    if within and down and relative and pose.length < SHARES[1] and float(pose.hips[:2].min()) > 0.05:
        raise ChannelError(
            f"the positions of '{name}' are shares of an image's width and height (0 to 1, y down), "
            f"without depth "
            "in meters. Send world landmarks, in meters."
        )
    if pose.length > PIXELS and down and bool((low >= 0).all()) and (relative or not unit_given):
        raise ChannelError(
            f"the positions of '{name}' look like pixels (none is negative, y is down), without depth in "
            f"meters. "
            "Send places in meters, with their unit."
        )
