"""One optimizer: schedules of any length, clipped gradients, rates of its parts."""

import pytest
import torch

from hnhar.train.learn.optimize import CLIP, Cycle, Optimizer


def optimizer(steps: int, cycle: Cycle, *rates: float) -> tuple[Optimizer, list[torch.nn.Parameter]]:
    parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in rates or (1.0,)]
    parts = [([parameter], rate) for parameter, rate in zip(parameters, rates or (1.0,), strict=True)]
    return Optimizer(parts, learning_rate=0.01, weight_decay=0.0, steps=steps, cycle=cycle), parameters


@pytest.mark.parametrize("cycle", ["rate and momentum", "rate"])
@pytest.mark.parametrize("steps", [1, 2, 4, 5, 6, 10, 100])
def test_the_rate_rises_and_falls_within_any_number_of_steps(steps: int, cycle: Cycle) -> None:
    made, [parameter] = optimizer(steps, cycle)
    rates = []
    for step in range(steps):
        rates.append(made.rate)
        if step < steps - 1:
            made.step(parameter.sum())
    assert all(0 < rate <= 0.01 + 1e-12 for rate in rates)
    if steps >= 10:
        assert max(rates) == pytest.approx(0.01, rel=0.02)
        assert rates[0] < max(rates)
        assert rates[-1] < max(rates) / 10


def test_momentum_goes_round_only_where_it_is_asked_for() -> None:
    for cycle, fewest in (("rate and momentum", 0.85), ("rate", 0.9)):
        made, [parameter] = optimizer(20, cycle)  # type: ignore[arg-type]
        seen = []
        for _ in range(20):
            seen.append(made.adamw.param_groups[0]["betas"][0])
            made.step(parameter.sum())
        assert min(seen) == pytest.approx(fewest, abs=1e-3)


def test_parts_have_rates_in_units_of_the_whole() -> None:
    made, _ = optimizer(10, "rate", 1.0, 0.25)
    first, second = (group["lr"] for group in made.adamw.param_groups)
    assert second == pytest.approx(first / 4)


def test_a_gradient_longer_than_the_limit_is_clipped() -> None:
    made, [parameter] = optimizer(10, "rate")
    made.step(1000 * parameter.sum())
    assert parameter.grad is not None
    assert parameter.grad.norm().item() == pytest.approx(CLIP, rel=1e-4)
