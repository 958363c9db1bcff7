"""Joint names in many spellings, and how other skeletons become the canonical 20 joints of UTD-MHAD.

A layout is an order of joints. Order alone is a trap: UTD-MHAD begins with head, shoulder center, spine, hip
center, the Kinect v1 SDK with hip center, spine, shoulder center, head; the other 16 agree, so a wrong order
looks plausible. Streams with labels are therefore mapped by label; a layout's name is needed only where
labels are missing.
"""

from dataclasses import dataclass
from types import MappingProxyType

from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.model.labels import words


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_LIMBS = _names(
    "left_shoulder left_elbow left_wrist left_hand right_shoulder right_elbow right_wrist right_hand "
    "left_hip left_knee left_ankle left_foot right_hip right_knee right_ankle right_foot"
)

_FACE = (
    "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear"
)


@dataclass(frozen=True, slots=True)
class JointLayout:
    """The joints of a kind of skeleton, in the order in which it lists them."""

    name: str
    joints: tuple[str, ...]
    """Canonical joint names (`joint_of`)."""
    y_down: bool = False
    """Image-like axes: x to the image's right, y down. Half a turn about z makes them the Kinect's."""
    refused: str = ""
    """Reason why it can never be used; "" where it can."""


UTD_20 = JointLayout("utd-20", UTD_JOINTS)
KINECT_V1 = JointLayout("kinect-v1", ("hip_center", "spine", "shoulder_center", "head", *_LIMBS))
KINECT_V2 = JointLayout(
    "kinect-v2",
    (
        *("hip_center", "spine", "neck", "head", *_LIMBS, "shoulder_center"),
        *("left_hand_tip", "left_thumb", "right_hand_tip", "right_thumb"),
    ),
)
MEDIAPIPE_33 = JointLayout(
    "mediapipe-33",
    (
        *_names(_FACE),
        *_names(
            "mouth_left mouth_right left_shoulder right_shoulder left_elbow right_elbow"
            " left_wrist right_wrist"
        ),
        *_names("left_pinky right_pinky left_index right_index left_thumb right_thumb left_hip right_hip"),
        *_names("left_knee right_knee left_ankle right_ankle left_heel right_heel left_foot right_foot"),
    ),
    y_down=True,
)
COCO_17 = JointLayout(
    "coco-17",
    (
        *_names(
            "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow"
        ),
        *_names("left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"),
    ),
    refused="COCO-17 is two-dimensional and has no hands or feet; the weights want 20 joints in meters. "
    "A pose estimator that gives world landmarks (MediaPipe: 33 joints in three dimensions) can be used",
)
LAYOUTS = MappingProxyType(
    {known.name: known for known in (UTD_20, KINECT_V1, KINECT_V2, MEDIAPIPE_33, COCO_17)}
)
"""Name -> layout, as `--joints` takes them."""

_ALTERNATIVES: dict[str, tuple[tuple[str, ...], ...]] = {
    "head": (("left_ear", "right_ear"), ("nose",)),
    "shoulder_center": (("left_shoulder", "right_shoulder"), ("neck",)),
    "spine": (
        ("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
        ("shoulder_center", "hip_center"),
    ),
    "hip_center": (("left_hip", "right_hip"),),
    "left_hand": (("left_pinky", "left_index", "left_thumb"), ("left_hand_tip",)),
    "right_hand": (("right_pinky", "right_index", "right_thumb"), ("right_hand_tip",)),
}
"""Joint -> what its place may be made of where a skeleton lacks it, best first."""


def composition(offered: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """For each of the 20 joints, those of `offered` whose mean it is: one, or up to four that make it.

    Joints that cannot be had are left out of the answer.
    """
    made: dict[str, tuple[str, ...]] = {}
    for joint in UTD_JOINTS:
        for parts in ((joint,), *_ALTERNATIVES.get(joint, ())):
            if offered.issuperset(parts):
                made[joint] = parts
                break
    return made


_SIDES = {"left": "left", "l": "left", "lt": "left", "right": "right", "r": "right", "rt": "right"}
_MIDLINE: dict[str, str] = {
    "head": "head",
    "nose": "nose",
    "neck": "neck",
    "spine": "spine",
    "spinemid": "spine",
    "midspine": "spine",
    "torso": "spine",
    "spineshoulder": "shoulder_center",
    "shouldercenter": "shoulder_center",
    "shouldercentre": "shoulder_center",
    "centershoulder": "shoulder_center",
    "midshoulder": "shoulder_center",
    "spinechest": "spine",
    "spinebase": "hip_center",
    "hipcenter": "hip_center",
    "hipcentre": "hip_center",
    "centerhip": "hip_center",
    "midhip": "hip_center",
    "pelvis": "hip_center",
}
_LIMB_PARTS: dict[str, str] = {
    part: part
    for part in (_names("shoulder elbow wrist hand hip knee ankle foot thumb pinky index heel ear eye"))
} | {
    "handtip": "hand_tip",
    "tiphand": "hand_tip",
    "fingertip": "hand_tip",
    "footindex": "foot",
    "toe": "foot",
    "toes": "foot",
    "bigtoe": "foot",
    "eyeinner": "eye_inner",
    "innereye": "eye_inner",
    "eyeouter": "eye_outer",
    "outereye": "eye_outer",
    "pinkyfinger": "pinky",
    "indexfinger": "index",
    "little": "pinky",
}


def joint_of(label: str) -> str | None:
    """Canonical joint of a label in any spelling ("HandLeft", "hand_l", "LEFT HAND"); None: no joint."""
    parts = [word for word in words(label) if word not in ("joint", "pose", "landmark", "kinect", "type")]
    sides = [_SIDES[word] for word in parts if word in _SIDES]
    rest = [word for word in parts if word not in _SIDES]
    glued = "".join(rest)
    if not sides:
        for side in ("left", "right"):
            if glued.startswith(side) or glued.endswith(side):
                sides, glued = [side], glued.replace(side, "")
                break
    if not sides:
        return _MIDLINE.get(glued) or _MIDLINE.get("".join(reversed(rest)))
    if len(sides) > 1:
        return None
    if glued == "mouth":
        return f"mouth_{sides[0]}"
    part = _LIMB_PARTS.get(glued)
    return f"{sides[0]}_{part}" if part else None
