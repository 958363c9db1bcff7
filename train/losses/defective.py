"""The loss that the public code of arXiv 2309.01262 computes, for the row of the table that bears its name.

Never for what is shipped: the paper's equation is in `loss.py`. The code differs twice.

- It takes N = 2B - 2 for the number of negatives of an anchor, though a cross-modal anchor has n = B - 1. N
  stands with τ⁺ and in the floor; R is a sum over the negatives there are, over a mean, and stays right.
- It holds the positives as (2B, 1) beside the negatives' sums as (2B,), which broadcasts to (2B, 2B): every
  anchor's positive is contrasted with every anchor's negatives.

    G_ij = max((R_j - τ⁺ N exp(p_i)) / (1 - τ⁺),  N exp(-1/t))
    L    = mean over i, j of  -log(exp(p_i) / (exp(p_i) + G_ij))

Written from that description, not from the code.
"""

import math

import torch
from torch import Tensor

from .anchor import dense_log_means, log_mass
from .inputs import Setting, Views, embeddings, full_precision


def public_code_loss(
    views: Views, setting: Setting, *, positives: Tensor | None = None, negatives: Tensor | None = None
) -> Tensor:
    """The paper's loss with both defects, of the first views of two modalities.

    Raises:
        ValueError: Not two modalities, or masks, which that code does not take.
    """
    if positives is not None or negatives is not None or setting.pairs != "cross" or len(views) != 2:
        raise ValueError("the public code contrasts two modalities, and takes no masks of pairs")
    z1, z2 = (of[0] for of in views.values())
    return defective_loss(z1, z2, setting)


def defective_loss(
    z1: Tensor, z2: Tensor, setting: Setting, *, doubled: bool = True, broadcast: bool = True
) -> Tensor:
    """The paper's loss with either defect, in log space.

    Args:
        z1: (B, D) unit vectors of one modality.
        z2: (B, D) unit vectors of the other, in the same order.
        setting: t, β, τ⁺.
        doubled: The first defect.
        broadcast: The second. Without both it is the paper's loss.

    Returns:
        The mean over the (2B)² pairs of a positive and an anchor's negatives, a scalar.
    """
    z1, z2 = embeddings(z1, z2)
    with full_precision(z1):
        similarity = z1 @ z2.T / setting.temperature
    negatives = ~torch.eye(len(z1), dtype=torch.bool, device=z1.device)
    sides = (similarity, similarity.T)
    rho = torch.cat([dense_log_means(a, negatives, setting.beta, None)[0] for a in sides])
    positives = similarity.diagonal().repeat(2)
    if broadcast:
        positives = positives[:, None]
    log_n = math.log(len(z1) - 1)
    taken = log_n + math.log(2) if doubled else log_n
    mass = taken + log_mass(positives, rho + log_n - taken, setting)[0]
    return torch.logaddexp(torch.zeros_like(mass), mass - positives).mean()
