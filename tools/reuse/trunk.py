"""A trunk that is carried from window to window: what is still good is kept, what is new is computed.

Of a wearer it keeps, for each layer, the steps that later ones will see, and the last layer's steps of the
window, over which the pooling goes. Only where all hops are of `new` whole steps.

Legend: B wearers, S steps of a window, N new steps, C channels, W width, F features.
"""

from collections.abc import Sequence
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from hnhar.model.encoders.temporal import (
    Convolution,
    DepthwiseConvolution,
    ResidualBlock,
    TemporalConfig,
    TemporalEncoder,
)

from .steps import Layout

Form = Literal["exact", "open", "late"]


class CarriedTrunk(nn.Module):
    """(B, N x stride, C) and a state -> (B, F) of the window that ends with them, and the next state.

    Forms: "exact", of the whole window with zeros before it; "open", its oldest steps have seen what was
    before them; "late", besides a step is taken once all that it sees has come, so that none is computed
    twice: the window ends `late` points before the newest. A causal trunk of the same size costs the same.
    """

    def __init__(
        self, trunk: TemporalEncoder, config: TemporalConfig, points: int, new: int, form: Form
    ) -> None:
        """`trunk`: with its normalization folded; `points`: of a window, T; `new`: N.

        Raises ValueError where nothing of a window would be kept.
        """
        super().__init__()
        self.stem, self.pooling = trunk.stem, trunk.pooling
        self.blocks = trunk.blocks
        self.layout, self.new, self.form = Layout(points, config), new, form
        self.right = (new,) * (1 + len(config.dilations)) if form == "late" else self.layout.right(new)
        self.left = self.layout.left()
        if self.right[-1] + (self.left[-1] if form == "exact" else 0) > self.layout.steps:
            raise ValueError(f"{new} new steps leave nothing of a window of {points} points to keep")
        stride, half = config.stride, config.kernel // 2
        self.seen = stride * (self.layout.steps - 1) + half - (points - 1)
        """Points beyond the end that the newest step sees."""
        tail = points - stride * (self.layout.steps - self.right[0]) + half - new * stride
        if form == "late":
            self.seen, tail = 0, config.kernel - stride
        self.kept_points = points - new * stride if form == "exact" else tail
        self.taken = tail + new * stride
        """Newest points that the stem sees."""
        self.late = stride * sum(self.layout.halves) + half if form == "late" else 0
        """Points between the last step's own and the newest."""
        self.head = stride * (self.left[0] - 1) + half + 1
        """Oldest points that the steps at the window's beginning see."""

    def begin(self, wearers: int, channels: int) -> list[Tensor]:
        """The state before anything: what it gives is right once everything in it has come from samples."""
        steps, width = self.layout.steps, self.layout.config.width
        rows = [
            steps - right if self.form == "exact" else 2 * half
            for right, half in zip(self.right, self.layout.halves, strict=False)
        ]
        kept = [torch.zeros(wearers, count, width) for count in (*rows, steps - self.right[-1])]
        return [torch.zeros(wearers, self.kept_points, channels), *kept]

    def forward(self, new_BNC: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Features, and the state that goes with the next points."""
        points = torch.cat([state[0], new_BNC], dim=1)
        following = [points[:, -self.kept_points :]]
        x = self._stem(functional.pad(points[:, -self.taken :], (0, 0, 0, self.seen)), self.right[0])
        edge = None
        if self.form == "exact":
            half = self.layout.config.kernel // 2
            edge = self._stem(functional.pad(points[:, : self.head], (0, 0, half, 0)), self.left[0])
        for index, half in enumerate(self.layout.halves):
            kept = state[1 + index]
            inputs = torch.cat([kept, x], dim=1)
            following.append(inputs[:, self.new : self.new + kept.shape[1]])
            x, edge = self._block(index, half, inputs, edge)
        kept = state[-1]
        every = torch.cat([kept, x], dim=1)
        following.append(every[:, self.new : self.new + kept.shape[1]])
        if edge is not None:
            every = torch.cat([edge, every[:, edge.shape[1] :]], dim=1)
        return (self.pooling(every), *following)

    def _stem(self, padded_BTC: Tensor, rows: int) -> Tensor:
        """(B, rows, W) of points that reach half a kernel beyond them on either side."""
        convolution = cast(Convolution, self.stem[0])
        stride, kernel = convolution.stride, convolution.kernel
        taps = [padded_BTC[:, tap : tap + stride * (rows - 1) + 1 : stride] for tap in range(kernel)]
        joined = functional.linear(torch.cat(taps, dim=2), convolution.weight, convolution.bias)
        activated: Tensor = self.stem[2](joined)
        return activated

    def _block(
        self, index: int, half: int, inputs: Tensor, edge: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """The newest steps behind a block, and those at the window's beginning."""
        rows = self.right[index + 1]
        layers = cast(ResidualBlock, self.blocks[index]).layers
        future = 0 if self.form == "late" else half
        newest = functional.pad(inputs[:, -(rows + 2 * half - future) :], (0, 0, 0, future))
        within = _depthwise(layers[0], newest)
        centers = inputs.shape[1] - half + future
        residual = inputs[:, centers - rows : centers]
        if edge is not None:
            first = self.left[index + 1]
            begin = torch.cat([edge, inputs[:, edge.shape[1] : first + half]], dim=1)
            within = torch.cat([_depthwise(layers[0], functional.pad(begin, (0, 0, half, 0))), within], dim=1)
            residual = torch.cat([begin[:, :first], residual], dim=1)
        out = residual + layers[1:](within)
        return (out, None) if edge is None else (out[:, -rows:], out[:, : self.left[index + 1]])


def _depthwise(layer: nn.Module, padded_BTW: Tensor) -> Tensor:
    """Of steps that are padded already: (B, T, W) -> (B, T less what the kernel spans, W)."""
    depthwise = cast(DepthwiseConvolution, layer)
    kernel = len(depthwise.weight)
    steps = padded_BTW.shape[1] - (kernel - 1) * depthwise.dilation
    out: Tensor = depthwise.bias
    for tap in range(kernel):
        start = tap * depthwise.dilation
        out = torch.addcmul(out, padded_BTW[:, start : start + steps], depthwise.weight[tap])
    return out


def bytes_of(state: Sequence[Tensor]) -> int:
    """Memory of a wearer's state, bytes."""
    return sum(part[0].numel() * part.element_size() for part in state)
