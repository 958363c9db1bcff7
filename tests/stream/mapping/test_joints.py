"""Joint names and layouts."""

import numpy as np
import pytest

from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.mapping.joint_names import joint_of
from hnhar.stream.mapping.joints import (
    COCO_17,
    KINECT_V1,
    KINECT_V2,
    MEDIAPIPE_33,
    composition,
)

LIMBS = UTD_JOINTS[4:]


@pytest.mark.parametrize("joint", LIMBS)
def test_limbs_are_known_in_every_spelling(joint: str) -> None:
    side, part = joint.split("_")
    spellings = {
        f"{side}_{part}",
        f"{part}_{side}",
        f"{part.title()}{side.title()}",
        f"{side.title()}{part.title()}",
        f"{side.upper()} {part.upper()}",
        f"{side[0]}_{part}",
        f"{part}.{side[0].upper()}",
        f"{side}{part}",
        f"JointType_{part.title()}{side.title()}",
    }
    assert {joint_of(text) for text in spellings} == {joint}


@pytest.mark.parametrize(
    ("text", "joint"),
    [
        ("Head", "head"),
        ("ShoulderCenter", "shoulder_center"),
        ("Shoulder_Center", "shoulder_center"),
        ("SpineShoulder", "shoulder_center"),
        ("SpineMid", "spine"),
        ("SpineBase", "hip_center"),
        ("HIP_CENTER", "hip_center"),
        ("HandTipLeft", "left_hand_tip"),
        ("left_foot_index", "left_foot"),
        ("left eye (inner)", "left_eye_inner"),
        ("mouth_left", "mouth_left"),
        ("tracking id", None),
        ("left", None),
        ("", None),
    ],
)
def test_names_of_other_skeletons(text: str, joint: str | None) -> None:
    assert joint_of(text) == joint


def test_the_kinect_sdk_order_differs_from_utd_in_its_first_four_only() -> None:
    order = [KINECT_V1.joints.index(joint) for joint in UTD_JOINTS]
    assert order == [3, 2, 1, 0, *range(4, 20)]


def test_kinect_v2_has_every_joint_itself() -> None:
    made = composition(frozenset(KINECT_V2.joints))
    order = [KINECT_V2.joints.index(*made[joint]) for joint in UTD_JOINTS]
    assert order == [3, 20, 1, 0, *range(4, 20)]


def test_mediapipe_makes_its_missing_joints_from_the_published_landmarks() -> None:
    made = composition(frozenset(MEDIAPIPE_33.joints))
    landmarks = {
        joint: sorted(MEDIAPIPE_33.joints.index(part) for part in parts) for joint, parts in made.items()
    }
    assert len(MEDIAPIPE_33.joints) == 33
    assert landmarks["head"] == [7, 8]
    assert landmarks["shoulder_center"] == [11, 12]
    assert landmarks["spine"] == [11, 12, 23, 24]
    assert landmarks["hip_center"] == [23, 24]
    assert [landmarks[f"left_{part}"] for part in ("shoulder", "elbow", "wrist", "hand")] == [
        [11],
        [13],
        [15],
        [17, 19, 21],
    ]
    assert landmarks["right_hand"] == [18, 20, 22]
    assert [landmarks[f"right_{part}"] for part in ("hip", "knee", "ankle", "foot")] == [
        [24],
        [26],
        [28],
        [32],
    ]
    rng = np.random.default_rng(0)
    points = rng.normal(size=(33, 3))
    middle = (points[[11, 12]].mean(0) + points[[23, 24]].mean(0)) / 2
    np.testing.assert_allclose(points[landmarks["spine"]].mean(0), middle)


def test_hands_and_feet_that_a_tracker_lacks_are_where_wrists_and_ankles_are() -> None:
    assert len(COCO_17.joints) == 17
    assert COCO_17.refused
    made = composition(frozenset(COCO_17.joints))
    assert (made["left_hand"], made["right_foot"]) == (("left_wrist",), ("right_ankle",))
