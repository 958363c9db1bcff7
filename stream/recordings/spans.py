"""Stretches of time in which a stream has samples, and whether those of several have any in common. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAP: Final = 60.0
"""s between two samples beyond which nothing lies between them."""
FEWEST: Final = 5
"""Samples of a stretch of a stream that has as many: a lone one has a wrong stamp."""
_MOST: Final = 500
"""Stretches that are told apart."""

Spans = NDArray[np.float64]
"""(k, 2) begin and end of each stretch, s, in order."""


def spans(times: NDArray[np.float64]) -> Spans:
    """Stretches without a leap of (n,) time stamps in s, in any order; those that are no numbers left out."""
    kept = np.sort(times[np.isfinite(times)])
    if not len(kept):
        return np.empty((0, 2))
    breaks = np.flatnonzero(np.diff(kept) > LEAP)
    begin, end = np.append(0, breaks + 1), np.append(breaks, len(kept) - 1)
    count = end - begin + 1
    whole = count >= min(FEWEST, int(count.max()))
    lasting = whole & (kept[end] > kept[begin])
    whole = lasting if lasting.any() else whole  # the same stamp again and again is wrong, as a lone one is
    found = np.stack([kept[begin[whole]], kept[end[whole]]], axis=1)
    return found if len(found) <= _MOST else np.array([[found[0, 0], found[-1, 1]]])


def share(first: Spans, other: Spans) -> bool:
    """True if two streams have some time in common."""
    if not len(first) or not len(other):
        return False
    before = first[:, None, 0] <= other[None, :, 1]
    return bool((before & (other[None, :, 0] <= first[:, None, 1])).any())


def apart(first: Spans, other: Spans) -> float:
    """Shortest time between two streams, s; 0 where they have some in common."""
    gaps = np.maximum(first[:, None, 0] - other[None, :, 1], other[None, :, 0] - first[:, None, 1])
    return float(np.maximum(gaps, 0.0).min()) if gaps.size else float("inf")


def joined(parts: Sequence[Spans]) -> list[list[int]]:
    """Indices of the parts in groups: those of one share time, also by way of others; largest group first."""
    groups: list[list[int]] = []
    for index, part in enumerate(parts):
        touching = [g for g in groups if any(share(part, parts[k]) for k in g)]
        groups = [g for g in groups if g not in touching]
        groups.append(sorted([index, *(k for g in touching for k in g)]))
    return sorted(groups, key=lambda g: (-len(g), g[0]))
