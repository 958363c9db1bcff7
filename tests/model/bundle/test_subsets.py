"""Subsets of modalities: which are measured, and which of these stands for another."""

from dataclasses import replace

import pytest

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.bundle.novelty import Novelty
from hnhar.model.bundle.subsets import calibrated_subsets, nearest_key, subset_key
from hnhar.model.kinds.imu import IMU

FIVE = ("ankle", "neck", "pocket", "waist", "wrist")


def test_of_five_sensors_eleven_subsets_are_measured() -> None:
    found = calibrated_subsets(FIVE)
    assert found[0] == FIVE
    assert len(set(found)) == len(found) == 11
    assert {len(subset) for subset in found} == {1, 4, 5}


@pytest.mark.parametrize(("count", "subsets"), [(1, 1), (2, 3), (3, 7)])
def test_of_up_to_three_sensors_every_subset_is_measured(count: int, subsets: int) -> None:
    assert len(calibrated_subsets(FIVE[:count])) == subsets == 2**count - 1


@pytest.mark.parametrize(
    ("present", "key"),
    [
        (("ankle", "neck"), "ankle"),
        (("ankle", "neck", "waist"), "ankle+neck+pocket+waist"),
        (("ankle", "neck", "pocket", "waist"), "ankle+neck+pocket+waist"),
        (("elbow",), None),
    ],
)
def test_the_nearest_measured_subset_stands_for_another(present: tuple[str, ...], key: str | None) -> None:
    assert nearest_key(present, [subset_key(subset) for subset in calibrated_subsets(FIVE)]) == key


def info_of(*places: str) -> BundleInfo:
    modalities = tuple(IMU.at(place) for place in places)
    keys = [subset_key(subset) for subset in calibrated_subsets([m.name for m in modalities])]
    info = BundleInfo("many", modalities, 3.0, 0.25, ("walk", "idle"), "idle", "", {})
    return replace(
        info,
        temperatures={key: 1.0 + n for n, key in enumerate(keys)},
        novelty={key: Novelty(float(n), 0.02) for n, key in enumerate(keys)},
        decision=Decision(subsets={key: Decision(enter=0.5 + n / 100) for n, key in enumerate(keys) if n}),
    )


def test_settings_of_a_subset_that_was_not_measured_are_those_of_the_nearest() -> None:
    info = info_of(*FIVE)
    present = {"imu.ankle", "imu.neck", "imu.waist"}
    nearest = {*present, "imu.pocket"}
    assert info.temperature(present) == info.temperature(nearest) != 1.0
    assert info.unknown_of(present) == info.unknown_of(nearest) is not None
    assert info.decision.of(present) == info.decision.of(nearest)
    assert info.decision.of([m.name for m in info.modalities]) is info.decision


def test_two_modalities_are_decided_as_before() -> None:
    both = Decision(subsets={"imu": Decision(enter=0.9)})
    assert both.of(("imu",)).enter == 0.9
    assert both.of(("skeleton",)) is both.of(("imu", "skeleton")) is both
    assert replace(info_of("hip", "wrist"), temperatures={"imu.hip": 2.0}).temperature({"imu.wrist"}) == 1.0
