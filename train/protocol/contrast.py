"""The one training loop that every contrastive method goes through.

Legend: N trials, B trials of a batch, V views, D width of the projections.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from hnhar.model.errors import ConfigError

from .. import losses
from .encoders import Network
from .method import Budget, Method
from .objective import Views, contrast
from .optimise import Optimiser
from .relations import Relations, Teacher
from .trials import Trials, augmented, pick

Report = Callable[[int, int, dict[str, float]], None]
"""Epoch, of how many, and what is measured there."""


def silent(epoch: int, epochs: int, measured: dict[str, float]) -> None:
    """Report nothing."""


@dataclass(slots=True)
class Training:
    """What a pre-training says of itself."""

    loss: list[float] = field(default_factory=list)
    """Mean of each epoch."""
    clamped: list[float] = field(default_factory=list)
    """Share of the anchors at the floor of G, at the end of each epoch."""
    effective: list[float] = field(default_factory=list)
    """Effective number of negatives, likewise."""


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
        trials: What may be seen. A label below 0 is unknown, and no method can see through it.
        method: The contrast.
        budget: How long.
        seed: Of order and augmentation; with it and a network, the result repeats to the bit.
        teacher: Who says what is near what; None: the network itself as it is.
        report: Called after each epoch.

    Raises:
        ConfigError: More than a few views, or labels, are needed and not there.
    """
    if method.uses_labels and not bool((trials.labels >= 0).any()):
        raise ConfigError("this method uses labels of training trials, and none is given")
    if method.pairs != "cross" and method.views < 2:
        raise ConfigError(f"contrasting {method.pairs} pairs needs at least 2 views, not {method.views}")
    generator = Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout
    batches = max(1, round(len(trials) / budget.batch))
    optimiser = Optimiser([(network, 1.0)], budget, batches * budget.epochs)
    said = Training()
    network.train()
    for epoch in range(budget.epochs):
        progress = epoch / budget.epochs
        relations = Relations.now(method, trials, teacher or network.features, progress)
        total = 0.0
        for rows in torch.randperm(len(trials), generator=generator).tensor_split(batches):
            views = embed(network, trials, rows, method.views, budget.bfloat16, generator)
            loss = contrast(views, method, method.beta_at(progress), *relations.of(rows))
            optimiser.step(loss)
            total += loss.item()
        said.loss.append(total / batches)
        _diagnose(said, views, method, method.beta_at(progress))
        report(epoch + 1, budget.epochs, {"loss": said.loss[-1], "clamped": said.clamped[-1]})
    network.eval()
    return said


def embed(
    network: Network, trials: Trials, rows: Tensor, views: int, bfloat16: bool, generator: Generator
) -> Views:
    """Augmented views of the given trials: modality -> `views` of (B, D) unit vectors."""
    many = {name: values[rows].repeat(views, 1, 1) for name, values in trials.samples.items()}
    changed = pick(augmented(many, generator), network.modalities)
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        features = network.recognizer.encode(changed)
    return {name: list(z.chunk(views)) for name, z in network.project(features).items()}


def _diagnose(said: Training, views: Views, method: Method, beta: float) -> None:
    """On the last batch of an epoch, between the first two views that the method contrasts."""
    every = [of[:2] for of in views.values()]
    unimodal = len(every) == 1 or method.pairs == "within"
    first, second = every[0] if unimodal else (every[0][0], every[1][0])
    said.clamped.append(
        losses.clamp_share(
            first, second, temperature=method.temperature, beta=beta, tau_plus=method.tau_plus,
            unimodal=unimodal,
        )
    )  # fmt: skip
    said.effective.append(
        losses.effective_negatives(
            first, second, temperature=method.temperature, beta=beta, unimodal=unimodal
        )
    )
