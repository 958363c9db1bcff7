"""A recording through the engine, without threads: what a live run over it gives, to the bit."""

from dataclasses import dataclass

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.classifier import Classifier

from ..mapping.mapping import MappingOptions
from ..messages import Event, Prediction
from ..recordings.feeds import interleave, recorded_feeds
from ..recordings.recording import Recording
from .engine import Engine


@dataclass(frozen=True, slots=True)
class Recognition:
    """What one recording was recognized as; times on the recording's clock, and latencies 0."""

    predictions: tuple[Prediction, ...]
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    """What was assumed of its streams."""


def recognize(
    recording: Recording,
    runtime: Classifier,
    info: BundleInfo,
    *,
    hop: float | None = None,
    options: MappingOptions | None = None,
) -> Recognition:
    """Recognize a whole recording. Raises ChannelError where its streams do not fit the bundle."""
    feeds, notes = recorded_feeds(recording, info.modalities, options, placement=info.placement)
    engine = Engine(runtime, info, [recording.wearer], hop=hop)
    predictions: list[Prediction] = []
    events: list[Event] = []

    for feed, chunk in interleave(feeds):
        engine.push(recording.wearer, feed, chunk)
        made = engine.classify(engine.due())
        predictions += made
        events += engine.decide(made)
    return Recognition(tuple(predictions), (*events, *engine.finish()), notes)
