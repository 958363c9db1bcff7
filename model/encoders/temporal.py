"""The compact encoder's trunk: any number of steps in, one feature vector out.

Everything is (batch, time, channels), so that each layer is a matrix product or a sum over contiguous rows:
on a CPU that is faster than torch's convolutions, which have the channels first, in training and in serving.

Legend: B windows, C channels, T steps, W width, H attention heads, F features = (H + 1) W.
"""

from typing import Annotated, cast

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional

from .config import EncoderConfig
from .depthwise import depthwise, shifts

Size = Annotated[int, msgspec.Meta(ge=1, le=1024)]
Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]


class TemporalConfig(EncoderConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class TimeNorm(nn.BatchNorm1d):
    """Batch normalization of (B, T, W) over windows and steps."""

    def forward(self, x_BTW: Tensor) -> Tensor:
        """Same shape."""
        return super().forward(x_BTW.flatten(0, 1)).view_as(x_BTW)

    def scale_and_shift(self) -> tuple[Tensor, Tensor]:
        """Scale and shift, (W,) each, that it applies in evaluation."""
        if self.running_var is None or self.running_mean is None:
            raise ValueError("a normalization without running statistics has no fixed scale")
        scale = self.weight / torch.sqrt(self.running_var + self.eps)
        return scale, self.bias - self.running_mean * scale


class Convolution(nn.Linear):
    """Convolution in time, edges padded with zeros: (B, T, C) -> (B, ceil(T / stride), W).

    One matrix product over the joined steps under the kernel.
    """

    def __init__(self, channels: int, width: int, kernel: int, stride: int) -> None:
        super().__init__(channels * kernel, width)
        self.kernel, self.stride = kernel, stride

    def forward(self, x_BTC: Tensor) -> Tensor:
        """Column block i of the joined steps is the input i - kernel // 2 steps later."""
        half = self.kernel // 2
        padded = functional.pad(_as_multiplied(x_BTC), (0, 0, half, half))
        last = x_BTC.shape[1] - 1
        taps = [padded[:, tap : tap + last + 1 : self.stride] for tap in range(self.kernel)]
        return super().forward(torch.cat(taps, dim=2))

    def absorb(self, scale: Tensor, shift: Tensor) -> None:
        """Become `scale * self(x) + shift`."""
        self.weight.mul_(scale[:, None])
        self.bias.mul_(scale).add_(shift)

    def turn(self, matrix: Tensor) -> None:
        """Become `self(x)` of an x whose vectors, three channels each, were multiplied by a (3, 3) matrix."""
        self.weight.copy_((self.weight.reshape(len(self.weight), -1, 3) @ matrix).flatten(1))


class DepthwiseConvolution(nn.Module):
    """Each channel by itself in time, dilated, edges padded with zeros: (B, T, W) -> (B, T, W)."""

    def __init__(self, width: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        bound = kernel**-0.5  # as torch's convolutions
        self.weight = nn.Parameter(torch.empty(kernel, width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(width).uniform_(-bound, bound))

    def forward(self, x_BTW: Tensor) -> Tensor:
        """A sum of shifted copies."""
        if self.training:
            return depthwise(x_BTW, self.weight, self.bias, self.dilation)
        out: Tensor = self.bias
        for tap, shifted in enumerate(shifts(x_BTW, len(self.weight), self.dilation)):
            out = torch.addcmul(out, shifted, self.weight[tap])
        return out

    def absorb(self, scale: Tensor, shift: Tensor) -> None:
        """Become `scale * self(x) + shift`."""
        self.weight.mul_(scale)
        self.bias.mul_(scale).add_(shift)


def _as_multiplied(x: Tensor) -> Tensor:
    """`x` in the precision that an ambient autocast multiplies in: cast before it is copied for each tap."""
    device = x.device.type
    return x.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else x


class AttentionPooling(nn.Module):
    """(B, T, W) -> (B, H W + W): a weighted mean over time per head, beside the maximum over time."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.scores = nn.Linear(width, heads)

    def forward(self, x_BTW: Tensor) -> Tensor:
        """Weights come from the signal itself, so the window's length is free."""
        weights_BTH = self.scores(x_BTW).softmax(dim=1)
        means_BHW = torch.bmm(weights_BTH.transpose(1, 2), x_BTW)
        return torch.cat([means_BHW.flatten(1), x_BTW.amax(dim=1)], dim=1)


class ResidualBlock(nn.Module):
    """Depthwise dilated convolution, then two layers per step, added to the input."""

    def __init__(self, config: TemporalConfig, dilation: int) -> None:
        super().__init__()
        width, inner = config.width, config.width * config.expansion
        self.layers = nn.Sequential(
            DepthwiseConvolution(width, config.kernel, dilation),
            TimeNorm(width),
            nn.Linear(width, inner),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(inner, width),
        )

    def forward(self, x_BTW: Tensor) -> Tensor:
        """Same shape."""
        out: Tensor = x_BTW + self.layers(x_BTW)
        return out


class TemporalEncoder(nn.Module):
    """(B, T, C) -> (B, F), any T."""

    def __init__(self, channels: int, config: TemporalConfig) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            Convolution(channels, config.width, config.kernel, config.stride),
            TimeNorm(config.width),
            nn.GELU(),
        )
        self.blocks = nn.Sequential(*(ResidualBlock(config, dilation) for dilation in config.dilations))
        self.pooling = AttentionPooling(config.width, config.heads)

    def turn(self, matrix: Tensor) -> None:
        """Take vectors of a sensor, three channels each, as if a (3, 3) matrix had multiplied them before."""
        first = cast(Convolution, self.stem[0])
        first.turn(matrix)

    def forward(self, x_BTC: Tensor) -> Tensor:
        """Normalized channels in, features out."""
        features: Tensor = self.pooling(self.blocks(self.stem(x_BTC)))
        return features
