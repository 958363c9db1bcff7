"""Schedules of any length, and batches from few windows."""

import pytest
import torch

from hnhar.train.learn.schedule import draw, one_cycle


@pytest.mark.parametrize("steps", [1, 2, 4, 5, 6, 10, 100])
def test_the_rate_rises_and_falls_within_any_number_of_steps(steps: int) -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.AdamW([parameter], lr=1.0)
    schedule = one_cycle(optimizer, 0.01, steps)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            schedule.step()
    assert all(0 < rate <= 0.01 + 1e-12 for rate in rates)
    if steps >= 10:
        assert max(rates) == pytest.approx(0.01)
        assert rates[-1] < rates[0] < max(rates)


def test_a_batch_is_of_different_windows_that_weigh_and_smaller_where_they_are_few() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.tensor([1.0, 0.0, 2.0, 1.0])
    assert sorted(draw(weights, 128, generator).tolist()) == [0, 2, 3]
    assert len(draw(weights, 2, generator)) == 2
