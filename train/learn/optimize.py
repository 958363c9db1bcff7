"""AdamW with clipped gradients on a one-cycle schedule: the one optimizer of every training.

One cycle (Smith and Topin 2017): the rate rises along half a cosine over the first fifth of the steps, and
falls along another to nothing. The shipped bundles cycle AdamW's β₁ against the rate; the comparisons of
methods leave it, and reach their top at another step. Both are kept to the bit, so that weights and tables
can be made again.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

RISE = 0.2
"""Share of the steps until the learning rate is at its top."""
START = 0.04
"""Rate of the first step, in rates of the top."""
CLIP = 5.0
"""Largest norm of a step's gradient."""
Cycle = Literal["rate and momentum", "rate"]


class Optimizer:
    """AdamW and its schedule for a known number of steps."""

    def __init__(
        self,
        parts: Sequence[tuple[Iterable[nn.Parameter], float]],
        *,
        learning_rate: float,
        weight_decay: float,
        steps: int,
        cycle: Cycle,
    ) -> None:
        """AdamW over groups of parameters.

        Args:
            parts: Groups of parameters, each with its learning rate in units of `learning_rate`.
            learning_rate: Rate at the top of the cycle.
            weight_decay: Of AdamW.
            steps: Number of steps of the training.
            cycle: Rate and β₁, or the rate alone, go through the cycle.
        """
        kept = [list(some) for some, _ in parts]
        rates = [learning_rate * rate for _, rate in parts]
        self.parameters = [parameter for some in kept for parameter in some]
        groups = [{"params": some, "lr": rate} for some, rate in zip(kept, rates, strict=True)]
        self.adamw = torch.optim.AdamW(groups, weight_decay=weight_decay)
        self.schedule: LRScheduler = (
            LambdaLR(self.adamw, lambda step: one_cycle(step, steps))
            if cycle == "rate"
            else _with_momentum(self.adamw, rates, steps)
        )

    @property
    def rate(self) -> float:
        """Learning rate of the next step, of the first group."""
        return float(self.adamw.param_groups[0]["lr"])

    def step(self, loss: Tensor) -> None:
        """One step down the gradient of a scalar loss."""
        self.adamw.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.parameters, CLIP)
        self.adamw.step()
        self.schedule.step()


def one_cycle(step: int, steps: int) -> float:
    """Learning rate at a step in units of the top: a half cosine up, then one down to 0."""
    top = RISE * steps
    if step < top:
        return START + (1 - START) * (1 - math.cos(math.pi * step / top)) / 2
    return (1 + math.cos(math.pi * min(1.0, (step - top) / (steps - top)))) / 2


def _with_momentum(adamw: torch.optim.AdamW, rates: list[float], steps: int) -> OneCycleLR:
    """The rates up and nearly down to 0, and β₁ from 0.95 to 0.85 and back, within `steps`."""
    # a rise of exactly one step is divided by its length less one
    share = RISE if abs(RISE * steps - 1.0) > 1e-9 else 1.5 * RISE
    return OneCycleLR(adamw, rates, total_steps=steps, pct_start=share)
