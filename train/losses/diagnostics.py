"""Diagnostics of the negatives of a contrastive batch, for the log: numbers without gradient.

All are means over the 2B anchors of two modalities (with `unimodal=True`, of two views of one) that have a
negative, and take what the loss takes. The weights are w_j = exp(β a_j) / Σ exp(β a) over negatives, the
distribution q_β that the loss samples.
Rows are taken some at a time, so nothing of size B² is held.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from . import inputs
from .anchor import anchor_losses, dense_log_means

ROWS = 1024
"""Anchors at a time."""


def clamp_share(
    z1: Tensor,
    z2: Tensor,
    setting: inputs.Setting,
    *,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    unimodal: bool = False,
) -> float:
    """Share of the anchors whose G lies at its floor n·exp(-1/t): they give their negatives no gradient."""
    values = []
    for part in _anchors(z1, z2, setting, labels, negatives, unimodal):
        rho, n = dense_log_means(part.a, part.allowed, setting.beta, part.weights)
        values.append(anchor_losses(part.p, rho, n, setting)[1][n > 0])
    return _mean(values)


def effective_negatives(
    z1: Tensor,
    z2: Tensor,
    setting: inputs.Setting,
    *,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    unimodal: bool = False,
) -> float:
    """Effective number of negatives of an anchor, 1/Σ w²: n at β = 0, toward 1 as β grows."""
    values = []
    for part in _anchors(z1, z2, setting, labels, negatives, unimodal):
        w, some = part.sampling(setting.beta)
        values.append(1 / w.square().sum(dim=1)[some])
    return _mean(values)


def false_negative_mass(
    z1: Tensor,
    z2: Tensor,
    labels: Tensor,
    setting: inputs.Setting,
    *,
    negatives: Tensor | None = None,
    unimodal: bool = False,
) -> float:
    """Share of an anchor's weight that lies on negatives of its own class, in a loss that saw no labels.

    Args:
        z1: (B, D) unit vectors.
        z2: (B, D) unit vectors.
        labels: (B,) true classes; below 0: unknown, and a false negative of nobody.
        setting: t and β.
        negatives: (B, B) mask or weights of the loss.
        unimodal: True where z1 and z2 are views of one modality.
    """
    # the loss saw no labels, so they may stand beside its class prior
    group = inputs.groups(len(z1), labels, replace(setting, tau_plus=0.0), z1.device)
    group = group.repeat(2) if unimodal else group
    values = []
    for part in _anchors(z1, z2, setting, None, negatives, unimodal):
        w, some = part.sampling(setting.beta)
        same = group[part.rows, None] == group
        values.append((w * same).sum(dim=1)[some])
    return _mean(values)


@dataclass(frozen=True, slots=True)
class _Anchors:
    """Some anchors and what they are contrasted with."""

    rows: slice
    a: Tensor
    """(A, N) similarities over t."""
    p: Tensor
    """(A,)"""
    allowed: Tensor
    """(A, N) bool: the negatives."""
    weights: Tensor | None
    """(A, N)"""

    def sampling(self, beta: float) -> tuple[Tensor, Tensor]:
        """w (A, N), rows sum to 1, and (A,) which anchors have a negative (the others' rows are 0)."""
        allowed = self.allowed if self.weights is None else self.allowed & (self.weights > 0)
        some = allowed.any(dim=1)
        logits = beta * self.a.double()
        if self.weights is not None:
            logits = logits + self.weights.double().log()
        logits = torch.where(some[:, None], logits.masked_fill(~allowed, -torch.inf), 0.0)
        return torch.softmax(logits, dim=1) * some[:, None], some


@torch.no_grad()
def _anchors(
    z1: Tensor,
    z2: Tensor,
    setting: inputs.Setting,
    labels: Tensor | None,
    negatives: Tensor | None,
    unimodal: bool,
) -> Iterator[_Anchors]:
    """All 2B anchors, `ROWS` at a time."""
    z1, z2 = inputs.embeddings(z1.detach(), z2.detach())
    group = inputs.groups(len(z1), labels, setting, z1.device)
    weights = None if negatives is None else inputs.pair_weights(negatives, z1)
    positives = (z1 * z2).sum(dim=1) / setting.temperature
    if unimodal:
        z, group, positives = torch.cat([z1, z2]), group.repeat(2), positives.repeat(2)
        directions = [(z, z, None if weights is None else weights.repeat(2, 2))]
    else:
        directions = [(z1, z2, weights), (z2, z1, None if weights is None else weights.T)]
    for anchors, others, pairing in directions:
        for begin in range(0, len(anchors), ROWS):
            rows = slice(begin, begin + ROWS)
            with inputs.full_precision(anchors):
                a = anchors[rows] @ others.T / setting.temperature
            part = None if pairing is None else pairing[rows]
            yield _Anchors(rows, a, positives[rows], group[rows, None] != group, part)


def _mean(values: list[Tensor]) -> float:
    anchors = torch.cat(values)
    return float(anchors.double().mean()) if len(anchors) else 0.0
