"""The posture as numbers over time: which channels there are, and how arm keyframes are written.

Directions in keyframes are (outwards, up, forwards) of the person, for the arm of either side; `frame_axes`
turns them into (x right, y up, z backwards) of a right arm. A left arm is kept mirrored, as if it were a right
one, until the joints are computed.

An arm has 8 channels: upper arm (3), forearm (3), roll (1), hand flexion (1, rad, towards the palm). Roll is the
angle of the palm about the forearm against a reference palm that is carried along the shortest turn from
`_BASE`, an everyday direction of the forearm; its only singular direction (behind the back) is out of reach.
"""

import numpy as np

from .geometry import Array, unit

Vector = tuple[float, float, float]

ARM = 8
TRUNK = ("x", "z", "drop", "heading", "bend", "lean", "twist", "nod", "look")
"""Channels of the trunk and head: m and rad, as in `body.Posture`."""
FEET = ("left_x", "left_lift", "left_z", "right_x", "right_lift", "right_z")

_BASE = unit(np.array([0.55, 0.0, -0.83]))
_PALM = np.array([0.0, -1.0, 0.0])


def frame_axes(v: Vector | Array) -> Array:
    """(outwards, up, forwards) -> (x, y, z)."""
    return np.array([v[0], v[1], -v[2]], dtype=np.float64)


def reference_palm(fore: Array) -> Array:
    """(n, 3) forearm directions -> (n, 3) palm directions at roll 0, at right angles to them."""
    v = np.cross(_BASE, fore)
    c = fore @ _BASE
    once = np.cross(v, _PALM)
    out: Array = _PALM + once + np.cross(v, once) / np.maximum(1.0 + c, 1e-3)[:, None]
    return unit(out - np.sum(out * fore, axis=1, keepdims=True) * fore)


def palm(fore: Array, roll: Array) -> Array:
    """(n, 3) direction out of the palm."""
    ref = reference_palm(fore)
    return np.cos(roll)[:, None] * ref + np.sin(roll)[:, None] * np.cross(fore, ref)


def roll_of(fore: Array, hint: Array) -> float:
    """Roll (rad, within half a turn) at which the palm of a forearm (3,) comes nearest to `hint` (3,)."""
    ref = reference_palm(fore[None])[0]
    return float(np.arctan2(hint @ np.cross(fore, ref), hint @ ref))


def arm_key(upper: Array, fore: Array, palm_hint: Array, flexion: float, before: float | None) -> Array:
    """(8,) channels of an arm from directions in (x, y, z); roll is the turn nearest to `before`."""
    fore = unit(fore)
    roll = roll_of(fore, palm_hint)
    if before is not None:
        roll += 2.0 * np.pi * round((before - roll) / (2.0 * np.pi))
    return np.concatenate([unit(upper), fore, [roll, flexion]])


def reach(hand: Array, elbow: Array, upper_arm: float, forearm: float) -> tuple[Array, Array]:
    """Directions of upper arm and forearm with the wrist at `hand` (m from the shoulder), elbow towards `elbow`.

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
