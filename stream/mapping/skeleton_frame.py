"""The frame of a skeleton: which axis is up, whether it is right-handed, where the camera is. Pure.

Known layouts say their frame, and samples check it: a head is above hips, feet and hands point to where a
chest does. A person who lies is not turned: that takes a frame in which nobody could lie so, as below a
floor or behind a camera.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .axes import SAME, Axes, of_rows
from .skeleton_pose import PosedBody, Vector

UPRIGHT: Final = 0.5
"""Least share of head above hips, and of knees above ankles, of somebody who stands or sits."""
STRAIGHT: Final = 0.7
"""The same where the frame would have to be turned for it."""
HANDED: Final = 0.015
"""Lengths of a body by which feet and hands tell that a frame is left-handed."""
NEAREST: Final = 0.3
"""m before a camera, from which it sees a joint."""
BEFORE: Final = 0.8
"""m before a camera, from which it sees a person."""
FLOOR: Final = (-0.35, 0.4)
"""m of the lowest joint above a floor."""
UNDER: Final = -0.12
"""m of the same for somebody who lies on it."""
BED: Final = 1.2
"""m above the floor of somebody who lies, at most."""
CENTERED: Final = 0.1
"""m from the hips to the origin where positions are counted from the hips."""
BEHIND: Final = 0.2
"""The same of somebody who is behind where the camera is expected."""
AHEAD: Final = 0.5
"""Least share of somebody's forward direction along the axis that they face."""
ASIDE: Final = 40.0
"""Degrees from which somebody is turned aside."""
_Y: Final[Vector] = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, slots=True)
class Frame:
    """Axes of a stream that are taken as x, y and z."""

    axes: Axes
    notes: tuple[str, ...] = ()
    """Words that follow the name of a stream: "'Kinect': z is up …"."""
    unclear: str = ""
    """Reason why it cannot be told yet; "" where it can."""


def frame_of(
    pose: PosedBody, nominal: Axes, meters: float, *, certain: bool = False, world: bool = False
) -> Frame:
    """The frame in which a person's pose is possible, at best the one that is expected.

    Args:
        pose: In the stream's axes, names of joints exchanged where the image was mirrored.
        nominal: Axes as the layout, or by default all, have them.
        meters: Meters per unit of the stream.
        certain: Nothing else has these labels, so that a person who seems to lie lies.
        world: The axes are a room's: the person is turned to face the camera that there is not.
    """
    if not pose.bodily:
        return Frame(nominal, ("its joints lie as nobody's do: its axes are taken as they are labeled",))
    seen = _Seen(pose, nominal, meters)
    up, note, unclear = _up(seen, certain)
    if unclear:
        return Frame(nominal, (), unclear)
    notes = [note] if note else []
    mirrored = seen.handed < -HANDED
    if abs(seen.handed) < HANDED:
        notes.append("feet and hands do not tell whether it is left-handed: it is taken as right-handed")
    upright = bool(up @ _Y > 0.5)
    if upright and not mirrored and not world:
        if certain or not _turned_away(seen):
            return Frame(nominal, (*notes, *_sideways(seen)))
        back = Axes((0, 1, 2), (-1.0, 1.0, -1.0)).after(nominal)
        return Frame(
            back,
            (
                *notes,
                f"the person faces +z, and is not before a camera there: turned to face one ({_as(back)})",
            ),
        )
    fixed = _facing(seen, up, -1.0 if mirrored else 1.0, world).after(nominal)
    if not upright:
        notes.append(f"{_name(nominal, up)} is up over the first seconds: turned ({_as(fixed)})")
    if mirrored:
        notes.append(
            f"feet and hands point backward, as in a left-handed frame: reflected ({_as(fixed)}; where the "
            f"names of "
            "left and right are exchanged instead, --mirror)"
        )
    return Frame(fixed, tuple(notes))


def contradiction(pose: PosedBody, chosen: Axes, meters: float) -> str:
    """Words where samples contradict axes that a user chose; "" where they do not."""
    found = frame_of(pose, chosen, meters)
    if found.unclear or found.axes == chosen:
        return ""
    return f"by its samples the axes would be {found.axes}, but --skeleton-axes {chosen} is taken"


class _Seen:
    """A pose in the axes that are expected, in meters."""

    def __init__(self, pose: PosedBody, nominal: Axes, meters: float) -> None:
        turn = nominal.matrix.T
        # a mirrored image has exchanged names beside reversed axes: what is right-handed stays so
        self.handed = pose.right_handed * (-1.0 if nominal.reflects else 1.0)
        self.trunk, self.shanks = pose.trunk @ turn, pose.shanks @ turn
        self.forward = pose.forward @ turn
        self.hips: Vector = pose.hips @ turn * meters
        self.joints: NDArray[np.float64] = pose.joints @ turn * meters
        places = self.joints.reshape(-1, 3)
        self.places = places[np.isfinite(places).all(axis=1)]
        feet = np.nanmin(self.joints, axis=1)
        heads = np.nanmax(self.joints, axis=1)
        self.lowest, self.highest = np.nanmedian(feet, axis=0), np.nanmedian(heads, axis=0)
        hips = self.joints[:, 3]
        self.centered = bool(np.nanmax(np.linalg.norm(hips, axis=1)) < CENTERED)

    def floor(self, up: Vector) -> float:
        """Height of the lowest joint along an axis, m."""
        heights = self.lowest if up.sum() > 0 else -self.highest
        return float(heights[int(np.argmax(np.abs(up)))])

    def depth(self, axis: Vector) -> float:
        """Distance of the hips along an axis where every joint is before a camera there; else 0, m."""
        near = float(np.percentile(self.places @ axis, 1))
        return float(self.hips @ axis) if near > NEAREST and self.hips @ axis > BEFORE else 0.0


def _axes(but: Vector | None = None) -> Iterable[Vector]:
    """Unit vectors along z, x, y and back, those along one of them left out."""
    for at in (2, 0, 1):
        for sign in (1.0, -1.0):
            axis = np.zeros(3)
            axis[at] = sign
            if but is None or abs(float(axis @ but)) < 0.5:
                yield axis


def _up(seen: _Seen, certain: bool) -> tuple[Vector, str, str]:
    """Axis that is up, a note on it, and the reason where it is unclear."""
    head, knees = float(seen.trunk[1]), float(seen.shanks[1])
    if head > UPRIGHT and knees > UPRIGHT:
        return _Y, "", ""
    if head < -STRAIGHT and knees < -STRAIGHT:
        return -_Y, "", ""
    lies = "the head is not above the hips over the first seconds: the person is taken to lie or to bend"
    stands = [a for a in _axes(_Y) if seen.trunk @ a > STRAIGHT and seen.shanks @ a > STRAIGHT - 0.1]
    bends = [
        a
        for a in (*_axes(_Y), -_Y)
        if seen.shanks @ a > STRAIGHT
        and seen.trunk @ a > -STRAIGHT
        and _place(seen, a) in ("floor", "camera")
    ]
    possible = _place(seen, _Y, lying=True)
    if not stands:
        if not possible and len(bends) == 1:
            return bends[0], "", ""
        return _Y, "" if head > UPRIGHT or knees > UPRIGHT else lies, ""
    axis, sideways = stands[0], abs(float(stands[0][0])) > 0.5
    upright = _place(seen, axis)
    if not possible or (upright in ("floor", "camera") and not sideways and possible != "camera"):
        return axis, "", ""
    if certain or sideways or not upright:
        return _Y, lies, ""
    where = _name(SAME, axis)
    return _Y, "", f"the person lies, or {where} is up"


def _place(seen: _Seen, up: Vector, *, lying: bool = False) -> str:
    """Origin of the coordinates by which somebody can be upright along `up`, or lie below it: "camera",
    "floor" or "hips"; "" where nobody can."""
    if seen.centered:
        return "hips"
    height = float(seen.hips @ up)
    if lying:
        far = seen.depth(np.array([0.0, 0.0, 1.0]))
        if far and abs(height) < 1.2 * far:
            return "camera"
        return "floor" if seen.floor(up) > UNDER and height < BED else ""
    if FLOOR[0] < seen.floor(up) < FLOOR[1]:
        return "floor"
    far = max(seen.depth(axis) for axis in _axes(up))
    return "camera" if far and abs(height) < 0.9 * far else ""


def _turned_away(seen: _Seen) -> bool:
    """True for a person who faces the other way, and is not before the camera that is expected."""
    if seen.depth(np.array([0.0, 0.0, -1.0])):
        return float(seen.forward[2]) > BEHIND
    return not seen.depth(np.array([0.0, 0.0, 1.0])) and float(seen.forward[2]) > STRAIGHT


def _sideways(seen: _Seen) -> tuple[str, ...]:
    """A note on somebody who does not face the camera, nor stands with the back to it."""
    angle = float(np.rad2deg(np.arctan2(abs(seen.forward[0]), -seen.forward[2])))
    if not ASIDE < angle < 180.0 - ASIDE or np.hypot(seen.forward[0], seen.forward[2]) < AHEAD:
        return ()
    return (
        f"the person is turned by {angle:.0f} degrees from the camera over the first seconds: weights that "
        "have learned people who face it may be wrong",
    )


def _facing(seen: _Seen, up: Vector, handed: float, world: bool) -> Axes:
    """Axes with `up` as y, of one handedness, that look from the camera at the person.

    The camera is where every joint is before it; else before the face, and at last where it is expected.
    """
    level = list(_axes(up))
    if abs(up[1]) > 0.5 and not world:
        level = [
            axis for axis in level if axis[2]
        ]  # y is what it is expected to be, so z is at least its line
    depths = sorted(((seen.depth(axis), number) for number, axis in enumerate(level)), reverse=True)
    far = [level[number] for depth, number in depths if depth > max(0.0, 0.8 * depths[0][0])]
    faced = [axis for axis in level if -seen.forward @ axis > max(AHEAD, 0.6)]
    standing = FLOOR[0] < seen.floor(up) < FLOOR[1]
    if len(far) == 1 and not standing and not world:
        away = far[0]
    elif faced:
        away = faced[0]
    else:
        expected = [np.array([0.0, 0.0, 1.0]), _Y]
        away = next(axis for axis in expected if abs(float(axis @ up)) < 0.5)
    return of_rows((handed * np.cross(up, away), up, away))


def _name(nominal: Axes, axis: Vector) -> str:
    """The stream's own name of an axis: "-y"."""
    named = axis @ nominal.matrix
    at = int(np.argmax(np.abs(named)))
    return f"{'-' if named[at] < 0 else ''}{'xyz'[at]}"


def _as(axes: Axes) -> str:
    return f"as by --skeleton-axes {axes}"
