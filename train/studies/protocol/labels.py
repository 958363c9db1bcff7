"""Random draws of the labeled training trials: k of each class, or a share of each class."""

from typing import Annotated

import msgspec
import torch
from torch import Generator, Tensor

from hnhar.model.errors import ConfigError

Amount = Annotated[int, msgspec.Meta(ge=1)] | Annotated[float, msgspec.Meta(gt=0, le=1)]
"""Labeled trials: k of each class (an integer), or a share of each class, at least one (with a point)."""
DRAWS = 10
"""Draws of each amount."""
_SEED = 9301
"""Draw d is the same for every method and seed of the network."""


def draw(labels: Tensor, amount: Amount, number: int) -> Tensor:
    """Rows of the labeled trials, sorted.

    Args:
        labels: (N,) class of each training trial.
        amount: k ≥ 1 trials of each class (int), or a share in (0, 1] of each class (float), rounded, at
            least one of each.
        number: Which draw; the same number gives the same rows, and a larger amount contains a smaller one.

    Raises:
        ConfigError: An amount out of range.
    """
    if (isinstance(amount, int) and amount < 1) or not amount > 0:
        raise ConfigError(f"labels a class must be at least 1, or a share above 0, not {amount}")
    if isinstance(amount, float) and amount > 1:
        raise ConfigError(
            f"a share of labels is at most 1, not {amount}; write trials a class without a point"
        )
    generator = Generator().manual_seed(_SEED + number)
    chosen = []
    for label in sorted(set(labels.tolist())):
        rows = torch.nonzero(labels == label)[:, 0]
        shuffled = rows[torch.randperm(len(rows), generator=generator)]
        count = amount if isinstance(amount, int) else max(1, round(amount * len(rows)))
        chosen.append(shuffled[:count])
    return torch.cat(chosen).sort().values


def called(amount: Amount) -> str:
    """Name of an amount in a table: "2", or "25 %"."""
    return f"{100 * amount:g} %" if isinstance(amount, float) else str(amount)
