"""Masks of the negatives and positives among the trials, as a method has them at a point of its training.

No label enters that `Trials.labels` does not hold: unknown ones are below 0. Legend: N trials.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .inference import FEWEST, Spreading, fused_similarity, mutual, nearest, spread
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
            return cls.inferred(method, trials, similarity)
        far = ~_either(nearest(similarity, method.excluded))
        close = mutual(nearest(similarity, method.neighbors)).float()
        return cls(far if method.negatives == "far" else None, close if method.positives == "near" else None)

    @classmethod
    def inferred(cls, method: Method, trials: Trials, similarity: Tensor) -> "Relations":
        """From the known labels, spread over the rest by the (N, N) similarity of all modalities."""
        rows = torch.nonzero(trials.labels >= 0)[:, 0]
        settings = Spreading(neighbors=None if method.reach == "by class" else FEWEST, equal=method.equal)
        shares = spread(similarity, rows, trials.labels[rows], trials.classes, settings)
        if method.sure > 0:
            different, weights = surely(shares, method.sure)
        else:
            certainty, label = shares.max(dim=1)
            same = label[:, None] == label
            different, weights = ~same, same * (certainty[:, None] * certainty)
        return cls(
            different if method.negatives == "inferred" else None,
            weights if method.positives == "inferred" else None,
        )


def surely(shares: Tensor, sure: float) -> tuple[Tensor, Tensor]:
    """Negatives (N, N) bool and weights of positives (N, N) of trials with (N, K) class probabilities.

    A pair is negative where it is of different classes with a probability of `sure` or more, positive, with
    the probability that it is of one class as its weight, where that is `sure` or more; else it is neither.
    """
    same = shares @ shares.T
    return same <= 1 - sure, torch.where(same >= sure, same, 0.0)


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
