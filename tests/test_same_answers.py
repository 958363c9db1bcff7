"""The shipped bundles answer as they did when they were shipped: by torch to the bit, on a like machine.

`same_answers.json` holds what they gave then, made anew with each release of weights. Processors and versions
of torch and NumPy differ in last digits: a probe of both tells whether this machine computes as that one did.
Where it does, bits must agree; where it does not, events must, within a hop.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import find, read
from hnhar.model.serving import RuntimeName, installed, serve
from hnhar.stream.engine.offline import Recognition, recognize
from hnhar.stream.messages import Event, Prediction
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.open import open_recording

KNOWN: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
WRIST, THIGH = "utd-mhad-wrist", "utd-mhad-thigh"
SETTINGS = {
    *("smoothing", "enter", "leave", "minimum", "refractory", "coverage", "onset_shift", "offset_shift"),
    *("certain", "again", "evidence", "begins", "ends", "subsets"),
}
"""Of a decision, when the digests were first made."""
OF_A_MODALITY = ("name", "kind", "channels", "units", "rate")
"""Likewise: a later field, at its default, changes nothing."""


def probe() -> str:
    """Digest of what torch and NumPy alone compute, at sizes of encoders, novelty and the performer."""
    generator = torch.Generator().manual_seed(0)
    made = hashlib.sha256()
    with torch.inference_mode():
        for batch, channels, width in ((1, 64, 5), (2, 64, 5), (16, 96, 3)):
            signal = torch.randn(batch, channels, 75, generator=generator)
            kernel = torch.randn(channels, channels, width, generator=generator)
            out = torch.nn.functional.gelu(torch.nn.functional.conv1d(signal, kernel, padding=2)).mean(dim=2)
            out = out @ torch.randn(channels, 128, generator=generator)
            made.update(out.softmax(dim=1).numpy().tobytes())
    rng = np.random.default_rng(0)
    long, few, many = rng.normal(size=3001), rng.normal(size=(3, 256)), rng.normal(size=(500, 256))
    for function in (np.sin, np.cos, np.exp, np.tanh, np.cumsum, np.sort):
        made.update(function(long).tobytes() + function(long.astype(np.float32)).tobytes())
    made.update(np.arctan2(long[1:], long[:-1]).tobytes())
    for kind in (np.float64, np.float32):
        made.update((few.astype(kind) @ many.astype(kind).T).tobytes())
        made.update((few[:, :3].astype(kind) @ many[:3, :3].astype(kind)).tobytes())
    made.update(np.einsum("nij,nj->ni", many[:, :9].reshape(-1, 3, 3), many[:, :3]).tobytes())
    return made.hexdigest()


def prediction_digest(predictions: Iterable[Prediction]) -> str:
    made = hashlib.sha256()
    for p in predictions:
        fields = (p.seq, p.wearer, p.start, p.end, p.label, p.confidence, p.probabilities, p.modalities)
        made.update(msgspec.json.encode((*fields, p.coverage, p.closed_by, p.unknown)))
    return made.hexdigest()


def event_rows(events: Iterable[Event]) -> list[list[Any]]:
    return [[e.kind, e.label, e.onset, e.duration, e.decided, e.unknown] for e in events]


def settings_of(decision: dict[str, Any]) -> dict[str, Any]:
    """What a decision said when the digests were made: a later setting, at its default, changes nothing."""
    made = {name: value for name, value in decision.items() if name in SETTINGS}
    return made | {"subsets": {key: settings_of(subset) for key, subset in decision["subsets"].items()}}


def bundle_digest(name: str) -> str:
    """Of a bundle's weights and of all that decides its answers."""
    file = read(find(name))
    info = file.info
    assert not any(modality.placement for modality in info.modalities)
    taken = [{name: getattr(modality, name) for name in OF_A_MODALITY} for modality in info.modalities]
    decides = (info.architecture, info.labels, taken, info.window, info.hop, info.temperatures)
    decision = settings_of(msgspec.to_builtins(info.decision))
    knots = [msgspec.to_builtins(knot) for knot in info.latency]
    curve = [knot | {"decision": settings_of(knot["decision"])} for knot in knots]
    novelty = msgspec.to_builtins(info.novelty)
    made = hashlib.sha256(msgspec.json.encode((*decides, decision, curve, novelty)))
    for entry in sorted(file.entries):
        made.update(entry.encode() + np.ascontiguousarray(file.tensor(entry)).tobytes())
    return made.hexdigest()


@cache
def recorded(path: str | Path, subject: int, placement: str) -> Recording:
    return open_recording(path, subject=subject, placement=placement, seed=1)


@cache
def answers(name: str, path: str | Path, subject: int, runtime: RuntimeName) -> Recognition:
    found = serve(find(name), runtime=runtime)
    recording = recorded(path, subject, found.info.placement.split()[-1])
    return recognize(recording, found.runtime, found.info)


def answered(found: Recognition) -> dict[str, Any]:
    return {"predictions": prediction_digest(found.predictions), "events": event_rows(found.events)}


def check(found: dict[str, Any], known: dict[str, Any]) -> None:
    if probe() == KNOWN["probe"]:
        assert found == known
        return
    assert [row[:2] for row in found["events"]] == [row[:2] for row in known["events"]]
    for row, other in zip(found["events"], known["events"], strict=True):
        assert row[2] == pytest.approx(other[2], abs=0.25)


@pytest.mark.parametrize("name", [WRIST, THIGH])
def test_a_shipped_bundle_holds_the_weights_and_settings_of_before(name: str) -> None:
    assert bundle_digest(name) == KNOWN[f"{name} bundle"]


def test_a_synthetic_session_is_recognized_as_before() -> None:
    check(answered(answers(WRIST, "synthetic", 0, "torch")), KNOWN[f"{WRIST} synthetic"])


def test_a_composed_session_of_the_thigh_is_recognized_as_before(data_dir: Path) -> None:
    check(answered(answers(THIGH, data_dir / "utd_mhad", 1, "torch")), KNOWN[f"{THIGH} composed"])


@pytest.mark.slow
def test_a_composed_session_of_the_wrist_is_recognized_as_before(data_dir: Path) -> None:
    check(answered(answers(WRIST, data_dir / "utd_mhad", 1, "torch")), KNOWN[f"{WRIST} composed"])


def check_runtimes(name: str, path: str | Path, subject: int, runtime: RuntimeName = "onnx") -> None:
    """Another runtime beside torch: the same events, and no probability that differs by more than 1e-5."""
    package, extra = ("onnxruntime", "serve") if runtime == "onnx" else ("openvino", "openvino")
    if not installed(package):
        pytest.skip(f"pip install 'hnhar[{extra}]'")
    found, known = (answers(name, path, subject, each) for each in (runtime, "torch"))
    assert event_rows(found.events) == event_rows(known.events)
    assert len(found.predictions) == len(known.predictions)
    for prediction, other in zip(found.predictions, known.predictions, strict=True):
        assert prediction.end == other.end
        assert prediction.probabilities == pytest.approx(other.probabilities, abs=1e-5)
        assert prediction.unknown == other.unknown


def test_onnx_runtime_recognizes_a_synthetic_session_as_torch_does() -> None:
    check_runtimes(WRIST, "synthetic", 0)


def test_openvino_recognizes_a_synthetic_session_as_torch_does() -> None:
    check_runtimes(WRIST, "synthetic", 0, "openvino")


def test_onnx_runtime_recognizes_a_composed_session_of_the_thigh_as_torch_does(data_dir: Path) -> None:
    check_runtimes(THIGH, data_dir / "utd_mhad", 1)


@pytest.mark.slow
def test_onnx_runtime_recognizes_a_composed_session_of_the_wrist_as_torch_does(data_dir: Path) -> None:
    check_runtimes(WRIST, data_dir / "utd_mhad", 1)
