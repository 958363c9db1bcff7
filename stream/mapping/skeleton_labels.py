"""Channels of skeleton streams: the bodies that their labels, or a named order of joints, describe."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hnhar.model.errors import ChannelError
from hnhar.model.labels import words

from ..messages import StreamDescription
from .channel_map import offer
from .joint_names import joint_of, segments_begin
from .joints import AZURE_32, COCO_17, KINECT_V2, MEDIAPIPE_33, UTD_20, XSENS_23, ZED_34, ZED_38, JointLayout

Joints = Mapping[str, Mapping[str, int]]
"""Joint -> axis ("x", "y", "z", "confidence") -> channel of the stream."""

_AXES: Final = {axis: axis for axis in "xyz"} | {
    f"{before}{axis}{after}": axis
    for axis in "xyz"
    for before, after in (
        ("position", ""),
        ("pos", ""),
        ("", "position"),
        ("", "pos"),
        ("t", ""),
        ("loc", ""),
    )
}
_CONFIDENCE: Final = frozenset(
    words("conf confidence visibility probability likelihood score c tracking presence")
)
_BODIES: Final = frozenset(words("body person skeleton skel subject player user"))
_FILLERS: Final = frozenset(words("position pos coordinate coord location loc translation p m mm cm"))
_IDS: Final = frozenset(
    ("id", "trackingid", "bodyid", "trackid", "userid", "personid", "skeletonid", "playerid")
)
_BESIDE_IDS: Final = _BODIES | frozenset(words("tracking track tracked unique id"))
_FLAGS: Final = (("tracked",), ("is", "tracked"), ("istracked",))
"""Of a body that is in view: not 0."""
_NAME: Final = re.compile(r"[^\W_]+[\s_.:/-]+")
"""A person's, in front of every joint's."""
_SDK: Final = re.compile(r"(?i)k4abt_?")
"""In front of every joint's name."""


@dataclass(frozen=True, slots=True)
class BodyChannels:
    """One body's channels."""

    joints: Joints
    identity: int = -1
    """Channel of its tracking id; -1 where there is none."""


@dataclass(slots=True)
class _Seen:
    names: dict[str, dict[str, int]] = field(default_factory=dict)
    identity: int = -1
    tracked: int = -1
    """Channel of a flag that it is in view."""


def by_label(stream: StreamDescription) -> list[BodyChannels]:
    """Bodies in the order in which they first appear; a label that comes again belongs to the next body.

    Raises ChannelError where all have two dimensions only.
    """
    found = _found(stream, stream.channels)
    if found:
        return found
    first = _NAME.match(next(filter(None, stream.channels), ""))
    named = first is not None and all(label.startswith(first[0]) for label in stream.channels if label)
    if first is None or not named:
        return []
    return _found(stream, [label.removeprefix(first[0]) for label in stream.channels])


def _found(stream: StreamDescription, labels: Sequence[str]) -> list[BodyChannels]:
    bodies: dict[str, _Seen] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for index, label in enumerate(labels):
        body, name, axis = _parse(label)
        if not name or not axis:
            continue
        count = seen[body, name, axis] = seen.get((body, name, axis), 0) + 1
        of = bodies.setdefault(f"{body}#{count}", _Seen())
        if name == "id":
            of.identity = index
        elif name == "flag":
            of.tracked = index
        else:
            of.names.setdefault(name, {})[axis] = index
    if len(bodies) > 1 and len([b for b in bodies.values() if b.names]) == 1:
        _share_id(bodies)
    complete: list[BodyChannels] = []
    for of in bodies.values():
        if of.tracked >= 0:  # a flag of the body counts for each joint
            for axes in of.names.values():
                axes.setdefault("confidence", of.tracked)
        whole = {name: axes for name, axes in of.names.items() if axes.keys() >= {"x", "y", "z"}}
        flat = [name for name, axes in of.names.items() if axes.keys() >= {"x", "y"}]
        if not whole and len(flat) >= 10:
            raise ChannelError(
                f"a skeleton needs x, y and z in meters, but '{stream.name}' has only x and y: "
                f"{offer(stream)}. {COCO_17.refused}."
            )
        if whole:
            meant = segments_begin(frozenset(whole))
            complete.append(BodyChannels({meant[name]: axes for name, axes in whole.items()}, of.identity))
    most = max((len(body.joints) for body in complete), default=0)
    # a joint that is there twice is no body
    return [body for body in complete if 2 * len(body.joints) > most]


def _share_id(bodies: dict[str, _Seen]) -> None:
    """The id of a lone body is its own, though one of them has a number and the other none."""
    lone = next(b for b in bodies.values() if b.names)
    ids = [b.identity for b in bodies.values() if b.identity >= 0]
    if lone.identity < 0 and len(ids) == 1:
        lone.identity = ids[0]


def _parse(label: str) -> tuple[str, str, str]:
    """(body, joint, axis) of a label, "" where not said. "body1_HandLeft_X" -> ("1", "left_hand", "x"); of
    "body1_id" the joint is "id", and so is the axis; of "body1_tracked" it is "flag"."""
    tokens = list(words(_SDK.sub("", label)))
    body = ""
    for at, token in enumerate(tokens[:-1]):
        if token in _BODIES and tokens[at + 1].isdigit():
            body = tokens[at + 1]
            del tokens[at : at + 2]
            break
    if len(tokens) > 1 and tokens[-1].isdigit() and set(tokens[:-1]) & _IDS:
        body = body or tokens.pop()  # "id_1"
    if set(tokens) & _IDS and not set(tokens) - _BESIDE_IDS - _IDS:
        return body, "id", "id"
    if tuple(tokens) in _FLAGS:
        return body, "flag", "id"
    if tokens[-2:] == ["tracking", "state"]:
        del tokens[-1]
    axis = ""
    for at in (len(tokens) - 1, 0):
        if 0 <= at < len(tokens):
            axis = _AXES.get(tokens[at], "confidence" if tokens[at] in _CONFIDENCE else "")
            if axis:
                del tokens[at]
                break
    kept = [token for token in tokens if token not in _FILLERS and token not in _BODIES]
    joint = joint_of(" ".join(kept))
    if joint is None and ":" in label:  # a name before the joint's, as of a person
        joint = joint_of(" ".join(t for t in words(label.rpartition(":")[2]) if t in kept))
    if joint is None and not axis and kept and kept[-1][-1:] in ("x", "y", "z"):  # "handleftx", "HEADX"
        joint, axis = joint_of(" ".join((*kept[:-1], kept[-1][:-1]))), kept[-1][-1]
    return body, joint or "", axis


def by_order(stream: StreamDescription, layout: JointLayout) -> list[BodyChannels]:
    """Bodies of a stream without labels: joints in the layout's order, of x, y, z, or also confidence.

    Raises ChannelError where its channels are not as many.
    """
    for width in (3, 4):
        size = width * len(layout.joints)
        if stream.channels and len(stream.channels) % size == 0:
            axes = ("x", "y", "z", "confidence")[:width]
            return [
                BodyChannels(
                    {
                        joint: {axis: start + width * number + a for a, axis in enumerate(axes)}
                        for number, joint in enumerate(layout.joints)
                    }
                )
                for start in range(0, len(stream.channels), size)
            ]
    raise ChannelError(
        f"{layout.name} has {len(layout.joints)} joints, so {3 * len(layout.joints)} channels (x, y, z) or "
        f"{4 * len(layout.joints)} (and a confidence) a body, but {offer(stream)}. Choose another --joints."
    )


def layout_of(joints: frozenset[str]) -> JointLayout | None:
    """The layout whose joints these are, for its frame; None where it is like none."""
    if "spine_chest" in joints or "spine_navel" in joints:
        return ZED_34 if "left_heel" in joints else AZURE_32
    if {"spine_1", "left_small_toe", "nose"} <= joints:
        return ZED_38
    if {"nose", "left_heel", "left_pinky"} <= joints:
        return MEDIAPIPE_33
    if len(joints & {"l5", "l3", "t12", "t8"}) > 2:
        return XSENS_23
    return next((known for known in (UTD_20, KINECT_V2) if joints == frozenset(known.joints)), None)
