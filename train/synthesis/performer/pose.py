"""The posture as numbers over time: which channels there are, and how arm keyframes are written.

Directions in keyframes are (outwards, up, forwards) of the person, for the arm of either side; `frame_axes`
turns them into (x right, y up, z backwards) of a right arm. A left arm is kept mirrored, as if it were a
right one, until the joints are computed.

An arm has 6 channels: upper arm (2), forearm (2), roll, hand flexion (rad, toward the palm). A direction is
written as the turn (rad, about two axes) that brings an everyday direction of that segment to it. So
keyframes blend along arcs, and the one direction with no unique turn is the opposite one, behind the back,
which no arm reaches. Roll is the angle of the palm about the forearm against a reference palm carried along
by that turn.
"""

from dataclasses import dataclass

import numpy as np

from .geometry import Array, rotation, turn, unit

Vector = tuple[float, float, float]

UPPER, FORE, ROLL, FLEXION = slice(0, 2), slice(2, 4), 4, 5
"""Channels of an arm."""
ARM = 6
TRUNK = ("x", "z", "drop", "heading", "bend", "lean", "twist", "nod", "look")
"""Channels of the trunk and head: m and rad, as in `body.Posture`."""
FEET = ("left_x", "left_lift", "left_z", "right_x", "right_lift", "right_z")


@dataclass(frozen=True, slots=True, eq=False)
class _Chart:
    """Directions as turns from a base; all vectors (3,)."""

    base: Array
    first: Array
    second: Array

    @classmethod
    def around(cls, base: Array) -> "_Chart":
        first = unit(np.cross(base, np.array([0.0, 1.0, 0.0])))
        return cls(base, first, np.cross(base, first))

    def turn_to(self, direction: Array) -> Array:
        """(2,) turn that brings the base to `direction`, (3,) of length one."""
        angle = float(np.arccos(np.clip(direction @ self.base, -1.0, 1.0)))
        across = np.array([direction @ self.first, direction @ self.second])
        turned: Array = across * (angle / max(float(np.linalg.norm(across)), 1e-9))
        return turned

    def direction(self, turned: Array) -> Array:
        """(n, 3) directions to which turns (n, 2) bring the base."""
        angle = np.linalg.norm(turned, axis=1)
        # sinc keeps it smooth through the base
        way = turned[:, :1] * self.first + turned[:, 1:] * self.second
        out: Array = np.cos(angle)[:, None] * self.base + np.sinc(angle / np.pi)[:, None] * way
        return out

    def carried(self, turned: Array, vector: Array) -> Array:
        """`vector` (3,) as the turns (n, 2) carry it along, (n, 3)."""
        # the base crossed with the way there: the axis of the turn
        return turn(rotation(turned[:, :1] * self.second - turned[:, 1:] * self.first), vector)


_FORE = _Chart.around(unit(np.array([0.55, 0.0, -0.83])))
_UPPER = _Chart.around(unit(np.array([0.5, -0.5, -0.7])))
_PALM = np.array([0.0, -1.0, 0.0])


def frame_axes(v: Vector | Array) -> Array:
    """(outwards, up, forwards) -> (x, y, z)."""
    return np.array([v[0], v[1], -v[2]], dtype=np.float64)


def segments(channels: Array) -> tuple[Array, Array, Array, Array]:
    """Arm channels (n, 6) -> directions (n, 3) of upper arm, forearm, hand and palm."""
    upper, fore = _UPPER.direction(channels[:, UPPER]), _FORE.direction(channels[:, FORE])
    reference = _FORE.carried(channels[:, FORE], _PALM)
    roll, flexion = channels[:, ROLL, None], channels[:, FLEXION, None]
    palm = np.cos(roll) * reference + np.sin(roll) * np.cross(fore, reference)
    hand = np.cos(flexion) * fore + np.sin(flexion) * palm
    return upper, fore, hand, palm


def nearest_turn(roll: float, before: float) -> float:
    """The same angle, whole turns away, nearest to `before`."""
    return roll + 2.0 * np.pi * round((before - roll) / (2.0 * np.pi))


def arm_key(upper: Array, fore: Array, palm_hint: Array, flexion: float, before: float | None) -> Array:
    """(6,) channels from directions (3,) in (x, y, z); the roll brings the palm nearest to `palm_hint`."""
    key = np.concatenate([_UPPER.turn_to(unit(upper)), _FORE.turn_to(unit(fore)), [0.0, flexion]])
    _, along, _, palm = (v[0] for v in segments(np.where(np.arange(ARM) == FLEXION, 0.0, key)[None]))
    roll = float(np.arctan2(palm_hint @ np.cross(along, palm), palm_hint @ palm))
    key[ROLL] = roll if before is None else nearest_turn(roll, before)
    return key


def reach(hand: Array, elbow: Array, upper_arm: float, forearm: float) -> tuple[Array, Array]:
    """Directions of upper arm and forearm: wrist at `hand` (m from the shoulder), elbow toward `elbow`.

    A hand out of reach is brought to the nearest one.
    """
    total = upper_arm + forearm
    distance = float(np.clip(np.linalg.norm(hand), abs(upper_arm - forearm) + 0.12 * total, 0.985 * total))
    along = unit(hand)
    across = unit(elbow - (elbow @ along) * along)
    a = (upper_arm**2 - forearm**2 + distance**2) / (2.0 * distance)
    h = np.sqrt(max(upper_arm**2 - a**2, 0.0))
    joint = a * along + h * across
    return unit(joint), unit(distance * along - joint)
