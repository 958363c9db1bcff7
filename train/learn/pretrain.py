"""Contrastive pre-training of the encoders: windows of the same moment agree across modalities and views.

The loss is the paper's, in the form that won the comparison in docs/results.md: every window is seen in two
augmented views of each modality, all pairs of views are contrasted, and concentration is applied where it
helps, among negatives that are true. The labels of the training windows tell: windows of another label are
negatives, windows of the same action are further positives. In a batch of few classes the nearest "negatives"
are otherwise of the anchor's own class, and concentrating on them teaches to tell alike things apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from hnhar.model.heads import ProjectionHead
from hnhar.model.modality import key_of
from hnhar.model.recognizer import Recognizer

from ..losses.diagnostics import clamp_share, effective_negatives
from ..losses.inputs import Setting, Views
from .augment import SERVED, Augmentation, augment
from .checkpoint import TrainingState
from .data import WindowSet, draw, sampling_weights, standing_in
from .named_loss import HARD_NEGATIVE, named_loss
from .optimize import Optimizer
from .watch import Report, begun

DIAGNOSED = 20
"""Batches between two looks at what the negatives are like."""


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """Settings of `pretrain`."""

    steps: int = 150
    """Batches; 0 leaves the encoders as they are."""
    batch: int = 128
    """Windows."""
    loss: str = HARD_NEGATIVE
    """Name of the contrastive loss (`hnhar.losses`)."""
    temperature: float = 0.5
    """t."""
    beta: float = 2.0
    """β; κ = β/t."""
    tau_plus: float = 0.0
    """τ⁺; 1 / classes is its meaning without labels."""
    label_aware: bool = True
    """Negatives are windows of other labels only, and windows of the same action are positives (τ⁺ is 0)."""
    views: int = 2
    """Augmented views of each window and modality; with 1, only the modalities are contrasted."""
    learning_rate: float = 2e-3
    """Learning rate of AdamW at the top of the one-cycle schedule."""
    weight_decay: float = 0.01
    idle_share: float = 0.2
    """Share of the drawn windows that is idle."""
    bfloat16: bool = False
    """Compute the layers in bfloat16: half as fast again on processors that have it, slower on others."""
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(time=SERVED))


def pretrain(
    recognizer: Recognizer,
    windows: WindowSet,
    rates: Mapping[str, float],
    config: PretrainConfig,
    *,
    idle: int,
    seed: int,
    report: Report,
) -> None:
    """Train the encoders of `recognizer` in place.

    Args:
        recognizer: Of several modalities.
        windows: Windows, of which those that have two modalities or more are drawn; a modality that one lacks
            takes no part in its contrast.
        rates: Modality -> Hz.
        config: Settings.
        idle: Column of the idle label.
        seed: Of everything random here.
        report: Called after each step; if it is a `watch.TrainingReport`, the training keeps checkpoints, and
            goes on where it was, to the bit.

    Raises:
        ConfigError: There is no loss of that name; or there is a checkpoint of another training, or a
            damaged one.
    """
    if config.steps == 0:
        return
    generator = Generator().manual_seed(seed)
    heads = torch.nn.ModuleDict(
        {key_of(n): ProjectionHead(recognizer.features[n]) for n in recognizer.modalities}
    )
    parameters = [*recognizer.encoders.parameters(), *heads.parameters()]
    optimizer = Optimizer(
        [(parameters, 1.0)],
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        steps=config.steps,
        cycle="rate and momentum",
    )
    weights = sampling_weights(windows.targets, idle, config.idle_share) * contrasted(windows)
    contrast = named_loss(config.loss)
    setting = Setting(
        config.temperature,
        config.beta,
        0.0 if config.label_aware else config.tau_plus,
        "cross" if config.views == 1 else "all",
    )
    modules = {"recognizer": recognizer, "projections": heads}
    parts = TrainingState(modules, optimizer.adamw, optimizer.schedule, generator)
    training = begun(report, parts, deciding(config, windows, rates, idle, seed))
    recognizer.train()
    for step in range(training.step, config.steps):
        rows = draw(weights, config.batch, generator)
        samples, there, targets = standing_in(windows, rows), windows.presence[rows], windows.targets[rows]
        many = {name: values.repeat(config.views, 1, 1) for name, values in samples.items()}
        changed = augment(many, rates, recognizer.kinds, config.augmentation, generator)
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            features = recognizer.encode(changed)
        views = {
            n: list(heads[key_of(n)](features[n].float()).chunk(config.views)) for n in recognizer.modalities
        }
        negatives, positives = relations(targets, idle) if config.label_aware else (None, None)
        masks = {} if bool(there.all()) else {"presence": there}
        loss = contrast(views, setting, negatives=negatives, positives=positives, **masks)
        measured = {"loss": loss.item(), "learning_rate": optimizer.rate}
        optimizer.step(loss)
        if step % DIAGNOSED == 0:
            measured |= _diagnosed(views, there, setting, targets if config.label_aware else None)
        report(step + 1, config.steps, measured)
        training.at(step + 1, config.steps)
    recognizer.eval()


def contrasted(windows: WindowSet) -> Tensor:
    """(N,) bool, True for windows that have something to be contrasted: two modalities or more."""
    return windows.presence.sum(dim=1) >= min(2, windows.presence.shape[1])


def deciding(
    config: object, windows: WindowSet, rates: Mapping[str, float], idle: int, seed: int
) -> dict[str, object]:
    """Settings and data that decide the result of a training beside its start, for its checkpoints."""
    seen = {**windows.samples, "presence": windows.presence, "targets": windows.targets}
    return {"config": config, "windows": seen, "rates": rates, "idle": idle, "seed": seed}


def relations(targets: Tensor, idle: int) -> tuple[Tensor, Tensor]:
    """(B, B) bool mask of negatives, and (B, B) weights of positives beside the window itself.

    Args:
        targets: (B, K) soft labels; the strongest counts.
        idle: Column of the idle label: idle moments are no positives of each other, as they have nothing in
            common but what they are not.
    """
    labels = targets.argmax(dim=1)
    same = labels[:, None] == labels[None, :]
    return ~same, (same & (labels != idle)[:, None]).float()


def _diagnosed(views: Views, there: Tensor, setting: Setting, targets: Tensor | None) -> dict[str, float]:
    """Diagnostics of the negatives between the first views of two modalities, for the log: of the first two,
    where some lack one of the two that most windows have."""
    columns = [0, 1]
    if not bool(there.all()):
        columns = sorted(there.sum(dim=0).argsort(descending=True, stable=True)[:2].tolist())
    rows = there[:, columns].all(dim=1)
    if int(rows.sum()) < 2:
        return {}
    first, second = (list(views.values())[column][0][rows] for column in columns)
    labels = None if targets is None else targets[rows].argmax(dim=1)
    return {
        "clamped": clamp_share(first, second, setting, labels=labels),
        "effective": effective_negatives(first, second, setting, labels=labels),
        "beta": setting.beta,
        "kappa": setting.kappa,
        "temperature": setting.temperature,
    }
