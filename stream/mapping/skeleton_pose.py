"""A person's pose over some frames: where head, legs and feet point, how large they are, where they are.
Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS

Points = NDArray[np.floating]
"""(n, 20, 3) positions of the canonical joints in the frame of a stream; missing ones are NaN."""
Vector = NDArray[np.float64]
"""(3,)."""

FEW: Final = 5
"""Frames with a value, from which a median says something."""
TRUNK: Final = (0.25, 0.75)
"""Share of the length that is from head to hips."""
BONE: Final = (0.06, 0.45)
"""Share of it that a bone of an arm or a leg has."""
WIDTH: Final = (0.0, 0.31)
"""Share of it that shoulders, hips, a neck, a hand or a foot have."""
_BY_TRUNK: Final = 2.0
"""Head to hips, times this, is nearly hips to head and down a leg."""


@dataclass(frozen=True, slots=True, eq=False)
class PosedBody:
    """Medians over the frames in which somebody is tracked."""

    frames: int
    """Number of them."""
    trunk: Vector
    """Unit vector from hips to head."""
    shanks: Vector
    """Mean unit vector from ankles to knees; that of the trunk where legs are not tracked."""
    forward: Vector
    """Unit vector to where chest, feet and hands point."""
    right_handed: float
    """By how much feet and hands point to where they do in a right-handed frame, in lengths of the body: a
    person's are positive, a mirrored one's negative."""
    length: float
    """From head to hips and down a leg to the ankle, in the stream's unit."""
    hips: Vector
    """Place of the hips, in the stream's unit."""
    bodily: bool
    """Limbs and trunk have about the shares of the length that a person's have."""
    joints: NDArray[np.float64]
    """(m, 20, 3) the frames themselves."""


def pose_of(points: Points) -> PosedBody | None:
    """The pose in (n, 20, 3) points; None where head and hips are seen together in hardly any of them."""
    raw = np.asarray(points, np.float64)
    head, hips = _at(raw, "head"), _at(raw, "hip_center")
    seen = np.isfinite(head - hips).all(axis=1) & (np.linalg.norm(head - hips, axis=1) > 0)
    if seen.sum() < min(FEW, max(1, len(raw))):
        return None
    joints = raw[seen]
    up = _units(_at(joints, "head") - _at(joints, "hip_center"))
    across = np.nan_to_num(_sides(joints, "hip")) + np.nan_to_num(_sides(joints, "shoulder"))
    ahead = _units(np.cross(up, across))  # where the chest points, if the frame is right-handed
    length = _length(joints)
    bodily = _is_body(joints, length)
    if not bodily:
        length = _BY_TRUNK * float(
            np.median(np.linalg.norm(_at(joints, "head") - _at(joints, "hip_center"), axis=1))
        )
    handed = _handed(joints, ahead) / length if length > 0 else 0.0
    trunk = _median(up)
    shanks = _median(_units(_pair(joints, "knee", "ankle")))
    return PosedBody(
        len(joints),
        trunk,
        shanks if np.isfinite(shanks).all() else trunk,
        np.nan_to_num(_median(ahead)) * (-1.0 if handed < 0 else 1.0),
        handed,
        length,
        _median(_at(joints, "hip_center")),
        bodily,
        joints,
    )


def _at(joints: Points, name: str) -> NDArray[np.float64]:
    return np.asarray(joints[:, UTD_JOINTS.index(name)], np.float64)


def _sides(joints: Points, part: str) -> NDArray[np.float64]:
    return _at(joints, f"right_{part}") - _at(joints, f"left_{part}")


def _pair(joints: Points, end: str, begin: str) -> NDArray[np.float64]:
    """(n, 3) sum over both limbs of the vector from `begin` to `end`; of one of them where only it is
    seen."""
    both = [_at(joints, f"{side}_{end}") - _at(joints, f"{side}_{begin}") for side in ("left", "right")]
    unseen = [~np.isfinite(limb).all(axis=1) for limb in both]
    total = np.nan_to_num(both[0]) + np.nan_to_num(both[1])
    total[unseen[0] & unseen[1]] = np.nan
    return total


def _handed(joints: Points, ahead: NDArray[np.float64]) -> float:
    """Median length by which feet, bent knees and forearms reach to where the chest points; 0 where feet,
    of which people seldom walk backward, do not agree with the others."""
    feet, others = np.zeros(len(joints)), np.zeros(len(joints))
    for side in ("left", "right"):
        hip, knee, ankle = (_at(joints, f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        arm = _at(joints, f"{side}_wrist") - _at(joints, f"{side}_elbow")
        feet += 0.5 * np.nan_to_num(((_at(joints, f"{side}_foot") - ankle) * ahead).sum(axis=1))
        others += 0.25 * np.nan_to_num(((knee - (hip + ankle) / 2.0 + arm) * ahead).sum(axis=1))
    by_feet, by_all = float(np.median(feet)), float(np.median(feet + others))
    return by_all if by_feet * by_all >= 0 else 0.0


def _length(joints: Points) -> float:
    """Median length from head over the hips down a leg."""
    trunk = np.linalg.norm(_at(joints, "head") - _at(joints, "hip_center"), axis=1)
    legs = []
    for side in ("left", "right"):
        hip, knee, ankle = (_at(joints, f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        legs.append(np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1))
    leg = np.where(np.isfinite(legs[0]), legs[0], legs[1])
    whole = np.where(np.isfinite(leg), trunk + leg, trunk * _BY_TRUNK)
    return float(np.median(whole[np.isfinite(whole)]))


def _is_body(joints: Points, length: float) -> bool:
    """True unless a trunk or limbs are too long or too short for a person of that length."""
    shares = {("head", "hip_center"): TRUNK} | {
        (f"{side}_{begin}", f"{side}_{end}"): BONE
        for side in ("left", "right")
        for begin, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    }
    shares |= {("left_shoulder", "right_shoulder"): WIDTH, ("left_hip", "right_hip"): WIDTH}
    shares |= {("head", "shoulder_center"): WIDTH}
    shares |= {(f"{side}_wrist", f"{side}_hand"): WIDTH for side in ("left", "right")}
    shares |= {(f"{side}_ankle", f"{side}_foot"): WIDTH for side in ("left", "right")}
    good = total = 0
    for (begin, end), (low, high) in shares.items():
        bone = np.linalg.norm(_at(joints, begin) - _at(joints, end), axis=1)
        bone = bone[np.isfinite(bone)]
        if len(bone):
            total += 1
            good += low * length <= float(np.median(bone)) <= high * length
    return good >= total - 1


def _units(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.full_like(vectors, np.nan), where=lengths > 0))


def _median(vectors: NDArray[np.float64]) -> Vector:
    """(3,) median of those that are finite; NaN where hardly any is."""
    finite = vectors[np.isfinite(vectors).all(axis=1)]
    if len(finite) < min(FEW, len(vectors)):
        return np.full(3, np.nan)
    return np.asarray(np.median(finite, axis=0), np.float64)
