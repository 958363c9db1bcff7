"""Who is left out of which training, and what several of them say is put together."""

from dataclasses import replace

import pytest
import torch

from hnhar.train import settle
from hnhar.train.calibrate import best_temperature, temperatures
from hnhar.train.data import WindowSet
from hnhar.train.recipe import recipe

PLAN = replace(recipe("quick", "wrist"), held_out=(1, 3), held_out_persons=1)


def marked(value: float, count: int = 4) -> WindowSet:
    """Windows that say by their values whose they are."""
    return WindowSet(
        {"imu": torch.full((count, 2, 6), value)},
        torch.ones((count, 1), dtype=torch.bool),
        torch.ones((count, 1)),
    )


def values(windows: WindowSet) -> set[float]:
    return set(windows.samples["imu"].unique().tolist())


def test_each_subject_is_left_out_once_and_the_last_performers_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settle, "real_session", lambda trials, subject, seed: (subject, seed))
    people = {"s1": marked(1), "s3": marked(3), "p0": marked(10), "p1": marked(11)}
    first, second = settle.folds(PLAN, people, [])
    assert (first.who, second.who) == ("subject 1", "subject 3")
    assert (values(first.rest), values(first.held)) == ({3.0, 10.0}, {1.0})
    assert (values(second.rest), values(second.held)) == ({1.0, 10.0}, {3.0})
    assert list(second.sessions) == [(3, seed) for seed in settle.COMPOSITIONS]


def test_without_subjects_the_last_performers_are_left_out() -> None:
    (only,) = settle.folds(PLAN, {"p0": marked(10), "p1": marked(11), "p2": marked(12)}, [])
    assert (values(only.rest), values(only.held)) == ({10.0, 11.0}, {12.0})
    assert [session.wearer for session in only.sessions] == ["synthetic-2"]


def test_one_temperature_is_set_on_all_that_was_said() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = [4 * torch.randn((2000, 5), generator=generator) for _ in range(2)]
    targets = [(x / t).softmax(dim=1) for x, t in zip(logits, (1.0, 2.0), strict=True)]
    told = [{"imu": (x, y)} for x, y in zip(logits, targets, strict=True)]
    found = temperatures([*told, {"skeleton": told[0]["imu"]}])
    assert found["imu"] == best_temperature(torch.cat(logits), torch.cat(targets))
    assert best_temperature(*told[0]["imu"]) < found["imu"] < best_temperature(*told[1]["imu"])
    assert found["skeleton"] == best_temperature(*told[0]["imu"])
