"""AdamW on a one-cycle schedule, for both kinds of training."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...losses.method import Budget

RISE = 0.2
"""Share of the steps until the learning rate is at its top."""
START = 0.04
"""Rate of the first step, in rates of the top."""
CLIP = 5.0
"""Largest norm of a step's gradient."""


class Optimizer:
    """Steps of a known number."""

    def __init__(self, parts: Sequence[tuple[nn.Module, float]], budget: Budget, steps: int) -> None:
        """Modules with their learning rates in units of the budget's."""
        groups = [{"params": list(m.parameters()), "lr": budget.learning_rate * rate} for m, rate in parts]
        self.parameters = [p for module, _ in parts for p in module.parameters()]
        self.adamw = torch.optim.AdamW(groups, weight_decay=budget.weight_decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.adamw, lambda step: one_cycle(step, steps))

    @property
    def rate(self) -> float:
        """Learning rate of the next step, of the first of the parts."""
        return float(self.adamw.param_groups[0]["lr"])

    def step(self, loss: Tensor) -> None:
        """Down the gradient of a scalar."""
        self.adamw.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.parameters, CLIP)
        self.adamw.step()
        self.schedule.step()


def one_cycle(step: int, steps: int) -> float:
    """Learning rate at a step in units of the top: a half cosine up, then one down to 0 (Smith 2017)."""
    top = RISE * steps
    if step < top:
        return START + (1 - START) * (1 - math.cos(math.pi * step / top)) / 2
    return (1 + math.cos(math.pi * min(1.0, (step - top) / (steps - top)))) / 2
