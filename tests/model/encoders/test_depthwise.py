"""The depthwise convolution's own gradient beside autograd's of the same sum."""

import pytest
import torch
from torch import Tensor

from hnhar.model.encoders.depthwise import depthwise, shifts
from hnhar.model.encoders.temporal import DepthwiseConvolution


def by_autograd(x: Tensor, weight: Tensor, bias: Tensor, dilation: int) -> Tensor:
    out = bias
    for tap, shifted in enumerate(shifts(x, len(weight), dilation)):
        out = torch.addcmul(out, shifted, weight[tap])
    return out


def drawn(windows: int, steps: int, width: int = 24) -> tuple[list[Tensor], Tensor]:
    """Input, weight and bias that want a gradient, and one of the output."""
    generator = torch.Generator().manual_seed(windows * steps)
    shapes = ((windows, steps, width), (5, width), (width,), (windows, steps, width))
    *parts, gradient = (torch.randn(shape, generator=generator) for shape in shapes)
    return [part.requires_grad_() for part in parts], gradient


@pytest.mark.parametrize("dilation", [1, 2, 4])
@pytest.mark.parametrize(("windows", "steps"), [(16, 75), (33, 38), (1, 3)])
def test_output_and_gradients_are_those_of_autograd_to_the_bit(
    windows: int, steps: int, dilation: int
) -> None:
    parts, gradient = drawn(windows, steps)
    plain, own = by_autograd(*parts, dilation), depthwise(*parts, dilation)
    assert torch.equal(own, plain)
    expected = torch.autograd.grad(plain, parts, gradient)
    found = torch.autograd.grad(own, parts, gradient)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_the_gradient_is_that_of_finite_differences() -> None:
    parts, _ = drawn(2, 6, width=3)
    doubles = [part.detach().double().requires_grad_() for part in parts]
    assert torch.autograd.gradcheck(lambda *of: depthwise(*of, 2), doubles)


def test_bfloat16_is_rounded_at_its_ends_only() -> None:
    (x, weight, bias), gradient = drawn(16, 38)
    half = x.detach().bfloat16().requires_grad_()
    own = depthwise(half, weight, bias, 2)
    plain = by_autograd(half.float(), weight, bias, 2)
    assert own.dtype == torch.bfloat16
    assert torch.equal(own, plain.bfloat16())
    found = torch.autograd.grad(own, (half, weight, bias), gradient.bfloat16())
    expected = torch.autograd.grad(plain, (half, weight, bias), gradient.bfloat16().float())
    assert [part.dtype for part in found] == [torch.bfloat16, torch.float32, torch.float32]
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_training_and_evaluation_give_the_same_output() -> None:
    layer = DepthwiseConvolution(8, 5, 2)
    x = torch.randn((4, 20, 8), generator=torch.Generator().manual_seed(0))
    assert torch.equal(layer.train()(x), layer.eval()(x))
