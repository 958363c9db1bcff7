"""Accelerometers in training: worn a little rotated, or the other way round; gravity stays what it is."""

import pytest
import torch
from torch import Generator

from hnhar.train.learn.augment import augmentation_of
from hnhar.train.learn.augment_accelerometer import AccelerometerAugmentation

STILL = AccelerometerAugmentation(rotation=0.0, gain=0.0, noise=0.0, bias=0.0)


def windows(batch: int = 64) -> torch.Tensor:
    return torch.tensor([0.3, -0.9, 0.2]).expand(batch, 50, 3)


def test_it_is_the_registered_one_of_its_kind_and_turns_nobody_round_unless_asked() -> None:
    assert augmentation_of("accelerometer") == AccelerometerAugmentation()
    assert torch.equal(STILL.change(windows(), Generator().manual_seed(0)), windows())


def test_a_share_of_the_windows_is_worn_the_other_way_round() -> None:
    turned = AccelerometerAugmentation(turned=0.5, rotation=0.0, gain=0.0, noise=0.0, bias=0.0)
    changed = turned.change(windows(400), Generator().manual_seed(0))
    other = (changed[:, 0] == torch.tensor([-0.3, 0.9, 0.2])).all(dim=1)
    same = (changed[:, 0] == torch.tensor([0.3, -0.9, 0.2])).all(dim=1)
    assert (other | same).all()
    assert 0.4 < other.float().mean() < 0.6


def test_rotations_leave_the_magnitude_what_it_is() -> None:
    rotated = AccelerometerAugmentation(rotation=40.0, gain=0.0, noise=0.0, bias=0.0)
    changed = rotated.change(windows(), Generator().manual_seed(1))
    assert changed.norm(dim=2) == pytest.approx(windows().norm(dim=2), abs=1e-5)
    assert changed[:, 0].std(dim=0).min() > 0.1


def test_gravity_does_not_grow_with_the_speed() -> None:
    assert STILL.at_speed(windows(), torch.full((64,), 1.5)) is not None
    assert torch.equal(STILL.at_speed(windows(), torch.full((64,), 1.5)), windows())


def test_the_same_seed_changes_alike() -> None:
    first, second = (AccelerometerAugmentation().change(windows(), Generator().manual_seed(3)) for _ in "ab")
    assert torch.equal(first, second)
