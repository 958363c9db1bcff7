"""Axes of a sensor or a camera as a user writes them: which of them, and with which sign, are x, y and z."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError


@dataclass(frozen=True, slots=True)
class Axes:
    """A signed permutation of three axes."""

    source: tuple[int, int, int]
    """Which of the stream's axes is x, y, z: 0, 1, 2."""
    sign: tuple[float, float, float]
    """1.0, or -1.0 where the direction is reversed."""

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3): times a position of the stream it is the canonical one."""
        made = np.zeros((3, 3))
        for row, (column, sign) in enumerate(zip(self.source, self.sign, strict=True)):
            made[row, column] = sign
        return made

    @property
    def reflects(self) -> bool:
        """True if it is no rotation."""
        return float(np.linalg.det(self.matrix)) < 0.0

    def after(self, first: "Axes") -> "Axes":
        """These axes, counted in those that `first` makes."""
        return Axes(
            tuple(first.source[s] for s in self.source),  # type: ignore[arg-type]
            tuple(k * first.sign[s] for s, k in zip(self.source, self.sign, strict=True)),  # type: ignore[arg-type]
        )

    def __str__(self) -> str:
        return ",".join(
            f"{'-' if sign < 0 else ''}{'xyz'[at]}" for at, sign in zip(self.source, self.sign, strict=True)
        )


AUTO: Final = "auto"
"""In place of axes: they are found from what the sensor measures."""
SAME: Final = Axes((0, 1, 2), (1.0, 1.0, 1.0))


def is_auto(text: str | None) -> bool:
    """True for `AUTO`, however it is written."""
    return text is not None and text.strip().lower() == AUTO


def parse_axes(text: str, option: str) -> Axes:
    """From "x,-z,y", which takes the stream's -z for y. Raises ChannelError that names `option`."""
    parts = [part.strip().lower() for part in text.split(",")]
    bare = [part.lstrip("+-") for part in parts]
    signed = all(len(part) - len(b) <= 1 for part, b in zip(parts, bare, strict=True))
    if sorted(bare) != ["x", "y", "z"] or not signed:
        raise ChannelError(
            f"{option} '{text}' is no axis order: name x, y and z once each, with a minus where "
            "the direction is reversed, for instance 'x,-z,y'."
        )
    x, y, z = ("xyz".index(b) for b in bare)
    a, b, c = (-1.0 if part.startswith("-") else 1.0 for part in parts)
    return Axes((x, y, z), (a, b, c))


def of_rows(rows: Sequence[NDArray[np.float64]]) -> Axes:
    """From three unit vectors along axes of the stream: those of x, y and z."""
    x, y, z = (int(np.argmax(np.abs(row))) for row in rows)
    a, b, c = (float(np.sign(row[at])) for row, at in zip(rows, (x, y, z), strict=True))
    return Axes((x, y, z), (a, b, c))
