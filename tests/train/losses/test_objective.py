"""The loss of a batch is the one of `train.losses`; several positives reduce to it."""

import math

import pytest
import torch
from torch import Tensor

from hnhar.train.losses import losses
from hnhar.train.losses.contrast import contrast, many_positives, meeting
from hnhar.train.losses.defective import authors_public_code_loss
from hnhar.train.losses.inputs import Setting
from hnhar.train.losses.method import Method


def unit(seed: int, batch: int = 8) -> Tensor:
    vectors = torch.randn(batch, 5, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(vectors, dim=1)


VIEWS = {"imu": [unit(0), unit(1)], "skeleton": [unit(2), unit(3)]}
HARD = {"temperature": 0.3, "beta": 1.5, "tau_plus": 0.02}


def test_across_modalities_it_is_the_hard_negative_loss_of_each_view() -> None:
    made = contrast(VIEWS, Method(views=2, temperature=0.3, tau_plus=0.02), 1.5, None, None)
    each = [
        losses.hard_negative_nt_xent(imu, skeleton, **HARD)  # type: ignore[arg-type]
        for imu, skeleton in zip(VIEWS["imu"], VIEWS["skeleton"], strict=True)
    ]
    assert made.item() == pytest.approx(sum(loss.item() for loss in each) / 2, rel=1e-6)


def test_within_modalities_it_is_the_unimodal_loss() -> None:
    made = contrast(VIEWS, Method(pairs="within", views=2, temperature=0.3, tau_plus=0.02), 1.5, None, None)
    each = [losses.hard_negative_nt_xent_unimodal(*VIEWS[name], **HARD) for name in VIEWS]  # type: ignore[misc,arg-type]
    assert made.item() == pytest.approx(sum(loss.item() for loss in each) / 2, rel=1e-6)


def test_all_pairs_are_those_of_as_many_modalities_as_views() -> None:
    made = contrast(VIEWS, Method(pairs="all", views=2, temperature=0.3, tau_plus=0.02), 1.5, None, None)
    every = [*VIEWS["imu"], *VIEWS["skeleton"]]
    assert made.item() == pytest.approx(
        losses.hard_negative_nt_xent_multimodal(every, **HARD).item(),  # type: ignore[arg-type]
        rel=1e-6,
    )


def test_the_public_code_is_the_one_with_the_defects() -> None:
    made = contrast(VIEWS, Method(temperature=0.3, tau_plus=0.02, public_code=True), 1.5, None, None)
    assert made.item() == pytest.approx(
        authors_public_code_loss(VIEWS["imu"][0], VIEWS["skeleton"][0], **HARD).item(), rel=1e-6
    )


def test_only_oneself_as_positive_is_the_plain_hard_loss() -> None:
    a, b = unit(0), unit(2)
    setting, nobody = Setting(0.3, 1.5), torch.zeros(8, 8)
    both = many_positives(a, b, setting, None, nobody) + many_positives(b, a, setting, None, nobody)
    plain = losses.hard_negative_nt_xent(a, b, temperature=0.3, beta=1.5, tau_plus=0.0)
    assert both.item() / 2 == pytest.approx(plain.item(), rel=1e-5)


def test_several_positives_agree_with_a_double_loop() -> None:
    a, b = unit(0), unit(2)
    labels = [0, 0, 1, 1, 2, 2, 2, 0]
    same = torch.tensor([[float(x == y) for y in labels] for x in labels])
    made = many_positives(a, b, Setting(0.3, 1.5), None, same)
    total = 0.0
    for i in range(8):
        s = [float(a[i] @ b[j]) / 0.3 for j in range(8)]
        out = [j for j in range(8) if labels[j] != labels[i]]
        g = sum(math.exp(2.5 * s[j]) for j in out) / sum(math.exp(1.5 * s[j]) for j in out) * len(out)
        own = [j for j in range(8) if labels[j] == labels[i]]
        total += sum(-math.log(math.exp(s[j]) / (math.exp(s[j]) + g)) for j in own) / len(own)
    assert made.item() == pytest.approx(total / 8, rel=1e-5)


def test_pairs_that_meet_are_counted_once_in_each_direction() -> None:
    assert len(meeting(VIEWS, "cross")) == 8
    assert len(meeting(VIEWS, "within")) == 4
    assert len(meeting(VIEWS, "all")) == 12


def test_several_positives_with_a_class_prior_are_refused() -> None:
    with pytest.raises(ValueError, match="tau_plus"):
        contrast(VIEWS, Method(tau_plus=0.1), 0.0, None, torch.ones(8, 8))
