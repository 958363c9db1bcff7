"""Encoders of a six-axis inertial window: the paper's (CSSHAR) and a compact one; the compact one of an
accelerometer alone.

Legend: B windows, T steps, F features. Input is (B, T, 6) in g and deg/s, (B, T, 3) in g of an accelerometer;
normalization happens here, so that what is stored, streamed and augmented keeps its units.

| encoder | parameters | MFLOP a window (1 multiply-add = 2 FLOP) |
|---|---|---|
| `PaperInertial`, 50 steps | 1,238,880 | 108.4 |
| `CompactInertial`, 150 steps | 205,572 | 30.2 |
"""

import math
from typing import Annotated, ClassVar, Self, cast

import msgspec
import torch
from torch import Tensor, nn

from ..modality import Modality
from .config import EncoderConfig
from .temporal import Share, Size, TemporalConfig, TemporalEncoder

ACC_LIMIT = 64.0
"""g; beyond any sensor's range, so that a wild value cannot overflow."""
GYRO_LIMIT = 8192.0
"""deg/s."""
Scale = Annotated[float, msgspec.Meta(gt=0, le=1e4)]


class CompactInertialConfig(
    TemporalConfig, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="compact_inertial"
):
    """Settings of `CompactInertial`."""

    kind: ClassVar[str] = "imu"
    gyro_scale: Scale = 150.0
    """deg/s that count as much as 1 g."""

    def build(self) -> nn.Module:
        """(B, T, 6) in g and deg/s -> (B, F)."""
        return CompactInertial(self)


class CompactAccelerometerConfig(
    TemporalConfig, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="compact_accelerometer"
):
    """Settings of `CompactAccelerometer`."""

    kind: ClassVar[str] = "accelerometer"

    def build(self) -> nn.Module:
        """(B, T, 3) in g -> (B, F)."""
        return CompactAccelerometer(self)


class PaperInertialConfig(
    EncoderConfig, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="paper_inertial"
):
    """Settings of `PaperInertial`; the defaults are the paper's."""

    kind: ClassVar[str] = "imu"
    steps: Annotated[int, msgspec.Meta(ge=7, le=1024)] = 50
    """T: the features are a flattened sequence, so it is fixed."""
    widths: tuple[Size, Size, Size] = (32, 64, 128)
    heads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    feedforward: Annotated[int, msgspec.Meta(ge=1, le=8192)] = 2048
    layers: Annotated[int, msgspec.Meta(ge=1, le=12)] = 2
    dropout: Share = 0.1
    gyro_scale: Scale = 1.0
    """The paper leaves angular velocity in deg/s."""

    @property
    def features(self) -> int:
        """Length of the feature vector: 3 convolutions of 5 taps, padding 1, cost 2 steps each."""
        return (self.steps - 6) * self.widths[-1]

    @classmethod
    def for_windows(cls, modality: Modality, steps: int) -> Self:
        """Its features depend on the steps alone."""
        del modality
        return cls(steps=steps)

    def build(self) -> nn.Module:
        """(B, T, 6) in g and deg/s -> (B, F)."""
        return PaperInertial(self)

    def __post_init__(self) -> None:
        if self.widths[-1] % self.heads or self.widths[-1] % 2:
            raise ValueError(f"the last width must be even and a multiple of heads, not {self.widths[-1]}")


def normalize(samples_BTC: Tensor, gyro_scale: float) -> Tensor:
    """(B, T, 6) in g and deg/s -> (B, T, 6) in g and multiples of `gyro_scale` deg/s."""
    acc = samples_BTC[..., :3].clamp(-ACC_LIMIT, ACC_LIMIT)
    gyro = samples_BTC[..., 3:].clamp(-GYRO_LIMIT, GYRO_LIMIT) / gyro_scale
    return torch.cat([acc, gyro], dim=-1)


class CompactInertial(nn.Module):
    """A temporal convolution network with attention pooling; any number of steps."""

    def __init__(self, config: CompactInertialConfig) -> None:
        super().__init__()
        self.gyro_scale = config.gyro_scale
        self.features = config.features
        self.encoder = TemporalEncoder(6, config)

    def turn(self, matrix: Tensor) -> None:
        """Take a sensor that is worn turned: its vectors, times a (3, 3) rotation, are in the axes of before.

        Exact but for values beyond any sensor's range.
        """
        self.encoder.turn(matrix)

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 6) in g and deg/s -> (B, F)."""
        features: Tensor = self.encoder(normalize(samples_BTC, self.gyro_scale))
        return features


class CompactAccelerometer(nn.Module):
    """The network of `CompactInertial` on acceleration alone."""

    def __init__(self, config: CompactAccelerometerConfig) -> None:
        super().__init__()
        self.features = config.features
        self.encoder = TemporalEncoder(3, config)

    def turn(self, matrix: Tensor) -> None:
        """As that of `CompactInertial`."""
        self.encoder.turn(matrix)

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 3) in g -> (B, F)."""
        features: Tensor = self.encoder(samples_BTC.clamp(-ACC_LIMIT, ACC_LIMIT))
        return features


class PaperInertial(nn.Module):
    """CSSHAR (Khaertdinov et al. 2021) as used by Choi et al.: three convolutions, then a Transformer."""

    positions: Tensor

    def __init__(self, config: PaperInertialConfig) -> None:
        super().__init__()
        self.gyro_scale = config.gyro_scale
        self.steps = config.steps
        self.features = config.features
        layers: list[nn.Module] = []
        for channels, width in zip((6, *config.widths[:-1]), config.widths, strict=True):
            layers += [nn.Conv1d(channels, width, 5, padding=1), nn.BatchNorm1d(width), nn.ReLU()]
        self.convolutions = nn.Sequential(*layers)
        width = config.widths[-1]
        self.register_buffer("positions", sinusoids(config.steps - 6, width), persistent=False)
        layer = nn.TransformerEncoderLayer(
            width, config.heads, config.feedforward, config.dropout, batch_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)

    def turn(self, matrix: Tensor) -> None:
        """As that of `CompactInertial`."""
        weight = cast(nn.Conv1d, self.convolutions[0]).weight
        vectors = weight.transpose(1, 2).reshape(len(weight), weight.shape[2], -1, 3) @ matrix
        weight.copy_(vectors.flatten(2).transpose(1, 2))

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 6) in g and deg/s -> (B, F)."""
        x_BWT = self.convolutions(normalize(samples_BTC, self.gyro_scale).transpose(1, 2))
        x_BTW = self.transformer(x_BWT.transpose(1, 2) + self.positions)
        features: Tensor = x_BTW.flatten(1)
        return features


def sinusoids(steps: int, width: int) -> Tensor:
    """(steps, width) fixed positions of Vaswani et al. 2017: sines on even columns, cosines on odd ones."""
    time = torch.arange(steps).unsqueeze(1)
    frequency = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angles = time * frequency
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
