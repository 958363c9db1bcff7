"""Skeleton streams onto the 20 canonical joints: by label or named layout; several bodies, other frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError, OtherKindError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.model.labels import words
from hnhar.model.modality import Modality

from ..messages import Feed, StreamDescription
from . import units
from .channel_map import ChannelMap, MappingOptions, offer
from .checks import SignalChecks
from .joints import (
    COCO_17,
    KINECT_V1,
    KINECT_V2,
    LAYOUTS,
    MEDIAPIPE_33,
    UTD_20,
    JointLayout,
    composition,
    joint_of,
)
from .skeleton_checks import meters_by_torso, skeleton_checks

_AXES = {axis: axis for axis in "xyz"} | {
    f"{word}{axis}": axis for word in ("position", "pos") for axis in "xyz"
}
_CONFIDENCE = frozenset(words("conf confidence visibility probability likelihood score c tracking"))
_BODIES = frozenset(words("body person skeleton skel subject player user"))
_FILLERS = frozenset(words("position pos coordinate coord location loc"))

Joints = Mapping[str, Mapping[str, int]]
"""Joint -> axis ("x", "y", "z", "confidence") -> channel of the stream."""


@dataclass(frozen=True, slots=True)
class SkeletonMap(ChannelMap):
    """Joints picked, averaged where one has to be made, scaled and turned; untracked ones are NaN."""

    positions: tuple[tuple[int, int, int], ...]
    """Stream channels of x, y, z of each joint that is read."""
    confidences: tuple[int, ...]
    """Stream channel of each of these joints' confidence, -1 where there is none."""
    made_of: tuple[tuple[int, ...], ...]
    """For each canonical joint the entries of `positions` whose mean it is."""
    scale: tuple[float, float, float]
    """Meters (with sign) per unit of the stream's x, y, z."""
    _index: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    """Stream channel of each column, where no joint has to be made; else empty."""
    _factor: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lone = all(len(parts) == 1 for parts in self.made_of) and max(self.confidences, default=-1) < 0
        index = [channel for parts in self.made_of for channel in self.positions[parts[0]]] if lone else []
        object.__setattr__(self, "_index", np.array(index, np.intp))
        object.__setattr__(self, "_factor", np.tile(np.array(self.scale), len(index) // 3))

    @property
    def checks(self) -> SignalChecks:
        """See `skeleton_checks`."""
        return skeleton_checks(self.feed.columns)

    def apply(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, channels of the stream) -> (n, 60) in meters, y up; joints that were not tracked are NaN."""
        raw = np.asarray(samples, dtype=np.float64)
        if len(self._index):
            picked = raw.take(self._index, axis=1)
            # nothing missing, nor anything that looks so: as nearly all samples, which come one by one
            if picked.all() and np.isfinite(picked).all():
                return (picked * self._factor).astype(np.float32)
        joints = raw[:, np.asarray(self.positions)]
        missing = ~np.isfinite(joints).all(axis=2) | (joints == 0.0).all(axis=2)
        confidences = np.asarray(self.confidences)
        known = confidences >= 0
        if known.any():
            missing[:, known] |= ~(raw[:, confidences[known]] > 0.0)
        joints = joints * np.asarray(self.scale)
        joints[missing] = np.nan
        made = [
            joints[:, parts[0]] if len(parts) == 1 else joints[:, parts].mean(axis=1)
            for parts in self.made_of
        ]
        return np.stack(made, axis=1).reshape(len(raw), -1).astype(np.float32)


def map_skeleton(
    stream: StreamDescription,
    modality: Modality,
    options: MappingOptions,
    data: NDArray[np.floating] | None = None,
) -> SkeletonMap:
    """The map by which `stream` feeds all channels of `modality`.

    (n, channels) of `data`, as sent, tell the unit of positions that have none. Raises ChannelError.
    """
    bodies, notes = _bodies(stream, options)
    if not 1 <= options.body <= len(bodies):
        raise ChannelError(
            f"body {options.body} was asked for, but '{stream.name}' holds {len(bodies)}: choose with --body "
            f"1 to {len(bodies)}."
        )
    if len(bodies) > 1:
        notes = (
            *notes,
            f"'{stream.name}' holds {len(bodies)} bodies: number {options.body} is taken (--body)",
        )
    joints = bodies[options.body - 1]
    made = composition(frozenset(joints))
    layout = LAYOUTS[options.joints] if options.joints else _layout(frozenset(joints))
    _demand(stream, joints, made, layout)
    notes = (*notes, *_made_notes(stream, made, layout))
    read = tuple(dict.fromkeys(part for parts in made.values() for part in parts))
    positions = tuple((joints[j]["x"], joints[j]["y"], joints[j]["z"]) for j in read)
    turned = -1.0 if layout is not None and layout.y_down else 1.0
    mirrored = -1.0 if options.mirror else 1.0
    unscaled = SkeletonMap(
        Feed(modality.name, modality.name, tuple(range(len(modality.channels)))),
        notes,
        positions,
        tuple(joints[j].get("confidence", -1) for j in read),
        tuple(tuple(read.index(part) for part in made[_seen_as(j, options.mirror)]) for j in UTD_JOINTS),
        (turned * mirrored, turned, 1.0),
    )
    meters, extra = _meters(stream, positions, None if data is None else unscaled.apply(data))
    scale = (meters * turned * mirrored, meters * turned, meters)
    return replace(unscaled, notes=(*notes, *extra), scale=scale)


def lacks_unit(stream: StreamDescription, options: MappingOptions) -> bool:
    """True where a skeleton gives no unit for any position."""
    try:
        bodies, _ = _bodies(stream, options)
    except ChannelError:
        return False
    places = (axes[a] for joints in bodies for axes in joints.values() for a in "xyz")
    return all(not stream.units[channel].strip() for channel in places)


def _seen_as(joint: str, mirror: bool) -> str:
    """The joint under whose name a mirrored image shows `joint`."""
    side, _, part = joint.partition("_")
    return (
        f"{ {'left': 'right', 'right': 'left'}[side] }_{part}"
        if mirror and side in ("left", "right")
        else joint
    )


def check_options(options: MappingOptions) -> None:
    """Refuse a layout or a body that no stream could make right. Raises ChannelError."""
    if options.body < 1:
        raise ChannelError(f"body {options.body} was asked for, but bodies are counted from 1.")
    if options.joints is None:
        return
    if options.joints not in LAYOUTS:
        usable = ", ".join(name for name, known in LAYOUTS.items() if not known.refused)
        raise ChannelError(f"'{options.joints}' is no joint layout: choose one of {usable}.")
    if LAYOUTS[options.joints].refused:
        raise ChannelError(f"joints '{options.joints}': {LAYOUTS[options.joints].refused}.")


def _bodies(stream: StreamDescription, options: MappingOptions) -> tuple[list[Joints], tuple[str, ...]]:
    """Each body's joints, by label or by the layout that the user names."""
    check_options(options)
    found = _by_label(stream)
    if found:
        return found, ()
    if options.joints is not None:
        return _by_order(stream, LAYOUTS[options.joints]), ()
    raise OtherKindError(
        f"a skeleton needs {len(UTD_JOINTS)} joints with x, y and z, but no label of this stream names one: "
        f"{offer(stream)}. Label the channels (head_x, head_y, head_z, shoulder_center_x, …; Kinect and "
        f"MediaPipe names are known), or name their order with --joints {UTD_20.name}, {KINECT_V1.name}, "
        f"{KINECT_V2.name} or {MEDIAPIPE_33.name}. Without either it is not guessed: UTD's order "
        "and the Kinect SDK's look alike."
    )


def _by_label(stream: StreamDescription) -> list[Joints]:
    """Bodies in the order in which they first appear; a label that comes again belongs to the next body."""
    bodies: dict[str, dict[str, dict[str, int]]] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for index, label in enumerate(stream.channels):
        body, joint, axis = _parse(label)
        if not joint or not axis:
            continue
        count = seen[body, joint, axis] = seen.get((body, joint, axis), 0) + 1
        bodies.setdefault(f"{body}#{count}", {}).setdefault(joint, {})[axis] = index
    complete: list[Joints] = []
    for joints in bodies.values():
        whole = {name: axes for name, axes in joints.items() if axes.keys() >= {"x", "y", "z"}}
        flat = [name for name, axes in joints.items() if axes.keys() >= {"x", "y"}]
        if not whole and len(flat) >= 10:
            raise ChannelError(
                f"a skeleton needs x, y and z in meters, but '{stream.name}' has only x and y: "
                f"{offer(stream)}. {COCO_17.refused}."
            )
        if whole:
            complete.append(whole)
    return complete


def _parse(label: str) -> tuple[str, str, str]:
    """(body, joint, axis) of a label, "" where not said. "body1_HandLeft_X" -> ("1", "left_hand", "x")."""
    tokens = list(words(label))
    body = ""
    for at, token in enumerate(tokens[:-1]):
        if token in _BODIES and tokens[at + 1].isdigit():
            body = tokens[at + 1]
            del tokens[at : at + 2]
            break
    axis = ""
    for at in (len(tokens) - 1, 0):
        if 0 <= at < len(tokens):
            axis = _AXES.get(tokens[at], "confidence" if tokens[at] in _CONFIDENCE else "")
            if axis:
                del tokens[at]
                break
    tokens = [token for token in tokens if token not in _FILLERS and token not in _BODIES]
    return body, joint_of(" ".join(tokens)) or "", axis


def _by_order(stream: StreamDescription, layout: JointLayout) -> list[Joints]:
    """Bodies of a stream without labels: joints in the layout's order, of x, y, z, or also confidence."""
    for width in (3, 4):
        size = width * len(layout.joints)
        if stream.channels and len(stream.channels) % size == 0:
            axes = ("x", "y", "z", "confidence")[:width]
            return [
                {
                    joint: {axis: start + width * number + a for a, axis in enumerate(axes)}
                    for number, joint in enumerate(layout.joints)
                }
                for start in range(0, len(stream.channels), size)
            ]
    raise ChannelError(
        f"{layout.name} has {len(layout.joints)} joints, so {3 * len(layout.joints)} channels (x, y, z) or "
        f"{4 * len(layout.joints)} (and a confidence) a body, but {offer(stream)}. Choose another --joints."
    )


def _layout(joints: frozenset[str]) -> JointLayout | None:
    """The layout whose joints these are, for its frame; None where it is like none."""
    if {"nose", "left_heel", "left_pinky"} <= joints:
        return MEDIAPIPE_33
    if joints >= {"nose", "left_ankle"} and not joints & {
        "left_hand",
        "left_foot",
        "left_pinky",
        "hip_center",
    }:
        return COCO_17
    return next((known for known in (UTD_20, KINECT_V2) if joints == frozenset(known.joints)), None)


def _demand(
    stream: StreamDescription, joints: Joints, made: Mapping[str, tuple[str, ...]], layout: JointLayout | None
) -> None:
    if layout is not None and layout.refused:
        raise ChannelError(f"'{stream.name}': {layout.refused}.")
    missing = [joint for joint in UTD_JOINTS if joint not in made]
    if missing:
        raise ChannelError(
            f"a skeleton needs {len(UTD_JOINTS)} joints, but '{stream.name}' has no {', '.join(missing)}; "
            f"it has {', '.join(joints)}. Choose a tracker with hands and feet (Kinect, MediaPipe)."
        )


def _made_notes(
    stream: StreamDescription, made: Mapping[str, tuple[str, ...]], layout: JointLayout | None
) -> tuple[str, ...]:
    means = [f"{joint} from {', '.join(parts)}" for joint, parts in made.items() if parts != (joint,)]
    notes = [f"'{stream.name}' lacks some joints, which are made: {'; '.join(means)}"] if means else []
    if layout is not None and layout.y_down:
        notes.append(
            f"'{stream.name}' is taken as {layout.name}: y down and centered on the hips, turned to y up"
        )
    return tuple(notes)


def _meters(
    stream: StreamDescription,
    positions: tuple[tuple[int, int, int], ...],
    points: NDArray[np.float32] | None,
) -> tuple[float, tuple[str, ...]]:
    written = {stream.units[index].strip() for xyz in positions for index in xyz}
    if written == {""}:
        return meters_by_torso(stream.name, points)
    known = [units.unit(text) for text in written - {""}]
    if len({u.factor for u in known if u}) != 1 or any(u is None or u.canonical != "m" for u in known):
        raise ChannelError(
            f"the unit of positions must be one of {', '.join(units.names('m'))}, the same for all, but "
            f"'{stream.name}' says {', '.join(repr(text) for text in sorted(written))}. Pixels cannot be "
            "used: send meters."
        )
    return next(u.factor for u in known if u), ()
