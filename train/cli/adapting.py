"""Weights adapted to one wearer for a figure, as `hnhar adapt` makes them."""

from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo

if TYPE_CHECKING:
    from hnhar.model.recognizer import Recognizer
    from hnhar.stream.recordings import Recording


def taught(
    info: BundleInfo, recognizer: "Recognizer", learned: "Recording", *, guided: bool
) -> "tuple[BundleInfo, Recognizer]":
    """Weights that learned from a session of their wearer, by its annotations where `guided`, else by
    themselves. Raises RecordingError where nothing can be learned, or it would harm."""
    from hnhar.stream.recordings.feeds import recorded_feeds

    from ..adapt.session import SessionPart
    from ..adapt.student import AdaptConfig
    from ..adapt.workflow import adapted

    part = SessionPart(recorded_feeds(learned, info.modalities)[0], learned.annotations)
    made = adapted(
        info,
        recognizer,
        [part],
        info.name,
        AdaptConfig(),
        guided=guided,
        seed=0,
        stage=lambda stage, step, steps, measured: None,
    )
    return made.info, made.recognizer
