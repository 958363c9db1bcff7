"""Skeleton streams: positions of joints, of one body or several."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.labels import words
from hnhar.model.modality import Modality

from ...messages import StreamDescription
from .. import skeleton as joints
from ..channel_map import ChannelMap, MappingOptions
from ..imu_words import is_inertial
from ..kind import WHOLE, ModalityMapping

FEWEST: Final = 32
"""Samples by which a frame is judged, at least."""
ENOUGH: Final = 12
"""Channels named like joints, from which a stream is a skeleton."""
_JOINTS: Final = frozenset(words("head shoulder elbow wrist hip knee ankle spine"))
_POSITIONS: Final = {"x": "PositionX", "y": "PositionY", "z": "PositionZ"}
_CONFIDENCE: Final = ("confidence", "conf", "visibility")
_UNITS: Final = {"m": "meters", "cm": "centimeters", "mm": "millimeters"}


class SkeletonMapping(ModalityMapping):
    """Registered as `skeleton` in the entry points `hnhar.mappings`."""

    name: ClassVar[str] = "skeleton"
    title: ClassVar[str] = "skeleton"
    stream_type: ClassVar[str] = "MoCap"
    partial: ClassVar[bool] = True
    first: ClassVar[bool] = True
    blank: ClassVar[str] = (
        "nobody is tracked who stands or sits upright: which way is up is told by that (--skeleton-axes "
        "says it)"
    )
    types: ClassVar[frozenset[str]] = frozenset({"mocap", "skeleton", "kinect", "pose", "bodytracking"})

    def sensor_in(self, stream: StreamDescription) -> str | None:
        """By type, or by the names of joints in its labels."""
        named = sum(
            any(joint in label.lower() for joint in _JOINTS) and not is_inertial(label)
            for label in stream.channels
        )
        return WHOLE if named >= ENOUGH else super().sensor_in(stream)

    def map(
        self,
        streams: Sequence[StreamDescription],
        modality: Modality,
        options: MappingOptions,
        *,
        placement: str,
        samples: Sequence[NDArray[np.floating]] | None,
    ) -> tuple[ChannelMap, ...]:
        """See `ModalityMapping`."""
        if len(streams) != 1:
            raise ChannelError(
                f"a skeleton comes from one stream, but {len(streams)} were given. Name one of them."
            )
        data = samples[0] if samples else None
        return (joints.map_skeleton(streams[0], modality, options, data),)

    def check_options(self, options: MappingOptions) -> None:
        """Joint layout and number of the body."""
        joints.check_options(options)

    def needs_samples(self, streams: Sequence[StreamDescription], options: MappingOptions) -> bool:
        """True unless axes and unit are known: samples tell which way is up."""
        return any(joints.needs_samples(stream, options) for stream in streams)

    def is_blank(
        self, stream: StreamDescription, samples: NDArray[np.floating], options: MappingOptions
    ) -> bool:
        """True while mostly nobody is tracked, or somebody lies so that it is not clear what is up."""
        return joints.is_blank(stream, options, samples)

    def probe(self, rate: float) -> int:
        """As many as are taken live."""
        return max(FEWEST, math.ceil(rate))

    def share(self, options: MappingOptions) -> int:
        """The body: one camera sees several people."""
        return options.body

    def metadata(self, label: str, unit: str) -> Mapping[str, str]:
        """<marker>, <type> and <unit> of a position or confidence channel such as "left_hand_x"."""
        *joint, axis = words(label) or ("",)
        if axis not in _POSITIONS and axis not in _CONFIDENCE:
            return {}
        named = {"marker": "_".join(joint), "object": "Skeleton"}
        if axis in _POSITIONS:
            return {**named, "type": _POSITIONS[axis], "unit": _UNITS.get(unit, unit)}
        return {**named, "type": "Confidence", "unit": unit or "normalized"}
