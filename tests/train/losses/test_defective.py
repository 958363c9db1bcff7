"""The public code's loss is what it is said to be, and is not the paper's."""

import math

import pytest
import torch
from torch import Tensor

from .forms import cross_modal, defective

PAPER = {"temperature": 0.1, "beta": 1.0, "tau_plus": 0.1}


def raw(seed: int, batch: int = 64, width: int = 32, noise: float = 0.3) -> list[Tensor]:
    """Two modalities of samples of 27 classes, before normalization."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    classes = normal(27, width)[torch.randint(27, (batch,), generator=generator)]
    samples = classes + 0.5 * normal(batch, width)
    return [samples + noise * normal(batch, width) for _ in range(2)]


def unit(vectors: Tensor) -> Tensor:
    return torch.nn.functional.normalize(vectors, dim=1)


def gradient(loss: object, vectors: list[Tensor], **options: float) -> Tensor:
    leaves = [v.clone().requires_grad_() for v in vectors]
    loss(*map(unit, leaves), **options).backward()  # type: ignore[operator]
    return torch.cat([v.grad.flatten() for v in leaves if v.grad is not None])


@pytest.mark.parametrize(("beta", "tau"), [(0.0, 0.0), (1.0, 0.02), (1.0, 0.1), (4.0, 0.1)])
def test_every_positive_meets_every_anchors_negatives_and_the_count_is_doubled(
    beta: float, tau: float
) -> None:
    z1, z2 = map(unit, raw(0, batch=7, width=5))
    t, count = 0.2, 2 * 7 - 2
    positives = [math.exp(float(z1[i] @ z2[i]) / t) for i in range(7)] * 2
    sums = []
    for a in (z1 @ z2.T / t, z2 @ z1.T / t):
        for i in range(7):
            e = [math.exp(float(a[i, j])) for j in range(7) if j != i]
            sums.append(sum(x ** (1 + beta) for x in e) / (sum(x**beta for x in e) / len(e)))
    losses = []
    for p in positives:
        for r in sums:
            g = max((r - tau * count * p) / (1 - tau), count * math.exp(-1 / t))
            losses.append(-math.log(p / (p + g)))
    ours = defective(z1, z2, temperature=t, beta=beta, tau_plus=tau)
    assert ours.item() == pytest.approx(sum(losses) / len(losses), rel=1e-12)


@pytest.mark.parametrize("tau", [0.0, 0.02, 0.1])
def test_without_its_defects_it_is_the_papers_loss(tau: float) -> None:
    z1, z2 = map(unit, raw(1))
    options = {"temperature": 0.1, "beta": 1.0, "tau_plus": tau}
    ours = defective(z1, z2, **options, doubled=False, broadcast=False)
    torch.testing.assert_close(ours, cross_modal(z1, z2, **options), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_its_gradient_points_elsewhere_at_the_papers_settings(seed: int) -> None:
    vectors = raw(seed)
    theirs, ours = (gradient(loss, vectors, **PAPER) for loss in (defective, cross_modal))
    assert torch.cosine_similarity(theirs, ours, dim=0) < 0.75


@pytest.mark.parametrize("defect", ["doubled", "broadcast"])
def test_either_defect_turns_the_gradient_by_itself(defect: str) -> None:
    other = {"doubled": "broadcast", "broadcast": "doubled"}[defect]
    vectors = raw(2)
    theirs = gradient(defective, vectors, **PAPER, **{other: False})
    ours = gradient(cross_modal, vectors, **PAPER)
    assert torch.cosine_similarity(theirs, ours, dim=0) < 0.9


def test_it_stays_finite_at_a_tiny_temperature() -> None:
    leaves = [v.float().requires_grad_() for v in raw(3)]
    loss = defective(*map(unit, leaves), temperature=0.01, beta=8, tau_plus=0.1)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(v.grad is not None and torch.isfinite(v.grad).all() for v in leaves)
