"""A body: segments, sizes, and where its 20 joints are for a given posture.

Lengths in meters, angles in rad; axes as in `geometry` (x right, y up, z backwards, ground at y = 0).
"""

from dataclasses import dataclass

import numpy as np

from hnhar.model.kinds.skeleton import UTD_JOINTS

from .geometry import Array, about_x, about_y, about_z, turn, unit

JOINT = {name: i for i, name in enumerate(UTD_JOINTS)}


@dataclass(frozen=True, slots=True)
class Body:
    """Lengths between the joints as a Kinect reports them, m."""

    neck: float
    """shoulder_center to head."""
    trunk: float
    """spine to shoulder_center."""
    waist: float
    """hip_center to spine."""
    clavicle: float
    """shoulder_center to a shoulder."""
    upper_arm: float
    forearm: float
    hand: float
    pelvis: float
    """hip_center to a hip."""
    thigh: float
    shin: float
    foot: float
    stance: float
    """Half the distance between the ankles."""

    @property
    def arm(self) -> float:
        """Shoulder to wrist of a straight arm."""
        return self.upper_arm + self.forearm

    @property
    def leg(self) -> float:
        """Hip to ankle of a straight leg."""
        return self.thigh + self.shin


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """Coordinates that determine the joints' positions, over n samples."""

    pelvis: Array
    """(n, 2) x and z of the hip center on the ground plane."""
    drop: Array
    """(n,) lowering of the hips."""
    heading: Array
    """(n,) direction that the body faces; 0 is -z, positive to the left."""
    bend: Array
    """(n,) trunk forwards."""
    lean: Array
    """(n,) trunk to the right."""
    twist: Array
    """(n,) shoulders against the pelvis, positive to the left."""
    head: Array
    """(n, 2) nod forwards, turn to the left."""
    arms: dict[str, tuple[Array, Array, Array]]
    """Side -> unit vectors (n, 3) of upper arm, forearm and hand, in the heading's frame."""
    feet: dict[str, Array]
    """Side -> (n, 3) ankle on the ground plane and its lift: x, lift, z."""


def _mirror(side: str) -> float:
    return 1.0 if side == "right" else -1.0


def _knee(hip: Array, ankle: Array, forward: Array, body: Body) -> Array:
    """Knee of a leg whose ends are known, bent toward `forward`."""
    span = ankle - hip
    reach = np.linalg.norm(span, axis=1)
    along = unit(span)
    a = (body.thigh**2 - body.shin**2 + reach**2) / (2.0 * reach)
    off = np.sqrt(np.maximum(body.thigh**2 - a**2, 0.0))
    across = unit(forward - np.sum(forward * along, axis=1, keepdims=True) * along)
    knee: Array = hip + a[:, None] * along + off[:, None] * across
    return knee


def _hips(body: Body, posture: Posture, facing: Array) -> dict[str, Array]:
    """Hips relative to the hip center: they stay with the pelvis, which leans a third of the trunk's lean."""
    tilt = about_z(-posture.lean / 3.0)
    sides = {}
    for side in ("left", "right"):
        offset = body.pelvis * unit(np.array([_mirror(side) * 0.75, -0.66, 0.0]))
        sides[side] = turn(facing @ tilt, offset)
    return sides


def _height(body: Body, posture: Posture, hips: dict[str, Array]) -> Array:
    """Height of the hip center at which both legs, nearly straight, reach their feet, less `drop`."""
    ceilings = []
    for side in ("left", "right"):
        foot = posture.feet[side]
        dx = foot[:, 0] - posture.pelvis[:, 0] - hips[side][:, 0]
        dz = foot[:, 2] - posture.pelvis[:, 1] - hips[side][:, 2]
        rise = np.sqrt(np.maximum((0.995 * body.leg) ** 2 - dx**2 - dz**2, 0.04))
        ceilings.append(rise + foot[:, 1] + ANKLE - hips[side][:, 1])
    # a smooth minimum, always below both, so that changing the standing leg makes no corner
    sharp = 150.0
    lowest = -np.logaddexp(-sharp * ceilings[0], -sharp * ceilings[1]) / sharp
    return np.maximum(lowest - posture.drop, 0.25)


ANKLE = 0.08
"""Height of a standing ankle."""


def joints(body: Body, posture: Posture) -> Array:
    """Positions (n, 20, 3) of the joints, order `UTD_JOINTS`."""
    n = len(posture.drop)
    out = np.empty((n, len(UTD_JOINTS), 3))
    facing = about_y(posture.heading)
    hips = _hips(body, posture, facing)
    height = _height(body, posture, hips)
    center = np.stack([posture.pelvis[:, 0], height, posture.pelvis[:, 1]], axis=1)
    up = np.array([0.0, 1.0, 0.0])
    lower = facing @ about_z(-posture.lean / 2.0) @ about_x(-posture.bend / 2.0)
    upper = facing @ about_y(posture.twist) @ about_z(-posture.lean) @ about_x(-posture.bend)
    spine = center + turn(lower, body.waist * up)
    neck = spine + turn(upper, body.trunk * up)
    nod = upper @ about_y(posture.head[:, 1]) @ about_x(-posture.head[:, 0])
    out[:, JOINT["hip_center"]], out[:, JOINT["spine"]] = center, spine
    out[:, JOINT["shoulder_center"]] = neck
    out[:, JOINT["head"]] = neck + turn(nod, body.neck * unit(np.array([0.0, 1.0, -0.08])))
    for side in ("left", "right"):
        m = _mirror(side)
        arm, fore, hand = (turn(facing, v) for v in posture.arms[side])
        # the shoulder girdle follows the raised and the reaching arm
        raised = np.einsum("nji,nj->ni", upper, arm)
        girdle = np.stack(
            [
                np.full(n, m),
                -0.62 + 0.42 * (1.0 + raised[:, 1]) / 2.0 * 1.3,
                0.11 * (raised[:, 2] - np.sqrt(raised[:, 2] ** 2 + 0.09)),
            ],
            axis=1,
        )
        shoulder = neck + turn(upper, body.clavicle * unit(girdle))
        elbow = shoulder + body.upper_arm * arm
        wrist = elbow + body.forearm * fore
        hip = center + hips[side]
        ankle = posture.feet[side] + np.array([0.0, ANKLE, 0.0])
        out[:, JOINT[f"{side}_shoulder"]], out[:, JOINT[f"{side}_elbow"]] = shoulder, elbow
        out[:, JOINT[f"{side}_wrist"]] = wrist
        out[:, JOINT[f"{side}_hand"]] = wrist + body.hand * hand
        out[:, JOINT[f"{side}_hip"]], out[:, JOINT[f"{side}_ankle"]] = hip, ankle
        knees = turn(facing, unit(np.array([m * 0.15, 0.0, -1.0])))
        out[:, JOINT[f"{side}_knee"]] = _knee(hip, ankle, knees, body)
        toes = turn(facing, unit(np.array([m * 0.3, -0.75, -1.0])))
        out[:, JOINT[f"{side}_foot"]] = ankle + body.foot * toes
    return out
