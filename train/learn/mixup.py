"""Mixup, all modalities alike (Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018)."""

import torch
from torch import Tensor


def mixed(
    samples: dict[str, Tensor], targets: Tensor, alpha: float, present: Tensor | None = None
) -> tuple[dict[str, Tensor], Tensor]:
    """Mix each sample with another of the batch: all of its modalities and its target by the same amount.

    Draws from torch's global generator, as dropout does.

    Args:
        samples: Modality -> (B, T, C).
        targets: (B, K) shares of the labels.
        alpha: α of Beta(α, α), from which each draws how much of it stays.
        present: (B, M) bool; a sample stays as it is where the other has not the same modalities.

    Returns:
        New tensors of the same shapes.
    """
    kept = torch.distributions.Beta(alpha, alpha).sample((len(targets),))
    other = torch.randperm(len(targets))
    if present is not None:
        kept = torch.where((present == present[other]).all(dim=1), kept, torch.ones_like(kept))
    weight = kept[:, None, None]
    shares = kept[:, None] * targets + (1 - kept[:, None]) * targets[other]
    return {name: weight * x + (1 - weight) * x[other] for name, x in samples.items()}, shares
