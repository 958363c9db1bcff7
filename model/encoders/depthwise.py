"""The depthwise convolution in time, with its own gradient: that of autograd, to the bit, by fewer passes.

Autograd pads, multiplies and adds up the gradient of each tap by itself, each of the size of the input. Here
one tensor takes them all, in autograd's order.

Legend: B windows, T steps, W channels, K taps.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def shifts(x_BTW: Tensor, taps: int, dilation: int) -> list[Tensor]:
    """Input of each tap: that of the layer `tap - taps // 2` dilations later, zeros beyond the edges."""
    steps, half = x_BTW.shape[1], dilation * (taps // 2)
    padded = functional.pad(x_BTW, (0, 0, half, half))
    return _shifted(padded, taps, dilation, steps)


def depthwise(x_BTW: Tensor, weight_KW: Tensor, bias_W: Tensor, dilation: int) -> Tensor:
    """(B, T, W) in the precision of the input, which is summed in that of the weights."""
    out: Tensor = _Depthwise.apply(x_BTW, weight_KW, bias_W, dilation)  # type: ignore[no-untyped-call]
    return out


def _shifted(padded: Tensor, taps: int, dilation: int, steps: int) -> list[Tensor]:
    return [padded[:, tap * dilation : tap * dilation + steps] for tap in range(taps)]


class _Depthwise(torch.autograd.Function):
    """`depthwise`, and its gradient."""

    @staticmethod
    def forward(ctx: Any, x_BTW: Tensor, weight_KW: Tensor, bias_W: Tensor, dilation: int) -> Tensor:
        """Keeps the padded input in the precision of the sum, or its gradient would have to make it again."""
        taps, steps, half = len(weight_KW), x_BTW.shape[1], dilation * (len(weight_KW) // 2)
        padded = weight_KW.new_empty((len(x_BTW), steps + 2 * half, x_BTW.shape[2]))
        padded[:, :half], padded[:, half + steps :] = 0.0, 0.0
        padded[:, half : half + steps] = x_BTW
        ctx.save_for_backward(padded, weight_KW)
        ctx.dilation, ctx.dtype = dilation, x_BTW.dtype
        seen = _shifted(padded, taps, dilation, steps)
        out = torch.addcmul(bias_W, seen[0], weight_KW[0])
        for shifted, weight in zip(seen[1:], weight_KW[1:], strict=True):
            out.addcmul_(shifted, weight)
        return out.to(x_BTW.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor, Tensor, None]:
        """The last tap first, and each product rounded before it is added, as autograd does."""
        padded, weight_KW = ctx.saved_tensors
        gradient = gradients[0].to(weight_KW.dtype)
        taps, steps, half = len(weight_KW), gradient.shape[1], ctx.dilation * (len(weight_KW) // 2)
        seen = _shifted(padded, taps, ctx.dilation, steps)
        of_padded = torch.zeros_like(padded)
        of_seen = _shifted(of_padded, taps, ctx.dilation, steps)
        of_weight = torch.empty_like(weight_KW)
        product = torch.empty_like(gradient)
        for tap in reversed(range(taps)):
            of_seen[tap].add_(torch.mul(gradient, weight_KW[tap], out=product))
            of_weight[tap] = torch.mul(gradient, seen[tap], out=product).sum(dim=(0, 1))
        of_x = of_padded[:, half : half + steps].to(ctx.dtype)
        return of_x, of_weight, gradient.sum(dim=(0, 1)), None
