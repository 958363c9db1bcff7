"""Example embeddings of the learned classes, kept in a bundle so that activities can be enrolled later."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Generator

from hnhar.model.enroll.enroll import remembered
from hnhar.model.enroll.prototypes import Memory, sections
from hnhar.model.recognizer import Recognizer

from ..learn.augment import Augmentation, augment
from ..learn.data import WindowSet
from .calibrate import BATCH

EACH = 32
"""Windows kept of each activity."""
OF_IDLE = 96
"""Windows kept of idle: it is more than one thing."""
CLEAR = 0.99
"""Least weight of a label in a window that is kept as its example."""


def memory_of(
    recognizer: Recognizer, windows: WindowSet, rates: Mapping[str, float], *, idle: int, seed: int
) -> Memory | None:
    """Embeddings of windows of each class, drawn at random and augmented; None where a class has too few.

    Augmented, since the recognizer has fitted the training windows themselves more closely than any that it
    will meet. The embedding of each modality must not depend on the others, as in both fusion heads.
    """
    generator = Generator().manual_seed(seed)
    weights, labels = windows.targets.max(dim=1)
    rows = []
    for label in range(windows.targets.shape[1]):
        of_label = torch.nonzero((labels == label) & (weights >= CLEAR))[:, 0]
        if len(of_label) < 2:
            return None
        chosen = torch.randperm(len(of_label), generator=generator)[: OF_IDLE if label == idle else EACH]
        rows.append(of_label[chosen.sort().values])
    picked = torch.cat(rows)
    samples, presence, _ = windows.batch(picked)
    changed = augment(samples, rates, recognizer.kinds, Augmentation(), generator)
    recognizer.eval()
    with torch.inference_mode():
        parts = []
        for at in range(0, len(picked), BATCH):
            part = {name: tensor[at : at + BATCH] for name, tensor in changed.items()}
            parts.append(recognizer(part, presence[at : at + BATCH]).embedding)
    vectors = sections(torch.cat(parts).numpy(), len(recognizer.modalities))
    return remembered(vectors, labels[picked].numpy().astype(np.int64))
