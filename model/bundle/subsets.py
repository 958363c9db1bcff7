"""Subsets of a bundle's modalities: which are calibrated and tuned, and which of these stands for another.

Of five sensors there are 31 subsets: only those that happen are measured, all sensors, all but one (one is
lost), and each alone. That is every subset of up to three. Any other is served by the nearest of these.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def subset_key(present: Iterable[str]) -> str:
    """Key of a subset in a bundle's description: sorted names joined by "+"."""
    return "+".join(sorted(present))


def calibrated_subsets(names: Sequence[T]) -> tuple[tuple[T, ...], ...]:
    """All names, each alone, and then all but one: 2 M + 1 subsets of M, fewer of three or less."""
    without = [tuple(name for name in names if name != left_out) for left_out in names]
    return tuple(dict.fromkeys((tuple(names), *((name,) for name in names), *filter(None, without))))


def nearest_key(present: Collection[str], known: Iterable[str]) -> str | None:
    """The one of the known keys that stands for a subset of two or more that is not among them.

    The fewest names differ; of several the one of more names, then the first in order. None: none has a name
    in common.
    """
    wanted = set(present)
    sets = {key: set(key.split("+")) for key in known}
    usable = [key for key, names in sets.items() if names & wanted]
    return min(usable, key=lambda key: (len(sets[key] ^ wanted), -len(sets[key]), key), default=None)
