"""The one training loop that every contrastive method goes through.

Legend: N trials, B trials of a batch, V views, D width of the projections.
"""

from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from hnhar.model.errors import ConfigError

from ...learn.checkpoint import TrainingState
from ...learn.named_loss import HARD_NEGATIVE, named_loss
from ...learn.watch import Report, begun
from ...losses.diagnostics import clamp_share, effective_negatives
from ...losses.inputs import Setting, Views
from .encoders import Network
from .method import Budget, Method
from .relations import Relations, Teacher
from .trials import Trials, pick


def silent(epoch: int, epochs: int, measured: dict[str, float]) -> None:
    """Report nothing."""


@dataclass(slots=True)
class Training:
    """Learning curves of a pre-training, a value an epoch."""

    loss: list[float] = field(default_factory=list)
    """Mean of each epoch."""
    clamped: list[float] = field(default_factory=list)
    """Share of the anchors at the floor of G, at the end of each epoch."""
    effective: list[float] = field(default_factory=list)
    """Effective number of negatives, likewise."""

    def last(self) -> dict[str, float]:
        """The last value of each."""
        return {"loss": self.loss[-1], "clamped": self.clamped[-1], "effective": self.effective[-1]}


def pretrain(
    network: Network,
    trials: Trials,
    method: Method,
    budget: Budget,
    *,
    seed: int,
    teacher: Teacher | None = None,
    report: Report = silent,
) -> Training:
    """Train encoders and projections in place.

    Args:
        network: Of all modalities that are contrasted.
        trials: All that may be seen; a label below 0 is unknown to every method.
        method: The contrast.
        budget: Epochs, batch and learning rate.
        seed: Of order and augmentation; with it and a network, the result repeats to the bit.
        teacher: Features that say which trials are near each other; None: those of the network itself.
        report: Called after each epoch; a `TrainingReport` keeps checkpoints, from which the training goes
            on, to the bit.

    Raises:
        ConfigError: Views or labels are needed and not there, there is no such loss, or a checkpoint is
            damaged.
    """
    if method.uses_labels and not bool((trials.labels >= 0).any()):
        raise ConfigError("this method uses labels of training trials, and none is given")
    if method.pairs != "cross" and method.views < 2:
        raise ConfigError(f"contrasting {method.pairs} pairs needs at least 2 views, not {method.views}")
    plainly_within = (method.loss, method.pairs, method.positives) == (HARD_NEGATIVE, "within", "self")
    if plainly_within and method.views != 2:
        raise ConfigError(f"contrasting within modalities takes 2 views of each, not {method.views}")
    contrast = named_loss(method.loss)
    generator = Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout
    batches = budget.batches(len(trials))
    optimizer = budget.optimizer([(network.parameters(), 1.0)], batches)
    parts = TrainingState({"network": network}, optimizer.adamw, optimizer.schedule, generator)
    deciding = _deciding(trials, method, budget, seed, teacher)
    training = begun(report, parts, deciding, ("loss", "clamped", "effective"))
    curves = Training(**training.series)
    network.train()
    for epoch in range(training.step, budget.epochs):
        progress = epoch / budget.epochs
        relations = Relations.now(method, trials, teacher or network.features, progress)
        total, setting, rate = 0.0, method.setting(progress), optimizer.rate
        for rows in torch.randperm(len(trials), generator=generator).tensor_split(batches):
            views = embed(network, trials, rows, method.views, budget.bfloat16, generator)
            negatives, positives = relations.of(rows)
            loss = contrast(views, setting, negatives=negatives, positives=positives)
            optimizer.step(loss)
            total += loss.item()
        curves.loss.append(total / batches)
        _diagnose(curves, views, setting)
        report(epoch + 1, budget.epochs, curves.last() | _settings(setting, rate))
        training.at(epoch + 1, budget.epochs)
    network.eval()
    return curves


def _deciding(
    trials: Trials, method: Method, budget: Budget, seed: int, teacher: Teacher | None
) -> dict[str, object]:
    """Everything but the initial network that decides the result, for its checkpoints."""
    return {
        "trials": {**trials.samples, "labels": trials.labels},
        "augmentation": trials.augmentation,
        "method": method,
        "budget": budget,
        "seed": seed,
        "teacher": None if teacher is None else teacher(trials.samples),
    }


def _settings(setting: Setting, rate: float) -> dict[str, float]:
    """Rate and concentration of an epoch."""
    t, beta = setting.temperature, setting.beta
    return {"learning_rate": rate, "beta": beta, "kappa": setting.kappa, "temperature": t}


def embed(
    network: Network, trials: Trials, rows: Tensor, views: int, bfloat16: bool, generator: Generator
) -> Views:
    """Augmented views of the given trials: modality -> `views` of (B, D) unit vectors."""
    changed = pick(trials.views(rows, views, generator), network.modalities)
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        features = network.recognizer.encode(changed)
    return {name: list(z.chunk(views)) for name, z in network.project(features).items()}


def _diagnose(curves: Training, views: Views, setting: Setting) -> None:
    """Append the clamp share and the effective negatives of a batch, between its first two views."""
    every = [of[:2] for of in views.values()]
    unimodal = len(every) == 1 or setting.pairs == "within"
    first, second = every[0] if unimodal else (every[0][0], every[1][0])
    curves.clamped.append(clamp_share(first, second, setting, unimodal=unimodal))
    curves.effective.append(effective_negatives(first, second, setting, unimodal=unimodal))
