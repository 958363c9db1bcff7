"""Adaptation of a recognizer to one wearer, in place: a short training on that wearer's windows.

Statistics of normalization stay those of the bundle: a few minutes of one person are too little for them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from torch import Generator, Tensor, nn

from hnhar.model.heads import RecognizerOutput
from hnhar.model.recognizer import Recognizer

from ..learn.augment import SERVED, Augmentation, augment, drop_modalities
from ..learn.data import WindowSet, draw, sampling_weights, standing_in
from ..learn.optimize import Optimizer
from ..learn.supervised import SupervisedLoss, recognition_loss
from ..learn.watch import Report
from .parts import freeze, thaw

MET: Final = 4
"""Windows of an activity from which on it counts as performed."""


@dataclass(frozen=True, slots=True)
class AdaptConfig:
    """Settings of `adapt`."""

    steps: int = 200
    """Batches."""
    batch: int = 32
    """Windows."""
    learning_rate: float = 3e-4
    """Learning rate of AdamW at the top of the one-cycle schedule."""
    weight_decay: float = 0.05
    smoothing: float = 0.1
    """Share of each target that is spread over all labels."""
    dropout: float = 0.2
    """Share of windows of which the fusion sees a part of the modalities."""
    idle_share: float = 0.35
    """Share of the drawn windows that is idle."""
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(time=SERVED))


def adapt(
    recognizer: Recognizer,
    windows: WindowSet,
    rates: Mapping[str, float],
    config: AdaptConfig,
    *,
    idle: int,
    seed: int,
    report: Report,
    kept: Collection[str] = (),
) -> None:
    """Train `recognizer` on a wearer's windows, in place.

    Args:
        recognizer: As the bundle has it; in evaluation mode afterwards.
        windows: Of the wearer, with targets.
        rates: Modality -> Hz of its grid.
        config: Settings.
        idle: Column of idle.
        seed: Of everything that is drawn.
        report: Told of each step.
        kept: Modalities whose encoder and heads stay as they are; at least one must learn.
    """
    generator = Generator().manual_seed(seed)
    recognizer.train()
    for module in recognizer.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
    optimizer = Optimizer(
        [(freeze(recognizer, kept), 1.0)],
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        steps=config.steps,
        cycle="rate and momentum",
    )
    supervision = SupervisedLoss(config.smoothing, "head", 1.0)
    weights = sampling_weights(windows.targets, idle, config.idle_share)
    columns = met(windows.targets, idle)
    for step in range(config.steps):
        rows = draw(weights, config.batch, generator)
        samples, present, targets = standing_in(windows, rows), windows.presence[rows], windows.targets[rows]
        kept = drop_modalities(len(rows), present.shape[1], config.dropout, generator) & present
        presence = torch.where(kept.any(dim=1, keepdim=True), kept, present)
        changed = augment(samples, rates, recognizer.kinds, config.augmentation, generator)
        shares = targets[:, columns]
        shares = shares / shares.sum(dim=1, keepdim=True).clamp_min(1e-6)
        output = _part(recognizer(changed, presence), columns)
        loss = recognition_loss(output, shares, supervision, present)
        optimizer.step(loss)
        report(step + 1, config.steps, {"loss": loss.item()})
    thaw(recognizer)


def met(targets: Tensor, idle: int) -> Tensor:
    """Columns of the activities that the windows have (`targets`: (N, K)), and idle.

    The loss leaves out the others: of what was not performed nothing is learned, neither that it is rare.
    """
    counts = torch.bincount(targets.argmax(dim=1), minlength=targets.shape[1])
    counts[idle] = MET
    return (counts >= MET).nonzero()[:, 0]


def _part(output: RecognizerOutput, columns: Tensor) -> RecognizerOutput:
    """The logits of some labels."""
    alone = {name: logits[:, columns] for name, logits in output.modality_logits.items()}
    return replace(output, logits=output.logits[:, columns], modality_logits=alone)
