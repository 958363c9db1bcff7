"""The skeleton: twenty joints in three dimensions, in meters with y up.

Channels are joint-major (head_x, head_y, head_z, shoulder_center_x, ...), so `samples.reshape(n, 20, 3)`
gives joints.
"""

from typing import Final

from ..modality import Modality, ModalityKind

UTD_JOINTS: tuple[str, ...] = (
    "head",
    "shoulder_center",
    "spine",
    "hip_center",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "left_hand",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "right_hand",
    "left_hip",
    "left_knee",
    "left_ankle",
    "left_foot",
    "right_hip",
    "right_knee",
    "right_ankle",
    "right_foot",
)
"""Joint order of UTD-MHAD, the canonical skeleton of this project."""
UTD_PARENTS: tuple[int, ...] = (1, 2, 3, 3, 1, 4, 5, 6, 1, 8, 9, 10, 3, 12, 13, 14, 3, 16, 17, 18)
"""The joint at the other end of each joint's bone; the root, the hip center, is its own."""

SKELETON_CHANNELS: Final = tuple(f"{joint}_{axis}" for joint in UTD_JOINTS for axis in "xyz")
SKELETON: Final = ModalityKind(
    "skeleton",
    channels=SKELETON_CHANNELS,
    units=("m",) * len(SKELETON_CHANNELS),
    rate=25.0,
    encoders={"compact": "compact_skeleton", "paper": "paper_skeleton"},
)
SKELETON_UNITS: Final = SKELETON.units


def skeleton(rate: float = SKELETON.rate, name: str = SKELETON.name) -> Modality:
    """Twenty joints in three dimensions on a grid of `rate` Hz."""
    return SKELETON.modality(rate, name)
