"""The figure: capsules between joints, light from above, a head with a face. One frame at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS

from ..performer.geometry import unit
from .view import Array, View

Image = NDArray[np.uint8]
"""(lines, width, 3) blue, green, red."""
JOINT = {name: k for k, name in enumerate(UTD_JOINTS)}
SMOOTH = 3
"""Binary places of a pixel's parts: edges are drawn smooth."""
TORSO = 0.5
"""m, hips to neck of the body whose limbs are as thick as written here."""


@dataclass(frozen=True, slots=True)
class Look:
    """Clothes and room of a person; colors as blue, green, red."""

    skin: tuple[float, float, float]
    hair: tuple[float, float, float]
    shirt: tuple[float, float, float]
    trousers: tuple[float, float, float]
    shoes: tuple[float, float, float]
    wall: tuple[float, float, float]
    floor: tuple[float, float, float]
    girth: float
    """Thickness of the limbs against the usual one."""
    sleeves: bool
    """Long ones."""


def draw_look(seed: int) -> Look:
    """The look of a person; the same for the same seed."""
    rng = np.random.default_rng([seed, 0x100C])

    def shade(low: float, high: float) -> tuple[float, float, float]:
        blue, green, red = rng.uniform(low, high, 3)
        return blue, green, red

    tone = rng.uniform(0.45, 1.0)
    wall = rng.uniform(150, 225)
    return Look(
        skin=(140 * tone, 170 * tone, 225 * tone),
        hair=shade(15, 75),
        shirt=shade(30, 200),
        trousers=shade(20, 120),
        shoes=shade(15, 90),
        wall=(wall, wall * rng.uniform(0.95, 1.0), wall * rng.uniform(0.9, 1.0)),
        floor=(wall * 0.5, wall * 0.58, wall * 0.68),
        girth=float(rng.uniform(0.85, 1.2)),
        sleeves=bool(rng.random() < 0.5),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A solid: the hull of two or more balls."""

    centers: Array
    """(k, 3) m."""
    radii: Array
    """(k,) m."""
    color: tuple[float, float, float]

    @property
    def depth(self) -> float:
        """m from the camera, by which the parts are painted, the farthest first."""
        return float(self.centers[:, 2].mean() - 0.5 * self.radii.mean())


def _limbs(seen: Array, look: Look, size: float) -> Iterator[_Part]:
    """Arms, legs, hands and feet; `size`: of the body against the usual one."""
    forearm = look.shirt if look.sleeves else look.skin
    for side in ("left", "right"):
        for first, second, thick, thin, color in (
            ("hip", "knee", 0.085, 0.06, look.trousers),
            ("knee", "ankle", 0.058, 0.042, look.trousers),
            ("ankle", "foot", 0.045, 0.042, look.shoes),
            ("shoulder", "elbow", 0.058, 0.046, look.shirt),
            ("elbow", "wrist", 0.044, 0.033, forearm),
            ("wrist", "hand", 0.036, 0.044, look.skin),
        ):
            ends = seen[[JOINT[f"{side}_{first}"], JOINT[f"{side}_{second}"]]]
            yield _Part(ends, np.array([thick, thin]) * look.girth * size, color)


def _trunk(seen: Array, look: Look, size: float) -> Iterator[_Part]:
    corners = seen[[JOINT[f"{side}_{part}"] for part in ("shoulder", "hip") for side in ("left", "right")]]
    # a Kinect's hips are the joints: a pelvis is wider
    middle = seen[JOINT["hip_center"]]
    corners = np.concatenate([corners[:2], middle + 1.3 * (corners[2:] - middle)])
    yield _Part(corners, np.array([0.075, 0.075, 0.1, 0.1]) * look.girth * size, look.shirt)
    neck, head = seen[JOINT["shoulder_center"]], seen[JOINT["head"]]
    yield _Part(np.stack([neck, head]), np.array([0.068, 0.062]) * size, look.skin)


class Painter:
    """Draws one person frame by frame before one camera."""

    def __init__(self, view: View, look: Look) -> None:
        import cv2

        self._cv2: Any = cv2
        self._view, self._look = view, look
        self._room = self._background()

    def _background(self) -> Image:
        """A wall, a floor, a door and a picture: edges that are no person's."""
        cv2, view, look = self._cv2, self._view, self._look
        room = np.empty((view.lines, view.width, 3), np.float64)
        light = np.linspace(1.06, 0.86, view.lines)[:, None, None]
        room[:] = np.array(look.wall) * light
        edge = int(view.lines * 0.72)
        room[edge:] = np.array(look.floor) * np.linspace(0.85, 1.1, view.lines - edge)[:, None, None]
        grain = np.random.default_rng(int(look.wall[0] * 1000)).normal(0.0, 3.0, (view.lines, view.width, 1))
        image = np.clip(room + grain, 0, 255).astype(np.uint8)
        w, h = view.width, view.lines
        cv2.rectangle(image, (int(0.06 * w), int(0.2 * h)), (int(0.2 * w), edge), (70, 95, 120), -1)
        cv2.rectangle(
            image, (int(0.78 * w), int(0.16 * h)), (int(0.93 * w), int(0.34 * h)), (120, 110, 80), -1
        )
        return np.asarray(cv2.GaussianBlur(image, (5, 5), 0), np.uint8)

    def frame(self, seen: Array) -> Image:
        """One frame of (20, 3) joints, m, in the camera's frame."""
        image = self._room.copy()
        size = float(np.clip(np.linalg.norm(seen[1] - seen[3]) / TORSO, 0.4, 1.4))
        parts = [*_limbs(seen, self._look, size), *_trunk(seen, self._look, size)]
        head = seen[JOINT["head"]]
        painted = [(part.depth, part) for part in parts]
        order: list[tuple[float, _Part | None]] = sorted(
            [*painted, (float(head[2]) - 0.02, None)], key=lambda entry: -entry[0]
        )
        for _, part in order:
            if part is None:
                self._head(image, seen, size)
            else:
                self._solid(image, part)
        return np.asarray(self._cv2.GaussianBlur(image, (3, 3), 0), np.uint8)

    def _solid(self, image: Image, part: _Part) -> None:
        """The hull of the part's balls, dark at the rim and lit from above on the left."""
        pixels = self._view.pixels(part.centers)
        radii = part.radii * self._view.focal / np.maximum(part.centers[:, 2], 0.2)
        shift = np.array([-0.22, -0.28])
        for share, light in ((1.0, 0.62), (0.82, 0.82), (0.6, 0.97), (0.34, 1.1)):
            centers = pixels + shift * (radii * (1.0 - share))[:, None]
            self._hull(image, centers, radii * share, tuple(min(255.0, c * light) for c in part.color))

    def _hull(self, image: Image, centers: Array, radii: Array, color: tuple[float, ...]) -> None:
        angles = np.linspace(0.0, 2 * np.pi, 20, endpoint=False)
        rim = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        points = (centers[:, None] + radii[:, None, None] * rim).reshape(-1, 2)
        points = np.clip(points, -4000.0, 4000.0)
        hull = self._cv2.convexHull((points * 2**SMOOTH).astype(np.int32))
        self._cv2.fillConvexPoly(image, hull, color, self._cv2.LINE_AA, SMOOTH)

    def _head(self, image: Image, seen: Array, size: float) -> None:
        """A head: skull, hair, and where it is turned to the camera a face."""
        shoulders = seen[JOINT["right_shoulder"]] - seen[JOINT["left_shoulder"]]
        up = unit(seen[JOINT["head"]] - seen[JOINT["shoulder_center"]])
        right = unit(shoulders - (shoulders @ up) * up)
        ahead = np.cross(up, right)
        middle = seen[JOINT["head"]] - 0.01 * size * up

        def ball(at: Array, radius: float, color: tuple[float, float, float]) -> _Part:
            return _Part(at[None], np.array([radius * size]), color)

        look = self._look
        chin, crown = middle - 0.055 * size * up, middle + 0.045 * size * up
        skull = _Part(
            np.stack([crown, chin + 0.012 * size * ahead]), np.array([0.105, 0.078]) * size, look.skin
        )
        hair = _Part(
            np.stack([crown + 0.03 * size * up - 0.02 * size * ahead, middle - 0.05 * size * ahead]),
            np.array([0.1, 0.092]) * size,
            look.hair,
        )
        features = [
            ball(middle + size * (0.1 * ahead + side * 0.032 * right + 0.022 * up), radius, color)
            for radius, color in ((0.014, (235.0, 235.0, 235.0)), (0.008, (30.0, 30.0, 30.0)))
            for side in (-1.0, 1.0)
        ]
        features += [
            ball(middle + size * (0.115 * ahead - 0.008 * up), 0.013, look.skin),
            _Part(
                middle + size * (0.1 * ahead - 0.046 * up + 0.022 * np.array([[-1.0], [1.0]]) * right),
                np.full(2, 0.008 * size),
                (90.0, 80.0, 170.0),
            ),
        ]
        facing = ahead[2] < 0.15
        for part in (hair, skull, *features) if facing else (skull, hair):
            self._solid(image, part)
