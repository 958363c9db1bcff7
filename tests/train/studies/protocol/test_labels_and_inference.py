"""Few labels: drawn for each class, contained in each other, and spread without seeing the rest."""

import pytest
import torch

from hnhar.model.errors import ConfigError
from hnhar.train.studies.protocol.inference import (
    Spreading,
    balanced,
    fused_similarity,
    mutual,
    nearest,
    spread,
)
from hnhar.train.studies.protocol.labels import called, draw
from hnhar.train.studies.protocol.relations import same_label, surely

LABELS = torch.tensor([0] * 12 + [1] * 11 + [2] * 12)


@pytest.mark.parametrize("amount", [1, 2, 4, 8])
def test_k_labels_are_k_of_every_class(amount: int) -> None:
    rows = draw(LABELS, amount, 0)
    assert LABELS[rows].bincount().tolist() == [amount] * 3
    assert len(set(rows.tolist())) == len(rows)


@pytest.mark.parametrize(("share", "count"), [(0.01, 1), (0.05, 1), (0.10, 1), (0.25, 3), (0.5, 6)])
def test_a_share_is_of_every_class_and_at_least_one(share: float, count: int) -> None:
    assert LABELS[draw(LABELS, share, 0)].bincount().tolist() == [count] * 3


def test_more_labels_contain_fewer_and_draws_differ() -> None:
    assert set(draw(LABELS, 2, 5).tolist()) <= set(draw(LABELS, 4, 5).tolist())
    assert draw(LABELS, 2, 5).tolist() != draw(LABELS, 2, 6).tolist()


@pytest.mark.parametrize("amount", [0, -1, 0.0, 1.5])
def test_an_amount_out_of_range_is_refused(amount: float) -> None:
    with pytest.raises(ConfigError):
        draw(LABELS, amount, 0)


def test_a_label_spreads_over_its_cluster() -> None:
    generator = torch.Generator().manual_seed(0)
    centers = 4 * torch.randn(3, 16, generator=generator)
    labels = torch.arange(3).repeat_interleave(10)
    points = centers[labels] + torch.randn(30, 16, generator=generator)
    z = torch.nn.functional.normalize(points, dim=1)
    shares = spread(fused_similarity([z]), torch.tensor([0, 10, 20]), torch.arange(3), 3, Spreading())
    assert shares.argmax(dim=1).tolist() == labels.tolist()
    assert torch.allclose(shares.sum(dim=1), torch.ones(30), atol=1e-5)


def test_balance_gives_every_class_its_share() -> None:
    shares = balanced(torch.rand(30, 3, generator=torch.Generator().manual_seed(0)) + 0.1)
    assert torch.allclose(shares.sum(dim=0), torch.full((3,), 10.0), atol=1e-3)
    assert torch.allclose(shares.sum(dim=1), torch.ones(30), atol=1e-5)


def test_nobody_is_near_himself_and_mutual_nearness_is_symmetric() -> None:
    z = torch.nn.functional.normalize(torch.randn(9, 4, generator=torch.Generator().manual_seed(1)), dim=1)
    near = nearest(fused_similarity([z]), 3)
    assert not near.diagonal().any()
    assert near.sum(dim=1).tolist() == [3] * 9
    assert torch.equal(mutual(near), mutual(near).T)


def test_unknown_labels_are_alike_with_themselves_only() -> None:
    same = same_label(torch.tensor([-1, -1, 2, 2]))
    assert same.int().tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]


def test_a_share_is_called_percent_and_a_number_by_itself() -> None:
    assert [called(0.25), called(0.01), called(4)] == ["25 %", "1 %", "4"]


def test_labels_reach_all_of_a_large_class_where_neighbors_are_as_many_as_half_of_it() -> None:
    generator = torch.Generator().manual_seed(0)
    way = torch.linspace(0, 1.2, 150)[:, None]
    ends = torch.eye(4)[:, None]
    arcs = [torch.cos(way) * ends[k] + torch.sin(way) * ends[k + 1] for k in (0, 2)]
    points = torch.cat(arcs) + 0.002 * torch.randn(300, 4, generator=generator)
    similarity = fused_similarity([torch.nn.functional.normalize(points, dim=1)])
    labels, rows = torch.arange(2).repeat_interleave(150), torch.tensor([0, 150])
    few = spread(similarity, rows, labels[rows], 2, Spreading())
    many = spread(similarity, rows, labels[rows], 2, Spreading(neighbors=None))
    unreached = (few.amax(dim=1) < 0.51).float().mean()
    assert unreached > 0.3
    assert many.amax(dim=1).min() > 0.9
    assert torch.equal(many.argmax(dim=1), labels)


def test_classes_keep_the_shares_that_spreading_finds_where_nothing_is_known_of_them() -> None:
    shares = torch.tensor([[0.9, 0.1]] * 24 + [[0.1, 0.9]] * 6)
    assert torch.allclose(balanced(shares, 0.0), shares, atol=1e-4)
    between = balanced(shares, 0.5).sum(dim=0)
    assert shares.sum(dim=0)[1] < between[1] < 15


def test_a_pair_of_which_nobody_is_sure_is_neither_negative_nor_positive() -> None:
    shares = torch.tensor([[1.0, 0.0, 0.0], [0.9, 0.1, 0.0], [0.5, 0.5, 0.0], [0.0, 0.1, 0.9]])
    negatives, positives = surely(shares, 0.8)
    assert positives[0, 1] == pytest.approx(0.9)
    assert not negatives[0, 1]
    assert not negatives[0, 2]
    assert positives[0, 2] == 0
    assert negatives[2, 3]  # between two classes, and surely of neither of the third
    assert torch.equal(negatives, negatives.T)
    assert torch.equal(positives, positives.T)
