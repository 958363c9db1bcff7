"""Plausibility of a skeleton's samples in meters."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.skeleton import UTD_JOINTS

from .checks import Sensor, SignalChecks, Size
from .units import CENTIMETER, METER, MILLIMETER

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


def meters_by_torso(name: str, points: NDArray[np.float32] | None) -> tuple[float, tuple[str, ...]]:
    """Meters per unit of (n, 60) positions that give none, and a note, by the size of a person.

    Without samples, or where nobody is tracked in them, meters are assumed. Raises ChannelError where the
    size is a person's in no unit.
    """
    unknown = f"'{name}' gives no unit for positions"
    head, hips = _joint("head"), _joint("hip_center")
    sizes = np.zeros(0) if points is None else np.linalg.norm(points[:, head] - points[:, hips], axis=1)
    sizes = sizes[np.isfinite(sizes)]
    if not len(sizes):
        return 1.0, (f"{unknown}: meters are assumed",)
    size = float(np.median(sizes))
    for unit, word in ((METER, "meters are"), (CENTIMETER, "cm is"), (MILLIMETER, "mm is")):
        if TORSO[0] <= size * unit.factor <= TORSO[1]:
            return unit.factor, (f"{unknown}: {word} assumed, as head and hips are {size:.3g} apart",)
    raise ChannelError(
        f"{unknown}, and head and hips are {size:.3g} apart, which is nobody's size in m, cm or mm. Pixels "
        "and shares of an image cannot be used: send meters, with their unit."
    )


def _joint(name: str) -> tuple[int, int, int]:
    x = 3 * UTD_JOINTS.index(name)
    return x, x + 1, x + 2
