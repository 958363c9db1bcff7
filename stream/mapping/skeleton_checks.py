"""Plausibility of a skeleton's samples in meters."""

from collections.abc import Sequence
from typing import Final

from hnhar.model.kinds.skeleton import UTD_JOINTS

from .checks import Sensor, SignalChecks, Size

TORSO: Final = (0.2, 1.5)
"""m from hip center to head, of a person of any size."""
MOST: Final = 100.0
"""m; what is beyond is no measurement."""


def skeleton_checks(columns: Sequence[int]) -> SignalChecks:
    """Checks of a feed with all of a skeleton's channels."""
    head, hips = _joint("head"), _joint("hip_center")
    return SignalChecks(
        limits=(MOST,) * len(columns),
        needed=hips,
        sensors=(Sensor("body", tuple(range(len(columns)))),),
        size=Size((*head, *hips), TORSO, "head and hips are {size:.3g} m apart: is its unit right?"),
        place=hips,
        parts=tuple((joint, _joint(joint)) for joint in UTD_JOINTS),
        absent="nobody is tracked",
    )


def _joint(name: str) -> tuple[int, int, int]:
    x = 3 * UTD_JOINTS.index(name)
    return x, x + 1, x + 2
