"""Two views, many modalities, masks and weights of negatives: each against the equation in plain loops."""

import math
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from hnhar.train.losses.diagnostics import clamp_share, effective_negatives, false_negative_mass
from hnhar.train.losses.inputs import Setting

from .forms import cross_modal, multimodal, two_views

SETTINGS = [(0.5, 0.0, 0.0), (0.3, 1.0, 0.0), (0.3, 1.0, 0.05), (0.1, 2.0, 1 / 27)]
OPTIONS = {"temperature": 0.3, "beta": 1.0, "tau_plus": 0.05}


def alike(
    count: int, batch: int = 10, width: int = 6, seed: int = 0, dtype: torch.dtype = torch.float64
) -> list[Tensor]:
    """Unit vectors of so many modalities that agree partly."""
    generator = torch.Generator().manual_seed(seed)
    shared = torch.randn(batch, width, generator=generator, dtype=dtype)
    own = torch.randn(count, batch, width, generator=generator, dtype=dtype)
    return list(torch.nn.functional.normalize(shared + 0.8 * own, dim=2))


def anchor(
    p: float, others: Sequence[float], weights: Sequence[float], t: float, beta: float, tau: float
) -> float:
    """The equation as it is printed, for one anchor; similarities over t."""
    n = sum(weights)
    pairs = list(zip(others, weights, strict=True))
    r = (
        n
        * sum(w * math.exp((1 + beta) * a) for a, w in pairs)
        / sum(w * math.exp(beta * a) for a, w in pairs)
    )
    g = max((r - tau * n * math.exp(p)) / (1 - tau), n * math.exp(-1 / t))
    return -math.log(math.exp(p) / (math.exp(p) + g))


def loops(
    modalities: Sequence[Tensor],
    has: Callable[[int, int], bool],
    weight: Callable[[int, int, int, int], float],
    t: float,
    beta: float,
    tau: float,
) -> float:
    """Mean over all anchors of all ordered pairs."""
    losses = []
    for m, z in enumerate(modalities):
        for k, other in enumerate(modalities):
            for i in range(len(z)):
                if m == k or not (has(i, m) and has(i, k)):
                    continue
                rest = [j for j in range(len(z)) if j != i and has(j, k) and weight(i, j, m, k) > 0]
                if rest:
                    others = [float(z[i] @ other[j]) / t for j in rest]
                    weights = [weight(i, j, m, k) for j in rest]
                    losses.append(anchor(float(z[i] @ other[i]) / t, others, weights, t, beta, tau))
    return sum(losses) / len(losses)


def everything(*_: int) -> bool:
    return True


def alone(*_: int) -> float:
    return 1.0


def some_missing(batch: int = 10, count: int = 3) -> Tensor:
    presence = torch.rand(batch, count, generator=torch.Generator().manual_seed(4)) > 0.4
    assert presence.any()
    assert not presence.all()
    return presence


@pytest.mark.parametrize(("t", "beta", "tau"), SETTINGS)
def test_two_views_agree_with_a_naive_double_loop(t: float, beta: float, tau: float) -> None:
    views = alike(2)
    z = torch.cat(views)
    losses = []
    for i in range(20):
        others = [float(z[i] @ z[j]) / t for j in range(20) if j % 10 != i % 10]
        assert len(others) == 2 * 10 - 2
        losses.append(anchor(float(z[i] @ z[(i + 10) % 20]) / t, others, [1.0] * 18, t, beta, tau))
    ours = two_views(*views, temperature=t, beta=beta, tau_plus=tau)
    assert ours.item() == pytest.approx(sum(losses) / 20, rel=1e-12)


def test_two_views_without_concentration_and_prior_are_simclr() -> None:
    views = alike(2, batch=21)
    z = torch.cat(views)
    similarity = (z @ z.T / 0.2).fill_diagonal_(-torch.inf)
    expected = torch.nn.functional.cross_entropy(similarity, torch.arange(42).roll(21))
    torch.testing.assert_close(two_views(*views, temperature=0.2), expected, rtol=1e-12, atol=1e-12)


def test_identical_views_give_log_one_plus_n() -> None:
    z = torch.nn.functional.normalize(torch.ones(9, 4, dtype=torch.float64), dim=1)
    assert two_views(z, z, **OPTIONS).item() == pytest.approx(math.log(1 + 16), rel=1e-12)
    three = multimodal([z, z, z], **OPTIONS)
    assert three.item() == pytest.approx(math.log(1 + 8), rel=1e-12)


@pytest.mark.parametrize(("t", "beta", "tau"), SETTINGS)
def test_three_modalities_agree_with_naive_loops(t: float, beta: float, tau: float) -> None:
    modalities = alike(3)
    expected = loops(modalities, everything, alone, t, beta, tau)
    ours = multimodal(modalities, temperature=t, beta=beta, tau_plus=tau)
    assert ours.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("t", "beta", "tau"), SETTINGS)
def test_absent_modalities_are_no_anchors_and_no_negatives(t: float, beta: float, tau: float) -> None:
    modalities, presence = alike(3), some_missing()
    expected = loops(modalities, lambda i, m: bool(presence[i, m]), alone, t, beta, tau)
    named = dict(zip(("acc", "gyro", "skeleton"), modalities, strict=True))
    ours = multimodal(named, temperature=t, beta=beta, tau_plus=tau, presence=presence)
    assert ours.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("tile", [0, 3])
def test_what_an_absent_modality_holds_is_never_read(tile: int) -> None:
    presence = some_missing()
    losses, gradients = [], []
    for filler in (0.0, math.nan):
        leaves = [
            torch.where(there[:, None], z, filler).requires_grad_()
            for z, there in zip(alike(3), presence.T, strict=True)
        ]
        loss = multimodal(leaves, **OPTIONS, presence=presence, tile=tile)
        loss.backward()
        losses.append(loss.detach())
        gradients.append(torch.stack([z.grad for z in leaves if z.grad is not None]))
    torch.testing.assert_close(losses[1], losses[0], rtol=0, atol=0)
    torch.testing.assert_close(gradients[1], gradients[0], rtol=0, atol=0)
    assert not gradients[1][~presence.T].any()


@pytest.mark.parametrize("presence", [None, torch.ones(10, 2, dtype=torch.bool)])
def test_two_modalities_that_are_all_there_are_exactly_the_two_modality_form(presence: Tensor | None) -> None:
    z1, z2 = alike(2)
    ours = multimodal([z1, z2], **OPTIONS, presence=presence)
    torch.testing.assert_close(ours, cross_modal(z1, z2, **OPTIONS), rtol=0, atol=0)


def test_a_modality_that_nobody_has_changes_nothing() -> None:
    z1, z2, z3 = alike(3)
    presence = torch.ones(10, 3, dtype=torch.bool)
    presence[:, 2] = False
    for tile in (0, 4):
        ours = multimodal([z1, z2, z3], **OPTIONS, presence=presence, tile=tile)
        torch.testing.assert_close(ours, cross_modal(z1, z2, **OPTIONS), rtol=1e-12, atol=1e-12)


def test_order_of_samples_and_of_modalities_does_not_matter() -> None:
    modalities, presence = alike(3), some_missing()
    base = multimodal(modalities, **OPTIONS, presence=presence)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(2))
    shuffled = multimodal([z[order] for z in modalities], **OPTIONS, presence=presence[order])
    exchanged = multimodal(modalities[::-1], **OPTIONS, presence=presence.flip(1))
    torch.testing.assert_close(shuffled, base, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(exchanged, base, rtol=1e-12, atol=1e-12)
    views = alike(2)
    base = two_views(*views, **OPTIONS)
    torch.testing.assert_close(
        two_views(*(z[order] for z in views[::-1]), **OPTIONS),
        base,
        rtol=1e-12,
        atol=1e-12,
    )


@pytest.mark.parametrize("form", ["views", "modalities"])
def test_gradients_agree_with_finite_differences(form: str) -> None:
    leaves = [z.requires_grad_() for z in alike(2 if form == "views" else 3, batch=5, width=3)]
    presence = some_missing(5)

    def loss(*z: Tensor) -> Tensor:
        if form == "views":
            return two_views(*z, **OPTIONS)
        return multimodal(z, **OPTIONS, presence=presence)

    assert torch.autograd.gradcheck(loss, leaves)


@pytest.mark.parametrize("weighted", [False, True])
def test_given_negatives_agree_with_naive_loops(weighted: bool) -> None:
    modalities, presence = alike(3), some_missing()
    generator = torch.Generator().manual_seed(8)
    given = torch.rand(10, 10, generator=generator, dtype=torch.float64)
    given = torch.where(given > 0.4, given, 0.0) if weighted else given > 0.4

    def weight(i: int, j: int, m: int, k: int) -> float:
        return float(given[i, j] if m < k else given[j, i])

    expected = loops(modalities, lambda i, m: bool(presence[i, m]), weight, 0.3, 1.0, 0.05)
    ours = multimodal(modalities, **OPTIONS, presence=presence, negatives=given)
    assert ours.item() == pytest.approx(expected, rel=1e-12)


def test_labels_are_the_mask_of_other_classes() -> None:
    labels = torch.tensor([0, 0, 1, 1, 2, 2, 2, 3, 3, 3])
    options = {"temperature": 0.3, "beta": 1.0, "tau_plus": 0.0}
    mask = labels[:, None] != labels
    for loss in (cross_modal, two_views):
        by_labels = loss(*alike(2), **options, labels=labels)
        torch.testing.assert_close(
            by_labels, loss(*alike(2), **options, negatives=mask), rtol=1e-12, atol=1e-12
        )


def test_of_a_sample_of_unknown_class_only_itself_is_left_out() -> None:
    labels = torch.tensor([0, 0, 1, 1, -1, -1, -1, 2, 2, 2])
    mask = (labels[:, None] != labels) | (labels < 0)
    options = {"temperature": 0.3, "beta": 1.0, "tau_plus": 0.0}
    for loss in (cross_modal, two_views):
        ours = loss(*alike(2), **options, labels=labels)
        torch.testing.assert_close(ours, loss(*alike(2), **options, negatives=mask), rtol=1e-12, atol=1e-12)


def test_an_autocast_region_and_half_precision_lose_nothing_but_the_inputs_digits() -> None:
    halves = [z.bfloat16() for z in alike(2, batch=32, dtype=torch.float32)]
    options = {"temperature": 0.05, "beta": 4.0, "tau_plus": 0.01}
    expected = cross_modal(*(z.double() for z in halves), **options)
    for tile in (0, 8):
        with torch.autocast("cpu", torch.bfloat16):
            ours = cross_modal(*halves, **options, tile=tile)
        assert ours.dtype == torch.float32
        assert ours.item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_effective_number_of_negatives_falls_from_all_to_one() -> None:
    z = alike(2)
    counts = [effective_negatives(*z, Setting(0.1, beta)) for beta in (0, 0.5, 2, 1e4)]
    assert counts[0] == pytest.approx(9)
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == pytest.approx(1)
    assert effective_negatives(*z, Setting(0.1, 0), unimodal=True) == pytest.approx(18)
    labels = torch.arange(10) % 5
    assert effective_negatives(*z, Setting(0.1, 0), labels=labels) == pytest.approx(8)


def test_the_false_negative_mass_is_their_share_and_grows_with_concentration_when_they_are_near() -> None:
    classes = alike(1, batch=5)[0].repeat(2, 1)
    labels = torch.arange(5).repeat(2)
    z1, z2 = (torch.nn.functional.normalize(classes + 0.05 * z, dim=1) for z in alike(2, seed=9))
    masses = [false_negative_mass(z1, z2, labels, Setting(0.2, beta)) for beta in (0, 1, 4)]
    assert masses[0] == pytest.approx(1 / 9)
    assert masses == sorted(masses)
    assert masses[-1] > 0.9
    assert false_negative_mass(z1, z2, torch.full((10,), -1), Setting(0.2, 1)) == 0
    mask = labels[:, None] != labels
    assert false_negative_mass(z1, z2, labels, Setting(0.2, 1), negatives=mask) == 0


def test_diagnostics_of_a_weighted_batch_agree_with_a_loop() -> None:
    z1, z2 = alike(2)
    given = torch.rand(10, 10, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    labels = torch.arange(10) % 3
    counts, masses = [], []
    for a, pairing in ((z1 @ z2.T / 0.2, given), (z2 @ z1.T / 0.2, given.T)):
        for i in range(10):
            rest = [j for j in range(10) if j != i]
            w = [float(pairing[i, j]) * math.exp(1.5 * float(a[i, j])) for j in rest]
            w = [value / sum(w) for value in w]
            counts.append(1 / sum(value**2 for value in w))
            masses.append(sum(value for value, j in zip(w, rest, strict=True) if labels[i] == labels[j]))
    setting = Setting(0.2, 1.5, 0.1)
    assert effective_negatives(z1, z2, setting, negatives=given) == pytest.approx(sum(counts) / 20)
    assert false_negative_mass(z1, z2, labels, setting, negatives=given) == pytest.approx(sum(masses) / 20)


def test_diagnostics_do_not_depend_on_how_many_rows_are_taken_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    z = alike(2, batch=40)
    setting = Setting(0.1, 1.0, 0.02)
    before = clamp_share(*z, setting), effective_negatives(*z, setting)
    monkeypatch.setattr("hnhar.train.losses.diagnostics.ROWS", 7)
    after = clamp_share(*z, setting), effective_negatives(*z, setting)
    assert after == pytest.approx(before)
    assert 0 < before[0] < 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"presence": torch.ones(10, 2, dtype=torch.bool)}, "presence"),
        ({"presence": torch.ones(10, 3)}, "presence"),
        ({"negatives": torch.ones(9, 9)}, "negatives"),
        ({"negatives": -torch.ones(10, 10)}, "negatives"),
        ({"negatives": torch.ones(10, 10), "tile": 4}, "without tiles"),
        ({"tile": -1}, "tile"),
        ({"labels": torch.zeros(10)}, "tau_plus must be 0"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Tensor | int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        multimodal(alike(3), **OPTIONS, **change)  # type: ignore[arg-type]


def test_one_modality_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        multimodal(alike(1), temperature=0.1)
