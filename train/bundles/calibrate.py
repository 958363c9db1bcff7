"""One temperature for each subset of modalities, from windows of persons that the recognizer never saw.

Guo et al., "On calibration of modern neural networks", ICML 2017; here the targets are soft.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from hnhar.model.bundle.subsets import calibrated_subsets, subset_key
from hnhar.model.recognizer import Recognizer

from ..learn.data import WindowSet

Answers = Mapping[str, tuple[Tensor, Tensor]]
"""Subset of modalities -> (N, K) logits and soft targets of the windows that have it."""
BATCH = 256
CANDIDATES = torch.logspace(-1.3, 0.7, 81)
"""Temperatures that are tried: 0.05 to 5."""


def answers(recognizer: Recognizer, windows: WindowSet) -> Answers:
    """Logits of a recognizer for windows of persons that it never saw, by subset of modalities."""
    out = {}
    for key, columns in _subsets(recognizer.modalities).items():
        rows = windows.presence[:, columns].all(dim=1)
        if rows.any():
            out[key] = logits_of(recognizer, windows, columns)[rows], windows.targets[rows]
    return out


def temperatures(folds: Sequence[Answers]) -> dict[str, float]:
    """Subset of modalities -> the divisor of all logits with the least cross-entropy."""
    out = {}
    for key in dict.fromkeys(key for fold in folds for key in fold):
        logits, targets = zip(*(fold[key] for fold in folds if key in fold), strict=True)
        out[key] = best_temperature(torch.cat(logits), torch.cat(targets))
    return out


def best_temperature(logits: Tensor, targets: Tensor) -> float:
    """The candidate with the least cross-entropy of (N, K) logits against (N, K) soft targets."""
    losses = torch.stack([torch.nn.functional.cross_entropy(logits / t, targets) for t in CANDIDATES])
    return round(float(CANDIDATES[losses.argmin()]), 4)


def logits_of(recognizer: Recognizer, windows: WindowSet, columns: list[int]) -> Tensor:
    """(N, K) logits with only some modalities given."""
    names = [recognizer.modalities[c] for c in columns]
    recognizer.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(windows), BATCH):
            samples = {name: windows.samples[name][start : start + BATCH] for name in names}
            parts.append(recognizer(samples).logits)
    return torch.cat(parts)


def _subsets(modalities: tuple[str, ...]) -> dict[str, list[int]]:
    return {
        subset_key(names): [modalities.index(name) for name in names]
        for names in calibrated_subsets(modalities)
    }
