"""Supervised training of the whole network on labeled trials: from scratch, or from a pre-training.

One training serves every reading: all modalities together, and each of them alone.
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from hnhar.model.heads import RecognizerOutput

from ...learn.augment import drop_modalities
from ...learn.checkpoint import TrainingState
from ...learn.mixup import mixed
from ...learn.supervised import Fusion, SupervisedLoss, fused, recognition_loss
from ...learn.watch import Report, begun
from .contrast import silent
from .encoders import Network
from .method import Budget, Share
from .trials import Trials, pick


class Supervision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of `supervise`."""

    budget: Budget = Budget(epochs=60, batch=64, weight_decay=0.05)
    smoothing: Share = 0.1
    """Of the targets."""
    fusion: Fusion = "sum"
    """Prediction of all modalities together."""
    dropped: Share = 0.0
    """Share of the trials from which a fusion head sees but one modality."""
    encoder_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    """Learning rate of the encoders, in rates of the head; 0 keeps them as they are, in evaluation mode."""
    distillation: Share = 0.0
    """Share of each modality's own loss that is the distance to what all say together."""
    mixup: Annotated[float, msgspec.Meta(ge=0, le=8)] = 0.0
    """α of Beta(α, α), from which each trial draws how much of it stays when another is mixed in; 0: all."""


def supervise(
    network: Network, trials: Trials, settings: Supervision, *, seed: int, report: Report = silent
) -> list[float]:
    """Train the recognizer in place on labeled trials; returns the mean loss of each epoch.

    Args:
        network: Fresh or pre-trained; its projections are left alone.
        trials: All labeled.
        settings: Loss, budget and learning rates.
        seed: Of order, augmentation and dropout.
        report: Called after each epoch; a `TrainingReport` keeps checkpoints, from which the training goes
            on, to the bit.

    Raises:
        ValueError: A trial without a label.
        ConfigError: A checkpoint is damaged.
    """
    if bool((trials.labels < 0).any()):
        raise ValueError("supervised training takes labeled trials only")
    generator = Generator().manual_seed(seed)
    torch.manual_seed(seed)
    budget, recognizer = settings.budget, network.recognizer
    batches = budget.batches(len(trials))
    parts: list[tuple[Iterable[nn.Parameter], float]] = [(recognizer.head.parameters(), 1.0)]
    if settings.encoder_rate > 0:
        parts.append((recognizer.encoders.parameters(), settings.encoder_rate))
    optimizer = budget.optimizer(parts, batches)
    supervision = SupervisedLoss(settings.smoothing, settings.fusion, distillation=settings.distillation)
    modules = TrainingState({"recognizer": recognizer}, optimizer.adamw, optimizer.schedule, generator)
    seen = {**trials.samples, "labels": trials.labels}
    deciding = {"trials": seen, "augmentation": trials.augmentation, "settings": settings, "seed": seed}
    training = begun(report, modules, deciding, ("loss",))
    losses = training.series["loss"]
    recognizer.train()
    recognizer.encoders.train(settings.encoder_rate > 0).requires_grad_(settings.encoder_rate > 0)
    for epoch in range(training.step, budget.epochs):
        total, right, rate = 0.0, 0, optimizer.rate
        for rows in torch.randperm(len(trials), generator=generator).tensor_split(batches):
            samples = pick(trials.views(rows, 1, generator), network.modalities)
            targets = trials.labels[rows]
            if settings.mixup > 0:
                shares = functional.one_hot(targets, trials.classes).float()
                samples, targets = mixed(samples, shares, settings.mixup)
            presence = drop_modalities(len(rows), len(samples), settings.dropped, generator)
            with torch.autocast("cpu", torch.bfloat16, enabled=budget.bfloat16):
                recognition = recognizer(samples, presence)
            loss = recognition_loss(recognition, targets, supervision)
            optimizer.step(loss)
            total += loss.item()
            right += int((fused(recognition, settings.fusion).argmax(dim=1) == trials.labels[rows]).sum())
        losses.append(total / batches)
        measured = {"loss": losses[-1], "accuracy": right / len(trials), "learning_rate": rate}
        report(epoch + 1, budget.epochs, measured)
        training.at(epoch + 1, budget.epochs)
    recognizer.eval().requires_grad_(True)
    return losses


@torch.no_grad()
def predict(
    network: Network, samples: dict[str, Tensor], modalities: tuple[str, ...], settings: Supervision
) -> Tensor:
    """(N,) labels that the recognizer gives, from the given modalities only."""
    recognition: RecognizerOutput = network.recognizer.eval()(pick(samples, modalities))
    return fused(recognition, settings.fusion).argmax(dim=1)
