"""The supervised loss of every training: cross-entropy of all modalities together, and of each alone."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from hnhar.model.heads import RecognizerOutput

Fusion = Literal["sum", "head"]
"""Logits of all modalities together: the sum of theirs, or those of the recognizer's fusion head."""


@dataclass(frozen=True, slots=True)
class SupervisedLoss:
    """Settings of `recognition_loss`."""

    smoothing: float = 0.1
    """Share of each target that is spread over all labels."""
    fusion: Fusion = "head"
    modality_loss: float = 1.0
    """Weight of each modality's own cross-entropy beside that of the fusion."""
    distillation: float = 0.0
    """Share of each modality's own loss that is its cross-entropy against all modalities together."""


def recognition_loss(
    recognition: RecognizerOutput,
    targets: Tensor,
    settings: SupervisedLoss,
    present: Tensor | None = None,
    kept: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of the fusion, plus that of each modality where it is present.

    Args:
        recognition: Of B samples.
        targets: (B,) classes, or (B, K) shares of them.
        settings: Weights of the parts.
        present: (B, M) bool, in the order of the modalities; None: all are.
        kept: (B, M) bool, modalities whose logits a sum of them takes; None: all. A head knows by itself.

    Returns:
        A scalar, the sum of the means over samples.
    """
    smoothing, share = settings.smoothing, settings.distillation
    loss = cross_entropy(
        fused(recognition, settings.fusion, kept).float(), targets, label_smoothing=smoothing
    )
    alone = {name: logits.float() for name, logits in recognition.modality_logits.items()}
    if share > 0:
        counted = list(alone.values())
        if present is not None:
            counted = [logits * present[:, [column]] for column, logits in enumerate(counted)]
        together = torch.stack(counted).sum(dim=0).detach().softmax(dim=1)
    for column, logits in enumerate(alone.values()):
        rows: Tensor | slice = slice(None) if present is None else present[:, column]
        if isinstance(rows, Tensor) and not rows.any():
            continue
        single = cross_entropy(logits[rows], targets[rows], label_smoothing=smoothing)
        if share > 0:
            single = (1 - share) * single + share * cross_entropy(logits[rows], together[rows])
        loss = loss + settings.modality_loss * single
    return loss


def fused(recognition: RecognizerOutput, how: Fusion, kept: Tensor | None = None) -> Tensor:
    """(B, K) logits of all modalities together; `kept` (B, M) bool: those that a sum takes, None: all."""
    if how == "head":
        return recognition.logits
    parts = list(recognition.modality_logits.values())
    if kept is not None:
        parts = [logits.masked_fill(~kept[:, [column]], 0.0) for column, logits in enumerate(parts)]
    return torch.stack(parts).sum(dim=0)
