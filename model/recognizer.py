"""Encoders and fusion head: windows of any subset of the modalities -> logits and embedding.

Legend: B windows, M modalities, T steps, C channels, K labels.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import torch
from torch import Tensor, nn

from .encoders.inertial import (
    CompactInertial,
    CompactInertialConfig,
    PaperInertial,
    PaperInertialConfig,
)
from .encoders.skeleton import (
    CompactSkeleton,
    CompactSkeletonConfig,
    PaperSkeleton,
    PaperSkeletonConfig,
)
from .enroll.prototypes import Memory
from .errors import BundleError
from .heads import (
    FusionConfig,
    FusionHead,
    PaperFusionConfig,
    PaperFusionHead,
    RecognizerOutput,
)
from .modality import Modality

EncoderConfig = CompactInertialConfig | PaperInertialConfig | CompactSkeletonConfig | PaperSkeletonConfig
PRESETS: tuple[str, ...] = ("compact", "paper")


class RecognizerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `Recognizer` is built from; stored in a bundle as its `architecture`."""

    encoders: Annotated[dict[str, EncoderConfig], msgspec.Meta(min_length=1, max_length=16)]
    """Modality -> its encoder, in the order of the presence mask's columns."""
    classes: Annotated[int, msgspec.Meta(ge=2, le=10_000)]
    """K."""
    head: FusionConfig | PaperFusionConfig = FusionConfig()

    @classmethod
    def parse(cls, architecture: Mapping[str, Any]) -> "RecognizerConfig":
        """From a bundle's `architecture`; BundleError where a key is unknown or a value out of range."""
        try:
            return msgspec.convert(dict(architecture), cls)
        except msgspec.ValidationError as error:
            raise BundleError(
                f"The bundle's architecture cannot be built: {error}. Use the version of hnhar that wrote it."
            ) from error

    def architecture(self) -> dict[str, Any]:
        """The dictionary that `parse` takes back, as JSON would give it."""
        return msgspec.json.decode(msgspec.json.encode(self), type=dict[str, Any])


def preset(name: str, modalities: Sequence[Modality], *, window: float, classes: int) -> RecognizerConfig:
    """The configuration `name` ("compact" or "paper") for these modalities and windows of `window` seconds.

    The paper's encoders want 50 steps a window: a rate of 50 / `window` Hz.

    Raises:
        ValueError: An unknown preset or kind of modality.
        msgspec.ValidationError: Steps that the encoder cannot take.
    """
    if name not in PRESETS:
        raise ValueError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    encoders = {
        modality.name: _encoder_preset(name, modality, modality.steps(window)) for modality in modalities
    }
    head = FusionConfig() if name == "compact" else PaperFusionConfig()
    config = RecognizerConfig(encoders=encoders, classes=classes, head=head)
    return msgspec.convert(
        config.architecture(), RecognizerConfig
    )  # a Struct checks its bounds only when converted


def _encoder_preset(name: str, modality: Modality, steps: int) -> EncoderConfig:
    match (name, modality.kind):
        case ("compact", "imu"):
            return CompactInertialConfig()
        case ("compact", "skeleton"):
            return CompactSkeletonConfig(rate=modality.rate)
        case ("paper", "imu"):
            return PaperInertialConfig(steps=steps)
        case ("paper", "skeleton"):
            return PaperSkeletonConfig(steps=steps)
    raise ValueError(f"no encoder for a modality of kind {modality.kind!r}; there are imu and skeleton")


def build_encoder(config: EncoderConfig) -> nn.Module:
    """The encoder that `config` describes: (B, T, C) in canonical units -> (B, `config.features`)."""
    if isinstance(config, CompactInertialConfig):
        return CompactInertial(config)
    if isinstance(config, PaperInertialConfig):
        return PaperInertial(config)
    if isinstance(config, CompactSkeletonConfig):
        return CompactSkeleton(config)
    return PaperSkeleton(config)


class Recognizer(nn.Module):
    """Takes raw windows in canonical units; normalization is part of the network."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        self.config = config
        self.memory: Memory | None = None
        """Examples of its classes, for activities enrolled without training; belongs to the bundle, not the
        weights: training makes it stale."""
        self.modalities = tuple(config.encoders)
        self.features = {name: encoder.features for name, encoder in config.encoders.items()}
        self.encoders = nn.ModuleDict(
            {name: build_encoder(encoder) for name, encoder in config.encoders.items()}
        )
        if isinstance(config.head, FusionConfig):
            self.head: FusionHead | PaperFusionHead = FusionHead(self.features, config.classes, config.head)
        else:
            self.head = PaperFusionHead(self.features, config.classes, config.head)

    def encode(self, samples: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Modality -> (B, T, C) canonical units to modality -> (B, features), for those given."""
        return {name: self.encoders[name](samples[name]) for name in self.modalities if name in samples}

    def forward(self, samples: Mapping[str, Tensor], presence: Tensor | None = None) -> RecognizerOutput:
        """Recognize a batch.

        Args:
            samples: Modality -> (B, T, C) float32, canonical units; finite also in rows where it is absent. A
                modality left out is absent in every row. While training, leave real samples in rows masked by
                `presence`: zeros would enter the batch statistics.
            presence: (B, M) bool in the order of `self.modalities`; None: what is given is present.
        """
        features = self.encode(samples)
        if not features:
            raise ValueError(f"no modality given; the recognizer takes {', '.join(self.modalities)}")
        if presence is None:
            first = next(iter(features.values()))
            given = torch.tensor([name in features for name in self.modalities], device=first.device)
            presence = given.expand(len(first), -1)
        recognition: RecognizerOutput = self.head(features, presence)
        return recognition
