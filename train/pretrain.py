"""Contrastive pre-training of the encoders: windows of the same moment agree across modalities.

The loss is the paper's (`losses.hard_negative_nt_xent`). By default the labels of the training windows leave
samples of the anchor's own class out of its negatives: in a batch of windows of few classes the nearest
"negatives" are of the same class, and concentrating on them teaches to tell alike things apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator

from hnhar.model.heads import ProjectionHead
from hnhar.model.recognizer import Recognizer

from .augment import SERVED, Augmentation, augment
from .data import WindowSet, sampling_weights
from .losses import clamp_share, hard_negative_nt_xent

Report = Callable[[int, int, dict[str, float]], None]
"""Step, of how many, and what is measured there."""


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """Settings of `pretrain`."""

    steps: int = 150
    """Batches; 0 leaves the encoders as they are."""
    batch: int = 128
    """Windows."""
    temperature: float = 0.5
    """t."""
    beta: float = 2.0
    """β; κ = β/t."""
    tau_plus: float = 0.0
    """τ⁺; 1 / classes is its meaning without labels."""
    label_aware: bool = True
    """Leave windows of the anchor's own label out of its negatives (τ⁺ is then 0)."""
    learning_rate: float = 2e-3
    """Of AdamW, at the top of the one-cycle schedule."""
    weight_decay: float = 0.01
    idle_share: float = 0.2
    """Share of the drawn windows that is idle."""
    bfloat16: bool = False
    """Compute the layers in bfloat16: twice as fast on processors that have it, slower on others."""
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(time=SERVED))


def pretrain(
    recognizer: Recognizer,
    windows: WindowSet,
    rates: dict[str, float],
    config: PretrainConfig,
    *,
    idle: int,
    seed: int,
    report: Report,
) -> None:
    """Train the encoders of `recognizer` in place.

    Args:
        recognizer: Of two modalities.
        windows: Where both modalities are present; others are left out.
        rates: Modality -> Hz.
        config: Settings.
        idle: Column of the idle label.
        seed: Of everything random here.
        report: Called after each step.
    """
    if config.steps == 0:
        return
    generator = Generator().manual_seed(seed)
    first, second = recognizer.modalities
    heads = torch.nn.ModuleDict({n: ProjectionHead(recognizer.features[n]) for n in recognizer.modalities})
    parameters = [*recognizer.encoders.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.steps, pct_start=0.2
    )
    weights = sampling_weights(windows.targets, idle, config.idle_share) * windows.presence.all(dim=1)
    options: dict[str, Any] = {
        "temperature": config.temperature,
        "beta": config.beta,
        "tau_plus": config.tau_plus,
    }
    recognizer.train()
    for step in range(config.steps):
        rows = torch.multinomial(weights, config.batch, generator=generator)
        samples, _, targets = windows.batch(rows)
        changed = augment(samples, rates, config.augmentation, generator)
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            features = recognizer.encode(changed)
        z1, z2 = heads[first](features[first].float()), heads[second](features[second].float())
        labels = targets.argmax(dim=1) if config.label_aware else None
        loss = hard_negative_nt_xent(z1, z2, **options, labels=labels)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        schedule.step()
        measured = {"loss": loss.item()}
        if step % 20 == 0:
            measured["clamped"] = clamp_share(z1, z2, **options, labels=labels)
        report(step + 1, config.steps, measured)
    recognizer.eval()
