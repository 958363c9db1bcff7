"""Masks of the negatives and positives among the trials, as a method has them at a point of its training.

No label enters that `Trials.labels` does not hold: unknown ones are below 0. Legend: N trials.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .inference import Spreading, fused_similarity, mutual, nearest, spread
from .method import Method
from .probes import centered
from .trials import Trials

Teacher = Callable[[dict[str, Tensor]], dict[str, Tensor]]
"""Samples -> features by modality, as `Network.features`."""


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Masks over all trials; None where the plain rule holds (all others negative, only oneself positive)."""

    negatives: Tensor | None = None
    """(N, N) bool, symmetric."""
    positives: Tensor | None = None
    """(N, N) weights of at least 0, symmetric."""

    def of(self, rows: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Both among the trials of a batch."""
        return _square(self.negatives, rows), _square(self.positives, rows)

    @classmethod
    def now(cls, method: Method, trials: Trials, teacher: Teacher, progress: float) -> "Relations":
        """Masks at `progress` (0 to 1) of a training; `teacher` is called only if the method needs it."""
        wanted = {method.negatives, method.positives}
        if wanted <= {"all", "self"}:
            return cls()
        if wanted <= {"all", "self", "labels"}:
            same = same_label(trials.labels)
            return cls(
                ~same if method.negatives == "labels" else None,
                same.float() if method.positives == "labels" else None,
            )
        if progress < method.warmup:
            return cls()
        embeddings = centered(teacher(trials.samples))
        if "guide" in wanted:
            return cls(None, _guided(embeddings, method.neighbors))
        similarity = fused_similarity(list(embeddings.values()))
        if "inferred" in wanted:
            return cls._inferred(method, trials, similarity)
        far = ~_either(nearest(similarity, method.excluded))
        close = mutual(nearest(similarity, method.neighbors)).float()
        return cls(far if method.negatives == "far" else None, close if method.positives == "near" else None)

    @classmethod
    def _inferred(cls, method: Method, trials: Trials, similarity: Tensor) -> "Relations":
        """From the known labels, spread over the rest."""
        rows = torch.nonzero(trials.labels >= 0)[:, 0]
        shares = spread(similarity, rows, trials.labels[rows], trials.classes, Spreading())
        certainty, label = shares.max(dim=1)
        same = label[:, None] == label
        weights = same * (certainty[:, None] * certainty)
        return cls(
            ~same if method.negatives == "inferred" else None,
            weights if method.positives == "inferred" else None,
        )


def same_label(labels: Tensor) -> Tensor:
    """(N,) -> (N, N) bool: known to be of one class; an unknown one is of one class with itself only."""
    known = labels >= 0
    itself = torch.eye(len(labels), dtype=torch.bool)
    return itself | ((labels[:, None] == labels) & known[:, None] & known)


def _guided(embeddings: dict[str, Tensor], neighbors: int) -> Tensor:
    """Near by any one modality's own similarity: each modality mines positives for the others."""
    masks = [_either(nearest(fused_similarity([z]), neighbors)) for z in embeddings.values()]
    return torch.stack(masks).any(dim=0).float()


def _either(near: Tensor) -> Tensor:
    """(N, N) bool: one is near the other; symmetric."""
    return near | near.T


def _square(mask: Tensor | None, rows: Tensor) -> Tensor | None:
    return None if mask is None else mask[rows][:, rows]
