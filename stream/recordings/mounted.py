"""How the worn sensors of a recording are turned against the weights' axes, without recognizing anything."""

from typing import Final

from hnhar.model.bundle.bundle import BundleInfo

from ..mapping.channel_map import MappingOptions
from ..mapping.mount_finder import MountFinder
from ..mapping.mounts import mounts_of
from ..windows.windower import Windower
from .feeds import Feeds, interleave

LOOKED_AT: Final = 600.0
"""s of a recording from its start that are looked at, at most: a run finds out in less."""


def mounted_notes(
    feeds: Feeds, info: BundleInfo, options: MappingOptions, *, wearer: str = "wearer"
) -> tuple[str, ...]:
    """Sentences of a run over these feeds on their mounting. Raises ConfigError as `mounts_of` does."""
    mounts = mounts_of({wearer: info}, {wearer: options})
    if not info.mounts:
        return ()
    windower = Windower(
        wearer, info.modalities, window=info.window, hop=min(MountFinder.spacing, info.window)
    )
    begun: float | None = None
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        for window in windower.due():
            mounts.corrected(window)
        begun = float(chunk.timestamps[0]) if begun is None else begun
        if chunk.timestamps[-1] - begun > LOOKED_AT:
            break
    return mounts.notes(wearer)
