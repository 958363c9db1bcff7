"""Names of joints in the spellings of cameras, suits and studios, and of segments of which the origin is
a joint.

Suits and studios (Xsens, Rokoko, OptiTrack, Mixamo) name bones, and give where each begins: their upper
arm is at the shoulder, their hand at the wrist, and what they call a shoulder is the collarbone.
"""

import re
from typing import Final

from hnhar.model.labels import words

_SIDES: Final = {"left": "left", "l": "left", "lt": "left", "right": "right", "r": "right", "rt": "right"}
_ASIDE: Final = frozenset(
    words("nui joint pose landmark kinect type k abt bone segment marker mixamorig bip bip01 zed world actor")
)
"""Words beside a joint's name."""
_PREFIX: Final = re.compile(r"(?i)k4abt|.*[:|/](?=[^:|/]*[A-Za-z]{2})")
_MIDLINE: Final[dict[str, str]] = {
    **{name: name for name in ("head", "nose", "neck", "spine", "chest", "jaw", "thorax")},
    "spinemid": "spine",
    "midspine": "spine",
    "torso": "spine",
    "ab": "spine",
    "abdomen": "spine",
    "abs": "spine",
    "hedo": "head",
    "spine1": "spine_1",
    "spine01": "spine_1",
    "spine2": "spine_2",
    "spine02": "spine_2",
    "spine3": "spine_3",
    "spine03": "spine_3",
    "spinechest": "spine_chest",
    "spinenavel": "spine_navel",
    "spinenaval": "spine_navel",
    "upperchest": "upper_chest",
    "spineshoulder": "shoulder_center",
    "shouldercenter": "shoulder_center",
    "shouldercentre": "shoulder_center",
    "centershoulder": "shoulder_center",
    "midshoulder": "shoulder_center",
    "spinebase": "hip_center",
    "hipcenter": "hip_center",
    "hipcentre": "hip_center",
    "centerhip": "hip_center",
    "midhip": "hip_center",
    "pelvis": "hip_center",
    "hips": "hip_center",
    "hip": "hip_center",
    "headtop": "head_top",
    "headend": "head_top",
}
_VERTEBRAE: Final = frozenset(("l5", "l3", "t12", "t8", "c7"))
"""Whose letters are no sides."""
_JOINTS: Final = (
    *("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "foot", "toe", "heel"),
    *("thumb", "index", "pinky", "ear", "eye", "mouth", "clavicle"),
)
_SEGMENTS: Final = {
    "upperarm": "upper_arm",
    "uarm": "upper_arm",
    "arm": "upper_arm",
    "forearm": "forearm",
    "farm": "forearm",
    "lowerarm": "forearm",
    "thigh": "thigh",
    "upleg": "thigh",
    "upperleg": "thigh",
    "shin": "shin",
    "shank": "shin",
    "calf": "shin",
    "leg": "shin",
    "lowerleg": "shin",
}
_LIMB_PARTS: Final[dict[str, str]] = {
    **{part: part for part in _JOINTS},
    **_SEGMENTS,
    "collar": "clavicle",
    "collarbone": "clavicle",
    "handtip": "hand_tip",
    "tiphand": "hand_tip",
    "fingertip": "hand_tip",
    "handmiddle4": "hand_tip",
    "middletip": "hand_tip",
    "footindex": "foot",
    "toes": "toe",
    "toebase": "toe",
    "bigtoe": "toe",
    "ball": "toe",
    "smalltoe": "small_toe",
    "eyeinner": "eye_inner",
    "innereye": "eye_inner",
    "eyeouter": "eye_outer",
    "outereye": "eye_outer",
    "pinkyfinger": "pinky",
    "indexfinger": "index",
    "handthumb4": "thumb",
    "handindex1": "index",
    "handpinky1": "pinky",
    "little": "pinky",
    "sjc": "shoulder",
    "ejc": "elbow",
    "wjc": "wrist",
    "hjc": "hip",
    "kjc": "knee",
    "ajc": "ankle",
}
_BEGINS: Final = {
    "shoulder": "clavicle",
    "upper_arm": "shoulder",
    "forearm": "elbow",
    "hand": "wrist",
    "thigh": "hip",
    "shin": "knee",
    "foot": "ankle",
    "toe": "foot",
}
"""Segment -> the joint where it begins."""


def joint_of(label: str) -> str | None:
    """Canonical joint of a label in any spelling ("HandLeft", "hand_l", "LEFT HAND"); None: no joint.

    Segments keep their names ("left_upper_arm"): `segments_begin` says at which joints they are.
    """
    return _joint(label) or _joint(_PREFIX.sub("", label))


def _joint(label: str) -> str | None:
    parts = [word for word in words(label) if word not in _ASIDE]
    if "".join(parts) in _VERTEBRAE:
        return "".join(parts)
    sides = [_SIDES[word] for word in parts if word in _SIDES]
    rest = [word for word in parts if word not in _SIDES]
    glued = "".join(rest)
    if not sides:
        for side in ("left", "right"):
            if glued.startswith(side) or glued.endswith(side):
                sides, glued = [side], glued.replace(side, "")
                break
    if not sides:
        middle = _MIDLINE.get(glued) or _MIDLINE.get("".join(reversed(rest)))
        if middle or glued[:1] not in ("l", "r") or glued[1:] not in _LIMB_PARTS:
            return middle
        sides, glued = [_SIDES[glued[0]]], glued[1:]  # "LUArm", "rwrist"
    if len(sides) > 1:
        return None
    if glued == "mouth":
        return f"mouth_{sides[0]}"
    part = _LIMB_PARTS.get(glued)
    return f"{sides[0]}_{part}" if part else None


def segments_begin(names: frozenset[str]) -> dict[str, str]:
    """For each of a body's names the joint that it means.

    A name means itself, unless the others are those of segments: an upper arm or a thigh says so.
    """
    if not names & {f"{side}_{part}" for side in ("left", "right") for part in ("upper_arm", "thigh")}:
        return {name: name for name in names}
    meant, here = {name: name for name in names}, set(names)
    for segment, begin in _BEGINS.items():  # in this order what is moved makes room for the next
        for side in ("left", "right"):
            name, joint = f"{side}_{segment}", f"{side}_{begin}"
            if name in names and joint not in here:
                meant[name] = joint
                here = here - {name} | {joint}
    return meant
