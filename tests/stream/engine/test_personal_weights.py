"""Several wearers in one engine, each recognized by weights of their own or by those of the run."""

import copy
from dataclasses import replace

import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo, find
from hnhar.model.errors import ConfigError
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.served import ServedWeights
from hnhar.stream.messages import Prediction
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import interleave, recorded_feeds
from hnhar.train.synthesis.performer import perform


@pytest.fixture(scope="module")
def shared() -> ServedWeights:
    info, recognizer = load(find("utd-mhad-wrist"))
    return ServedWeights(info, Runtime(info, recognizer), info.decision)


@pytest.fixture(scope="module")
def ann(shared: ServedWeights) -> ServedWeights:
    """Weights that know one label otherwise called, and answer a little otherwise."""
    info, recognizer = load(find("utd-mhad-wrist"))
    recognizer = copy.deepcopy(recognizer)
    with torch.no_grad():
        for parameter in recognizer.head.parameters():
            parameter.mul_(0.9)
    labels = tuple("hello" if label == "wave" else label for label in info.labels)
    info = replace(info, name="ann", digest="a" * 64, labels=labels)
    return ServedWeights(info, Runtime(info, recognizer), info.decision)


@pytest.fixture(scope="module")
def sessions() -> dict[str, Recording]:
    return {name: perform(seed=k, person=k, duration=8.0) for k, name in enumerate(("ann", "ben"))}


def recognized(engine: Engine, sessions: dict[str, Recording]) -> dict[str, list[Prediction]]:
    """Wearer -> predictions, in one engine, asked for once all samples are there."""
    for wearer, session in sessions.items():
        for feed, chunk in interleave(recorded_feeds(session, engine.info.modalities)[0]):
            engine.push(wearer, feed, chunk)
    found: dict[str, list[Prediction]] = {wearer: [] for wearer in sessions}
    for prediction in engine.classify(engine.due()):
        found[prediction.wearer].append(prediction)
    return found


def test_each_wearer_is_recognized_by_their_own_weights_as_if_alone(
    shared: ServedWeights, ann: ServedWeights, sessions: dict[str, Recording]
) -> None:
    both = Engine(shared.runtime, shared.info, ["ann", "ben"], personal={"ann": ann})
    together = recognized(both, sessions)
    alone_ann = Engine(ann.runtime, ann.info, ["ann"])
    alone_ben = Engine(shared.runtime, shared.info, ["ben"])
    assert together["ann"] == recognized(alone_ann, {"ann": sessions["ann"]})["ann"]
    assert together["ben"] == recognized(alone_ben, {"ben": sessions["ben"]})["ben"]
    assert {p.model for p in together["ann"]} == {ann.info.id}
    assert {p.model for p in together["ben"]} == {shared.info.id}
    assert "hello" in together["ann"][0].probabilities
    assert "hello" not in together["ben"][0].probabilities
    assert together["ann"]


def test_the_engine_names_the_weights_of_their_own_and_every_label(
    shared: ServedWeights, ann: ServedWeights
) -> None:
    engine = Engine(shared.runtime, shared.info, ["ann", "ben"], personal={"ann": ann})
    assert engine.personal == {"ann": ann.info.id}
    assert engine.labels == (*shared.info.labels, "hello")
    assert Engine(shared.runtime, shared.info, ["ann"]).personal == {}


@pytest.mark.parametrize(
    ("changes", "hop", "words"),
    [
        ({"window": 2.0}, None, "windows of 2 s"),
        ({"hop": 0.5}, None, "a prediction each 0.5 s"),
        ({"hop": 0.5}, 0.25, ""),
    ],
)
def test_weights_of_other_windows_or_hops_are_refused(
    shared: ServedWeights, ann: ServedWeights, changes: dict[str, float], hop: float | None, words: str
) -> None:
    info: BundleInfo = replace(ann.info, **changes)  # type: ignore[arg-type]
    theirs = ServedWeights(info, ann.runtime, ann.decision)

    def made() -> Engine:
        return Engine(shared.runtime, shared.info, ["ann", "ben"], hop=hop, personal={"ann": theirs})

    if not words:
        assert made().hop == hop
        return
    with pytest.raises(ConfigError, match=words) as refused:
        made()
    assert "wearer 'ann'" in str(refused.value)
