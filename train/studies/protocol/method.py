"""Configurations of the comparison: a contrastive method, and the training budget that all methods share."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import msgspec
from torch import nn

from ...learn.named_loss import HARD_NEGATIVE
from ...learn.optimize import Optimizer
from ...losses.inputs import Pairs, Setting

Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Budget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Epochs, batch size and optimizer settings; the same for every method of a table."""

    epochs: Annotated[int, msgspec.Meta(ge=0)] = 100
    """Times that every trial is seen, in as many views as the method takes."""
    batch: Annotated[int, msgspec.Meta(ge=2)] = 108
    """Trials in a batch; the last is never smaller than half of it."""
    learning_rate: Positive = 2e-3
    """At the top of a one-cycle schedule."""
    weight_decay: Annotated[float, msgspec.Meta(ge=0)] = 0.01
    """Of AdamW."""
    bfloat16: bool = True
    """Compute the encoders in bfloat16."""

    def batches(self, trials: int) -> int:
        """Batches of an epoch of so many trials."""
        return max(1, round(trials / self.batch))

    def optimizer(self, parts: Sequence[tuple[Iterable[nn.Parameter], float]], batches: int) -> Optimizer:
        """AdamW for `epochs` of so many batches; each part has its rate in units of `learning_rate`."""
        return Optimizer(
            parts,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            steps=batches * self.epochs,
            cycle="rate",
        )


class Method(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contrastive pre-training."""

    loss: str = HARD_NEGATIVE
    """Name of the loss (`learn.named_loss`); "public-code" is that of the authors' public code rather than of
    their equation."""
    pairs: Pairs = "cross"
    """Contrasted views: of different modalities (CMC), of the same (SimCLR), or both."""
    views: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    """Augmented views of each trial and modality."""
    temperature: Positive = 0.5
    """t."""
    beta: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """β; κ = β/t."""
    schedule: Literal["constant", "rise", "fall"] = "constant"
    """β over the training: as it is, from 0 up to it, or from it down to 0 (HCL's annealing)."""
    tau_plus: Share = 0.0
    """τ⁺."""
    negatives: Literal["all", "labels", "inferred", "far"] = "all"
    """Negatives of a trial: all others; those of another known label; of another label inferred from a few
    (`inference.spread`); or those not among the nearest by the teacher."""
    positives: Literal["self", "labels", "inferred", "near", "guide"] = "self"
    """Positives of a trial beside itself: none; those of its label; of its inferred label; mutual neighbors
    by the teacher; or neighbors in the other modality by encoders trained alone before (CMC-CMKM)."""
    neighbors: Count = 6
    """Most that `near` and `guide` take as positives."""
    excluded: Count = 24
    """Number of the nearest that are no negatives with "far"."""
    reach: Literal["fixed", "by class"] = "fixed"
    """Neighbors over which few labels spread: six, as many as half a class of UTD-MHAD has trials; or half
    of an average class of the corpus, without which the labels reach but part of a larger one."""
    equal: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    """How much the inferred classes are taken to be equally frequent (`inference.Spreading.equal`)."""
    sure: Share = 0.0
    """With inferred labels: probability from which two trials are negatives of each other, as of different
    classes, or positives, as of the same; a pair of which neither is as probable is neither. 0: the most
    probable labels of the two decide."""
    warmup: Share = 0.3
    """Share of the epochs before the teacher is used; until then all others are negatives."""

    def __post_init__(self) -> None:
        if 0 < self.sure <= 0.5:
            raise ValueError("`sure` is 0, or above 0.5: else a pair may be of both kinds")
        if self.positives != "self" and self.tau_plus > 0:
            raise ValueError("a method with several positives an anchor must have tau_plus = 0")

    @property
    def uses_labels(self) -> bool:
        """True if labels of the training trials enter: all of them, or the few that are given."""
        return {self.negatives, self.positives} & {"labels", "inferred"} != set()

    @property
    def kappa(self) -> float:
        """κ = β/t."""
        return self.beta / self.temperature

    def setting(self, progress: float | None = None) -> Setting:
        """t, τ⁺, the pairs, and β at `progress` of the training, 0 to 1, or in full."""
        beta = self.beta
        if progress is not None and self.schedule != "constant":
            beta *= progress if self.schedule == "rise" else 1 - progress
        return Setting(self.temperature, beta, self.tau_plus, self.pairs)
