"""Two sensors with stamps of their own as rows of both."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.stream.phone.merge import HOLD, Merge
from hnhar.stream.phone.readings import ACC, GYRO, Readings


def of(sensor: str, times: object, slope: float = 1.0) -> Readings:
    stamps = np.asarray(times, np.float64)
    return Readings(sensor, stamps, np.repeat(slope * stamps[:, None], 3, axis=1))


def test_the_second_sensor_is_interpolated_to_the_stamps_of_the_first_and_waited_for() -> None:
    merge = Merge((ACC, GYRO))
    merge.add(of(ACC, [1.0, 1.02, 1.04]))
    merge.add(of(GYRO, [0.99, 1.01, 1.03], 10.0))
    times, rows = merge.rows()
    assert times.tolist() == [1.0, 1.02]
    assert np.allclose(rows, [[t] * 3 + [10 * t] * 3 for t in (1.0, 1.02)])
    merge.add(of(GYRO, [1.05], 10.0))
    times, rows = merge.rows()
    assert np.allclose(rows, [[1.04] * 3 + [10.4] * 3])


def test_a_second_sensor_that_falls_silent_holds_nothing_up_and_is_missing() -> None:
    merge = Merge((ACC, GYRO))
    merge.add(of(GYRO, [1.0]))
    merge.add(of(ACC, 1.0 + np.arange(100) / 50))
    times, rows = merge.rows()
    assert times[-1] >= 1.0 + 99 / 50 - HOLD - 0.02
    assert np.isfinite(rows[:, :3]).all()
    assert np.isfinite(rows[0]).all()
    assert np.isnan(rows[1:, 3:]).all()


def test_a_hole_in_the_second_sensor_is_not_bridged() -> None:
    merge = Merge((ACC, GYRO))
    merge.add(of(GYRO, [1.0, 2.0]))
    merge.add(of(ACC, [1.0, 1.5, 2.0]))
    _, rows = merge.rows()
    assert np.isfinite(rows[[0, 2]]).all()
    assert np.isnan(rows[1, 3:]).all()


def test_readings_that_are_sent_again_are_given_once_and_counted() -> None:
    merge = Merge((ACC,))
    merge.add(of(ACC, [1.0, 1.1]))
    merge.add(of(ACC, [1.0, 1.1, 1.2]))
    assert merge.rows()[0].tolist() == [1.0, 1.1, 1.2]
    assert merge.repeated == 2


def test_a_clock_that_is_set_back_begins_anew() -> None:
    merge = Merge((ACC, GYRO))
    merge.add(of(ACC, [1000.0]))
    merge.add(of(GYRO, [1000.0]))
    merge.rows()
    merge.add(of(ACC, [10.0, 10.1]))
    merge.add(of(GYRO, [10.0, 10.2]))
    assert merge.rows()[0].tolist() == [10.0, 10.1]


@given(cuts=st.lists(st.integers(1, 40), max_size=8), seed=st.integers(0, 99))
def test_rows_do_not_depend_on_how_readings_are_split_into_messages(cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sensors = {
        ACC: of(ACC, np.sort(rng.uniform(0, 0.8, 40))),
        GYRO: of(GYRO, np.append(np.sort(rng.uniform(0, 0.8, 40)), 0.9)),
    }
    whole = Merge((ACC, GYRO))
    for readings in sensors.values():
        whole.add(readings)
    expected = whole.rows()
    split = Merge((ACC, GYRO))
    found = []
    places = sorted({0, *cuts, 60})
    for begin, end in pairwise(places):
        for sensor, readings in sensors.items():
            split.add(Readings(sensor, readings.times[begin:end], readings.values[begin:end]))
        found.append(split.rows())
    times = np.concatenate([t for t, _ in found])
    assert np.array_equal(times, expected[0])
    rows = np.concatenate([r for _, r in found])
    both = np.isfinite(rows).all(axis=1) & np.isfinite(expected[1]).all(axis=1)
    assert np.allclose(rows[both], expected[1][both])


@pytest.mark.parametrize("sensors", [(ACC,), (ACC, GYRO)])
def test_what_waits_is_bounded(sensors: tuple[str, ...]) -> None:
    merge = Merge(sensors)
    for k in range(20):
        merge.add(of(ACC, 0.1 * k + np.arange(1000) / 1e4 + 1e-5))
    assert len(merge.rows()[0]) + merge.lost <= 20_000
    assert merge.lost == 20_000 - 8192
