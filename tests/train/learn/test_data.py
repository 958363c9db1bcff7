"""Windows are cut by the live code and carry soft targets of what was done in them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.feeds import windows_of
from hnhar.train.bundles.sessions import utd_task
from hnhar.train.corpora.utd_mhad.trials import IDLE
from hnhar.train.evaluate.evaluate import only
from hnhar.train.learn.data import cut, draw, joined, sampling_weights, soft_target
from hnhar.train.synthesis.performer import perform

LABELS = ("wave", "clap", "idle")
WAVE = Annotation(10.0, 2.0, "wave")


@pytest.mark.parametrize(
    ("end", "wave"),
    [
        (10.0, 0.0),
        (10.2, 0.0),
        (10.4, 0.5),
        (10.6, 1.0),
        (12.5, 1.0),
        (13.8, 1.0),
        (14.1, 0.5),
        (14.4, 0.0),
        (30.0, 0.0),
    ],
)
def test_a_window_is_an_action_as_far_as_it_covers_it(end: float, wave: float) -> None:
    target = soft_target([WAVE], end - 3.0, end, LABELS, "idle")
    np.testing.assert_allclose(target, [wave, 0.0, 1.0 - wave], atol=1e-5)


def test_what_goes_on_counts_sooner_than_what_is_over() -> None:
    half = [Annotation(-2.0, 3.0, "clap"), Annotation(2.4, 3.0, "wave")]
    over, begun = (soft_target([a], 0.0, 3.0, LABELS, "idle") for a in half)
    assert over[1] == pytest.approx((1 / 3 - 0.3) / 0.3, abs=1e-5)
    assert begun[0] == pytest.approx((0.2 - 0.1) / 0.2, abs=1e-5)


def test_an_action_longer_than_the_window_counts_by_the_window() -> None:
    target = soft_target([Annotation(0.0, 20.0, "clap")], 5.0, 8.0, LABELS, "idle")
    np.testing.assert_allclose(target, [0.0, 1.0, 0.0])


def test_two_short_actions_in_one_window_share_it() -> None:
    both = [Annotation(0.0, 1.0, "wave"), Annotation(1.5, 1.0, "clap")]
    np.testing.assert_allclose(soft_target(both, 0.0, 3.0, LABELS, "idle"), [0.5, 0.5, 0.0])


def test_unknown_labels_count_as_idle() -> None:
    np.testing.assert_allclose(soft_target([Annotation(0, 9, "dance")], 1, 4, LABELS, "idle"), [0, 0, 1])


def test_training_windows_are_those_that_live_would_cut() -> None:
    task = utd_task()
    recording = perform(seed=3, person=5, actions=["wave", "clap"])
    windows = cut(recording, task.modalities, task.labels, IDLE, window=3.0, hop=0.5, phase=0.13)
    live = list(windows_of(recording, task.modalities, window=3.0, hop=0.5, phase=0.13))
    assert len(windows) == len(live) > 10
    for name, tensor in windows.samples.items():
        for row, window in zip(tensor, live, strict=True):
            there = window.samples.get(name)
            assert np.array_equal(row.numpy(), np.zeros(row.shape) if there is None else there)
    torch.testing.assert_close(windows.targets.sum(dim=1), torch.ones(len(windows)))
    assert windows.targets[:, task.labels.index("wave")].max() == 1
    assert windows.targets[:, task.labels.index("clap")].max() == 1


@pytest.mark.parametrize(
    "others",
    [
        [Annotation(0.5, 1.0, "clap")],
        [Annotation(0.2 + 0.25 * k, 0.2, "clap") for k in range(12)],
        [Annotation(2.0 + k / 10, 0.05, "dance") for k in range(12)],
    ],
)
def test_targets_are_of_all_that_is_done_in_the_window_however_it_overlaps(others: list[Annotation]) -> None:
    task = utd_task()
    done = sorted([Annotation(0.0, 40.0, "wave"), *others], key=lambda a: (a.onset, a.label))
    recording = replace(perform(seed=3, person=5, actions=["throw"]), annotations=tuple(done))
    windows = cut(recording, task.modalities, task.labels, IDLE, window=3.0, hop=0.5, phase=0.13)
    live = windows_of(recording, task.modalities, window=3.0, hop=0.5, phase=0.13)
    expected = [soft_target(done, w.start, w.end, task.labels, IDLE) for w in live]
    assert np.array_equal(windows.targets.numpy(), np.array(expected))
    assert (windows.targets[:, task.labels.index("wave")] > 0).all()


def test_a_missing_modality_is_absent_not_invented() -> None:
    task = utd_task()
    recording = only(perform(seed=3, person=5, actions=["wave"]), ["imu"])
    windows = cut(recording, task.modalities, task.labels, IDLE, window=3.0, hop=0.5, phase=0.0)
    assert windows.presence[:, 0].all()
    assert not windows.presence[:, 1].any()
    assert not windows.samples["skeleton"].any()


def test_joining_keeps_every_window_in_order() -> None:
    task = utd_task()
    parts = [
        cut(
            perform(seed=s, person=s, actions=["wave"]),
            task.modalities,
            task.labels,
            IDLE,
            window=3,
            hop=1,
            phase=0,
        )
        for s in (1, 2)
    ]
    whole = joined(parts)
    assert len(whole) == sum(map(len, parts))
    assert torch.equal(whole.samples["imu"][len(parts[0]) :], parts[1].samples["imu"])
    with pytest.raises(ValueError, match="no windows"):
        joined([])


def test_draws_are_even_over_actions_with_the_wanted_share_of_idle() -> None:
    targets = torch.eye(3)[torch.tensor([0] * 10 + [1] * 40 + [2] * 950)]
    weights = sampling_weights(targets, 2, 0.4)
    drawn = (weights[:, None] * targets).sum(dim=0) / weights.sum()
    torch.testing.assert_close(drawn, torch.tensor([0.3, 0.3, 0.4]))


def test_a_batch_is_of_different_windows_that_weigh_and_smaller_where_they_are_few() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.tensor([1.0, 0.0, 2.0, 1.0])
    assert sorted(draw(weights, 128, generator).tolist()) == [0, 2, 3]
    assert len(draw(weights, 2, generator)) == 2
