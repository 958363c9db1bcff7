"""A trained bundle keeps examples of its classes."""

from dataclasses import replace

import torch

from hnhar.model.enroll.prototypes import Memory
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.remember import EACH, OF_IDLE
from hnhar.train.bundles.workflow import fresh, remember
from hnhar.train.learn.data import WindowSet


def windows(classes: int, each: int) -> WindowSet:
    """Noise, `each` windows of every class; every third without its skeleton."""
    generator = torch.Generator().manual_seed(0)
    count = classes * each
    presence = torch.ones(count, 2, dtype=torch.bool)
    presence[::3, 1] = False
    samples = {
        "imu": torch.randn(count, 150, 6, generator=generator),
        "skeleton": torch.randn(count, 75, 60, generator=generator),
    }
    return WindowSet(samples, presence, torch.eye(classes).repeat_interleave(each, dim=0))


def kept(each: int) -> Memory | None:
    """What an untrained recognizer of six actions and idle remembers."""
    made = recipe("quick", "thigh")
    recognizer = fresh(made)
    remember(made, recognizer, windows(7, each))
    return recognizer.memory


def test_so_many_windows_of_each_class_are_kept_and_more_of_idle() -> None:
    memory = kept(100)
    assert memory is not None
    counts = torch.bincount(torch.from_numpy(memory.learned.labels))
    assert counts.tolist() == [EACH] * 6 + [OF_IDLE]
    assert memory.learned.vectors.shape == (6 * EACH + OF_IDLE, 2, 128)
    assert len(memory.enrolled.labels) == 0


def test_an_absent_modality_stays_absent() -> None:
    memory = kept(3)
    assert memory is not None
    there = (memory.learned.vectors != 0).any(axis=2)
    assert there[:, 0].all()
    assert sorted(set(there[:, 1].tolist())) == [False, True]


def test_a_class_that_is_hardly_there_leaves_the_bundle_without_memory() -> None:
    made = recipe("quick", "thigh")
    few = windows(7, 4)
    few = replace(few, targets=few.targets.clone())
    few.targets[few.targets[:, 2] > 0] = torch.eye(7)[6]
    recognizer = fresh(made)
    remember(made, recognizer, few)
    assert recognizer.memory is None
