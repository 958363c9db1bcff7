"""The person who is followed, of several in view: chosen by nearness, and kept by place in the image. Pure.

One person is tracked, and smoothed, from image to image. Once a second everybody is looked for; who is to be
tracked instead is shown alone for some images, the rest of the room painted over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .pose import Image, Landmarks

LOOK: Final = 1.0
"""s between two looks at everybody."""
FORGETS: Final = 1.0
"""s out of view after which the person is chosen anew."""
NEARER: Final = 1.4
"""Sizes by which somebody else has to be larger, at `TWICE` looks in a row, to be followed instead."""
TWICE: Final = 2
REACH: Final = 0.5
"""Sizes by which the followed person's middle moves between two images, at most."""
SAME: Final = 0.5
"""Share of the smaller of two boxes that both cover, from which they are of one person."""
AROUND: Final = 0.25
"""Sizes of room left around a person who is shown alone."""
_HIPS: Final = (23, 24)
_GRAY: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Place of a person in an image, pixels."""

    low: NDArray[np.float64]
    """(2,) left, upper."""
    high: NDArray[np.float64]
    """(2,) right, lower."""
    middle: NDArray[np.float64]
    """(2,) of the hips."""

    @property
    def size(self) -> float:
        """The longer side."""
        return float((self.high - self.low).max())


@dataclass(frozen=True, slots=True, eq=False)
class PersonSeen:
    """The followed person in one image."""

    pose: Landmarks | None
    """None where that person is not in view."""
    people: int
    """People in view."""


def box(pose: Landmarks, shape: tuple[int, ...]) -> Box:
    """Box of a person in an image of `shape` (lines, width)."""
    places = pose.image[:, :2].astype(np.float64) * (shape[1], shape[0])
    return Box(places.min(axis=0), places.max(axis=0), places[list(_HIPS)].mean(axis=0))


def distinct(boxes: Sequence[Box]) -> list[Box]:
    """One box a person, the largest first: the same person may be found twice."""
    kept: list[Box] = []
    for each in sorted(boxes, key=lambda b: -b.size):
        if all(_shared(each, other) < SAME for other in kept):
            kept.append(each)
    return kept


def _shared(first: Box, second: Box) -> float:
    sides = np.minimum(first.high, second.high) - np.maximum(first.low, second.low)
    smaller = min(float(np.prod(b.high - b.low)) for b in (first, second))
    return float(np.prod(np.maximum(sides, 0.0))) / smaller if smaller > 0 else 1.0


def _near(first: Box, second: Box) -> bool:
    apart = float(np.linalg.norm(first.middle - second.middle))
    return apart < REACH * max(first.size, second.size)


def alone(image: Image, person: Box) -> Image:
    """The image with everything painted over but the room of a person."""
    room = AROUND * person.size
    left, upper = np.maximum(person.low - room, 0).astype(int)
    right, lower = np.maximum(person.high + room, 0).astype(int)
    shown = np.full_like(image, _GRAY)
    shown[upper:lower, left:right] = image[upper:lower, left:right]
    return shown


class PersonFollower:
    """Follows one person through the images of a video."""

    def __init__(
        self,
        track: Callable[[Image, float], Sequence[Landmarks]],
        look: Callable[[Image], Sequence[Landmarks]],
        person: int = 1,
    ) -> None:
        """`track` finds one person, where it was or wherever; `look` everybody; `person`: 1 the nearest when
        first seen, 2 the second nearest …"""
        self._track, self._look, self._person = track, look, person
        self._last: Box | None = None
        """The person, where seen last."""
        self._time = -np.inf
        """When, s."""
        self._wanted: Box | None = None
        """Somebody to be shown alone until tracked."""
        self._looked = -np.inf
        self._there = 0
        self._larger = 0

    def see(self, image: Image, time: float) -> PersonSeen:
        """The person in an image at `time`, s, which increases."""
        if time - self._time > FORGETS:
            self._last = None
        if self._last is None or self._wanted is not None or time - self._looked >= LOOK:
            self._look_around(image, time)
        if self._last is None and self._wanted is None:
            return PersonSeen(None, self._there)
        shown = image if self._wanted is None else alone(image, self._wanted)
        expected = self._wanted or self._last
        for pose in self._track(shown, time):
            found = box(pose, image.shape)
            if self._there <= 1 or expected is None or _near(found, expected):
                self._last, self._time, self._wanted = found, time, None
                return PersonSeen(pose, max(1, self._there))
        if self._wanted is None and self._there > 1:
            self._wanted = self._last  # the tracker has gone over to somebody else
        return PersonSeen(None, self._there)

    def _look_around(self, image: Image, time: float) -> None:
        people = distinct([box(pose, image.shape) for pose in self._look(image)])
        self._there, regular = len(people), time - self._looked >= LOOK
        self._looked = time if regular else self._looked
        if self._last is None:
            self._wanted = people[self._person - 1] if len(people) >= self._person else None
            return
        near = [each for each in people if _near(each, self._last)]
        if self._wanted is not None:
            self._wanted = near[0] if near else self._wanted
        if not regular or self._person != 1 or not people:
            return
        larger = people[0].size > NEARER * self._last.size and people[0] not in near
        self._larger = self._larger + 1 if larger else 0
        if self._larger >= TWICE:
            self._last, self._wanted, self._larger = None, people[0], 0
