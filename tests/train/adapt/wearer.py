"""A wearer's session for the tests of adapting, and the weights that adapt to it."""

from functools import cache

from hnhar.model.bundle.bundle import BundleInfo, find
from hnhar.model.loading import load
from hnhar.model.recognizer import Recognizer
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.adapt.session import SessionPart
from hnhar.train.adapt.student import AdaptConfig
from hnhar.train.adapt.workflow import Adapted, adapted
from hnhar.train.synthesis.performer import perform

SHORT = AdaptConfig(steps=2, batch=16)


@cache
def shipped() -> tuple[BundleInfo, Recognizer]:
    return load(find("utd-mhad-wrist"))


@cache
def session() -> Recording:
    return perform(seed=5, person=1010, actions=["wave", "clap", "boxing", "arm_curl"], repetitions=2)


def part(recording: Recording) -> SessionPart:
    feeds, _ = recorded_feeds(recording, shipped()[0].modalities)
    return SessionPart(feeds, recording.annotations)


def adapt_to(*parts: SessionPart, guided: bool = False, config: AdaptConfig = SHORT) -> Adapted:
    info, recognizer = shipped()
    return adapted(
        info,
        recognizer,
        parts,
        "anna",
        config,
        guided=guided,
        seed=0,
        stage=lambda what, step, steps, told: None,
    )
