"""What is believed follows Bayes' rule, is the same whatever the hop, and forgives a window that is wrong."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.model.bundle.decision import Decision
from hnhar.stream.decide.belief import FLOOR, averaged, filtered

LABELS = ("wave", "clap", "throw", "idle")
SETTINGS = Decision(evidence=4.0, begins=0.4, ends=0.12)
RESTING = dict(zip(LABELS, (0.01, 0.01, 0.01, 0.97), strict=True))
SHARES = st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda v: sum(v) > 0.01)


def shares(values: list[float]) -> dict[str, float]:
    return {label: value / sum(values) for label, value in zip(LABELS, values, strict=True)}


def seen(wave: float) -> dict[str, float]:
    return {"wave": wave, "clap": 0.0, "throw": 0.0, "idle": 1.0 - wave}


def test_a_step_is_the_forward_step_of_a_hidden_markov_model() -> None:
    before, now = shares([3, 1, 2, 4]), shares([5, 1, 1, 3])
    step = 0.25
    ends, begins = 1 - np.exp(-0.12 * step), 1 - np.exp(-0.4 * step)
    transition = np.diag([1 - ends] * 3 + [1 - begins])
    transition[:3, 3] = ends
    transition[3, :3] = begins / 3
    expected = (np.array(list(before.values())) @ transition) * np.array(list(now.values())) ** (4 * step)
    made = filtered(before, now, "idle", SETTINGS, step)
    np.testing.assert_allclose(list(made.values()), expected / expected.sum())


@given(SHARES, SHARES, st.floats(0.01, 3.0), st.sampled_from(["idle", ""]), st.floats(0.01, 60.0))
def test_it_adds_up_to_one(
    before: list[float], now: list[float], step: float, idle: str, evidence: float
) -> None:
    settings = Decision(evidence=evidence)
    made = filtered(shares(before), shares(now), idle, settings, step)
    assert sum(made.values()) == pytest.approx(1.0)
    assert all(0 <= value <= 1 for value in made.values())


def test_what_lasts_is_believed_alike_whatever_the_hop() -> None:
    told = []
    for hop in (0.125, 0.25, 0.5):
        belief = dict(RESTING)
        for _ in range(round(2.0 / hop)):
            belief = filtered(belief, seen(0.6), "idle", SETTINGS, hop)
        told.append(belief["wave"])
    assert max(told) - min(told) < 0.05
    assert told[0] > 0.6


@given(st.floats(0.5, 3.0))
def test_one_window_after_a_gap_decides_nothing(gap: float) -> None:
    wrist = Decision(evidence=5.6)
    resting = {**{f"action {k}": 0.001 for k in range(20)}, "wave": 0.001, "idle": 0.979}
    now = {**dict.fromkeys(resting, 0.0), "wave": 0.7, "idle": 0.3}
    made = filtered(resting, now, "idle", wrist, gap)
    assert made["wave"] < 0.6
    # what is seen again and again does
    for _ in range(4):
        made = filtered(made, now, "idle", wrist, 0.25)
    assert made["wave"] > 0.9


def test_agreeing_windows_say_more_than_one_and_a_contrary_one_does_not_undo_them() -> None:
    belief, rising = dict(RESTING), []
    for _ in range(6):
        belief = filtered(belief, seen(0.8), "idle", SETTINGS, 0.25)
        rising.append(belief["wave"])
    assert all(a < b for a, b in pairwise(rising))
    assert rising[0] < 0.5
    assert rising[-1] > 0.95
    assert filtered(belief, seen(0.3), "idle", SETTINGS, 0.25)["wave"] > 0.8


def test_no_window_is_certain_enough_to_rule_out_the_rest() -> None:
    certain = {"wave": 1.0, "clap": 0.0, "throw": 0.0, "idle": 0.0}
    made = filtered(shares([0, 0, 1, 0]), certain, "idle", SETTINGS, 0.25)
    assert made["throw"] > FLOOR
    back = filtered(made, {"wave": 0.0, "clap": 0.0, "throw": 1.0, "idle": 0.0}, "idle", SETTINGS, 0.25)
    assert back["throw"] > 0.5


def test_what_could_never_begin_is_taken_from_the_window() -> None:
    never = Decision(evidence=4.0, begins=0.0, ends=0.0)
    now = seen(1.0)
    assert filtered({"wave": 0.0, "idle": 1.0}, now, "idle", never, 0.25)["idle"] == 1.0
    assert filtered(dict.fromkeys(LABELS, 0.0), now, "idle", never, 0.25) == now


def test_an_exponential_mean_has_its_time_constant() -> None:
    made = averaged(seen(0.0), seen(0.9), 0.5, 1.0)
    assert made["wave"] == pytest.approx(0.9 * (1 - np.exp(-2.0)))
    assert averaged(seen(0.0), seen(0.9), 0.0, 1.0) == seen(0.9)
