"""The networks of the comparison: encoders, head and projections for trials of 50 steps.

| pair | parameters of the encoders | MFLOP a trial with the fusion head (1 multiply-add = 2 FLOP) |
|---|---|---|
| `paper` | 1,670,880 | 203 |
| `compact` | 318,152 | 16 |
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from hnhar.model.encoders.config import EncoderConfig
from hnhar.model.encoders.inertial import CompactInertialConfig, PaperInertialConfig
from hnhar.model.encoders.skeleton import CompactSkeletonConfig, PaperSkeletonConfig
from hnhar.model.heads import FusionConfig, PaperFusionConfig, ProjectionHead
from hnhar.model.recognizer import Recognizer, RecognizerConfig

from .trials import STEPS, pick

Pair = Literal["paper", "compact"]
INERTIAL_WIDTH, SKELETON_WIDTH = 96, 96
"""Of our encoders: the weaker sensor has the wider one."""


class Network(nn.Module):
    """A recognizer, and a projection of each modality that only pre-training uses."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        self.recognizer = Recognizer(config)
        features = self.recognizer.features
        self.projections = nn.ModuleDict({name: ProjectionHead(size) for name, size in features.items()})

    @property
    def modalities(self) -> tuple[str, ...]:
        """In the order of the presence mask."""
        return self.recognizer.modalities

    def project(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """Modality -> (B, F) to modality -> (B, 128) unit vectors."""
        return {name: self.projections[name](values.float()) for name, values in features.items()}

    @torch.no_grad()
    def features(self, samples: dict[str, Tensor]) -> dict[str, Tensor]:
        """Samples of a corpus to modality -> (N, F) as in evaluation; the mode is as before afterwards."""
        training = self.training
        self.eval()
        encoded = self.recognizer.encode(pick(samples, self.modalities))
        self.train(training)
        return encoded


def build(pair: Pair, modalities: Sequence[str], classes: int, seed: int) -> Network:
    """A fresh network; the same seed gives the same weights."""
    torch.manual_seed(seed)
    encoders = {name: _encoder(pair, name) for name in modalities}
    head = PaperFusionConfig() if pair == "paper" else FusionConfig()
    return Network(RecognizerConfig(encoders=encoders, classes=classes, head=head))


def _encoder(pair: Pair, modality: str) -> EncoderConfig:
    if pair == "paper":
        return (
            PaperSkeletonConfig(steps=STEPS) if modality == "skeleton" else PaperInertialConfig(steps=STEPS)
        )
    if modality == "skeleton":
        return CompactSkeletonConfig(width=SKELETON_WIDTH)
    return CompactInertialConfig(width=INERTIAL_WIDTH)
