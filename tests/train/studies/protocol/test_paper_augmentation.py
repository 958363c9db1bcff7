"""The paper's augmentation: what each change does and does not do."""

import pytest
import torch
from torch import Generator

from hnhar.model.encoders.skeleton import recenter_first_frame
from hnhar.train.studies.protocol import paper_augmentation
from hnhar.train.studies.protocol.paper_augmentation import augment_as_the_paper
from hnhar.train.studies.protocol.trials import Trials

BATCH, STEPS = 64, 50


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No change is made but the noise."""
    monkeypatch.setattr(paper_augmentation, "OFTEN", 0.0)


@pytest.mark.usefixtures("quiet")
def test_noise_on_the_imu_has_deviation_1_in_the_units_of_the_input() -> None:
    x = torch.zeros(BATCH, STEPS, 6)
    out = paper_augmentation.imu(x, Generator().manual_seed(0))
    assert out.std().item() == pytest.approx(1.0, abs=0.02)


@pytest.mark.usefixtures("quiet")
def test_noise_on_the_skeleton_is_a_tenth_of_the_papers_unit(trials: Trials) -> None:
    body = trials.samples["skeleton"]
    out = paper_augmentation.skeleton(body, Generator().manual_seed(0)).view(len(body), STEPS, 20, 3)
    assert (out - recenter_first_frame(body)).std().item() == pytest.approx(0.1, abs=0.002)


def test_a_permutation_of_the_imu_moves_pieces_of_time_and_not_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paper_augmentation, "OFTEN", 1.0)
    for seed in range(20):
        order = paper_augmentation._permutation(STEPS, Generator().manual_seed(seed))
        assert order.sort().values.tolist() == list(range(STEPS))
        assert int((order.diff() != 1).sum()) < paper_augmentation.SEGMENTS


def test_a_shuffle_exchanges_channels_and_no_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_augmentation, "SEGMENTS", 1)
    x = 1000.0 * torch.arange(1, 7).float().expand(BATCH, STEPS, 6)
    out = paper_augmentation.imu(x, Generator().manual_seed(3))
    # each channel of the result is one channel of the input, of another size, with noise of deviation 1
    assert out.std(dim=1).max().item() < 5.0
    assert len({tuple(row.argsort().tolist()) for row in out.abs().mean(dim=1)}) > 10


def test_cropping_a_ramp_leaves_a_ramp_of_less_height() -> None:
    ramp = torch.linspace(0, 1, STEPS)[None, :, None, None].expand(BATCH, STEPS, 20, 3)
    height = paper_augmentation._cropped(ramp, Generator().manual_seed(0))[:, :, 0, 0]
    rise = height[:, -1] - height[:, 0]
    assert 0.8 - 1e-5 <= rise.min().item() <= rise.max().item() <= 0.9 + 1e-5
    assert torch.allclose(height.diff(dim=1), rise[:, None] / (STEPS - 1), atol=1e-5)


def test_it_repeats_to_the_bit_and_leaves_its_input(trials: Trials) -> None:
    before = {name: values.clone() for name, values in trials.samples.items()}
    one, other = (augment_as_the_paper(trials.samples, Generator().manual_seed(7)) for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in before)
    assert all(torch.equal(trials.samples[name], before[name]) for name in before)
