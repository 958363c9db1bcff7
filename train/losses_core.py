"""The loss of one anchor, and what stands between embeddings and anchors. `losses` is what to call.

For an anchor with similarity `p` to its positive and `a_j` to its n negatives, all over the temperature t,

    ρ = log( Σ_j exp((1+β) a_j) / Σ_j exp(β a_j) ),

the log of the mean of exp(a) over negatives drawn with weight exp(β a). Then log R = log n + ρ, and with
x = log τ⁺ + p - ρ

    log G = log n + max(ρ + log(1 - exp x) - log(1-τ⁺), -1/t)  where x < 0, else log n - 1/t
    loss  = softplus(log G - p).

Both sums are taken relative to the anchor's largest `a_j`, which leaves their ratio as `ρ = max + …`: no term
grows with (1+β)/t, so fp32 is exact enough where (1+β)/t is in the hundreds.

Which samples are negatives of which is said by a number for each, its group: those of other groups are.
Without labels every sample is a group of its own (the positive has the anchor's number, of two views both
have it); with labels its class is.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Setting:
    """What the equation is given beside the embeddings."""

    temperature: float
    """t > 0."""
    beta: float = 0.0
    """Concentration β ≥ 0."""
    tau_plus: float = 0.0
    """Class prior τ⁺ in [0, 1)."""

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature must be positive, not {self.temperature}")
        if not 0 <= self.beta < math.inf:
            raise ValueError(f"beta must be at least 0, not {self.beta}")
        if not 0 <= self.tau_plus < 1:
            raise ValueError(f"tau_plus is a class prior: at least 0 and below 1, not {self.tau_plus}")


def embeddings(*given: Tensor) -> list[Tensor]:
    """The same (B, D) tensors, checked, in fp32 or better.

    Raises:
        ValueError: They differ in shape, or hold fewer than two samples.
    """
    shapes = [tuple(z.shape) for z in given]
    if len(set(shapes)) != 1 or len(shapes[0]) != 2:
        raise ValueError(f"expected (B, D) tensors alike, not {' and '.join(map(str, shapes))}")
    if shapes[0][0] < 2:
        raise ValueError("a batch needs at least two samples: an anchor of a single one has no negatives")
    return [z.float() if z.dtype in (torch.float16, torch.bfloat16) else z for z in given]


@contextmanager
def full_precision(z: Tensor) -> Iterator[None]:
    """Keeps an ambient autocast out: a bf16 similarity over t = 0.1 is off by 0.04 in the exponent."""
    with torch.autocast(z.device.type, enabled=False):
        yield


def groups(
    size: int, labels: Tensor | None, setting: Setting, device: torch.device, start: int = 0
) -> Tensor:
    """(size,) int64: samples of different groups are negatives of each other.

    Args:
        size: Samples.
        labels: (size,) classes; below 0: unknown, the sample is a group of its own. None: all are.
        setting: Its τ⁺ must be 0 with labels.
        device: Where.
        start: Number of the first sample, where these are a part of a batch.
    """
    own = torch.arange(start, start + size, device=device)
    if labels is None:
        return own
    if setting.tau_plus > 0:
        raise ValueError("labels leave only true negatives: tau_plus must be 0 with them")
    if labels.shape != (size,):
        raise ValueError(f"labels must be ({size},), one for each sample, not {tuple(labels.shape)}")
    return torch.where(labels < 0, -1 - own, labels.to(device, torch.int64))


def pair_weights(negatives: Tensor | None, z: Tensor) -> Tensor | None:
    """The (B, B) mask or weights that the caller gave, as a constant of the embeddings' type and device."""
    if negatives is None:
        return None
    if negatives.shape != (len(z), len(z)):
        raise ValueError(
            f"negatives must be {(len(z), len(z))}, one for each pair, not {tuple(negatives.shape)}"
        )
    weights = negatives.detach().to(z.device, z.dtype)
    if bool((weights < 0).any()) or not bool(weights.isfinite().all()):
        raise ValueError("negatives must be a mask or finite weights of at least 0")
    return weights


def dense_log_means(a: Tensor, allowed: Tensor, beta: float, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """(ρ, n), each (A,), of the rows of `a` (A, N); ρ = 0 where n = 0.

    Args:
        a: (A, N) similarities over the temperature.
        allowed: (A, N) bool, which are negatives.
        beta: β.
        weights: (A, N) at least 0: how much of a negative each is; n is their sum. None: 1.
    """
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


def anchor_losses(p: Tensor, rho: Tensor, n: Tensor, setting: Setting) -> tuple[Tensor, Tensor]:
    """(loss, whether G is at its floor n·exp(-1/t)), each (A,), of anchors; loss 0 where n = 0.

    At τ⁺ = 0 G is R, whose floor no unit vector can cross.
    """
    some = n > 0
    log_n = torch.where(some, n, 1.0).log()
    tau_plus, floor = setting.tau_plus, -1 / setting.temperature
    if tau_plus == 0:
        mass, clamped = rho, torch.zeros_like(some)
    else:
        x = math.log(tau_plus) + p - rho
        with torch.no_grad():
            # Chosen before the logarithm: at x = 0 its gradient is infinite, and 0 · inf would be NaN.
            debiased = rho + _log1mexp(torch.where(x < 0, x, -1.0)) - math.log1p(-tau_plus)
            clamped = (x >= 0) | (debiased <= floor)
        debiased = rho + _log1mexp(torch.where(clamped, -1.0, x)) - math.log1p(-tau_plus)
        mass = torch.where(clamped, floor, debiased)
    losses = torch.logaddexp(torch.zeros_like(p), log_n + mass - p)
    return torch.where(some, losses, 0.0), clamped & some


def log_means(
    rows: Tensor,
    columns: Tensor,
    row_groups: Tensor,
    column_groups: Tensor,
    setting: Setting,
    weights: Tensor | None,
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """(ρ, n) of the rows as anchors with the columns as others, and of the columns with the rows."""
    with full_precision(rows):
        a = rows @ columns.T / setting.temperature
    allowed = row_groups[:, None] != column_groups
    return (
        dense_log_means(a, allowed, setting.beta, weights),
        dense_log_means(a.T, allowed.T, setting.beta, None if weights is None else weights.T),
    )


def cross_modal(
    modalities: Sequence[Tensor],
    presence: Tensor | None,
    group: Tensor,
    setting: Setting,
    weights: Tensor | None,
) -> Tensor:
    """Mean loss over the anchors of all ordered pairs of modalities; 0, and its gradient, if there are none.

    Args:
        modalities: Two or more (B, D).
        presence: (B, M) bool; None: all are there.
        group: (B,) number of each sample, see the top.
        setting: t, β, τ⁺.
        weights: (B, B) or None.
    """
    losses, counts = [], []
    for first in range(len(modalities)):
        for second in range(first + 1, len(modalities)):
            z1, z2, pairing = modalities[first], modalities[second], weights
            one = two = slice(None)
            anchors1: Tensor | slice = one
            anchors2: Tensor | slice = two
            if presence is not None:
                with1, with2 = presence[:, first], presence[:, second]
                z1, z2 = z1[with1], z2[with2]
                pairing = None if weights is None else weights[with1][:, with2]
                anchors1, anchors2 = with2[with1], with1[with2]
                means = log_means(z1, z2, group[with1], group[with2], setting, pairing)
            else:
                means = log_means(z1, z2, group, group, setting, pairing)
            p = (z1[anchors1] * z2[anchors2]).sum(dim=1) / setting.temperature
            for (rho, n), anchors in zip(means, (anchors1, anchors2), strict=True):
                losses.append(anchor_losses(p, rho[anchors], n[anchors], setting)[0])
                counts.append(n[anchors] > 0)
    return mean(losses, counts)


def two_views(
    view1: Tensor, view2: Tensor, group: Tensor, setting: Setting, weights: Tensor | None
) -> Tensor:
    """Mean loss over the 2B views as anchors: the positive is the other view of a sample."""
    z = torch.cat([view1, view2])
    group = group.repeat(2)
    with full_precision(z):
        a = z @ z.T / setting.temperature
    pairing = None if weights is None else weights.repeat(2, 2)
    rho, n = dense_log_means(a, group[:, None] != group, setting.beta, pairing)
    p = ((view1 * view2).sum(dim=1) / setting.temperature).repeat(2)
    return mean([anchor_losses(p, rho, n, setting)[0]], [n > 0])


def mean(losses: Sequence[Tensor], counts: Sequence[Tensor]) -> Tensor:
    """Mean over the anchors that have a negative."""
    total = torch.cat(list(losses)).sum()
    return total / torch.cat(list(counts)).sum().clamp(min=1)


def _log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(x)) for x < 0, exact at both ends; each branch sees only arguments where it is finite."""
    near = x > -math.log(2)
    by_expm1 = torch.where(near, x, -1.0).expm1().neg().log()
    by_log1p = torch.log1p(-torch.where(near, -1.0, x).exp())
    return torch.where(near, by_expm1, by_log1p)
