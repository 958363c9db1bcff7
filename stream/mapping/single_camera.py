"""Skeletons of a single camera before weights that learned from a depth camera: these recognize little of it.

How little was measured on drawn people (docs/camera.md). Nothing else about such a stream looks wrong, so it
is said.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from hnhar.model.bundle.bundle import CAMERA, DEFAULT, BundleInfo, bundled, read_info
from hnhar.model.kinds.skeleton import SKELETON

from ..messages import StreamDescription
from .channel_map import MappingOptions
from .joints import MEDIAPIPE_33
from .skeleton_labels import by_label, layout_of

DEPTH_ONLY: Final = "these weights learned from a depth camera"
"""Begin of the note."""
_CORPUS: Final = "UTD-MHAD"
"""Its skeletons are a Kinect's."""


def learned_depth_only(info: BundleInfo) -> bool:
    """True of weights that learned from UTD-MHAD or synthetic performers, and never with a single camera's
    errors. Not of those that learned from somebody's own recordings: these may be a webcam's."""
    provenance = info.provenance
    amount = _table(_table(provenance.get("recipe")).get("amount"))
    corpus = _table(provenance.get("corpus"))
    if not amount or "adapted" in provenance or (corpus and corpus.get("name") != _CORPUS):
        return False
    return not amount.get("filmed") and any(m.kind == SKELETON.name for m in info.modalities)


def is_single_camera(stream: StreamDescription, joints: str | None = None) -> bool:
    """True of the 33 joints of MediaPipe Pose, by their labels; `joints`: the layout of a stream without."""
    return joints == MEDIAPIPE_33.name or _is_mediapipe(tuple(stream.channels))


def single_camera_note(info: BundleInfo, name: str) -> str:
    """Sentence on a single camera's skeletons with weights that learned from none; "" with others.

    `name`: of the stream, or the source as the user wrote it.
    """
    if not learned_depth_only(info):
        return ""
    who = "they recognize" if info.name == DEFAULT else f"{DEFAULT} recognizes"
    note = f"{DEPTH_ONLY}, and '{name}' is an ordinary camera's skeleton: of such {who} a third or less"
    shipped = bundled().get(CAMERA)
    knows = shipped is not None and set(info.labels) <= set(read_info(shipped).labels)
    return f"{note}; --weights {CAMERA} learned from one" if knows else note


def single_camera_notes(
    info: BundleInfo, streams: Sequence[StreamDescription], options: MappingOptions
) -> tuple[str, ...]:
    """`single_camera_note` of each of some skeleton streams that is a single camera's."""
    notes = (single_camera_note(info, s.name) for s in streams if is_single_camera(s, options.joints))
    return tuple(dict.fromkeys(note for note in notes if note))


@lru_cache(maxsize=64)
def _is_mediapipe(channels: tuple[str, ...]) -> bool:
    if not any("nose" in label.lower() for label in channels):
        return False
    bodies = by_label(StreamDescription("", "", "", channels, ("",) * len(channels), 0.0))
    return any(layout_of(frozenset(body.joints)) is MEDIAPIPE_33 for body in bodies)


def _table(value: object) -> Mapping[str, Any]:
    """A table of a bundle's file, where there may be anything; empty where it is none."""
    return value if isinstance(value, Mapping) else {}
