"""Weights adapted to one wearer for a figure, as `hnhar adapt` does, but for its trial on a part held out."""

import copy
from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo

if TYPE_CHECKING:
    from hnhar.model.recognizer import Recognizer
    from hnhar.stream.recordings import Recording


def taught(
    info: BundleInfo, recognizer: "Recognizer", learned: "Recording", *, guided: bool
) -> "tuple[BundleInfo, Recognizer]":
    """Weights that learned from a session of their wearer, by its annotations where `guided`, else by
    themselves. Raises RecordingError where nothing can be learned."""
    import torch

    from hnhar.model.runtime import Runtime
    from hnhar.stream.recordings.feeds import recorded_feeds

    from ..adapt.session import SessionPart
    from ..adapt.student import AdaptConfig, adapt
    from ..adapt.workflow import targets_of

    part = SessionPart(recorded_feeds(learned, info.modalities)[0], learned.annotations)
    windows = targets_of([part.windows(info)], [part], info, Runtime(info, recognizer, threads=1), guided)
    made = copy.deepcopy(recognizer)
    rates = {modality.name: modality.rate for modality in info.modalities}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        idle = info.labels.index(info.idle)
        adapt(made, windows, rates, AdaptConfig(), idle=idle, seed=0, report=lambda *_: None)
    return info, made
