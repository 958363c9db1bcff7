"""Encoders and fusion head: windows of any subset of the modalities -> logits and embedding.

Legend: B windows, M modalities, T steps, C channels, K labels.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import torch
from torch import Tensor, nn

from .encoders.config import EncoderConfig, encoder_of, parse_encoder
from .enroll.prototypes import Memory
from .errors import BundleError, ConfigError
from .heads import (
    FusionConfig,
    FusionHead,
    PaperFusionConfig,
    PaperFusionHead,
    RecognizerOutput,
)
from .modality import Modality, key_of, kind_of

PRESETS: tuple[str, ...] = ("compact", "paper")


Classes = Annotated[int, msgspec.Meta(ge=2, le=10_000)]


class _Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`RecognizerConfig` before its encoders are looked up by their type."""

    encoders: Annotated[dict[str, dict[str, Any]], msgspec.Meta(min_length=1, max_length=16)]
    classes: Classes
    head: FusionConfig | PaperFusionConfig = FusionConfig()


class RecognizerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Configuration of a `Recognizer`; stored in a bundle as its `architecture`."""

    encoders: dict[str, EncoderConfig]
    """Modality -> its encoder, in the order of the presence mask's columns."""
    classes: Classes
    """K."""
    head: FusionConfig | PaperFusionConfig = FusionConfig()

    @classmethod
    def parse(cls, architecture: Mapping[str, Any]) -> "RecognizerConfig":
        """From a bundle's `architecture`; BundleError where a key is unknown or a value out of range."""
        try:
            return cls._parsed(architecture)
        except (msgspec.ValidationError, ConfigError) as error:
            raise BundleError(
                f"The bundle's architecture cannot be built: {error}. Use the version of hnhar that wrote it."
            ) from error

    @classmethod
    def _parsed(cls, architecture: Mapping[str, Any]) -> "RecognizerConfig":
        """Raises msgspec.ValidationError, and ConfigError for an encoder that is not installed."""
        given = msgspec.convert(dict(architecture), _Architecture)
        encoders: dict[str, EncoderConfig] = {}
        for name, fields in given.encoders.items():
            try:
                encoders[name] = parse_encoder(fields)
            except msgspec.ValidationError as error:
                raise msgspec.ValidationError(f"{error} (encoders.{name})") from error
        return cls(encoders=encoders, classes=given.classes, head=given.head)

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
    return RecognizerConfig._parsed(config.architecture())  # a Struct checks its bounds only when converted


def _encoder_preset(name: str, modality: Modality, steps: int) -> EncoderConfig:
    try:
        encoder = kind_of(modality.kind).encoders.get(name)
    except ConfigError as error:
        raise ValueError(f"no encoder for a modality of kind {modality.kind!r}: {error}") from error
    if encoder is None:
        raise ValueError(f"no encoder of the preset {name!r} for a modality of kind {modality.kind!r}")
    return encoder_of(encoder).for_windows(modality, steps)


class Recognizer(nn.Module):
    """Takes raw windows in canonical units; normalization is part of the network."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        self.config = config
        self.memory: Memory | None = None
        """Examples of its classes, for activities enrolled without training; belongs to the bundle, not the
        weights: training makes it stale."""
        self.modalities = tuple(config.encoders)
        self.kinds = {name: encoder.kind for name, encoder in config.encoders.items()}
        """Modality -> its kind."""
        self.features = {name: encoder.features for name, encoder in config.encoders.items()}
        self.encoders = nn.ModuleDict(
            {key_of(name): encoder.build() for name, encoder in config.encoders.items()}
        )
        if isinstance(config.head, FusionConfig):
            self.head: FusionHead | PaperFusionHead = FusionHead(self.features, config.classes, config.head)
        else:
            self.head = PaperFusionHead(self.features, config.classes, config.head)

    def encode(self, samples: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Modality -> (B, T, C) canonical units to modality -> (B, features), for those given."""
        return {
            name: self.encoders[key_of(name)](samples[name]) for name in self.modalities if name in samples
        }

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
