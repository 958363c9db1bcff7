"""The supervised loss is the sum of cross-entropies that it is said to be."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from hnhar.model.heads import RecognizerOutput
from hnhar.train.learn.supervised import SupervisedLoss, fused, recognition_loss

TARGETS = torch.tensor([0, 1, 2, 1])


def output(seed: int = 0) -> RecognizerOutput:
    logits = torch.randn(3, 4, 3, generator=torch.Generator().manual_seed(seed))
    return RecognizerOutput(logits[0], logits[0], {"imu": logits[1], "skeleton": logits[2]})


def test_it_is_the_cross_entropy_of_the_fusion_and_of_each_modality() -> None:
    made, settings = output(), SupervisedLoss(smoothing=0.1, modality_loss=0.5)
    parts = [cross_entropy(z, TARGETS, label_smoothing=0.1) for z in made.modality_logits.values()]
    expected = cross_entropy(made.logits, TARGETS, label_smoothing=0.1) + 0.5 * sum(parts)
    torch.testing.assert_close(recognition_loss(made, TARGETS, settings), expected)


def test_a_modality_counts_only_where_it_is_present() -> None:
    made, settings = output(), SupervisedLoss(smoothing=0.0)
    present = torch.tensor([[True, False]] * 3 + [[False, False]])
    expected = cross_entropy(made.logits, TARGETS) + cross_entropy(
        made.modality_logits["imu"][:3], TARGETS[:3]
    )
    torch.testing.assert_close(recognition_loss(made, TARGETS, settings, present), expected)


def test_classes_and_their_shares_give_the_same_loss() -> None:
    shares = torch.eye(3)[TARGETS]
    for settings in (SupervisedLoss(), SupervisedLoss(fusion="sum", distillation=0.3)):
        by_class, by_share = (recognition_loss(output(), t, settings) for t in (TARGETS, shares))
        torch.testing.assert_close(by_class, by_share)


def test_distillation_moves_each_modality_toward_what_all_say() -> None:
    made, settings = output(), SupervisedLoss(smoothing=0.0, fusion="sum", distillation=1.0)
    together = fused(made, "sum").softmax(dim=1)
    parts = [cross_entropy(z, together) for z in made.modality_logits.values()]
    expected = cross_entropy(fused(made, "sum"), TARGETS) + sum(parts)
    torch.testing.assert_close(recognition_loss(made, TARGETS, settings), expected)


def test_what_an_absent_modality_says_teaches_nobody() -> None:
    settings = SupervisedLoss(distillation=0.5)
    present = torch.tensor([[True, False]] * 4)
    first, second = output(), output()
    second.modality_logits["skeleton"].fill_(100.0)
    losses = [recognition_loss(made, TARGETS, settings, present).item() for made in (first, second)]
    assert losses[0] == pytest.approx(losses[1])


def test_a_sum_of_logits_takes_those_modalities_that_are_kept() -> None:
    settings = SupervisedLoss(smoothing=0.0, fusion="sum", modality_loss=0.0)
    kept = torch.tensor([[True, False]] * 2 + [[True, True]] * 2)
    made = output()
    imu, skeleton = made.modality_logits.values()
    summed = torch.cat([imu[:2], imu[2:] + skeleton[2:]])
    torch.testing.assert_close(fused(made, "sum", kept), summed)
    expected = cross_entropy(summed, TARGETS)
    torch.testing.assert_close(recognition_loss(made, TARGETS, settings, kept=kept), expected)
