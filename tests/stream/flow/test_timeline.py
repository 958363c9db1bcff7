"""Samples on the common clock: what is old, what is of another clock, what drifts."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.stream.flow.timeline import LIFESPAN, Placed, Timeline

RATE = 50.0


def true_times(start: float, end: float) -> NDArray[np.float64]:
    return start + np.arange(round((end - start) * RATE)) / RATE


class Fed:
    """A timeline and what it made of every sample."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.true: list[float] = []
        self.placed: list[float] = []
        self.expired = 0
        self.moves = 0
        self.drifting = 0
        self._began = True

    def give(
        self, true: NDArray[np.float64], stamps: NDArray[np.float64], arrived: float, **more: bool
    ) -> Placed:
        made = self.timeline.place(stamps, arrived, began=self._began, **more)
        self._began = False
        self.true += true[made.expired :].tolist()
        self.placed += made.times.tolist()
        self.expired += made.expired
        self.moves += made.moved
        self.drifting += len(made.times) if made.drifting else 0
        return made

    def stream(
        self,
        start: float,
        end: float,
        *,
        offset: float = 0.0,
        pace: float = 1.0,
        delay: float = 0.004,
        size: int = 1,
    ) -> None:
        """Samples that arrive in chunks of `size`, stamped by a clock that runs at `pace`."""
        true = true_times(start, end)
        for at in range(0, len(true), size):
            part = true[at : at + size]
            self.give(part, offset + 100.0 + (part - 100.0) * pace, float(part[-1]) + delay)

    def errors(self) -> NDArray[np.float64]:
        return np.array(self.placed) - np.array(self.true)


@pytest.mark.parametrize("size", [1, 10, 50])
def test_stamps_that_can_be_true_are_left_as_they_are(size: int) -> None:
    fed = Fed()
    fed.stream(100, 130, size=size, delay=0.15)
    assert np.abs(fed.errors()).max() == 0.0
    assert (fed.expired, fed.moves, fed.timeline.fault) == (0, 0, "")


@pytest.mark.parametrize("late", [2.1, 2.5, 30.0])
@pytest.mark.parametrize("size", [1, 10])
def test_stamps_that_came_late_at_first_are_believed_once_they_come_in_time(late: float, size: int) -> None:
    """A machine that is busy at first: they would be moved into the future for minutes."""
    fed = Fed()
    first = true_times(100, 100.2)
    fed.give(first, first, 100.2 + late)
    assert "behind LSL's clock" in fed.timeline.fault
    fed.stream(100.2 + late, 106 + late, size=size)
    assert fed.timeline.shift == 0.0
    assert (fed.moves, fed.timeline.fault) == (1, "")
    before = len(fed.placed)
    fed.stream(106 + late, 110 + late, size=size)
    assert np.abs(fed.errors()[before:]).max() == 0.0


def test_a_clock_that_cannot_be_asked_is_not_believed_though_its_stamps_could_be_true() -> None:
    fed = Fed()
    for at in range(0, 1000, 10):
        part = 100 + np.arange(at, at + 10) / RATE
        fed.give(part, part - 1.0, float(part[-1]) + 0.004, by_arrival=True)
    assert fed.moves == 0
    assert "arrival times stand in for its clock" in fed.timeline.fault


@pytest.mark.parametrize("outage", [1.0, 3.0, 60.0])
def test_a_backlog_is_dropped_but_for_its_last_two_seconds(outage: float) -> None:
    fed = Fed()
    fed.stream(100, 110)
    late = true_times(110, 110 + outage)
    for at in range(0, len(late), 512):
        fed.give(late[at : at + 512], late[at : at + 512], 110 + outage + 0.01)
    fed.stream(110 + outage + 0.02, 120 + outage)
    assert fed.expired == pytest.approx(max(outage - LIFESPAN, 0) * RATE, abs=2)
    assert np.abs(fed.errors()).max() == 0.0
    assert (fed.moves, fed.timeline.fault) == (0, "")


@pytest.mark.parametrize("offset", [1.79e9, -90.0, 3.0, -5.0, 0.2])
def test_stamps_of_another_clock_give_way_to_arrival_and_it_is_said(offset: float) -> None:
    fed = Fed()
    fed.stream(100, 112, offset=offset, delay=0.005)
    assert "arrival times stand in" in fed.timeline.fault
    assert np.abs(fed.errors()[300:]).max() < 0.02
    assert (np.diff(fed.placed)[300:] > 0).all()


def test_an_unknown_offset_is_replaced_by_the_shortest_delay_seen() -> None:
    fed = Fed()
    rng = np.random.default_rng(0)
    for true in true_times(100, 110):
        made = np.array([true])
        fed.give(made, made - 4321.0, float(true) + 0.003 + float(rng.exponential(0.01)), by_arrival=True)
    assert "time service" in fed.timeline.fault
    assert np.abs(fed.errors()[60:]).max() < 0.02


@pytest.mark.parametrize("pace", [1.0001, 0.9999])
def test_a_crystals_drift_is_no_fault_and_stays_within_20_ms_of_arrival(pace: float) -> None:
    fed = Fed()
    true = true_times(100, 400)
    for at in range(0, len(true), 5):
        part = true[at : at + 5]
        stamps = 100 + (part - 100) * pace - 4000
        fed.give(part, stamps, float(part[-1]) + 0.004, by_arrival=True)
    assert np.abs(fed.errors()[100:]).max() < 0.02
    assert fed.drifting == 0


@pytest.mark.parametrize("pace", [1.1, 0.9])
def test_time_that_runs_ten_percent_wrong_is_said_and_its_samples_count_as_missing(pace: float) -> None:
    fed = Fed()
    fed.stream(100, 130, pace=pace)
    assert "gain" in fed.timeline.fault
    assert fed.drifting > 20 * RATE


@pytest.mark.parametrize("pace", [1.1, 0.9, 1.07])
def test_it_is_said_within_three_seconds_where_samples_come_singly(pace: float) -> None:
    for late in np.linspace(0.0, 0.9, 7):
        fed = Fed()
        fed.stream(100 + late, 103 + late, pace=pace)
        assert "gain" in fed.timeline.fault


@pytest.mark.parametrize(("shortest", "longest"), [(0.05, 0.3), (0.1, 0.6), (0.48, 0.48), (0.9, 1.1)])
def test_arrival_in_bursts_as_of_bluetooth_is_never_taken_for_a_wrong_clock(
    shortest: float, longest: float
) -> None:
    rng = np.random.default_rng(3)
    for _ in range(150):
        fed = Fed()
        true = true_times(100 + float(rng.uniform()), 108)
        arrival, at = float(true[0]), 0
        while at < len(true):
            arrival += float(rng.uniform(shortest, longest))
            end = int(np.searchsorted(true, arrival))
            if end > at:
                fed.give(true[at:end], true[at:end], arrival + float(rng.exponential(0.01)))
                assert fed.timeline.fault == ""
            at = end
        assert fed.drifting == 0


@pytest.mark.parametrize("pace", [4.0, 2.0, 0.5])
def test_a_recording_played_at_another_speed_is_left_as_it_is_and_said(pace: float) -> None:
    fed = Fed()
    fed.stream(100, 130, pace=pace)
    assert f"run at {pace:g} times" in fed.timeline.fault
    assert (fed.drifting, fed.expired, fed.moves) == (0, 0, 0)
    np.testing.assert_allclose(np.diff(fed.placed), pace / RATE, rtol=1e-6)


def test_stamps_far_behind_become_a_segment_of_their_own_once_a_backlog_would_be_over() -> None:
    fed = Fed()
    fed.stream(100, 110)
    fed.stream(110, 120, offset=-30.0)
    assert fed.moves == 1
    assert np.abs(fed.errors()[-200:]).max() < 0.02
