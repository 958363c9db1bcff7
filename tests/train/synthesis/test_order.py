"""When a composed session does what: pauses as people make them, and an order that people can do."""

import itertools

import numpy as np
import pytest

from hnhar.train.corpora.utd_mhad.trials import UtdTrial
from hnhar.train.synthesis.compose.order import Pauses, shuffled


def trial(label: str, number: int = 1) -> UtdTrial:
    none = np.zeros((0, 6), np.float32)
    return UtdTrial(1, 22, number, label, none, np.zeros((0, 60), np.float32), 20.0)


def test_pauses_have_the_median_and_stay_within_their_bounds() -> None:
    drawn = Pauses().draw(np.random.default_rng(0), 20_000)
    assert np.median(drawn) == pytest.approx(5.75, rel=0.02)
    assert drawn.min() > 1.9
    assert drawn.max() == 28.0
    # the 99th percentile is where they are cut
    assert float((drawn == 28.0).mean()) == pytest.approx(0.01, abs=0.006)


def test_pauses_of_a_seed_are_the_same_and_none_are_drawn_for_none() -> None:
    one, two = (Pauses().draw(np.random.default_rng(7), 9) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert Pauses().draw(np.random.default_rng(7), 0).shape == (0,)


@pytest.mark.parametrize("seed", range(20))
def test_whoever_sat_down_stands_up_next(seed: int) -> None:
    labels = [*["stand_to_sit"] * 4, *["sit_to_stand"] * 4, *["jog"] * 4, *["squat"] * 4]
    trials = [trial(label, number) for number, label in enumerate(labels)]
    order = shuffled(trials, np.random.default_rng(seed))
    assert sorted(t.trial for t in order) == list(range(16))
    for before, after in itertools.pairwise(order):
        assert (before.label == "stand_to_sit") == (after.label == "sit_to_stand")


@pytest.mark.parametrize(("sits", "rises"), [(3, 1), (1, 3), (0, 2), (2, 0)])
def test_every_trial_is_there_once_also_without_a_partner(sits: int, rises: int) -> None:
    trials = [trial("stand_to_sit", k) for k in range(sits)]
    trials += [trial("sit_to_stand", 10 + k) for k in range(rises)]
    order = shuffled(trials, np.random.default_rng(0))
    assert sorted(t.trial for t in order) == sorted(t.trial for t in trials)


def test_the_order_is_another_for_another_seed() -> None:
    trials = [trial("jog", number) for number in range(12)]
    orders = {tuple(t.trial for t in shuffled(trials, np.random.default_rng(seed))) for seed in range(5)}
    assert len(orders) == 5
