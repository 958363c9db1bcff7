"""The compact encoder's trunk: any number of steps in, one feature vector out.

Legend: B windows, C channels, T steps, W width, H attention heads, F features = (H + 1) W.
"""

from typing import Annotated

import msgspec
import torch
from torch import Tensor, nn

Size = Annotated[int, msgspec.Meta(ge=1, le=1024)]
Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]


class TemporalConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of a `TemporalEncoder`."""

    width: Size = 128
    """Channels after the first convolution."""
    expansion: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    """Channels inside a block, in multiples of `width`."""
    kernel: Annotated[int, msgspec.Meta(ge=1, le=31)] = 5
    """Taps of each convolution in time; odd."""
    stride: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    """Steps of the grid per step behind the first convolution."""
    dilations: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=1, le=64)], ...], msgspec.Meta(max_length=16)
    ] = (1, 2, 4)
    """One residual block each."""
    heads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    """Attention poolings beside the maximum."""
    dropout: Share = 0.1

    @property
    def features(self) -> int:
        """Length of the feature vector."""
        return (self.heads + 1) * self.width

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, not {self.kernel}")


class AttentionPooling(nn.Module):
    """(B, W, T) -> (B, H W + W): a weighted mean over time per head, beside the maximum over time."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.scores = nn.Conv1d(width, heads, 1)

    def forward(self, x_BWT: Tensor) -> Tensor:
        """Weights come from the signal itself, so the window's length is free."""
        weights_BHT = self.scores(x_BWT).softmax(dim=-1)
        means_BHW = torch.bmm(weights_BHT, x_BWT.transpose(1, 2))
        return torch.cat([means_BHW.flatten(1), x_BWT.amax(dim=-1)], dim=1)


class ResidualBlock(nn.Module):
    """Depthwise dilated convolution, then two layers per step, added to the input."""

    def __init__(self, config: TemporalConfig, dilation: int) -> None:
        super().__init__()
        width, inner = config.width, config.width * config.expansion
        pad = dilation * (config.kernel // 2)
        self.layers = nn.Sequential(
            nn.Conv1d(width, width, config.kernel, padding=pad, dilation=dilation, groups=width),
            nn.BatchNorm1d(width),
            nn.Conv1d(width, inner, 1),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Conv1d(inner, width, 1),
        )

    def forward(self, x_BWT: Tensor) -> Tensor:
        """(B, W, T) -> (B, W, T)."""
        out: Tensor = x_BWT + self.layers(x_BWT)
        return out


class TemporalEncoder(nn.Module):
    """(B, C, T) -> (B, F), any T."""

    def __init__(self, channels: int, config: TemporalConfig) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(
                channels, config.width, config.kernel, stride=config.stride, padding=config.kernel // 2
            ),
            nn.BatchNorm1d(config.width),
            nn.GELU(),
        )
        self.blocks = nn.Sequential(*(ResidualBlock(config, dilation) for dilation in config.dilations))
        self.pooling = AttentionPooling(config.width, config.heads)

    def forward(self, x_BCT: Tensor) -> Tensor:
        """Normalised channels in, features out."""
        features: Tensor = self.pooling(self.blocks(self.stem(x_BCT)))
        return features
