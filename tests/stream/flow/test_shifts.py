"""Markers follow the streams of their sender where the stamps of those could not be true."""

import numpy as np
import pytest

from hnhar.stream.flow.shifts import MOST, Shifts, moved
from hnhar.stream.flow.timeline import Timeline


def shifted(*changes: tuple[float, float]) -> Shifts:
    made = Shifts()
    for arrived, by in changes:
        made.note(arrived, by)
    return made


def test_markers_of_a_fast_replay_are_moved_as_its_samples_were() -> None:
    timeline, shifts = Timeline(), Shifts()
    # twice as fast, heard from its 20th second on: 20 s ahead of the clock, and ever more
    for number in range(200):
        arrived = 1000.0 + 0.02 * number
        stamps = np.array([1020.0 + 0.04 * number])
        placed = timeline.place(stamps, arrived, began=number == 0)
        shifts.note(arrived, timeline.shift)
        marker = moved(float(stamps[0]), arrived, [shifts])
        assert marker == pytest.approx(float(placed.times[0]), abs=0.06)


def test_markers_with_a_clock_of_their_own_stay_where_they_are() -> None:
    unix = shifted((10.0, -1.7e9))
    assert moved(9.99, 10.0, [unix]) == 9.99
    assert moved(1.7e9 + 9.99, 10.0, [unix]) == pytest.approx(9.99)
    assert moved(9.99, 10.0, []) == 9.99


def test_a_marker_goes_with_the_shift_of_its_time_and_the_first_ones_with_the_first() -> None:
    shifts = shifted((10.0, -5.0), (20.0, -50.0))
    assert moved(14.0, 9.0, [shifts]) == 9.0
    assert moved(24.0, 19.0, [shifts]) == 19.0
    assert moved(80.0, 30.0, [shifts]) == 30.0


def test_trusted_stamps_and_small_changes_are_not_noted_and_the_rest_is_bounded() -> None:
    assert not shifted((10.0, 0.0), (20.0, 0.01)).any
    long = shifted(*((float(n), float(n + 1)) for n in range(3 * MOST)))
    assert len(long._by) <= MOST
    for arrived in (0.0, MOST, 2.5 * MOST, 1e9):
        assert long.at(arrived)[0] == pytest.approx(min(arrived, 3.0 * MOST) + 1, abs=6.5)


def test_the_connections_of_a_stream_have_each_its_own_shift() -> None:
    stream = Shifts()
    for begun, by in ((10.0, 0.0), (20.0, -50.0), (30.0, 0.0), (40.0, -7.0)):
        connection = Shifts()
        connection.note(begun, 0.0)
        if by:
            connection.note(begun + 6.0, by)
        stream.follow(connection)
    stream.follow(Shifts())  # it gave no sample
    assert moved(62.0, 12.0, [stream]) == 12.0  # heard before the streams of its sender
    assert moved(72.0, 22.0, [stream]) == 22.0
    assert moved(73.0, 29.0, [stream]) == 23.0
    assert moved(31.9, 32.0, [stream]) == 31.9
    assert moved(49.0, 42.0, [stream]) == 42.0
    for number in range(5 * MOST):
        again = Shifts()
        again.note(50.0 + number, float(number % 2))
        stream.follow(again)
    assert len(stream._by) <= MOST
