"""What both kinds of training of a bundle draw and follow: windows by weight, and a one-cycle rate."""

import torch
from torch import Generator, Tensor
from torch.optim.lr_scheduler import OneCycleLR

RISE = 0.2
"""Share of the steps until the learning rate is at its top."""


def one_cycle(optimizer: torch.optim.Optimizer, rate: float, steps: int) -> OneCycleLR:
    """Up to `rate` and down to nearly 0 within `steps` (Smith and Topin 2017)."""
    # a rise of exactly one step is divided by its length less one
    share = RISE if abs(RISE * steps - 1.0) > 1e-9 else 1.5 * RISE
    return OneCycleLR(optimizer, rate, total_steps=steps, pct_start=share)


def draw(weights: Tensor, batch: int, generator: Generator) -> Tensor:
    """Indices of `batch` different windows by their (N,) weights; of all that weigh, where they are fewer."""
    return torch.multinomial(weights, min(batch, int((weights > 0).sum())), generator=generator)
