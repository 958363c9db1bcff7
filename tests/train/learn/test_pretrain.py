"""Pre-training of live bundles: who is contrasted with whom, and that a seed gives the same encoders."""

import math
from dataclasses import replace

import pytest
import torch

from hnhar.model.kinds.imu import IMU, imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.recognizer import Recognizer, preset
from hnhar.train.learn.data import WindowSet, standing_in
from hnhar.train.learn.pretrain import PretrainConfig, contrasted, pretrain, relations

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


THREE = (IMU.at("wrist", 20.0), IMU.at("hip", 20.0), skeleton(10.0))


def lacking_windows(count: int = 48) -> WindowSet:
    """Of three modalities, of which a third of the windows lacks one each; an absent one is zeros."""
    generator = torch.Generator().manual_seed(0)
    presence = torch.ones(count, 3, dtype=torch.bool)
    for column in range(3):
        presence[column * 4 : column * 4 + 16, column] = False
    samples = {}
    for column, m in enumerate(THREE):
        made = 1 + torch.randn(count, m.steps(1.0), len(m.channels), generator=generator)
        samples[m.name] = made * presence[:, column, None, None]
    targets = torch.nn.functional.one_hot(torch.arange(count) % 3, 3).float()
    return WindowSet(samples, presence, targets)


@pytest.mark.parametrize("config", [QUICK, replace(QUICK, label_aware=False), replace(QUICK, views=1)])
def test_windows_that_lack_a_modality_take_part_with_those_that_they_have(config: PretrainConfig) -> None:
    torch.manual_seed(5)
    recognizer = Recognizer(preset("compact", THREE, window=1.0, classes=3))
    losses: list[float] = []
    pretrain(
        recognizer,
        lacking_windows(),
        {m.name: m.rate for m in THREE},
        replace(config, steps=2, batch=24),
        idle=IDLE,
        seed=0,
        report=lambda step, total, measured: losses.append(measured["loss"]),
    )
    assert len(losses) == 2
    assert all(map(math.isfinite, losses))
    assert all(p.isfinite().all() for p in recognizer.parameters())


def test_a_window_with_a_single_modality_has_nothing_to_be_contrasted_with() -> None:
    few = lacking_windows()
    few.presence[0] = torch.tensor([True, False, False])
    assert not contrasted(few)[0]
    assert contrasted(few)[1:].sum() == (few.presence[1:].sum(dim=1) >= 2).sum()


def test_what_a_window_lacks_is_stood_in_for_by_another_windows_samples() -> None:
    few = lacking_windows()
    rows = torch.arange(16)
    taken = standing_in(few, rows)
    for column, name in enumerate(few.samples):
        there = few.presence[rows, column]
        assert not there.all()
        assert torch.equal(taken[name][there], few.samples[name][rows][there])
        assert (taken[name].abs().sum(dim=(1, 2)) > 0).all()
    whole = windows()
    assert all(torch.equal(standing_in(whole, rows)[n], s[rows]) for n, s in whole.samples.items())
