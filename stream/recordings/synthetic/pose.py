"""The posture as numbers over time: which channels there are, and how arm keyframes are written.

Directions in keyframes are (outwards, up, forwards) of the person, for the arm of either side; `frame_axes`
turns them into (x right, y up, z backwards) of a right arm. A left arm is kept mirrored, as if it were a
right one, until the joints are computed.

An arm has 6 channels: upper arm (2), forearm (2), roll, hand flexion (rad, towards the palm). A direction is
written as the turn (rad, about two axes) that brings an everyday direction of that segment to it. So
keyframes blend along arcs, and the one direction with no unique turn is the opposite one, behind the back,
which no arm reaches. Roll is the angle of the palm about the forearm against a reference palm carried along by
that turn.
"""

import numpy as np

from .geometry import Array, rotation, turn, unit

Vector = tuple[float, float, float]

UPPER, FORE, ROLL, FLEXION = slice(0, 2), slice(2, 4), 4, 5
"""Channels of an arm."""
ARM = 6
TRUNK = ("x", "z", "drop", "heading", "bend", "lean", "twist", "nod", "look")
"""Channels of the trunk and head: m and rad, as in `body.Posture`."""
FEET = ("left_x", "left_lift", "left_z", "right_x", "right_lift", "right_z")

_FORE_BASE = unit(np.array([0.55, 0.0, -0.83]))
_UPPER_BASE = unit(np.array([0.5, -0.5, -0.7]))
_PALM = np.array([0.0, -1.0, 0.0])


def _tangent(base: Array) -> tuple[Array, Array]:
    first = unit(np.cross(base, np.array([0.0, 1.0, 0.0])))
    return first, np.cross(base, first)


def _turn_of(base: Array, direction: Array) -> Array:
    """(2,) turn that brings `base` to `direction`, both (3,) of length one."""
    first, second = _tangent(base)
    angle = float(np.arccos(np.clip(direction @ base, -1.0, 1.0)))
    across = np.array([direction @ first, direction @ second])
    turned: Array = across * (angle / max(float(np.linalg.norm(across)), 1e-9))
    return turned


def _direction(base: Array, turned: Array) -> Array:
    """(n, 3) directions to which turns (n, 2) bring `base`."""
    first, second = _tangent(base)
    angle = np.linalg.norm(turned, axis=1)
    # sinc keeps it smooth through the base
    out: Array = np.cos(angle)[:, None] * base + np.sinc(angle / np.pi)[:, None] * (
        turned[:, :1] * first + turned[:, 1:] * second
    )
    return out


def frame_axes(v: Vector | Array) -> Array:
    """(outwards, up, forwards) -> (x, y, z)."""
    return np.array([v[0], v[1], -v[2]], dtype=np.float64)


def segments(channels: Array) -> tuple[Array, Array, Array, Array]:
    """Arm channels (n, 6) -> directions (n, 3) of upper arm, forearm, hand and palm."""
    upper, fore = _direction(_UPPER_BASE, channels[:, UPPER]), _direction(_FORE_BASE, channels[:, FORE])
    first, second = _tangent(_FORE_BASE)
    # the axis of the turn lies across both the base and the way there
    axis = channels[:, 2:3] * np.cross(_FORE_BASE, first) + channels[:, 3:4] * np.cross(_FORE_BASE, second)
    reference = turn(rotation(axis), _PALM)
    roll, flexion = channels[:, ROLL, None], channels[:, FLEXION, None]
    palm = np.cos(roll) * reference + np.sin(roll) * np.cross(fore, reference)
    hand = np.cos(flexion) * fore + np.sin(flexion) * palm
    return upper, fore, hand, palm


def nearest_turn(roll: float, before: float) -> float:
    """The same angle, whole turns away, nearest to `before`."""
    return roll + 2.0 * np.pi * round((before - roll) / (2.0 * np.pi))


def arm_key(upper: Array, fore: Array, palm_hint: Array, flexion: float, before: float | None) -> Array:
    """(6,) channels from directions (3,) in (x, y, z); the roll brings the palm nearest to `palm_hint`."""
    key = np.concatenate(
        [_turn_of(_UPPER_BASE, unit(upper)), _turn_of(_FORE_BASE, unit(fore)), [0.0, flexion]]
    )
    _, along, _, palm = (v[0] for v in segments(np.where(np.arange(ARM) == FLEXION, 0.0, key)[None]))
    roll = float(np.arctan2(palm_hint @ np.cross(along, palm), palm_hint @ palm))
    key[ROLL] = roll if before is None else nearest_turn(roll, before)
    return key


def reach(hand: Array, elbow: Array, upper_arm: float, forearm: float) -> tuple[Array, Array]:
    """Directions of upper arm and forearm: wrist at `hand` (m from the shoulder), elbow towards `elbow`.

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
