"""Linear probe of frozen encoders; the same, to the bit, for every method.

Features are standardized by the statistics of the trials that pre-training saw (no labels), scaled to unit
length per modality and concatenated; then multinomial logistic regression with an L2 penalty, solved by
L-BFGS from zero. It is convex: no seed, no epochs, no learning rate to favor a method. Legend: N trials, F
features, K classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

PENALTY, FEW_PENALTY, SPREAD_PENALTY = 1e-5, 1e-3, 1e-4
"""λ of `logistic` on all labels, on few, and on inferred ones: chosen with CMC's encoders by leaving training
subjects out, and the same for every method."""
Features = Mapping[str, Tensor]
"""Modality -> (N, F)."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Logits `x @ weight.T + bias`."""

    weight: Tensor
    """(K, F)."""
    bias: Tensor
    """(K,)."""

    def logits(self, features: Tensor) -> Tensor:
        """(N, F) -> (N, K)."""
        return features @ self.weight.T + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """Scale of each modality's features, from trials without their labels."""

    means: dict[str, Tensor]
    scales: dict[str, Tensor]

    @classmethod
    def of(cls, features: Features) -> "Standard":
        """From the features of the trials that pre-training saw.

        A feature that hardly varies is not blown up: a thousandth of the mean deviation is added to each.
        """
        deviations = {name: values.std(dim=0) for name, values in features.items()}
        return cls(
            {name: values.mean(dim=0) for name, values in features.items()},
            {name: value + 1e-3 * value.mean() + 1e-6 for name, value in deviations.items()},
        )

    def __call__(self, features: Features, modalities: Sequence[str]) -> Tensor:
        """(N, F of the given modalities together): standardized, each modality of unit length."""
        parts = [(features[name] - self.means[name]) / self.scales[name] for name in modalities]
        return torch.cat([functional.normalize(part, dim=1) for part in parts], dim=1)


def centered(features: Features) -> dict[str, Tensor]:
    """Each modality's (N, F) features standardized over these trials, of unit length."""
    standard = Standard.of(features)
    return {name: standard(features, [name]) for name in features}


def logistic(
    features: Tensor, labels: Tensor, classes: int, *, penalty: float, iterations: int = 100
) -> Linear:
    """Minimize mean cross-entropy + `penalty`·|weight|² over (N, F) `features` with (N,) `labels`."""
    weight = torch.zeros(classes, features.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    solver = torch.optim.LBFGS(
        [weight, bias], max_iter=iterations, history_size=10, line_search_fn="strong_wolfe"
    )

    def objective() -> Tensor:
        solver.zero_grad()
        loss = functional.cross_entropy(features @ weight.T + bias, labels)
        loss = loss + penalty * weight.square().sum()
        torch.autograd.backward(loss)
        return loss.detach()

    solver.step(objective)  # type: ignore[no-untyped-call]
    return Linear(weight.detach(), bias.detach())


def accuracy(predicted: Tensor, labels: Tensor) -> float:
    """Share of (N,) `predicted` that is right, in percent."""
    return 100.0 * float((predicted == labels).double().mean())
