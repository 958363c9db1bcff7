"""The entry point: several positives, which views meet, and what it refuses."""

import itertools
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from hnhar.train.losses.anchor import dense_log_means
from hnhar.train.losses.defective import public_code_loss
from hnhar.train.losses.distributed import Processes
from hnhar.train.losses.inputs import Pairs, Setting
from hnhar.train.losses.loss import hard_negative_loss, pairs_that_meet, several_positives

from .forms import cross_modal, defective, multimodal, two_views


def unit(seed: int, batch: int = 8, dtype: torch.dtype = torch.float32) -> Tensor:
    vectors = torch.randn(batch, 5, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    return torch.nn.functional.normalize(vectors, dim=1)


VIEWS = {"imu": [unit(0), unit(1)], "skeleton": [unit(2), unit(3)]}
HARD = {"temperature": 0.3, "beta": 1.5, "tau_plus": 0.02}
LABELS = [0, 0, 1, 1, 2, 2, 2, 0]


def hard(pairs: Pairs) -> Setting:
    return Setting(0.3, 1.5, 0.02, pairs)


def same_label(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor([[float(x == y) for y in LABELS] for x in LABELS], dtype=dtype)


def test_without_concentration_prior_or_masks_it_is_nt_xent() -> None:
    z1, z2 = VIEWS["imu"][0], VIEWS["skeleton"][0]
    rows, columns = (torch.nn.functional.cross_entropy(a, torch.arange(8)) for a in (z1 @ z2.T, z2 @ z1.T))
    made = hard_negative_loss({"imu": [z1], "skeleton": [z2]}, Setting(1.0))
    torch.testing.assert_close(made, (rows + columns) / 2)


def test_across_modalities_it_is_the_loss_of_each_view() -> None:
    made = hard_negative_loss(VIEWS, hard("cross"))
    each = [cross_modal(*pair, **HARD) for pair in zip(VIEWS["imu"], VIEWS["skeleton"], strict=True)]
    assert made.item() == pytest.approx(sum(loss.item() for loss in each) / 2, rel=1e-6)


def test_within_modalities_it_is_the_loss_of_each_modality() -> None:
    made = hard_negative_loss(VIEWS, hard("within"))
    each = [two_views(*VIEWS[name], **HARD) for name in VIEWS]
    assert made.item() == pytest.approx(sum(loss.item() for loss in each) / 2, rel=1e-6)


def test_all_pairs_are_those_of_as_many_modalities_as_views() -> None:
    every = [*VIEWS["imu"], *VIEWS["skeleton"]]
    made = hard_negative_loss(VIEWS, hard("all"))
    assert made.item() == pytest.approx(multimodal(every, **HARD).item(), rel=1e-6)


def test_a_modality_that_a_sample_lacks_is_lacking_in_all_its_views() -> None:
    presence = torch.ones(8, 2, dtype=torch.bool)
    presence[:3, 1] = False
    views = {name: [z.clone() for z in of] for name, of in VIEWS.items()}
    before = hard_negative_loss(views, hard("all"), presence=presence)
    for z in views["skeleton"]:
        z[:3] = math.nan
    assert torch.equal(hard_negative_loss(views, hard("all"), presence=presence), before)


def test_the_public_code_is_the_one_with_the_defects() -> None:
    made = public_code_loss(VIEWS, hard("cross"))
    expected = defective(VIEWS["imu"][0], VIEWS["skeleton"][0], **HARD)
    assert made.item() == pytest.approx(expected.item(), rel=1e-6)
    with pytest.raises(ValueError, match="no masks"):
        public_code_loss(VIEWS, hard("cross"), negatives=torch.ones(8, 8, dtype=torch.bool))


def test_only_oneself_as_positive_is_the_plain_hard_loss() -> None:
    a, b = unit(0), unit(2)
    setting, nobody = Setting(0.3, 1.5), torch.zeros(8, 8)
    both = several_positives(a, b, setting, None, nobody) + several_positives(b, a, setting, None, nobody)
    plain = cross_modal(a, b, temperature=0.3, beta=1.5)
    assert both.item() / 2 == pytest.approx(plain.item(), rel=1e-5)


def test_several_positives_agree_with_a_double_loop() -> None:
    a, b = unit(0, dtype=torch.float64), unit(2, dtype=torch.float64)
    made = several_positives(a, b, Setting(0.3, 1.5), None, same_label(torch.float64))
    total = 0.0
    for i in range(8):
        s = [float(a[i] @ b[j]) / 0.3 for j in range(8)]
        out = [j for j in range(8) if LABELS[j] != LABELS[i]]
        g = sum(math.exp(2.5 * s[j]) for j in out) / sum(math.exp(1.5 * s[j]) for j in out) * len(out)
        own = [j for j in range(8) if LABELS[j] == LABELS[i]]
        total += sum(-math.log(math.exp(s[j]) / (math.exp(s[j]) + g)) for j in own) / len(own)
    assert made.item() == pytest.approx(total / 8, rel=1e-12)


def test_gradients_with_several_positives_agree_with_finite_differences() -> None:
    leaves = [unit(seed, dtype=torch.float64).requires_grad_() for seed in (0, 2)]
    same = same_label(torch.float64)
    assert torch.autograd.gradcheck(
        lambda a, b: several_positives(a, b, Setting(0.3, 1.5), same == 0, same), leaves
    )


def shipped(anchors: Tensor, others: Tensor, negatives: Tensor, positives: Tensor) -> Tensor:
    """The code that trained the shipped weights, as it stood then."""
    with torch.autocast("cpu", enabled=False):
        a = anchors.float() @ others.float().T / 0.5
    weights = positives.clone().fill_diagonal_(1.0)
    allowed = negatives.clone().fill_diagonal_(False)
    rho, n = dense_log_means(a, allowed, 2.0, None)
    some = n > 0
    log_g = torch.where(some, n, 1.0).log() + rho
    terms = torch.logaddexp(torch.zeros_like(a), log_g[:, None] - a) * weights
    return (terms.sum(dim=1) / weights.sum(dim=1))[some].mean()


def test_values_and_gradients_are_to_the_bit_those_that_trained_the_shipped_weights() -> None:
    same = same_label()
    found = []
    for form in ("then", "now"):
        leaves = {name: [z.clone().requires_grad_() for z in of] for name, of in VIEWS.items()}
        with torch.autocast("cpu", torch.bfloat16):
            if form == "then":
                pairs = pairs_that_meet(leaves, "all")
                loss = torch.stack([shipped(a, b, same == 0, same) for a, b in pairs]).mean()
            else:
                setting = Setting(0.5, 2.0, pairs="all")
                loss = hard_negative_loss(leaves, setting, negatives=same == 0, positives=same)
        loss.backward()
        found.append([loss.detach(), *(z.grad for of in leaves.values() for z in of)])
    for then, now in zip(*found, strict=True):
        assert torch.equal(then, now)


def test_pairs_that_meet_are_counted_once_in_each_direction() -> None:
    assert [len(pairs_that_meet(VIEWS, pairs)) for pairs in ("cross", "within", "all")] == [8, 4, 12]


MASK = torch.ones(8, 8, dtype=torch.bool)


@pytest.mark.parametrize(
    ("setting", "given", "words"),
    [
        (Setting(0.3, tau_plus=0.1), {"positives": MASK}, "tau_plus = 0"),
        (Setting(0.3), {"positives": MASK, "labels": torch.arange(8)}, "without labels"),
        (Setting(0.3), {"positives": MASK, "tile": 4}, "without tile"),
        (Setting(0.3), {"positives": torch.ones(7, 7)}, "positives must be"),
        (Setting(0.3), {"negatives": MASK, "processes": Processes()}, "give labels"),
        (Setting(0.3), {"processes": Processes()}, "one group of views"),
        (Setting(0.3, pairs="within"), {"presence": MASK[:, :2]}, "leave the others out"),
    ],
)
def test_what_does_not_go_together_is_refused(setting: Setting, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        hard_negative_loss(VIEWS, setting, **given)


def test_views_that_do_not_meet_are_refused() -> None:
    one, three = {"imu": [unit(0)]}, {"imu": [unit(0), unit(1), unit(2)]}
    for views, pairs, positives in ((one, "cross", None), (three, "within", None), (one, "within", MASK)):
        with pytest.raises(ValueError, match="two"):
            hard_negative_loss(views, Setting(0.3, pairs=pairs), positives=positives)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="as many views"):
        hard_negative_loss({"imu": [unit(0)], "skeleton": [unit(1), unit(2)]}, Setting(0.3))
    with pytest.raises(ValueError, match="pairs must be"):
        Setting(0.3, pairs="some")  # type: ignore[arg-type]


def test_with_several_positives_a_sample_takes_part_in_the_pairs_of_views_that_it_has() -> None:
    views = {name: [unit(seed, dtype=torch.float64)] for seed, name in enumerate("abc")}
    presence = torch.ones(8, 3, dtype=torch.bool)
    presence[:3, 0] = presence[2:5, 1] = presence[7, 2] = False
    same, setting = same_label(torch.float64), Setting(0.3, 1.5)
    expected = []
    for first, second in itertools.permutations(range(3), 2):
        anchors, others = (list(views.values())[k][0] for k in (first, second))
        terms = []
        for i in range(8):
            s = [float(anchors[i] @ others[j]) / 0.3 for j in range(8)]
            having = [j for j in range(8) if presence[j, second]]
            out = [j for j in having if LABELS[j] != LABELS[i]]
            if not (presence[i, first] and presence[i, second] and out):
                continue
            g = sum(math.exp(2.5 * s[j]) for j in out) / sum(math.exp(1.5 * s[j]) for j in out) * len(out)
            own = [j for j in having if LABELS[j] == LABELS[i]]
            terms.append(sum(-math.log(math.exp(s[j]) / (math.exp(s[j]) + g)) for j in own) / len(own))
        expected.append(sum(terms) / len(terms))
    for (of, *_), there in zip(views.values(), presence.T, strict=True):
        of[~there] = math.nan
    leaves = {name: [of[0].clone().requires_grad_()] for name, of in views.items()}
    made = hard_negative_loss(leaves, setting, negatives=same == 0, positives=same, presence=presence)
    assert made.item() == pytest.approx(sum(expected) / 6, rel=1e-12)
    made.backward()
    for (of, *_), there in zip(leaves.values(), presence.T, strict=True):
        assert of.grad is not None
        assert of.grad.isfinite().all()
        assert (of.grad[~there] == 0).all()


def test_a_modality_that_no_sample_of_a_batch_has_is_left_out_of_the_mean() -> None:
    presence = torch.tensor([[True, True, False]] * 8)
    same, setting = same_label(), Setting(0.3, 1.5)
    views = {"a": [unit(0)], "b": [unit(1)], "c": [unit(2)]}
    three = hard_negative_loss(views, setting, negatives=same == 0, positives=same, presence=presence)
    del views["c"]
    two = hard_negative_loss(views, setting, negatives=same == 0, positives=same)
    assert three.item() == pytest.approx(two.item(), rel=1e-6)
