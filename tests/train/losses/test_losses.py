"""The losses read like the paper: naive loops, closed forms and limits agree with the log-space forms."""

import math

import pytest
import torch
from torch import Tensor

from hnhar.train.losses.diagnostics import clamp_share
from hnhar.train.losses.inputs import Setting

from .forms import cross_modal


def unit(batch: int, width: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(batch, width, generator=generator, dtype=dtype)
    return torch.nn.functional.normalize(vectors, dim=1)


def pair(
    batch: int = 12, width: int = 8, seed: int = 0, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    """Two views that agree partly, as embeddings do while training."""
    z1 = unit(batch, width, seed, dtype)
    return z1, torch.nn.functional.normalize(z1 + 0.7 * unit(batch, width, seed + 1, dtype), dim=1)


def naive(
    z1: Tensor, z2: Tensor, t: float, beta: float, tau: float, labels: list[int] | None = None
) -> tuple[float, float]:
    """The equation as it is printed, two loops and plain exponentials: (loss, share at the floor)."""
    losses, clamped = [], 0
    for anchors, others in ((z1, z2), (z2, z1)):
        for i in range(len(anchors)):
            a = [float(anchors[i] @ others[j]) / t for j in range(len(others))]
            keep = [j for j in range(len(a)) if (j != i if labels is None else labels[j] != labels[i])]
            n = len(keep)
            if n == 0:
                continue
            r = n * sum(math.exp((1 + beta) * a[j]) for j in keep) / sum(math.exp(beta * a[j]) for j in keep)
            floor = n * math.exp(-1 / t)
            debiased = (r - tau * n * math.exp(a[i])) / (1 - tau)
            clamped += debiased <= floor
            g = max(debiased, floor)
            losses.append(-math.log(math.exp(a[i]) / (math.exp(a[i]) + g)))
    return sum(losses) / len(losses), clamped / len(losses)


@pytest.mark.parametrize("t", [0.1, 0.5])
@pytest.mark.parametrize("beta", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("tau", [0.0, 0.003, 1 / 27, 0.1])
def test_agrees_with_a_naive_double_loop(t: float, beta: float, tau: float) -> None:
    z1, z2 = pair()
    loss, share = naive(z1, z2, t, beta, tau)
    ours = cross_modal(z1, z2, temperature=t, beta=beta, tau_plus=tau)
    assert ours.item() == pytest.approx(loss, rel=1e-12, abs=1e-12)
    assert clamp_share(z1, z2, Setting(t, beta, tau)) == pytest.approx(share, abs=1e-12)


def test_the_loops_see_both_clamped_and_free_anchors() -> None:
    z1, z2 = pair()
    shares = {clamp_share(z1, z2, Setting(0.1, tau_plus=tau)) for tau in (0.0, 0.003, 0.1)}
    assert min(shares) == 0
    assert max(shares) == 1
    assert len(shares) == 3


@pytest.mark.parametrize("t", [0.05, 0.1, 0.5, 1.0])
def test_without_concentration_and_prior_it_is_nt_xent(t: float) -> None:
    z1, z2 = pair(batch=33)
    ours = cross_modal(z1, z2, temperature=t, beta=0, tau_plus=0)
    target = torch.arange(33)
    rows = torch.nn.functional.cross_entropy(z1 @ z2.T / t, target)
    columns = torch.nn.functional.cross_entropy(z2 @ z1.T / t, target)
    torch.testing.assert_close(ours, (rows + columns) / 2, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(cross_modal(z1, z2, temperature=t), ours, rtol=0, atol=0)


@pytest.mark.parametrize("loss_beta", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_identical_embeddings_give_log_one_plus_n(loss_beta: float, tau: float) -> None:
    z = torch.nn.functional.normalize(torch.ones(9, 4, dtype=torch.float64), dim=1)
    ours = cross_modal(z, z, temperature=0.2, beta=loss_beta, tau_plus=tau)
    assert ours.item() == pytest.approx(math.log(1 + 8), rel=1e-12)


@pytest.mark.parametrize("tau", [0.0, 1 / 27, 0.3])
@pytest.mark.parametrize("aligned", [True, False])
def test_values_and_gradients_stay_finite_at_a_tiny_temperature(tau: float, aligned: bool) -> None:
    z1, z2 = pair(batch=64, dtype=torch.float32)
    raw = [z1.clone().requires_grad_(), (z1 if aligned else z2).clone().requires_grad_()]
    loss = cross_modal(*raw, temperature=0.01, beta=8, tau_plus=tau)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(z.grad is not None and torch.isfinite(z.grad).all() for z in raw)


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 2**-24, 0.0])
def test_gradients_stay_finite_where_the_debiased_mass_vanishes(gap: float) -> None:
    # R = n exp(1/t) as the negatives equal the positive, and τ⁺ = 1 - gap: x = log(1 - gap) → 0⁻.
    for dtype in (torch.float32, torch.float64):
        tau = min(1 - gap, math.nextafter(1, 0))
        z1 = torch.ones(3, 4, dtype=dtype).div(2).requires_grad_()
        z2 = torch.ones(3, 4, dtype=dtype).div(2).requires_grad_()
        loss = cross_modal(z1, z2, temperature=0.1, beta=1, tau_plus=tau)
        loss.backward()
        assert torch.isfinite(loss)
        assert z1.grad is not None
        assert torch.isfinite(z1.grad).all()


def test_near_the_vanishing_mass_the_loss_still_follows_the_equation() -> None:
    t, gap = 0.5, 1e-9
    z = torch.nn.functional.normalize(torch.ones(3, 4, dtype=torch.float64), dim=1)
    # R = n e^p, so G = (n e^p - τ⁺ n e^p) / (1 - τ⁺) = n e^p whatever τ⁺ is: a difference of nearly equals
    ours = cross_modal(z, z, temperature=t, beta=1, tau_plus=1 - gap)
    assert ours.item() == pytest.approx(math.log(1 + 2), rel=1e-6)


@pytest.mark.parametrize("labeled", [False, True])
def test_order_of_the_batch_and_of_the_modalities_does_not_matter(labeled: bool) -> None:
    z1, z2 = pair(batch=20)
    labels = torch.arange(20) % 5 if labeled else None
    order = torch.randperm(20, generator=torch.Generator().manual_seed(3))
    options = {"temperature": 0.1, "beta": 1.5, "tau_plus": 0.0 if labeled else 0.05}
    base = cross_modal(z1, z2, **options, labels=labels)
    shuffled = cross_modal(z1[order], z2[order], **options, labels=None if labels is None else labels[order])
    exchanged = cross_modal(z2, z1, **options, labels=labels)
    torch.testing.assert_close(shuffled, base, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(exchanged, base, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("beta", "tau"), [(0.0, 0.0), (1.0, 0.0), (2.0, 1 / 27), (0.5, 0.1)])
def test_gradients_agree_with_finite_differences(beta: float, tau: float) -> None:
    z1, z2 = (z.clone().requires_grad_() for z in pair(batch=6, width=4, seed=5))
    assert torch.autograd.gradcheck(
        lambda u, v: cross_modal(u, v, temperature=0.3, beta=beta, tau_plus=tau), (z1, z2)
    )


def test_concentration_moves_the_loss_toward_the_nearest_negative() -> None:
    z1, z2 = pair(batch=30)
    values = [cross_modal(z1, z2, temperature=0.2, beta=beta, tau_plus=0).item() for beta in (0, 1, 4, 64)]
    assert values == sorted(values)
    a = z1 @ z2.T / 0.2
    off = a.masked_fill(torch.eye(30, dtype=torch.bool), -torch.inf)
    hardest = torch.cat([off.max(dim=1).values, off.max(dim=0).values])
    p = a.diagonal().repeat(2)
    limit = torch.logaddexp(torch.zeros_like(p), math.log(29) + hardest - p).mean()
    assert values[-1] == pytest.approx(limit.item(), rel=0.02)


def test_labels_leave_only_true_negatives() -> None:
    z1, z2 = pair(batch=12)
    labels = [0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 5]
    loss, _ = naive(z1, z2, 0.2, 1.0, 0.0, labels)
    ours = cross_modal(z1, z2, temperature=0.2, beta=1, tau_plus=0, labels=torch.tensor(labels))
    assert ours.item() == pytest.approx(loss, rel=1e-12)


def test_a_batch_of_one_class_has_no_loss_and_no_gradient() -> None:
    z1, z2 = (z.clone().requires_grad_() for z in pair(batch=4))
    labels = torch.zeros(4, dtype=torch.long)
    loss = cross_modal(z1, z2, temperature=0.2, beta=1, tau_plus=0, labels=labels)
    loss.backward()
    assert loss.item() == 0
    assert z1.grad is not None
    assert not z1.grad.any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temperature": 0.0}, "temperature"),
        ({"beta": -1.0}, "beta"),
        ({"tau_plus": 1.0}, "tau_plus"),
        ({"labels": torch.zeros(3)}, "labels"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, object], words: str) -> None:
    options = {"temperature": 0.1, "beta": 1.0, "tau_plus": 0.0} | change
    with pytest.raises(ValueError, match=words):
        cross_modal(*pair(), **options)  # type: ignore[arg-type]


def test_a_single_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        cross_modal(unit(1, 4, 0), unit(1, 4, 1), temperature=0.1)
