"""Weights adapted to one wearer for a figure, as `hnhar adapt` makes them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.stream.mapping.channel_map import MappingOptions

if TYPE_CHECKING:
    from hnhar.model.recognizer import Recognizer
    from hnhar.model.runtime import Runtime
    from hnhar.stream.recordings import Recording


@dataclass(frozen=True, slots=True)
class AdaptedSubject:
    """A bundle, with the sessions that it adapts to and those that it is read on, one of each a person."""

    info: BundleInfo
    recognizer: "Recognizer"
    runtime: "Runtime"
    learned: "tuple[Recording, ...]"
    """Empty where there is nothing to learn from."""
    read: "tuple[Recording, ...]"


def taught(
    info: BundleInfo,
    recognizer: "Recognizer",
    learned: "Recording",
    *,
    guided: bool,
    options: MappingOptions | None = None,
) -> "tuple[BundleInfo, Recognizer]":
    """Weights that learned from a session of their wearer, by its annotations where `guided`, else by
    themselves; `options`: of the mapping. Raises RecordingError where nothing can be learned, or it would
    harm."""
    from hnhar.stream.recordings.feeds import recorded_feeds

    from ..adapt.mounting import mountings
    from ..adapt.session import SessionPart
    from ..adapt.student import AdaptConfig
    from ..adapt.workflow import adapted

    options = options or MappingOptions()
    part = SessionPart(recorded_feeds(learned, info.modalities, options)[0], learned.annotations)
    made = adapted(
        info,
        recognizer,
        [part],
        info.name,
        AdaptConfig(),
        guided=guided,
        seed=0,
        stage=lambda stage, step, steps, measured: None,
        axes=mountings(info, options),
    )
    return made.info, made.recognizer
