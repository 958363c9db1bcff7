"""A recording's streams as certain weights take them, or the reason why they take none."""

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import RecordingError

from ..mapping.channel_map import MappingOptions
from ..mapping.single_camera import single_camera_notes
from .feeds import Feeds, recorded_feeds
from .recording import Recording


def served(recording: Recording, info: BundleInfo, options: MappingOptions) -> tuple[Feeds, tuple[str, ...]]:
    """The feeds that weights take of a recording, and what was assumed.

    Raises ChannelError where a stream does not fit, RecordingError where there is none of theirs.
    """
    feeds, notes = recorded_feeds(recording, info.modalities, options, placement=info.placement)
    if not feeds:
        raise RecordingError(
            f"'{recording.name or recording.wearer}' has no stream that {info.id} takes "
            f"({', '.join(m.name for m in info.modalities)}). {' '.join(recording.notes)}".rstrip()
        )
    seen = [
        feed.status.description
        for feed in feeds
        if feed.status is not None and feed.status.description is not None
    ]
    return feeds, (*notes, *single_camera_notes(info, seen, options))
