"""Skeleton streams onto the 20 canonical joints: labels, frame, unit, and the body that is followed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError, OtherKindError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.model.modality import Modality

from ..messages import Feed, StreamDescription
from . import skeleton_scale
from .axes import SAME, Axes, parse_axes
from .channel_map import ChannelMap, MappingOptions, offer
from .joints import KINECT_V1, KINECT_V2, LAYOUTS, MEDIAPIPE_33, UTD_20, JointLayout, composition
from .skeleton_follow import followed
from .skeleton_frame import Frame, contradiction, frame_of
from .skeleton_image import refuse_image
from .skeleton_labels import BodyChannels, Joints, by_label, by_order, layout_of
from .skeleton_map import SkeletonMap
from .skeleton_pose import PosedBody, pose_of
from .skeleton_scale import meters_per_unit

AUTO: Final = "auto"
"""In place of axes: as the samples say."""
TRACKED: Final = 0.5
"""Share of samples with somebody in view, from which a frame and a unit are told by them."""
_MIRRORED: Final = Axes((0, 1, 2), (-1.0, 1.0, 1.0))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A stream's bodies, and what samples say of them."""

    bodies: tuple[BodyChannels, ...]
    maps: tuple[SkeletonMap, ...]
    """Of each body, in the stream's own axes and unit."""
    tracked: float
    """Share of the samples in which anybody is."""
    meters: float
    """Meters per unit."""
    frame: Frame
    notes: tuple[str, ...]


def map_skeleton(
    stream: StreamDescription,
    modality: Modality,
    options: MappingOptions,
    data: NDArray[np.floating] | None = None,
) -> ChannelMap:
    """The map by which `stream` feeds all channels of `modality`.

    (n, channels) of `data`, as sent, tell which way is up, whether the frame is right-handed, and the unit of
    positions that have none; without it, or where nobody is tracked in it, all is taken as the labels
    have it.
    Raises ChannelError.
    """
    read = _read(stream, options, data)
    if read.frame.unclear:
        raise ChannelError(
            f"which way is up in '{stream.name}' is not clear: {read.frame.unclear}. It is told by "
            f"somebody who "
            "stands or sits upright; or say the axes: --skeleton-axes x,y,z (y is up), or -x,z,y (z is)."
        )
    axes, meters = read.frame.axes, read.meters
    maps = tuple(
        replace(
            plain,
            feed=Feed(modality.name, modality.name, tuple(range(len(modality.channels)))),
            notes=read.notes,
            positions=tuple(
                (xyz[axes.source[0]], xyz[axes.source[1]], xyz[axes.source[2]]) for xyz in plain.positions
            ),
            scale=(meters * axes.sign[0], meters * axes.sign[1], meters * axes.sign[2]),
        )
        for plain in read.maps
    )
    identities = tuple(body.identity for body in read.bodies)
    if len(maps) == 1 and identities[0] < 0:
        return maps[0]
    return followed(stream, maps, identities, options.body)


def is_blank(stream: StreamDescription, options: MappingOptions, samples: NDArray[np.floating]) -> bool:
    """True while (n, channels) samples do not show the frame: nobody is tracked, or it is not clear what
    is up."""
    try:
        read = _read(stream, options, samples)
    except ChannelError:
        return False  # what cannot be read is refused, and not waited for
    return read.tracked < TRACKED or bool(read.frame.unclear)


def needs_samples(stream: StreamDescription, options: MappingOptions) -> bool:
    """True unless the user says the axes, and the stream the unit."""
    if _chosen(options) is None:
        return True
    try:
        bodies = _bodies(stream, options)
    except ChannelError:
        return False
    places = [axes[a] for body in bodies for axes in body.joints.values() for a in "xyz"]
    return skeleton_scale.lacks_unit(stream, places)


def _read(stream: StreamDescription, options: MappingOptions, data: NDArray[np.floating] | None) -> _Reading:
    bodies = _bodies(stream, options)
    if not 1 <= options.body <= len(bodies):
        raise ChannelError(
            f"body {options.body} was asked for, but '{stream.name}' holds {len(bodies)}: choose with --body "
            f"1 to {len(bodies)}."
        )
    chosen = bodies[options.body - 1]
    layout = LAYOUTS[options.joints] if options.joints else layout_of(frozenset(chosen.joints))
    made = composition(frozenset(chosen.joints))
    _demand(stream, chosen.joints, made)
    # one body's axes and unit are every body's: somebody stands while another lies
    whole = [b for b in bodies if len(composition(frozenset(b.joints))) == len(UTD_JOINTS)]
    maps = [_plain(body.joints, options, data) for body in whole]
    points = None if data is None else np.concatenate([m.apply(data).reshape(-1, 20, 3) for m in maps])
    pose = None if points is None else pose_of(points)
    channels = {index for m in maps for xyz in m.positions for index in xyz}
    if pose is not None:
        refuse_image(stream.name, pose, unit_given=not skeleton_scale.lacks_unit(stream, channels))
    meters, unit_notes = meters_per_unit(stream, channels, pose)
    frame = _frame(layout, options, pose, meters)
    notes = [*_made_notes(stream, made), *(f"'{stream.name}': {note}" for note in frame.notes), *unit_notes]
    tracked = 0.0
    if points is not None and data is not None and len(data):
        tracked = float(np.isfinite(points).any(axis=(1, 2)).reshape(len(maps), -1).any(axis=0).mean())
    return _Reading(tuple(whole), tuple(maps), tracked, meters, frame, tuple(notes))


def check_options(options: MappingOptions) -> None:
    """Refuse a layout, a body or axes that no stream could make right. Raises ChannelError."""
    if options.body < 1:
        raise ChannelError(f"body {options.body} was asked for, but bodies are counted from 1.")
    _chosen(options)
    if options.joints is None:
        return
    if options.joints not in LAYOUTS:
        usable = ", ".join(name for name, known in LAYOUTS.items() if not known.refused)
        raise ChannelError(f"'{options.joints}' is no joint layout: choose one of {usable}.")
    if LAYOUTS[options.joints].refused:
        raise ChannelError(f"joints '{options.joints}': {LAYOUTS[options.joints].refused}.")


def _chosen(options: MappingOptions) -> Axes | None:
    text = (options.skeleton_axes or AUTO).strip()
    return None if text.lower() == AUTO else parse_axes(text, "skeleton_axes")


def _bodies(stream: StreamDescription, options: MappingOptions) -> list[BodyChannels]:
    """Each body's joints, by label or by the layout that the user names."""
    check_options(options)
    found = by_label(stream)
    if found:
        return found
    if options.joints is not None:
        return by_order(stream, LAYOUTS[options.joints])
    raise OtherKindError(
        f"a skeleton needs {len(UTD_JOINTS)} joints with x, y and z, but no label of this stream names one: "
        f"{offer(stream)}. Label the channels (head_x, head_y, head_z, shoulder_center_x, …; Kinect and "
        f"MediaPipe names are known), or name their order with --joints {UTD_20.name}, {KINECT_V1.name}, "
        f"{KINECT_V2.name} or {MEDIAPIPE_33.name}. Without either it is not guessed: UTD's order "
        "and the Kinect SDK's look alike."
    )


def _seen_as(joint: str, mirror: bool) -> str:
    """The joint under whose name a mirrored image shows `joint`."""
    side, _, part = joint.partition("_")
    return (
        f"{ {'left': 'right', 'right': 'left'}[side] }_{part}"
        if mirror and side in ("left", "right")
        else joint
    )


def _plain(joints: Joints, options: MappingOptions, data: NDArray[np.floating] | None) -> SkeletonMap:
    """A body's map in the stream's own axes and unit; `data` may show that its hips are the origin."""
    made = composition(frozenset(joints))
    read = tuple(dict.fromkeys(part for parts in made.values() for part in parts))
    positions = tuple((joints[j]["x"], joints[j]["y"], joints[j]["z"]) for j in read)
    root = -1
    if data is not None and len(data) and made["hip_center"] == ("hip_center",):
        hips = read.index("hip_center")
        here = np.asarray(data)[:, [index for xyz in positions for index in xyz]].reshape(len(data), -1, 3)
        rooted = (
            not here[:, hips].any() and np.isfinite(here).all() and here.any(axis=(1, 2)).mean() > TRACKED
        )
        root = hips if rooted else -1
    return SkeletonMap(
        Feed("", "", tuple(range(3 * len(UTD_JOINTS)))),
        (),
        positions,
        tuple(joints[j].get("confidence", -1) for j in read),
        tuple(tuple(read.index(part) for part in made[_seen_as(j, options.mirror)]) for j in UTD_JOINTS),
        (1.0, 1.0, 1.0),
        root,
    )


def _frame(
    layout: JointLayout | None, options: MappingOptions, pose: PosedBody | None, meters: float
) -> Frame:
    """The frame: the user's, or the layout's as samples confirm or correct it."""
    nominal = SAME if layout is None else parse_axes(layout.axes, "a layout's")
    chosen = _chosen(options)
    mirrored = _MIRRORED.after(chosen or nominal) if options.mirror else chosen or nominal
    if chosen is not None:
        against = contradiction(pose, mirrored, meters) if pose is not None else ""
        return Frame(mirrored, (against,) if against else ())
    about, turned = tuple[str, ...](), ""
    if layout is not None and nominal != SAME:
        up = "xyz"[nominal.source[1]]
        down = "down" if nominal.sign[1] < 0 else "up"
        about = (f"taken as {layout.name}, {up} {down}",)
        turned = f"turned to y up (as by --skeleton-axes {nominal})"
    if pose is None:
        return Frame(mirrored, tuple(f"{text}, {turned}" for text in about))
    certain, world = layout is not None and layout.certain, layout is not None and layout.world
    found = frame_of(pose, mirrored, meters, certain=certain, world=world)
    if found.axes == mirrored or not found.notes:
        turned = f"turned to y up (as by --skeleton-axes {found.axes})"
        about = tuple(f"{text}, {turned}" for text in about)
    elif (found.axes.source[1], found.axes.sign[1]) != (nominal.source[1], nominal.sign[1]) and layout:
        about = (f"labeled as {layout.name}",) if about else ()
    return replace(found, notes=(*about, *found.notes))


def _demand(stream: StreamDescription, joints: Joints, made: Mapping[str, tuple[str, ...]]) -> None:
    missing = [joint for joint in UTD_JOINTS if joint not in made]
    if missing:
        raise ChannelError(
            f"a skeleton needs {len(UTD_JOINTS)} joints, but '{stream.name}' has no {', '.join(missing)}; "
            f"it has {', '.join(joints)}. Choose a tracker of the whole body (Kinect, MediaPipe, a suit)."
        )


def _made_notes(stream: StreamDescription, made: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    means = [f"{joint} from {', '.join(parts)}" for joint, parts in made.items() if parts != (joint,)]
    return (f"'{stream.name}' lacks some joints, which are made: {'; '.join(means)}",) if means else ()
