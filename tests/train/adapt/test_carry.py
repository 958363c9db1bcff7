"""What a bundle remembers is taken along when its encoders adapt, and a modality that became worse is not."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import find
from hnhar.model.bundle.novelty import Novelty
from hnhar.model.enroll.enroll import enroll
from hnhar.model.enroll.prototypes import Exemplars, Memory, Vectors, no_exemplars
from hnhar.model.loading import load, save
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings.enrolling import Span, examples
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.adapt.carry import carried, motion, moved_thresholds
from hnhar.train.adapt.parts import freeze, put_back, thaw
from hnhar.train.adapt.session import SessionPart
from hnhar.train.adapt.student import AdaptConfig
from hnhar.train.adapt.verdict import HeldOut
from hnhar.train.adapt.workflow import adapted
from hnhar.train.synthesis.performer import perform


def units(count: int, seed: int, width: int = 6) -> Vectors:
    """(count, 2, width) unit vectors."""
    drawn = np.random.default_rng(seed).normal(size=(count, 2, width))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=2, keepdims=True), np.float32)


def test_examples_move_as_the_windows_of_the_wearer_moved() -> None:
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))[0].astype(np.float32)
    kept, before = units(40, 1), units(4000, 2)
    after = before.copy()
    after[:, 0] = before[:, 0] @ turn
    learned = Exemplars(kept, np.zeros(40, np.int64))
    targets = np.tile(
        np.array([0.4, 0.6], np.float32), (4000, 1)
    )  # of nothing clearly: no example of its own
    made = carried(Memory(learned, no_exemplars(learned)), before, after, targets).learned
    assert np.abs(made.vectors[:, 0] - kept[:, 0] @ turn).max() < 0.05
    assert np.array_equal(made.vectors[:, 1], kept[:, 1])


def test_a_few_windows_move_examples_little() -> None:
    first, then = units(2, 4)[:, 0], units(2, 5)[:, 0]
    assert np.abs(motion(first, then) - np.eye(6)).max() < 0.7
    assert motion(first, first) == pytest.approx(np.eye(6), abs=1e-9)


def test_windows_of_the_wearer_become_examples_of_what_they_clearly_are() -> None:
    learned = Exemplars(units(4, 1), np.array([0, 0, 1, 1]))
    targets = np.eye(2, dtype=np.float32)[[0] * 30 + [1] * 3]
    targets[31] = 0.5
    windows = units(33, 6)
    made = carried(Memory(learned, no_exemplars(learned)), windows, windows, targets).learned
    assert made.labels.tolist() == [0, 0, 1, 1, *[0] * 8, 1, 1]
    assert np.array_equal(made.vectors[-1], windows[32])


def test_thresholds_of_the_unknown_move_with_the_scores_of_the_wearer() -> None:
    info = replace(
        load(find("utd-mhad-wrist"))[0], novelty={"imu": Novelty(-2.0, 0.05), "skeleton": Novelty(1.0, 0.05)}
    )
    scores = np.random.default_rng(1).normal(size=100)
    made = moved_thresholds(
        info, {"imu": scores, "skeleton": scores[:10]}, {"imu": scores - 3, "skeleton": scores[:10]}
    )
    assert made["imu"].threshold == pytest.approx(-5.0)
    assert made["skeleton"].threshold == 1.0


def test_parts_of_a_modality_can_be_frozen_and_put_back() -> None:
    before = load(find("utd-mhad-wrist"))[1]
    changed = copy.deepcopy(before).train()
    learning = freeze(changed, ["skeleton"])
    assert len(learning) < len(list(changed.parameters()))
    assert not changed.encoders["skeleton"].training
    assert changed.encoders["imu"].training
    thaw(changed)
    assert all(parameter.requires_grad for parameter in changed.parameters())
    with torch.no_grad():
        for parameter in changed.parameters():
            parameter.add_(1.0)
    put_back(changed, before, ["imu"])
    now, old = changed.state_dict(), before.state_dict()
    same = {name for name in old if torch.equal(now[name], old[name]) and old[name].is_floating_point()}
    assert {name for name in old if "imu" in name.split(".") and old[name].is_floating_point()} <= same
    assert not any("skeleton" in name.split(".") and "running" not in name for name in same)


def test_a_modality_stays_as_it_was_where_it_became_worse_at_all() -> None:
    held = HeldOut(400, 50.0, {"imu": 0.8, "skeleton": 0.95}, {"imu": 0.9, "skeleton": 0.93})
    assert held.fallen == ["skeleton"]
    assert not held.harms


@pytest.mark.slow
def test_activities_can_be_enrolled_into_an_adapted_bundle(tmp_path: Path) -> None:
    session = perform(seed=5, person=1010, actions=["wave", "clap", "boxing"], repetitions=2)
    info, recognizer = load(find("utd-mhad-wrist"))
    part = SessionPart(recorded_feeds(session, info.modalities)[0], session.annotations)
    config = AdaptConfig(steps=2, batch=16)
    made = adapted(
        info,
        recognizer,
        [part],
        "anna",
        config,
        guided=True,
        seed=0,
        stage=lambda what, step, steps, told: None,
    )
    save(tmp_path / "anna.safetensors", made.info, made.recognizer)
    info, recognizer = load(tmp_path / "anna.safetensors")
    spans = [Span(a.onset, a.offset) for a in session.annotations if a.label == "boxing"]
    found = examples(part.feeds, info, Runtime(info, recognizer, threads=1), spans)
    enrolled, memory, _ = enroll(info, recognizer.memory, "stir", found)
    recognizer.memory = memory
    save(tmp_path / "both.safetensors", enrolled, recognizer)
    assert load(tmp_path / "both.safetensors")[0].labels[-1] == "stir"
