"""Contrastive losses between two modalities, in log space, with the symbols of the paper.

`z1` and `z2` are (B, D) unit vectors of the same B samples, one from each modality. With
`a_ij = <z1_i, z2_j> / t` there are 2B anchors, the rows and the columns of `a`; an anchor's positive is its
diagonal entry `p` and its negatives are the other n = B - 1 entries of its row or column.

Hard negatives (Choi, Beedu, Essa, arXiv 2309.01262; Robinson et al., ICLR 2021, arXiv 2010.04592) are drawn
from `q(x) ∝ exp(β a) p(x)` by importance weights and debiased by the class prior τ⁺:

    R = n · mean(exp((1+β) a)) / mean(exp(β a))
    G = max((R - τ⁺ n exp(p)) / (1 - τ⁺),  n exp(-1/t))
    L = mean over anchors of  -log(exp(p) / (exp(p) + G))

The weight is exp(β·s/t) for a similarity s, so what means the same across temperatures is κ = β/t.
"""

import math

import torch
from torch import Tensor


def nt_xent(z1: Tensor, z2: Tensor, *, temperature: float) -> Tensor:
    """Cross-modal NT-Xent: cross-entropy of each row and each column of the similarities with its diagonal.

    Args:
        z1: (B, D) unit vectors of one modality.
        z2: (B, D) unit vectors of the other, in the same order.
        temperature: t > 0.

    Returns:
        The mean over the 2B anchors, a scalar.
    """
    similarity = _similarities(z1, z2, temperature)
    target = torch.arange(len(similarity), device=similarity.device)
    rows = torch.nn.functional.cross_entropy(similarity, target)
    columns = torch.nn.functional.cross_entropy(similarity.T, target)
    return (rows + columns) / 2


def hard_negative_nt_xent(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float,
    beta: float,
    tau_plus: float,
    labels: Tensor | None = None,
) -> Tensor:
    """Debiased cross-modal NT-Xent whose negatives are weighted by exp(β·a).

    Args:
        z1: (B, D) unit vectors of one modality.
        z2: (B, D) unit vectors of the other, in the same order.
        temperature: t > 0.
        beta: concentration β ≥ 0 (0: debiased only).
        tau_plus: class prior τ⁺ in [0, 1) (0: no debiasing; with `beta=0` this is `nt_xent`).
        labels: (B,) class of each sample. Given, samples of the anchor's own class are no negatives of it, so
            that every negative is a true one (τ⁺ is then 0); an anchor without any is left out of the mean.

    Returns:
        The mean over the anchors, a scalar. Its gradient flows through the weights.
    """
    _check(beta, tau_plus)
    if labels is not None and tau_plus > 0:
        raise ValueError("labels leave only true negatives: tau_plus must be 0 with them")
    similarity = _similarities(z1, z2, temperature)
    negatives = _negatives(similarity, labels)
    losses = []
    for a, mask in ((similarity, negatives), (similarity.T, negatives.T)):
        log_g, p, _ = _log_g(a, mask, temperature, beta, tau_plus)
        losses.append(torch.logaddexp(torch.zeros_like(p), log_g - p)[mask.any(dim=1)])
    anchors = torch.cat(losses)
    return anchors.mean() if len(anchors) else similarity.sum() * 0.0


@torch.no_grad()
def clamp_share(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float,
    beta: float,
    tau_plus: float,
    labels: Tensor | None = None,
) -> float:
    """Share of the anchors whose G lies at its floor n·exp(-1/t): they give their negatives no gradient.

    Takes what `hard_negative_nt_xent` takes.
    """
    _check(beta, tau_plus)
    similarity = _similarities(z1, z2, temperature)
    negatives = _negatives(similarity, labels)
    clamped = []
    for a, mask in ((similarity, negatives), (similarity.T, negatives.T)):
        clamped.append(_log_g(a, mask, temperature, beta, tau_plus)[2][mask.any(dim=1)])
    anchors = torch.cat(clamped)
    return float(anchors.double().mean()) if len(anchors) else 0.0


def _log_g(
    a: Tensor, negatives: Tensor, temperature: float, beta: float, tau_plus: float
) -> tuple[Tensor, Tensor, Tensor]:
    """(log G, p, whether G is at its floor), each (B,), for the rows of `a` (B, B) as anchors."""
    p = a.diagonal()
    count = negatives.sum(dim=1)
    log_n = count.clamp(min=1).to(a.dtype).log()
    log_r = log_n + _logsumexp((1 + beta) * a, negatives) - _logsumexp(beta * a, negatives)
    floor = log_n - 1 / temperature
    if tau_plus == 0:
        return torch.maximum(log_r, floor), p, (log_r < floor)
    x = math.log(tau_plus) + log_n + p - log_r
    with torch.no_grad():
        # Chosen before the logarithm: at x = 0 its gradient is infinite, and 0 · inf would be NaN.
        safe = torch.where(x < 0, x, -1.0)
        debiased = log_r + _log1mexp(safe) - math.log1p(-tau_plus)
        above = (x < 0) & (debiased > floor)
    safe = torch.where(above, x, -1.0)
    debiased = log_r + _log1mexp(safe) - math.log1p(-tau_plus)
    return torch.where(above, debiased, floor), p, ~above


def _log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(x)) for x < 0, exact at both ends; each branch sees only arguments where it is finite."""
    near = x > -math.log(2)
    by_expm1 = torch.where(near, x, -1.0).expm1().neg().log()
    by_log1p = torch.log1p(-torch.where(near, -1.0, x).exp())
    return torch.where(near, by_expm1, by_log1p)


def _logsumexp(values: Tensor, mask: Tensor) -> Tensor:
    """Row-wise log-sum-exp over the entries that `mask` keeps; 0 where it keeps none."""
    empty = ~mask.any(dim=1, keepdim=True)
    kept = torch.where(empty, torch.zeros_like(values), values.masked_fill(~mask, -torch.inf))
    return torch.where(empty[:, 0], 0.0, torch.logsumexp(kept, dim=1))


def _negatives(similarity: Tensor, labels: Tensor | None) -> Tensor:
    """(B, B) bool: which entries are negatives of their row's anchor."""
    size = len(similarity)
    if labels is None:
        return ~torch.eye(size, dtype=torch.bool, device=similarity.device)
    if labels.shape != (size,):
        raise ValueError(f"labels must be ({size},), one for each sample, not {tuple(labels.shape)}")
    return labels[:, None] != labels[None, :]


def _similarities(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """(B, B) cosine similarities over the temperature."""
    if z1.ndim != 2 or z1.shape != z2.shape:
        raise ValueError(f"expected two (B, D) tensors alike, not {tuple(z1.shape)} and {tuple(z2.shape)}")
    if len(z1) < 2:
        raise ValueError("a batch needs at least two samples: an anchor of a single one has no negatives")
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, not {temperature}")
    return z1 @ z2.T / temperature


def _check(beta: float, tau_plus: float) -> None:
    if not beta >= 0:
        raise ValueError(f"beta must be at least 0, not {beta}")
    if not 0 <= tau_plus < 1:
        raise ValueError(f"tau_plus is a class prior: at least 0 and below 1, not {tau_plus}")
