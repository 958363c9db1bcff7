"""Inputs of the losses, checked: settings, embeddings, and groups of samples.

The group of a sample is a number: samples of other groups are its negatives. Without labels every sample is a
group of its own (the positive has the anchor's number, of two views both have it); with labels its class is.
So a tile of the similarities needs no mask but the comparison of two vectors.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

Views = Mapping[str, Sequence[Tensor]]
"""Modality -> its views, (B, D) unit vectors each."""
Pairs = Literal["cross", "within", "all"]
"""Views that are contrasted: of different modalities (CMC), of the same (SimCLR), or both."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Parameters of a contrastive loss."""

    temperature: float
    """t > 0."""
    beta: float = 0.0
    """Concentration β ≥ 0."""
    tau_plus: float = 0.0
    """Class prior τ⁺ in [0, 1)."""
    pairs: Pairs = "cross"
    """Pairs of views that are contrasted."""

    @property
    def kappa(self) -> float:
        """κ = β/t, which means the same across temperatures."""
        return self.beta / self.temperature

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature must be positive, not {self.temperature}")
        if not 0 <= self.beta < math.inf:
            raise ValueError(f"beta must be at least 0, not {self.beta}")
        if not 0 <= self.tau_plus < 1:
            raise ValueError(f"tau_plus is a class prior: at least 0 and below 1, not {self.tau_plus}")
        if self.pairs not in get_args(Pairs):
            raise ValueError(f"pairs must be one of {', '.join(get_args(Pairs))}, not '{self.pairs}'")


def embeddings(*given: Tensor, fewest: int = 2) -> list[Tensor]:
    """The same (B, D) tensors, checked, in fp32 or better.

    Args:
        given: The caller's tensors.
        fewest: Least number of samples.

    Raises:
        ValueError: Their shapes differ or are not (B, D), or there are too few samples.
    """
    shapes = [tuple(z.shape) for z in given]
    if len(set(shapes)) != 1 or len(shapes[0]) != 2:
        raise ValueError(f"expected (B, D) tensors alike, not {' and '.join(map(str, shapes))}")
    if shapes[0][0] < fewest:
        raise ValueError("a batch needs at least two samples: an anchor of a single one has no negatives")
    return [z.float() if z.dtype in (torch.float16, torch.bfloat16) else z for z in given]


@contextmanager
def full_precision(z: Tensor) -> Iterator[None]:
    """Keeps an ambient autocast out: a bf16 similarity over t = 0.1 is off by 0.04 in the exponent."""
    with torch.autocast(z.device.type, enabled=False):
        yield


def groups(
    size: int, labels: Tensor | None, setting: Setting, device: torch.device, start: int = 0
) -> Tensor:
    """(size,) int64: samples of different groups are negatives of each other.

    Args:
        size: Samples.
        labels: (size,) classes; below 0: unknown, the sample is a group of its own. None: all are.
        setting: Its τ⁺ must be 0 with labels.
        device: Device of the result.
        start: Number of the first sample, where these are a part of a batch.
    """
    alone = torch.arange(start, start + size, device=device)
    if labels is None:
        return alone
    if setting.tau_plus > 0:
        raise ValueError("labels leave only true negatives: tau_plus must be 0 with them")
    if labels.shape != (size,):
        raise ValueError(f"labels must be ({size},), one for each sample, not {tuple(labels.shape)}")
    return torch.where(labels < 0, -1 - alone, labels.to(device, torch.int64))


def presences(presence: Tensor, like: Sequence[Tensor]) -> Tensor:
    """(B, M) bool on the embeddings' device, checked."""
    shape = (len(like[0]), len(like))
    if presence.dtype != torch.bool or presence.shape != shape:
        raise ValueError(f"presence must be bool {shape}, not {presence.dtype} {tuple(presence.shape)}")
    return presence.to(like[0].device)


def pair_weights(given: Tensor, z: Tensor, name: str = "negatives") -> Tensor:
    """The (B, B) mask or weights of pairs, as a constant of the embeddings' type and device."""
    if given.shape != (len(z), len(z)):
        raise ValueError(f"{name} must be {(len(z), len(z))}, one for each pair, not {tuple(given.shape)}")
    weights = given.detach().to(z.device, z.dtype)
    if bool((weights < 0).any()) or not bool(weights.isfinite().all()):
        raise ValueError(f"{name} must be a mask or finite weights of at least 0")
    return weights
