"""Supervised training of encoders and head on soft targets, for every subset of the modalities at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Generator

from hnhar.model.recognizer import Recognizer

from .augment import SERVED, Augmentation, augment, drop_modalities
from .checkpoint import TrainingState
from .data import WindowSet, draw, sampling_weights, standing_in
from .mixup import mixed
from .optimize import Optimizer
from .pretrain import deciding
from .supervised import Fusion, SupervisedLoss, recognition_loss
from .watch import Report, begun


@dataclass(frozen=True, slots=True)
class FinetuneConfig:
    """Settings of `finetune`."""

    steps: int = 1000
    """Batches."""
    batch: int = 128
    """Windows."""
    learning_rate: float = 2e-3
    """Learning rate of AdamW at the top of the one-cycle schedule."""
    weight_decay: float = 0.05
    smoothing: float = 0.1
    """Share of each target that is spread over all labels."""
    modality_loss: float = 1.0
    """Weight of each modality's own cross-entropy beside that of the fusion."""
    dropout: float = 0.2
    """Share of windows of which the fusion sees a single modality."""
    idle_share: float = 0.35
    """Share of the drawn windows that is idle."""
    mixup: float = 0.0
    """α of Beta(α, α), from which each window draws how much of it stays when another is mixed in; 0: all."""
    fusion: Fusion = "head"
    """Logits that are trained for several modalities: those of the head, or the sum of each modality's."""
    bfloat16: bool = False
    """Compute the layers in bfloat16: half as fast again on processors that have it, slower on others."""
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(time=SERVED))


def finetune(
    recognizer: Recognizer,
    windows: WindowSet,
    rates: Mapping[str, float],
    config: FinetuneConfig,
    *,
    idle: int,
    seed: int,
    report: Report,
) -> None:
    """Train `recognizer` in place; arguments and errors as of `pretrain.pretrain`."""
    generator = Generator().manual_seed(seed)
    optimizer = Optimizer(
        [(recognizer.parameters(), 1.0)],
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        steps=config.steps,
        cycle="rate and momentum",
    )
    supervision = SupervisedLoss(config.smoothing, config.fusion, config.modality_loss)
    weights = sampling_weights(windows.targets, idle, config.idle_share)
    parts = TrainingState({"recognizer": recognizer}, optimizer.adamw, optimizer.schedule, generator)
    training = begun(report, parts, deciding(config, windows, rates, idle, seed))
    recognizer.train()
    for step in range(training.step, config.steps):
        rows = draw(weights, config.batch, generator)
        samples, present, targets = standing_in(windows, rows), windows.presence[rows], windows.targets[rows]
        kept = drop_modalities(len(rows), present.shape[1], config.dropout, generator) & present
        presence = torch.where(kept.any(dim=1, keepdim=True), kept, present)
        changed = augment(samples, rates, recognizer.kinds, config.augmentation, generator)
        if config.mixup > 0:
            changed, targets = mixed(changed, targets, config.mixup, present)
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            recognition = recognizer(changed, presence)
        loss, rate = recognition_loss(recognition, targets, supervision, present, presence), optimizer.rate
        optimizer.step(loss)
        accuracy = (recognition.logits.argmax(dim=1) == targets.argmax(dim=1)).float().mean()
        report(
            step + 1, config.steps, {"loss": loss.item(), "accuracy": accuracy.item(), "learning_rate": rate}
        )
        training.at(step + 1, config.steps)
    recognizer.eval()
