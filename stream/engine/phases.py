"""When the windows of each of many wearers end, so that not all are due at once. Pure."""

from collections.abc import Sequence
from typing import Final

TOGETHER: Final = 16
"""Wearers whose windows end together: with more of them the last would wait longer for the first."""


def spread(wearers: Sequence[str], hop: float) -> dict[str, float]:
    """Wearer -> phase of the ends of their windows, s, from 0 to `hop`.

    Windows that all end at one moment have to be recognized in a burst, of which the last are late while the
    processor rests for the remainder of the hop. The phases follow from the order of the wearers alone, so
    that every run of the same wearers has the same windows; of few wearers all are 0.
    """
    groups = max(1, len(wearers) // TOGETHER)
    return {w: hop * (place * groups // len(wearers)) / groups for place, w in enumerate(wearers)}
