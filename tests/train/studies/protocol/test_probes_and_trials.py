"""Stretching keeps what it should; probes recover what is separable and repeat to the bit."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.train.corpora.utd_mhad.corpus import load as load_utd_mhad
from hnhar.train.studies.protocol.inputs import STEPS, stretch
from hnhar.train.studies.protocol.probes import FEW_PENALTY, PENALTY, Standard, accuracy, logistic
from hnhar.train.studies.protocol.trials import TRAIN_SUBJECTS, Trials, pick, stack


@pytest.mark.parametrize("length", [20, 50, 107, 326])
def test_a_ramp_stays_a_ramp_inside_and_a_constant_everywhere(length: int) -> None:
    ramp = np.linspace(0, 1, length, dtype=np.float32)[:, None]
    stretched = stretch(ramp)[:, 0]
    assert stretched.shape == (STEPS,)
    assert np.allclose(stretched[1:-1], np.linspace(0, 1, STEPS)[1:-1], atol=1 / length)
    assert np.abs(stretched - np.linspace(0, 1, STEPS)).max() < 0.02
    assert np.allclose(stretch(np.full((length, 2), 3.0, np.float32)), 3.0)


def test_what_is_too_fast_for_the_new_steps_is_not_aliased() -> None:
    fast = np.sin(2 * np.pi * 0.4 * np.arange(320, dtype=np.float32))[:, None]
    assert np.abs(stretch(fast)).mean() < 0.15 * np.abs(fast).mean()


def test_parts_of_the_imu_are_the_imu_with_the_rest_at_zero(trials: Trials) -> None:
    parts = pick(trials.samples, ("acc", "gyro", "skeleton"))
    assert torch.equal(parts["acc"] + parts["gyro"], trials.samples["imu"])
    assert not parts["acc"][..., 3:].any()
    assert not parts["gyro"][..., :3].any()


def test_hidden_trials_know_the_labels_of_the_given_rows_only(trials: Trials) -> None:
    hidden = trials.hidden(torch.tensor([2, 7]))
    assert torch.nonzero(hidden.labels >= 0)[:, 0].tolist() == [2, 7]
    assert torch.equal(hidden.labels[[2, 7]], trials.labels[[2, 7]])


def test_the_published_split_has_its_trials(data_dir: Path) -> None:
    trials = stack(load_utd_mhad(data_dir / "utd_mhad"), TRAIN_SUBJECTS)
    assert len(trials) == 323
    assert {name: tuple(x.shape[1:]) for name, x in trials.samples.items()} == {
        "imu": (50, 6),
        "skeleton": (50, 60),
    }
    assert trials.labels.bincount().min() >= 11


def test_a_separable_problem_is_recovered_from_one_trial_a_class() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(5).repeat(20)
    x = 3 * torch.eye(5)[labels] + 0.2 * torch.randn(100, 5, generator=generator)
    probe = logistic(x[:5], labels[:5], 5, penalty=FEW_PENALTY)
    assert accuracy(probe.logits(x).argmax(dim=1), labels) == 100.0


def test_a_probe_repeats_to_the_bit() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 30, generator=generator), torch.arange(60) % 4
    one, other = (logistic(x, y, 4, penalty=PENALTY) for _ in range(2))
    assert torch.equal(one.weight, other.weight)


def test_a_modality_weighs_the_same_however_large_its_features_are() -> None:
    generator = torch.Generator().manual_seed(0)
    imu, skeleton = torch.randn(40, 8, generator=generator), torch.randn(40, 8, generator=generator)
    small = {"imu": imu, "skeleton": skeleton}
    large = {"imu": 1000 * imu + 7, "skeleton": skeleton}
    names = ("imu", "skeleton")
    assert torch.allclose(Standard.of(small)(small, names), Standard.of(large)(large, names), atol=1e-4)


def test_a_test_trial_changes_no_other_row() -> None:
    generator = torch.Generator().manual_seed(0)
    train = {"imu": torch.randn(40, 8, generator=generator)}
    test = {"imu": torch.randn(10, 8, generator=generator)}
    standard = Standard.of(train)
    other = {"imu": test["imu"].clone()}
    other["imu"][5:] += 100
    assert torch.equal(standard(test, ("imu",))[:5], standard(other, ("imu",))[:5])


def test_a_feature_that_does_not_vary_stays_finite() -> None:
    features = {"imu": torch.zeros(5, 3)}
    assert bool(Standard.of(features)(features, ("imu",)).isfinite().all())
