"""The loss of one anchor, in log space.

For an anchor with similarity `p` to its positive and `a_j` to its n negatives, all over the temperature t,

    ρ = log( Σ_j exp((1+β) a_j) / Σ_j exp(β a_j) ),

the log of the mean of exp(a) over negatives drawn with weight exp(β a). Then log R = log n + ρ, and with
x = log τ⁺ + p - ρ

    log G = log n + max(ρ + log(1 - exp x) - log(1-τ⁺), -1/t)  where x < 0, else log n - 1/t
    loss  = softplus(log G - p).

Both sums are taken relative to the anchor's largest `a_j`, which leaves their ratio as `ρ = max + …`: no term
grows with (1+β)/t, so fp32 is exact enough where (1+β)/t is in the hundreds.
"""

import math

import torch
from torch import Tensor

from .inputs import Setting


def dense_log_means(a: Tensor, allowed: Tensor, beta: float, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """(ρ, n), each (A,), of the rows of `a` (A, N); ρ = 0 where n = 0.

    Args:
        a: (A, N) similarities over the temperature.
        allowed: (A, N) bool, which are negatives.
        beta: β.
        weights: (A, N) at least 0: how much of a negative each is; n is their sum. None: 1.
    """
    if a.shape[1] == 0:
        return a.sum(dim=1), a.sum(dim=1).detach()
    if weights is not None:
        allowed = allowed & (weights > 0)
    n = allowed.to(a.dtype).sum(dim=1) if weights is None else (weights * allowed).sum(dim=1)
    empty = n == 0
    with torch.no_grad():  # ρ does not depend on what the sums are relative to
        largest = a.masked_fill(~allowed, -torch.inf).amax(dim=1).masked_fill(empty, 0)
    relative = a - largest[:, None]
    sums = []
    for exponent in (1 + beta, beta):
        terms = (exponent * relative).masked_fill(~allowed, -torch.inf).exp()
        total = (terms if weights is None else terms * weights).sum(dim=1)
        sums.append(torch.where(empty, 1.0, total).log())
    return largest + sums[0] - sums[1], n


def log_mass(p: Tensor, rho: Tensor, setting: Setting) -> tuple[Tensor, Tensor]:
    """(log(G/n), whether G is at its floor n·exp(-1/t)), each (A,).

    At τ⁺ = 0 G is R, whose floor no unit vector can cross.
    """
    tau_plus, floor = setting.tau_plus, -1 / setting.temperature
    if tau_plus == 0:
        return rho, torch.zeros_like(rho, dtype=torch.bool)
    x = math.log(tau_plus) + p - rho
    with torch.no_grad():
        # Chosen before the logarithm: at x = 0 its gradient is infinite, and 0 · inf would be NaN.
        debiased = rho + _log1mexp(torch.where(x < 0, x, -1.0)) - math.log1p(-tau_plus)
        clamped = (x >= 0) | (debiased <= floor)
    debiased = rho + _log1mexp(torch.where(clamped, -1.0, x)) - math.log1p(-tau_plus)
    return torch.where(clamped, floor, debiased), clamped


def anchor_losses(p: Tensor, rho: Tensor, n: Tensor, setting: Setting) -> tuple[Tensor, Tensor]:
    """(loss, whether G is at its floor), each (A,), of anchors; loss 0 where n = 0."""
    some = n > 0
    mass, clamped = log_mass(p, rho, setting)
    losses = torch.logaddexp(torch.zeros_like(p), torch.where(some, n, 1.0).log() + mass - p)
    return torch.where(some, losses, 0.0), clamped & some


def _log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(x)) for x < 0, exact at both ends; each branch sees only arguments where it is finite."""
    near = x > -math.log(2)
    by_expm1 = torch.where(near, x, -1.0).expm1().neg().log()
    by_log1p = torch.log1p(-torch.where(near, -1.0, x).exp())
    return torch.where(near, by_expm1, by_log1p)
