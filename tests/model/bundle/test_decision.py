"""The latency knob goes along a tuned curve, whatever names it; and decisions hold for sets of modalities."""

from dataclasses import replace

import pytest

from hnhar.model.bundle.decision import Decision, Knot, along, contradictions, knob_of, measured_at
from hnhar.model.errors import ConfigError

EARLY = Decision(smoothing=0.0, enter=0.3, leave=0.2, minimum=0.0, subsets={"imu": Decision(enter=0.5)})
MIDDLE = Decision(smoothing=0.2, enter=0.5, leave=0.3, minimum=0.25)
LATE = Decision(smoothing=0.8, enter=0.7, leave=0.3, minimum=0.75)
CURVE = (Knot(0.0, 0.8, 0.9, EARLY), Knot(0.5, 1.2, 0.97, MIDDLE), Knot(1.0, 2.0, 0.98, LATE))


def test_the_knots_are_what_was_tuned() -> None:
    assert along(CURVE, 0.5) == replace(MIDDLE, subsets={"imu": replace(MIDDLE)})
    assert along(CURVE, 1.0) == LATE
    assert along(CURVE, 0.0) == EARLY


def test_between_knots_every_setting_is_between() -> None:
    made = along(CURVE, 0.25)
    assert made.enter == pytest.approx(0.4)
    assert made.minimum == pytest.approx(0.125)
    assert made.of(["imu"]).enter == pytest.approx(0.5)
    assert along(CURVE, 0.75).smoothing == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("text", "knob"),
    [
        ("fast", 0.0),
        ("balanced", 0.5),
        ("SURE", 1.0),
        ("0.3", 0.3),
        ("1.0s", 0.0),
        ("0.8s", 0.0),
        ("1.2s", 0.5),
        ("1.9s", 0.5),
        ("2s", 1.0),
        ("9s", 1.0),
    ],
)
def test_names_numbers_and_delays_are_places_of_the_knob(text: str, knob: float) -> None:
    assert knob_of(CURVE, text) == pytest.approx(knob)


@pytest.mark.parametrize("text", ["soon", "", "0.2s", "nans", "ss", "1.2 m"])
def test_what_is_no_place_is_refused_with_what_there_is(text: str) -> None:
    with pytest.raises(ConfigError, match=r"fast, balanced, sure|from 0\.8 to 2"):
        knob_of(CURVE, text)


def test_between_weighing_and_smoothing_is_the_nearer_of_the_two() -> None:
    weighing = replace(LATE, evidence=4.0, subsets={"imu": Decision(enter=0.9)})
    curve = (Knot(0.0, 0.8, 0.9, replace(EARLY, subsets={})), Knot(1.0, 2.0, 0.98, weighing))
    assert replace(along(curve, 0.4), subsets={}) == replace(EARLY, subsets={})
    assert replace(along(curve, 0.6), subsets={}) == replace(weighing, subsets={})
    assert along(curve, 0.5).of(["imu"]).enter == pytest.approx(0.6)


def test_what_was_measured_at_a_place_is_told() -> None:
    assert "came 1.20 s after the start (median), with an F1 of 0.97" in measured_at(CURVE, 0.5)
    assert "came 0.80 to 1.20 s after the start (median), with an F1 of 0.90 to 0.97" in measured_at(
        CURVE, 0.2
    )


@pytest.mark.parametrize("knob", [-0.1, 1.1, float("nan")])
def test_a_knob_off_its_scale_is_refused(knob: float) -> None:
    with pytest.raises(ConfigError, match="0 \\(earliest\\) to 1"):
        along(CURVE, knob)


def test_weights_without_a_curve_say_so() -> None:
    with pytest.raises(ConfigError, match="no latency curve"):
        along((), 0.5)
    with pytest.raises(ConfigError, match="no latency curve"):
        knob_of((), "1.2s")


def test_a_subset_of_modalities_has_its_own_settings_and_others_the_common_ones() -> None:
    assert EARLY.of(("imu",)).enter == 0.5
    assert EARLY.of(("skeleton", "imu")) is EARLY
    both = replace(EARLY, subsets={"imu+skeleton": MIDDLE})
    assert both.of(("skeleton", "imu")) is MIDDLE


@pytest.mark.parametrize(
    "wrong",
    [
        replace(MIDDLE, leave=0.9),
        replace(MIDDLE, minimum=-1.0),
        replace(MIDDLE, again=1e9),
        replace(MIDDLE, onset_shift=float("inf")),
        replace(MIDDLE, enter=float("nan")),
        replace(MIDDLE, subsets={"radar": MIDDLE}),
        replace(MIDDLE, subsets={"imu": replace(MIDDLE, leave=0.9)}),
        replace(MIDDLE, subsets={"imu": replace(MIDDLE, subsets={"imu": MIDDLE})}),
    ],
)
def test_what_cannot_be_is_told(wrong: Decision) -> None:
    assert contradictions(EARLY, ["imu", "skeleton"]) == []
    assert contradictions(wrong, ["imu", "skeleton"])
