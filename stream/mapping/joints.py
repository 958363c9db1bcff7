"""Layouts of joints, and how other skeletons become the canonical 20 joints of UTD-MHAD.

A layout is an order of joints. Order alone is a trap: UTD-MHAD begins with head, shoulder center, spine, hip
center, the Kinect v1 SDK with hip center, spine, shoulder center, head; the other 16 agree, so a wrong order
looks plausible. Streams with labels are therefore mapped by label; a layout's name is needed only where
labels are missing.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hnhar.model.kinds.skeleton import UTD_JOINTS


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
    axes: str = "x,y,z"
    """Its axes as x, y up and z away from the camera, as of the Kinect; people face that camera."""
    certain: bool = False
    """Its labels are its own, and nothing else has its axes: a person who lies is not taken for upright."""
    world: bool = False
    """Its axes are a room's: where people face says nothing of them."""
    refused: str = ""
    """Reason why it can never be used without labels; "" where it can."""


CAMERA: Final = "-x,-y,z"
"""Axes of a camera's image: x to the image's right, y down, z away. Half a turn about z makes them the
Kinect's."""
UTD_20 = JointLayout("utd-20", UTD_JOINTS)
KINECT_V1 = JointLayout("kinect-v1", ("hip_center", "spine", "shoulder_center", "head", *_LIMBS))
KINECT_V2 = JointLayout(
    "kinect-v2",
    (
        *("hip_center", "spine", "neck", "head", *_LIMBS, "shoulder_center"),
        *("left_hand_tip", "left_thumb", "right_hand_tip", "right_thumb"),
    ),
)
AZURE_32 = JointLayout(
    "azure-kinect",
    (
        *_names(
            "hip_center spine_navel spine_chest neck left_clavicle left_shoulder left_elbow left_wrist "
            "left_hand"
        ),
        *_names("left_hand_tip left_thumb right_clavicle right_shoulder right_elbow right_wrist right_hand"),
        *_names("right_hand_tip right_thumb left_hip left_knee left_ankle left_foot right_hip right_knee"),
        *_names("right_ankle right_foot head nose left_eye left_ear right_eye right_ear"),
    ),
    CAMERA,
    certain=True,
)
"""Also of k4abt; in mm."""
ZED_34 = JointLayout(
    "zed-34",
    (
        *_names(
            "hip_center spine_navel spine_chest neck left_clavicle left_shoulder left_elbow left_wrist "
            "left_hand"
        ),
        *_names("left_hand_tip left_thumb right_clavicle right_shoulder right_elbow right_wrist right_hand"),
        *_names("right_hand_tip right_thumb left_hip left_knee left_ankle left_foot right_hip right_knee"),
        *_names(
            "right_ankle right_foot head nose left_eye left_ear right_eye right_ear left_heel right_heel"
        ),
    ),
    CAMERA,
)
"""Its axes are set in ZED's API: those of an image are its default."""
ZED_38 = JointLayout(
    "zed-38",
    (
        *_names("hip_center spine_1 spine_2 spine_3 neck nose left_eye right_eye left_ear right_ear"),
        *_names(
            "left_clavicle right_clavicle left_shoulder right_shoulder left_elbow right_elbow left_wrist"
        ),
        *_names("right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle left_foot"),
        *_names("right_foot left_small_toe right_small_toe left_heel right_heel left_thumb right_thumb"),
        *_names("left_index right_index left_hand_tip right_hand_tip left_pinky right_pinky"),
    ),
    CAMERA,
)
OPENNI_15 = JointLayout(
    "openni-15",
    (
        *_names("head neck left_shoulder right_shoulder left_elbow right_elbow left_hand right_hand spine"),
        *_names("left_hip right_hip left_knee right_knee left_foot right_foot"),
    ),
)
"""Of OpenNI, NiTE and NI mate."""
XSENS_23 = JointLayout(
    "xsens-23",
    (
        *_names("hip_center l5 l3 t12 t8 neck head right_clavicle right_shoulder right_elbow right_wrist"),
        *_names(
            "left_clavicle left_shoulder left_elbow left_wrist right_hip right_knee right_ankle right_foot"
        ),
        *_names("left_hip left_knee left_ankle left_foot"),
    ),
    "-x,z,y",
    certain=True,
    world=True,
)
"""Origins of the segments of an Xsens MVN suit, z up."""
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
    CAMERA,
    certain=True,
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
    {
        known.name: known
        for known in (
            *(UTD_20, KINECT_V1, KINECT_V2, AZURE_32, MEDIAPIPE_33, ZED_34, ZED_38, OPENNI_15, XSENS_23),
            COCO_17,
        )
    }
)
"""Name -> layout, as `--joints` takes them."""

_ALTERNATIVES: dict[str, tuple[tuple[str, ...], ...]] = {
    "head": (("left_ear", "right_ear"), ("nose",), ("left_eye", "right_eye"), ("head_top",)),
    "shoulder_center": (
        ("neck",),
        ("left_shoulder", "right_shoulder"),
        ("thorax",),
        ("c7",),
        ("upper_chest",),
    ),
    "spine": (
        *(("spine_navel",), ("spine_chest",), ("spine_1",), ("spine_2",), ("l3",), ("t12",), ("chest",)),
        ("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
        ("shoulder_center", "hip_center"),
    ),
    "hip_center": (("left_hip", "right_hip"),),
} | {
    f"{side}_{part}": tuple(tuple(f"{side}_{other}" for other in _names(made)) for made in ways)
    for side in ("left", "right")
    for part, ways in {
        "hand": ("pinky index thumb", "hand_tip", "index", "wrist"),
        "wrist": ("hand",),
        "foot": ("toe", "small_toe", "heel", "ankle"),
        "ankle": ("heel", "foot"),
        "shoulder": ("clavicle",),
    }.items()
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
