"""A user turns the latency knob, or sets what the decision stage does, and hears what cannot be."""

from dataclasses import fields, replace

import pytest

from hnhar.model.bundle.bundle import DEFAULT, BundleInfo, find, read_info
from hnhar.model.bundle.decision import Decision, Knot
from hnhar.model.errors import ConfigError
from hnhar.stream.decide.settings import Overrides, settings

EARLY, LATE = Decision(enter=0.3, leave=0.2), Decision(enter=0.7, subsets={"imu": Decision(enter=0.9)})


def info() -> BundleInfo:
    own = Decision(enter=0.55, subsets={"imu": Decision(enter=0.8)})
    curve = (Knot(0.0, 0.8, 0.9, EARLY), Knot(1.0, 2.0, 0.98, LATE))
    return replace(read_info(find(DEFAULT)), decision=own, latency=curve)


def test_nothing_said_is_the_bundles_own() -> None:
    assert settings(info()) == info().decision


def test_the_knob_is_turned_along_the_bundles_curve() -> None:
    assert settings(info(), "sure") == LATE
    assert settings(info(), "balanced").enter == pytest.approx(0.5)


def test_a_setting_of_the_user_holds_for_every_set_of_modalities() -> None:
    made = settings(info(), "sure", Overrides(leave=0.1, minimum=1.5))
    assert (made.leave, made.minimum, made.enter) == (0.1, 1.5, 0.7)
    assert (made.of(["imu"]).leave, made.of(["imu"]).minimum, made.of(["imu"]).enter) == (0.1, 1.5, 0.9)


def test_what_contradicts_itself_or_has_no_curve_is_refused() -> None:
    with pytest.raises(ConfigError, match="contradict"):
        settings(info(), None, Overrides(enter=0.2))
    with pytest.raises(ConfigError, match="no latency curve"):
        settings(replace(info(), latency=()), "fast")


def test_smoothing_is_not_set_where_it_would_do_nothing() -> None:
    weighing = replace(info(), decision=Decision(evidence=2.0))
    with pytest.raises(ConfigError, match="evidence = 0"):
        settings(weighing, None, Overrides(smoothing=0.3))
    alone = replace(info(), decision=Decision(subsets={"imu": Decision(evidence=2.0)}))
    with pytest.raises(ConfigError, match="evidence = 0"):
        settings(alone, None, Overrides(smoothing=0.3))
    made = settings(weighing, None, Overrides(smoothing=0.3, evidence=0.0))
    assert (made.smoothing, made.evidence) == (0.3, 0.0)
    assert settings(weighing, None, Overrides(evidence=4.0)).evidence == 4.0


def test_every_setting_of_a_bundle_can_be_set_by_a_user() -> None:
    settings_of_a_bundle = {field.name for field in fields(Decision)} - {"subsets"}
    assert settings_of_a_bundle == set(Overrides.__struct_fields__)
