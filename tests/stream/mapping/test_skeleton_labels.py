"""Skeletons by the names that cameras, suits, studios and pose estimators give their joints."""

from collections.abc import Sequence

import numpy as np
import pytest

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.mapping.joints import KINECT_V1, KINECT_V2
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.mapping.skeleton_labels import by_label, layout_of
from hnhar.stream.messages import StreamDescription

SUIT = "{0}Shoulder {0}UpperArm {0}ForeArm {0}Hand {0}UpperLeg {0}LowerLeg {0}Foot {0}Toe"
STUDIO = "{0}Shoulder {0}Arm {0}ForeArm {0}Hand {0}UpLeg {0}Leg {0}Foot {0}ToeBase"
SYSTEMS = {
    "azure": (
        "PELVIS SPINE_NAVEL SPINE_CHEST NECK HEAD NOSE",
        "CLAVICLE_{0} SHOULDER_{0} ELBOW_{0} WRIST_{0} HAND_{0} HANDTIP_{0} HIP_{0} KNEE_{0} ANKLE_{0} "
        "FOOT_{0}",
        ("LEFT", "RIGHT"),
        "azure-kinect",
        {
            "hip": "HIP_LEFT",
            "wrist": "WRIST_LEFT",
            "hand": "HAND_LEFT",
            "foot": "FOOT_LEFT",
            "spine": "SPINE_NAVEL",
        },
    ),
    "k4abt": (
        "K4ABT_JOINT_PELVIS K4ABT_JOINT_SPINE_NAVEL K4ABT_JOINT_NECK K4ABT_JOINT_HEAD",
        "K4ABT_JOINT_SHOULDER_{0} K4ABT_JOINT_ELBOW_{0} K4ABT_JOINT_WRIST_{0} K4ABT_JOINT_HIP_{0} "
        "K4ABT_JOINT_KNEE_{0} K4ABT_JOINT_ANKLE_{0} K4ABT_JOINT_FOOT_{0}",
        ("LEFT", "RIGHT"),
        "azure-kinect",
        {"hand": "K4ABT_JOINT_WRIST_LEFT"},
    ),
    "zed": (
        "PELVIS NAVAL_SPINE CHEST_SPINE NECK HEAD NOSE",
        "{0}_CLAVICLE {0}_SHOULDER {0}_ELBOW {0}_WRIST {0}_HAND {0}_HIP {0}_KNEE {0}_ANKLE {0}_FOOT {0}_HEEL",
        ("LEFT", "RIGHT"),
        "zed-34",
        {"hand": "LEFT_HAND", "spine": "NAVAL_SPINE"},
    ),
    "zed-18": (
        "NOSE NECK",
        "{0}_SHOULDER {0}_ELBOW {0}_WRIST {0}_HIP {0}_KNEE {0}_ANKLE {0}_EYE {0}_EAR",
        ("LEFT", "RIGHT"),
        "",
        {"hand": "LEFT_WRIST", "foot": "LEFT_ANKLE", "shoulder_center": "NECK"},
    ),
    "xsens": (
        "Pelvis L5 L3 T12 T8 Neck Head",
        SUIT,
        ("Left", "Right"),
        "xsens-23",
        {
            "shoulder": "LeftUpperArm",
            "wrist": "LeftHand",
            "ankle": "LeftFoot",
            "foot": "LeftToe",
            "spine": "L3",
        },
    ),
    "rokoko, mixamo": (
        "Hips Spine Spine1 Neck Head",
        STUDIO,
        ("Left", "Right"),
        "",
        {
            "shoulder": "LeftArm",
            "elbow": "LeftForeArm",
            "hip": "LeftUpLeg",
            "knee": "LeftLeg",
            "foot": "LeftToeBase",
        },
    ),
    "optitrack": (
        "Hip Ab Chest Neck Head",
        "{0}Shoulder {0}UArm {0}FArm {0}Hand {0}Thigh {0}Shin {0}Foot {0}Toe",
        ("L", "R"),
        "",
        {
            "shoulder": "LUArm",
            "elbow": "LFArm",
            "wrist": "LHand",
            "hip": "LThigh",
            "knee": "LShin",
            "spine": "Ab",
        },
    ),
    "nimate": (
        "Head Neck Torso",
        "{0}_Shoulder {0}_Elbow {0}_Hand {0}_Hip {0}_Knee {0}_Foot",
        ("Left", "Right"),
        "",
        {"wrist": "Left_Hand", "ankle": "Left_Foot", "spine": "Torso"},
    ),
    "unreal": (
        "pelvis spine_01 spine_02 neck_01 head",
        "clavicle_{0} upperarm_{0} lowerarm_{0} hand_{0} thigh_{0} calf_{0} foot_{0} ball_{0}",
        ("l", "r"),
        "",
        {"shoulder": "upperarm_l", "wrist": "hand_l", "foot": "ball_l", "spine": "spine_01"},
    ),
    "blender": (
        "Hips Spine Chest Neck Head",
        "UpperArm.{0} Forearm.{0} Hand.{0} Thigh.{0} Shin.{0} Foot.{0} Toe.{0}",
        ("L", "R"),
        "",
        {"shoulder": "UpperArm.L", "knee": "Shin.L", "ankle": "Foot.L", "foot": "Toe.L"},
    ),
}


def names(middle: str, sides: str, words: tuple[str, str]) -> list[str]:
    return [*middle.split(), *(name for side in words for name in sides.format(side).split())]


def stream(channels: Sequence[str], unit: str = "m") -> StreamDescription:
    return StreamDescription("S", "MoCap", "s", tuple(channels), (unit,) * len(channels), 30.0)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_joint_is_taken_from_what_the_system_calls_it(system: str) -> None:
    middle, sides, words, layout, where = SYSTEMS[system]
    joints = names(middle, sides, words)
    described = stream([f"{joint}_{axis}" for joint in joints for axis in ("X", "Y", "Z", "conf")])
    (body,) = by_label(described)
    found = layout_of(frozenset(body.joints))
    assert (found.name if found else "") == layout
    values = np.ones((1, len(joints), 4))
    values[0, :, 0] = np.arange(1, len(joints) + 1)
    options = MappingOptions(skeleton_axes="x,y,z")
    (mapped,) = map_streams([described], skeleton(), options)
    taken = mapped.apply(values.reshape(1, -1)).reshape(20, 3)
    for joint, name in where.items():
        row = UTD_JOINTS.index(joint if joint in UTD_JOINTS else f"left_{joint}")
        assert taken[row, 0] == joints.index(name) + 1, joint


@pytest.mark.parametrize(
    "spelling",
    [
        *(
            "{0}_X",
            "{0}.x",
            "{0}PosX",
            "{0}_PositionX",
            "{0}:x",
            "{0} X",
            "{0}X",
            "x_{0}",
            "{0}_tx",
            "{0}_Xposition",
        ),
        *("body0_{0}_x", "Body_0.{0}.x", "Player1_{0}_X", "JointType_{0}_X", "Skeleton1:{0}_X", "Anna_{0}_X"),
        *("NUI_SKELETON_POSITION_{0}_X", "Anna:{0}:x", "{0} - x", "kinect/{0}/x"),
    ],
)
def test_axes_and_prefixes_are_known_in_every_spelling(spelling: str) -> None:
    channels = [
        spelling.format(joint).replace("X", axis.upper())
        if "X" in spelling
        else _lower(spelling, joint, axis)
        for joint in ("".join(p.title() for p in reversed(j.split("_"))) for j in KINECT_V2.joints)
        for axis in "xyz"
    ]
    (body,) = by_label(stream(channels))
    assert set(body.joints) == set(KINECT_V2.joints)
    assert body.joints["left_hand"]["y"] == 3 * KINECT_V2.joints.index("left_hand") + 1


def _lower(spelling: str, joint: str, axis: str) -> str:
    head, _, tail = spelling.partition("{0}")
    return f"{head.replace('x_', f'{axis}_')}{joint}{tail.replace('x', axis)}"


def test_angles_and_states_beside_positions_are_no_positions() -> None:
    beside = ("qx", "qy", "qz", "qw", "OrientationX", "rotY", "State", "velX")
    channels = [f"{joint}_{axis}" for joint in KINECT_V1.joints for axis in ("X", "Y", "Z", *beside)]
    (body,) = by_label(stream(channels))
    assert body.joints["head"] == {"x": 33, "y": 34, "z": 35}
    assert all(set(axes) <= {"x", "y", "z"} for axes in body.joints.values())


def test_the_state_of_tracking_is_a_joints_confidence() -> None:
    channels = [f"{joint}_{axis}" for joint in KINECT_V1.joints for axis in ("X", "Y", "Z", "TrackingState")]
    (body,) = by_label(stream(channels))
    assert body.joints["head"] == {"x": 12, "y": 13, "z": 14, "confidence": 15}


def test_a_joint_that_is_there_twice_under_two_names_is_no_second_body() -> None:
    channels = [f"{joint}_{axis}" for joint in (*KINECT_V1.joints, "torso") for axis in "xyz"]
    (body,) = by_label(stream(channels))
    assert len(body.joints) == 20


def test_too_few_joints_are_refused_with_those_that_are_missing() -> None:
    upper = [f"{j}_{a}" for j in ("head", "neck", "left_hand", "right_hand", "left_elbow") for a in "xyz"]
    with pytest.raises(ChannelError, match=r"has no spine, hip_center, left_shoulder, .*it has head, neck"):
        map_streams([stream(upper)], skeleton(), MappingOptions())
