"""The depthwise convolution in time, with its own gradient: that of autograd, to the bit, in half the time.

Autograd pads, multiplies and adds up the gradient of each tap by itself, each of the size of the input. Here
one tensor takes them all, in autograd's order.

Legend: B windows, T steps, W channels, K taps.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def shifts(x_BTW: Tensor, taps: int, dilation: int) -> list[Tensor]:
    """What each tap sees: the input `tap - taps // 2` dilations later, zeros beyond the edges."""
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
        """Keeps the input as it came, which in bfloat16 is half as large."""
        ctx.save_for_backward(x_BTW, weight_KW)
        ctx.dilation = dilation
        seen = shifts(x_BTW.to(weight_KW.dtype), len(weight_KW), dilation)
        out = torch.addcmul(bias_W, seen[0], weight_KW[0])
        for shifted, weight in zip(seen[1:], weight_KW[1:], strict=True):
            out.addcmul_(shifted, weight)
        return out.to(x_BTW.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor, Tensor, None]:
        """The last tap first, and each product rounded before it is added, as autograd does."""
        x_BTW, weight_KW = ctx.saved_tensors
        gradient = gradients[0].to(weight_KW.dtype)
        taps, steps, half = len(weight_KW), x_BTW.shape[1], ctx.dilation * (len(weight_KW) // 2)
        seen = shifts(x_BTW.to(weight_KW.dtype), taps, ctx.dilation)
        of_padded = gradient.new_zeros((len(gradient), steps + 2 * half, gradient.shape[2]))
        of_seen = _shifted(of_padded, taps, ctx.dilation, steps)
        of_weight = torch.empty_like(weight_KW)
        product = torch.empty_like(gradient)
        for tap in reversed(range(taps)):
            of_seen[tap].add_(torch.mul(gradient, weight_KW[tap], out=product))
            of_weight[tap] = torch.mul(gradient, seen[tap], out=product).sum(dim=(0, 1))
        of_x = of_padded[:, half : half + steps].to(x_BTW.dtype)
        return of_x, of_weight, gradient.sum(dim=(0, 1)), None
