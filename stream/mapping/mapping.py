"""A stream's channels onto what the weights want, or a refusal that says why.

Missing or wrong channels are an error that lists what was asked, what the stream offers, and what to do. What
had to be assumed is in `ChannelMap.notes`, for the caller to tell the user once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality

from ..messages import StreamDescription
from .channel_map import ChannelMap, MappingOptions
from .kind import mapping_of, mappings

__all__ = ["ChannelMap", "MappingOptions", "check_options", "map_streams"]


def check_options(options: MappingOptions) -> None:
    """Refuse what no stream could make right, before one is looked for. Raises ChannelError."""
    for alone in (options, *options.each.values()):
        for mapping in mappings():
            mapping.check_options(alone)


def map_streams(
    streams: Sequence[StreamDescription],
    modality: Modality,
    options: MappingOptions,
    *,
    placement: str = "",
    samples: Sequence[NDArray[np.floating]] | None = None,
) -> tuple[ChannelMap, ...]:
    """One map for each stream; together they feed `modality`: one stream, or one for each sensor of a device.

    `placement` is where the weights' sensor was worn, unless the modality says it. `samples` ((n, channels)
    of a second or so of each stream, as sent) lets a missing unit be inferred and acceleration without
    gravity be noticed. Raises ChannelError.
    """
    return mapping_of(modality.kind).map(
        streams,
        modality,
        options.of(modality),
        placement=modality.placement or placement,
        samples=samples,
    )
