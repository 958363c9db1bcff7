"""Pre-training of live bundles: who is contrasted with whom, and that a seed gives the same encoders."""

from dataclasses import replace

import pytest
import torch

from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.recognizer import Recognizer, preset
from hnhar.train.learn.data import WindowSet
from hnhar.train.learn.pretrain import PretrainConfig, pretrain, relations

MODALITIES = (imu(), skeleton())
RATES = {m.name: m.rate for m in MODALITIES}
QUICK = PretrainConfig(steps=3, batch=8)
IDLE = 2


def windows(count: int = 24) -> WindowSet:
    generator = torch.Generator().manual_seed(0)
    samples = {
        m.name: torch.randn(count, m.steps(1.0), len(m.channels), generator=generator) for m in MODALITIES
    }
    targets = torch.nn.functional.one_hot(torch.arange(count) % 3, 3).float()
    return WindowSet(samples, torch.ones(count, 2, dtype=torch.bool), targets)


def trained(config: PretrainConfig, seed: int = 0) -> tuple[Recognizer, list[float]]:
    torch.manual_seed(5)
    recognizer = Recognizer(preset("compact", MODALITIES, window=1.0, classes=3))
    losses: list[float] = []
    pretrain(
        recognizer,
        windows(),
        RATES,
        config,
        idle=IDLE,
        seed=seed,
        report=lambda step, total, measured: losses.append(measured["loss"]),
    )
    return recognizer, losses


def test_negatives_are_of_other_labels_and_positives_of_the_same_action() -> None:
    targets = torch.eye(3)[[0, 0, 1, 2, 2]]
    negatives, positives = relations(targets, IDLE)
    assert negatives.tolist() == [
        [False, False, True, True, True],
        [False, False, True, True, True],
        [True, True, False, True, True],
        [True, True, True, False, False],
        [True, True, True, False, False],
    ]
    assert positives[0].tolist() == [1, 1, 0, 0, 0]


def test_idle_moments_are_neither_positives_nor_negatives_of_each_other() -> None:
    negatives, positives = relations(torch.eye(3)[[2, 2, 0]], IDLE)
    assert not negatives[0, 1]
    assert positives[:2].sum() == 0


@pytest.mark.parametrize(
    "config", [QUICK, replace(QUICK, label_aware=False, tau_plus=0.1), replace(QUICK, views=1)]
)
def test_the_same_seed_gives_the_same_encoders_to_the_bit(config: PretrainConfig) -> None:
    (one, first), (two, second) = trained(config), trained(config)
    assert first == second
    assert len(first) == config.steps
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
    assert trained(config, seed=1)[1] != first


def test_pre_training_changes_the_encoders_and_no_steps_leave_them() -> None:
    before, none = trained(replace(QUICK, steps=0))
    after, _ = trained(QUICK)
    assert none == []
    assert any(
        not torch.equal(a, b)
        for a, b in zip(before.encoders.parameters(), after.encoders.parameters(), strict=True)
    )
