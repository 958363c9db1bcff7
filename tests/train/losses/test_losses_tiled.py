"""The memory-linear form is the dense one: values, gradients, and nothing of size B² in memory."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from hnhar.train.losses import batch as losses_batch
from hnhar.train.losses.diagnostics import clamp_share
from hnhar.train.losses.inputs import Setting

from .forms import cross_modal, multimodal, two_views

Loss = Callable[[Sequence[Tensor]], Tensor]
SETTINGS = [(0.5, 0.0, 0.0), (0.5, 2.0, 1 / 27), (0.1, 1.0, 0.0), (0.1, 1.0, 0.01), (0.05, 4.0, 0.001)]


def alike(count: int, batch: int, width: int = 16, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    generator = torch.Generator().manual_seed(batch)
    shared = torch.randn(batch, width, generator=generator, dtype=torch.float64)
    own = torch.randn(count, batch, width, generator=generator, dtype=torch.float64)
    return list(torch.nn.functional.normalize(shared + 0.7 * own, dim=2).to(dtype))


def value_and_gradient(loss: Loss, given: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    leaves = [z.clone().requires_grad_() for z in given]
    value = loss(leaves)
    value.backward()
    return value.detach(), torch.cat([z.grad for z in leaves if z.grad is not None])


def assert_alike(loss: Callable[[Sequence[Tensor], int], Tensor], given: Sequence[Tensor], tile: int) -> None:
    """To 1e-12 in fp64 and 1e-6 in fp32, relative to the value and to the gradient's norm."""
    tolerance = 1e-12 if given[0].dtype == torch.float64 else 1e-6
    dense, dense_gradient = value_and_gradient(lambda z: loss(z, 0), given)
    tiled, tiled_gradient = value_and_gradient(lambda z: loss(z, tile), given)
    assert dense > 0
    assert dense_gradient.norm() > 0
    assert abs(tiled - dense) <= tolerance * dense
    assert (tiled_gradient - dense_gradient).norm() <= tolerance * dense_gradient.norm()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("tile", [1, 7, 32, 1000])
@pytest.mark.parametrize(("t", "beta", "tau"), SETTINGS)
def test_two_modalities(t: float, beta: float, tau: float, tile: int, dtype: torch.dtype) -> None:
    options = {"temperature": t, "beta": beta, "tau_plus": tau}
    z = alike(2, batch=50 if tile > 1 else 12, dtype=dtype)
    assert clamp_share(*z, Setting(**options)) < 1
    assert_alike(lambda z, tile: cross_modal(*z, **options, tile=tile), z, tile)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(("t", "beta", "tau"), SETTINGS)
def test_two_views(t: float, beta: float, tau: float, dtype: torch.dtype) -> None:
    options = {"temperature": t, "beta": beta, "tau_plus": tau}
    assert_alike(
        lambda z, tile: two_views(*z, **options, tile=tile),
        alike(2, 50, dtype=dtype),
        13,
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("beta", [0.0, 1.5])
def test_three_modalities_of_which_some_are_absent(beta: float, dtype: torch.dtype) -> None:
    presence = torch.rand(50, 3, generator=torch.Generator().manual_seed(1)) > 0.3
    options = {"temperature": 0.2, "beta": beta, "tau_plus": 0.01}
    assert_alike(
        lambda z, tile: multimodal(z, **options, presence=presence, tile=tile),
        alike(3, 50, dtype=dtype),
        8,
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("order", ["sorted", "mixed"])
@pytest.mark.parametrize("beta", [0.0, 1.5])
def test_labels(beta: float, order: str, dtype: torch.dtype) -> None:
    labels = torch.arange(50) // 5 - 1  # five of unknown class
    if order == "mixed":
        labels = labels[torch.randperm(50, generator=torch.Generator().manual_seed(2))]
    options = {"temperature": 0.2, "beta": beta, "tau_plus": 0.0}
    assert_alike(
        lambda z, tile: cross_modal(*z, **options, labels=labels, tile=tile),
        alike(2, 50, dtype=dtype),
        8,
    )


@pytest.mark.parametrize("beta", [0.0, 1.5])
def test_anchors_without_negatives_are_left_out(beta: float) -> None:
    options = {"temperature": 0.2, "beta": beta, "tau_plus": 0.0, "labels": torch.zeros(6, dtype=torch.long)}
    value, gradient = value_and_gradient(
        lambda z: cross_modal(*z, **options, tile=4),
        alike(2, batch=6),  # type: ignore[arg-type]
    )
    assert value == 0
    assert not gradient.any()


@pytest.mark.parametrize(("beta", "tau"), [(0.0, 0.0), (1.0, 0.0), (2.0, 0.02)])
def test_its_backward_agrees_with_finite_differences(beta: float, tau: float) -> None:
    leaves = [z.requires_grad_() for z in alike(2, batch=6, width=4)]
    assert torch.autograd.gradcheck(
        lambda *z: cross_modal(*z, temperature=0.3, beta=beta, tau_plus=tau, tile=4), leaves
    )


@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_it_stays_finite_at_a_tiny_temperature(tau: float) -> None:
    z = alike(2, batch=64, dtype=torch.float32)
    for given in (z, [z[0], z[0]], [z[0], -z[0]]):
        value, gradient = value_and_gradient(
            lambda z: cross_modal(*z, temperature=0.01, beta=8, tau_plus=tau, tile=16), given
        )
        assert torch.isfinite(value)
        assert torch.isfinite(gradient).all()


class Largest(TorchDispatchMode):
    """The number of elements of the largest tensor that any operation returns."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else [result]:
            if isinstance(tensor, Tensor):
                self.elements = max(self.elements, tensor.numel())
        return result


def test_it_never_holds_a_tensor_of_the_size_of_the_similarities() -> None:
    z = alike(2, batch=200, width=4, dtype=torch.float32)
    labels = torch.arange(200) % 9
    for tile, most in ((0, 200 * 200), (16, 2 * 200 * 4)):
        with Largest() as largest:
            value_and_gradient(
                lambda z, tile=tile: cross_modal(  # type: ignore[misc]
                    *z, temperature=0.2, beta=1, tau_plus=0, labels=labels, tile=tile
                ),
                z,
            )
        assert largest.elements == most


def test_size_chooses_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    tiled = losses_batch.tiled_log_means

    def counted(*args: object) -> object:
        calls.append(1)
        return tiled(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(losses_batch, "tiled_log_means", counted)
    monkeypatch.setattr(losses_batch, "DENSE_ENTRIES", 30 * 30)
    for batch, expected in ((30, 0), (31, 1)):
        calls.clear()
        cross_modal(*alike(2, batch), temperature=0.1, beta=1, tau_plus=0)
        assert len(calls) == expected


def test_a_mask_for_each_pair_stays_dense_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    z, options = alike(2, 30), {"temperature": 0.1, "beta": 1.0, "tau_plus": 0.0}
    mask = torch.rand(30, 30, generator=torch.Generator().manual_seed(0)) > 0.5
    before = cross_modal(*z, **options, negatives=mask)
    monkeypatch.setattr(losses_batch, "DENSE_ENTRIES", 4)
    torch.testing.assert_close(cross_modal(*z, **options, negatives=mask), before, rtol=0, atol=0)
