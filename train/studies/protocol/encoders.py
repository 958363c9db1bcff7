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

from hnhar.model.encoders.config import EncoderConfig, encoder_of
from hnhar.model.encoders.inertial import CompactInertialConfig, PaperInertialConfig
from hnhar.model.encoders.skeleton import CompactSkeletonConfig, PaperSkeletonConfig
from hnhar.model.errors import ConfigError
from hnhar.model.heads import FusionConfig, PaperFusionConfig, ProjectionHead
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import key_of, kind_of
from hnhar.model.recognizer import Recognizer, RecognizerConfig

from .inputs import STEPS
from .trials import RATE, kind_of_trial, pick

Pair = Literal["paper", "compact"]
INERTIAL_WIDTH, SKELETON_WIDTH = 96, 96
"""Of our encoders: the weaker sensor has the wider one."""
_ENCODERS: dict[Pair, dict[str, EncoderConfig]] = {
    "paper": {IMU.name: PaperInertialConfig(steps=STEPS), SKELETON.name: PaperSkeletonConfig(steps=STEPS)},
    "compact": {
        IMU.name: CompactInertialConfig(width=INERTIAL_WIDTH),
        SKELETON.name: CompactSkeletonConfig(width=SKELETON_WIDTH),
    },
}
"""Of the kinds that were compared; others have their presets."""


class Network(nn.Module):
    """A recognizer, and a projection of each modality that only pre-training uses."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        self.recognizer = Recognizer(config)
        features = self.recognizer.features
        self.projections = nn.ModuleDict(
            {key_of(name): ProjectionHead(size) for name, size in features.items()}
        )

    @property
    def modalities(self) -> tuple[str, ...]:
        """In the order of the presence mask."""
        return self.recognizer.modalities

    def project(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """Modality -> (B, F) to modality -> (B, 128) unit vectors."""
        return {name: self.projections[key_of(name)](values.float()) for name, values in features.items()}

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
    kind = kind_of_trial(modality)
    if kind in _ENCODERS[pair]:
        return _ENCODERS[pair][kind]
    of_kind = kind_of(kind)
    if pair not in of_kind.encoders:
        raise ConfigError(f"the kind of modality '{kind}' has no {pair} encoder")
    return encoder_of(of_kind.encoders[pair]).for_windows(of_kind.modality(RATE, modality), STEPS)
