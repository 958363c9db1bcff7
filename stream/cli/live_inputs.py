"""Inputs of a live run: sources of each wearer, read into the pipeline, and the marker stream."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError
from hnhar.model.kinds.skeleton import SKELETON

from ..config.config import StreamConfig
from ..config.sources import ModalitySource, resolved
from ..engine.inbox import InboxSink
from ..engine.pipeline import Pipeline
from ..intake.registry import DEFAULT, check_source, split_source
from ..mapping.channel_map import MappingOptions
from ..mapping.joints import MEDIAPIPE_33
from ..mapping.single_camera import single_camera_note
from .default_weights import is_camera
from .live_weights import ChosenWeights

if TYPE_CHECKING:
    from ..intake.reader import SourceReader
    from ..lsl.markers import MarkerReader


def check_sources(sources: Mapping[str, str], info: BundleInfo) -> dict[str, ModalitySource]:
    """Modality of the weights -> its source; refuses, before anything is loaded, malformed sources and
    modalities that the weights do not take.

    Raises ConfigError.
    """
    for source in sources.values():
        check_source(source)
    return resolved(sources, info.modalities, info.id)


def camera_notes(sources: Mapping[str, str], options: MappingOptions, info: BundleInfo) -> list[str]:
    """A note on each source that is a camera, or is said to have MediaPipe's joints, where weights know too
    little of such; `sources`: modality as the user names it -> its source."""
    notes = []
    for name, given in resolved(sources, info.modalities, info.id).items():
        modality = info.modality(name)
        mediapipe = options.of(modality).joints == MEDIAPIPE_33.name
        if modality.kind == SKELETON.name and (mediapipe or is_camera(given.source)):
            notes.append(single_camera_note(info, given.source))
    return list(filter(None, notes))


def add_readers(
    pipeline: Pipeline, config: StreamConfig, weights: ChosenWeights, pick: str | None
) -> "list[SourceReader]":
    """A reader for each source, as an input of the pipeline."""
    from ..flow.timeline import LIFESPAN
    from ..intake.due import ExpectedSample
    from ..intake.reader import SourceReader
    from ..lsl.inlet import now

    readers = []
    for wearer in config.wearer:
        info = weights.of(wearer.id).info
        known = {modality.name: modality for modality in info.modalities}
        beside: list[ExpectedSample] = []
        for name, given in check_sources(wearer.sources, info).items():
            sink = InboxSink(wearer.id, pipeline.inbox)
            reader = SourceReader(
                wearer.id,
                known[name],
                given.source,
                sink,
                now=now,
                options=wearer.options,
                placement=info.placement,
                among=given.among,
                pick=pick,
                lifespan=config.lifespan or LIFESPAN,
                deadline=config.deadline,
                hop=pipeline.hop,
                phase=pipeline.phases[wearer.id],
                beside=beside,
            )
            pipeline.add(reader)
            readers.append(reader)
    return readers


def marker_reader(arguments: argparse.Namespace) -> "MarkerReader | None":
    """The reader of `--markers`, not begun yet; None without them. Raises ConfigError."""
    if arguments.markers is None:
        return None
    from ..lsl.markers import MarkerReader
    from ..lsl.source import parse_source
    from ..recordings.marker_map import parse_map

    scheme, address = split_source(arguments.markers)
    if scheme != DEFAULT:
        raise ConfigError(f"--markers {arguments.markers}: markers are read from LSL, not from '{scheme}:'.")
    return MarkerReader(parse_source(address), parse_map(arguments.marker_map or ""))
