"""Heads on the encoders: projection for the contrastive loss, classification, fusion of present modalities.

Legend: B windows, M modalities, F features of one encoder, E embedding of one modality, K labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional

from .encoders.temporal import Share, Size
from .modality import key_of


@dataclass(frozen=True, slots=True, eq=False)
class RecognizerOutput:
    """Logits and embeddings of a batch of windows."""

    logits: Tensor
    """(B, K)."""
    embedding: Tensor
    """(B, M E); unit length, with zeros where a modality is absent (the paper's head: see there)."""
    modality_logits: dict[str, Tensor]
    """Modality -> (B, K), those of each modality alone; only modalities that were given."""


class FusionConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sum"):
    """Settings of `FusionHead`."""

    embedding: Size = 128
    """E."""
    interaction: Size = 128
    """Width of the layer in which modalities meet."""
    dropout: Share = 0.3


class PaperFusionConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="paper"):
    """Settings of `PaperFusionHead`; the default is the paper's."""

    embedding: Size = 256
    """Width of each modality before concatenation."""


class Fusion(Protocol):
    """Features of the given modalities and a mask of presence -> recognition."""

    def __call__(self, features: Mapping[str, Tensor], presence: Tensor) -> RecognizerOutput:
        """`features`: modality -> (B, F); `presence`: (B, M) bool; one not given is absent everywhere."""
        ...


class ProjectionHead(nn.Module):
    """(B, F) -> (B, width) unit vectors, for the contrastive loss; dropped after pre-training."""

    def __init__(self, features: int, hidden: int = 256, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width)
        )

    def forward(self, features_BF: Tensor) -> Tensor:
        """Unit vectors; a zero vector stays zero."""
        return functional.normalize(self.layers(features_BF), dim=-1)


class ClassificationHead(nn.Sequential):
    """(B, F) -> (B, K): dropout and one linear layer."""

    def __init__(self, features: int, classes: int, dropout: float = 0.3) -> None:
        super().__init__(nn.Dropout(dropout), nn.Linear(features, classes))


class FusionHead(nn.Module):
    """Sum of the present modalities' logits, and an interaction term where at least two are present.

    The interaction starts at zero, so training begins as the plain sum. Any subset of modalities gives an
    answer, and an absent one has no influence on it.
    """

    def __init__(self, features: Mapping[str, int], classes: int, config: FusionConfig) -> None:
        super().__init__()
        self.names = tuple(features)
        self.classes = classes
        self.width = config.embedding
        self.classifiers = nn.ModuleDict(
            {
                key_of(name): ClassificationHead(size, classes, config.dropout)
                for name, size in features.items()
            }
        )
        self.embeddings = nn.ModuleDict(
            {key_of(name): nn.Linear(size, self.width) for name, size in features.items()}
        )
        self.interaction = nn.Sequential(
            nn.Linear(self.width * len(features), config.interaction),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.interaction, classes),
        )
        for parameter in self.interaction[-1].parameters():
            nn.init.zeros_(parameter)

    def forward(self, features: Mapping[str, Tensor], presence: Tensor) -> RecognizerOutput:
        """See `Fusion`."""
        given = [name for name in self.names if name in features]
        masks = {name: presence[:, self.names.index(name), None] for name in given}
        modality_logits = {name: self.classifiers[key_of(name)](features[name]) for name in given}
        zero = presence.new_zeros((presence.shape[0], self.width), dtype=features[given[0]].dtype)
        parts = [zero] * len(self.names)
        for name in given:
            unit = functional.normalize(self.embeddings[key_of(name)](features[name]), dim=-1)
            parts[self.names.index(name)] = unit.masked_fill(~masks[name], 0.0)
        units = torch.cat(parts, dim=1)
        logits = torch.stack([modality_logits[name].masked_fill(~masks[name], 0.0) for name in given]).sum(
            dim=0
        )
        count = torch.cat(list(masks.values()), dim=1).sum(dim=1, keepdim=True)
        if len(given) > 1:
            together = self.interaction(units * self.width**0.5)
            logits = logits + together.masked_fill(count < 2, 0.0)
        return RecognizerOutput(logits, units / count.clamp(min=1).sqrt(), modality_logits)


class PaperFusionHead(nn.Module):
    """The paper's downstream head: per modality Linear, BN, ReLU, concatenated, Linear; one Linear alone.

    Where some but not all modalities are present their own Linear layers' logits are averaged. The embedding
    is the concatenation, with zeros where a modality is absent.
    """

    def __init__(self, features: Mapping[str, int], classes: int, config: PaperFusionConfig) -> None:
        super().__init__()
        self.names = tuple(features)
        self.width = config.embedding
        self.classifiers = nn.ModuleDict(
            {key_of(name): nn.Linear(size, classes) for name, size in features.items()}
        )
        self.hidden = nn.ModuleDict(
            {
                key_of(name): nn.Sequential(
                    nn.Linear(size, self.width), nn.BatchNorm1d(self.width), nn.ReLU()
                )
                for name, size in features.items()
            }
        )
        self.output = nn.Linear(self.width * len(features), classes)

    def forward(self, features: Mapping[str, Tensor], presence: Tensor) -> RecognizerOutput:
        """See `Fusion`."""
        given = [name for name in self.names if name in features]
        masks = {name: presence[:, self.names.index(name), None] for name in given}
        modality_logits = {name: self.classifiers[key_of(name)](features[name]) for name in given}
        zero = presence.new_zeros((presence.shape[0], self.width), dtype=features[given[0]].dtype)
        parts = [zero] * len(self.names)
        for name in given:
            parts[self.names.index(name)] = self.hidden[key_of(name)](features[name]).masked_fill(
                ~masks[name], 0.0
            )
        embedding = torch.cat(parts, dim=1)
        count = torch.cat(list(masks.values()), dim=1).sum(dim=1, keepdim=True)
        masked = [modality_logits[name].masked_fill(~masks[name], 0.0) for name in given]
        logits = torch.stack(masked).sum(dim=0) / count.clamp(min=1)
        if len(given) == len(self.names) > 1:
            logits = torch.where(count == len(self.names), self.output(embedding), logits)
        return RecognizerOutput(logits, embedding, modality_logits)
