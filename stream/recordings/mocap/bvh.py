"""Biovision's files (.bvh): a hierarchy of joints, and the angles of each frame, from which positions follow.

Format: Meredith & Maddock, "Motion Capture File Formats Explained", 2001. It gives no unit.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

from ..recording import Recording
from ..text import decoded, read_bytes
from .skeleton_file import MAX_VALUES, skeleton_recording

MAX_FILE: Final = 512 << 20
"""bytes; an hour of 60 joints at 60 Hz has some 300 MB."""
_MOST: Final = 1000
"""Joints."""
_CHANNELS: Final = {
    f"{axis}{what}": (what, k) for what in ("position", "rotation") for k, axis in enumerate("xyz")
}


@dataclass(frozen=True, slots=True)
class BvhJoint:
    """One joint of a hierarchy."""

    name: str
    parent: int
    """Its index; -1 for a root."""
    offset: tuple[float, float, float]
    channels: tuple[tuple[str, int], ...]
    """("position" or "rotation", axis) of each of its numbers in a frame, in order."""


def read_bvh(path: Path) -> Recording:
    """The recording of a file. Raises RecordingError with the path and the reason."""
    text = decoded(read_bytes(path, MAX_FILE), path).text
    try:
        joints, values, step = parse_bvh(text)
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    times = np.arange(len(values), dtype=np.float64) * step
    return skeleton_recording(path, [joint.name for joint in joints], positions_of(joints, values), times)


def parse_bvh(text: str) -> tuple[list[BvhJoint], NDArray[np.float64], float]:
    """Joints, (n, numbers a frame), and s between two frames. Raises RecordingError."""
    head, motion, rest = text.partition("MOTION")
    if not head.lstrip().upper().startswith("HIERARCHY") or not motion:
        raise RecordingError("it is no BVH file: it does not begin with HIERARCHY, or has no MOTION")
    joints = _joints(head.split()[1:])
    words = rest[:400].replace(":", " ").split()
    try:
        count = int(words[words.index("Frames") + 1])
        step = float(words[words.index("Time") + 1])
    except (ValueError, IndexError):
        raise RecordingError("its MOTION says no 'Frames' or no 'Frame Time'") from None
    width = sum(len(joint.channels) for joint in joints)
    if not 0 < step < 10 or not 0 < count * max(width, 1) <= MAX_VALUES:
        raise RecordingError(f"it has {count} frames of {width} numbers, each {step:g} s: that is not read")
    numbers = rest.split("Time:", 1)[1].split()[1:] if "Time:" in rest else []
    whole = len(numbers) // width if width else 0
    if whole < 1:
        raise RecordingError(f"it has {len(numbers)} numbers, and a frame has {width}")
    try:
        values = np.array(numbers[: min(whole, count) * width], np.float64).reshape(-1, width)
    except ValueError as error:
        raise RecordingError(f"its frames are no numbers ({error})") from error
    return joints, values, step


def _joints(tokens: list[str]) -> list[BvhJoint]:
    """The joints of a hierarchy; where bones end is none."""
    joints: list[BvhJoint] = []
    open_joints: list[int] = []
    """Indices of joints within which the next stands; -2 for the end of a bone."""
    place = 0
    try:
        while place < len(tokens):
            word = tokens[place].upper()
            if word in ("ROOT", "JOINT"):
                end = tokens.index("{", place, place + 20)
                parent = next((k for k in reversed(open_joints) if k >= 0), -1)
                joints.append(BvhJoint(" ".join(tokens[place + 1 : end]), parent, (0.0, 0.0, 0.0), ()))
                open_joints.append(len(joints) - 1)
                place = end
            elif word == "END":
                open_joints.append(-2)
                place = tokens.index("{", place, place + 20)
            elif word == "OFFSET":
                x, y, z = map(float, tokens[place + 1 : place + 4])
                if open_joints[-1] >= 0:
                    last = joints[open_joints[-1]]
                    joints[open_joints[-1]] = BvhJoint(last.name, last.parent, (x, y, z), last.channels)
                place += 3
            elif word == "CHANNELS":
                count = int(tokens[place + 1])
                named = tuple(_CHANNELS[c.lower()] for c in tokens[place + 2 : place + 2 + count])
                last = joints[open_joints[-1]]
                joints[open_joints[-1]] = BvhJoint(last.name, last.parent, last.offset, named)
                place += 1 + count
            elif word == "}":
                open_joints.pop()
            else:
                raise ValueError(tokens[place][:20])
            place += 1
            if len(joints) > _MOST:
                raise RecordingError(f"it has more than {_MOST} joints")
    except (ValueError, IndexError, KeyError) as error:
        near = " ".join(tokens[place : place + 4])[:60]
        raise RecordingError(f"its HIERARCHY cannot be read near '{near}'") from error
    if not joints or open_joints:
        raise RecordingError("its HIERARCHY has no joint, or a bracket is missing")
    return joints


def positions_of(joints: list[BvhJoint], values: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, joints, 3) positions of (n, numbers) frames: each joint's frame in that of its parent."""
    n = len(values)
    positions = np.empty((n, len(joints), 3))
    turns: list[NDArray[np.float64]] = []
    begin = 0
    for index, joint in enumerate(joints):
        offset = np.tile(joint.offset, (n, 1))
        turn = np.tile(np.eye(3), (n, 1, 1))
        for what, axis in joint.channels:
            column = values[:, begin]
            begin += 1
            if what == "position":
                offset[:, axis] = column
            else:
                turn = turn @ _rotation(axis, np.radians(column))
        if joint.parent < 0:
            positions[:, index] = offset
        else:
            above = turns[joint.parent]
            positions[:, index] = positions[:, joint.parent] + np.einsum("nij,nj->ni", above, offset)
            turn = above @ turn
        turns.append(turn)
    return positions.astype(np.float32)


def _rotation(axis: int, angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3, 3) rotations about x, y or z."""
    turn = np.tile(np.eye(3), (len(angle), 1, 1))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn[:, first, first] = turn[:, second, second] = np.cos(angle)
    turn[:, second, first] = np.sin(angle)
    turn[:, first, second] = -np.sin(angle)
    return turn
