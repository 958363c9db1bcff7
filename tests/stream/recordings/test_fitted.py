"""Stamps of recordings go through the stages of live ones, and come out as fit."""

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.arrivals import arrivals
from hnhar.stream.recordings.fitted import FittedSamples, fit
from hnhar.stream.recordings.recording import RecordedStream
from hnhar.stream.recordings.repairs import repairs

PERIOD = 0.02
DESCRIPTION = StreamDescription("Watch", "IMU", "", ("",) * 6, ("",) * 6, 0.0)
Times = NDArray[np.float64]


def regular(n: int = 1000) -> Times:
    return 1000 + np.arange(n) * PERIOD


def made(times: Times, rate: float = 0.0) -> FittedSamples:
    return fit(np.arange(len(times), dtype=np.float32)[:, None], times, rate)


def errors(found: FittedSamples, true: Times) -> Times:
    """Distance of each kept sample from its true time, but for a constant, s."""
    off = found.times - true[found.rows]
    return np.asarray(np.abs(off - np.median(off)))


def test_regular_stamps_stay_as_they_are() -> None:
    found = made(regular())
    np.testing.assert_array_equal(found.times, regular())
    assert found.report.counts.dropped == found.report.counts.repeated == 0


@pytest.mark.parametrize("size", [2, 3, 5, 6, 12, 25, 50])
@pytest.mark.parametrize("rate", [0.0, 50.0])
def test_bursts_of_any_size_are_spread_over_their_time(size: int, rate: float) -> None:
    true = regular(1200)
    found = made(true[(np.arange(1200) // size) * size + size - 1], rate)
    assert len(found.times) == 1200
    assert errors(found, true).max() < 1e-6
    assert found.report.counts.gaps == 0
    assert found.report.counts.repeated >= 1200 * (size - 1) // size - size


@pytest.mark.parametrize("tick", [0.0156, 0.05, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("cut", [np.floor, np.round])
def test_coarse_stamps_are_spread(tick: float, cut) -> None:  # type: ignore[no-untyped-def]
    true = regular() + 0.003
    found = made(cut(true / tick) * tick)
    assert len(found.times) == 1000
    assert errors(found, true).max() < 0.04 + tick / 2
    assert np.quantile(errors(found, true), 0.9) < 0.02


def test_bursts_of_varying_size_whose_stamps_come_late_are_spread() -> None:
    rng, true = np.random.default_rng(1), regular()
    ends = np.cumsum(rng.integers(2, 10, 300))
    ends = np.append(ends[ends < 1000], 1000)
    burst = np.searchsorted(ends, np.arange(1000), side="right")
    stamps = true[ends - 1] + rng.uniform(0, 0.03, len(ends))
    found = made(stamps[burst])
    assert len(found.times) == 1000
    assert errors(found, true).max() < 0.06


def test_samples_of_a_packet_that_are_stamped_as_they_are_taken_out_are_spread() -> None:
    true = regular()
    inside = np.arange(1000) % 5
    found = made(true[(np.arange(1000) // 5) * 5 + 4] + 0.0001 * inside)
    late = found.rows > 150  # the first seconds show that they are packets
    assert errors(found, true)[late].max() < 0.02
    assert np.diff(found.times[late]).min() > 0.015


def test_bursts_that_were_lost_leave_a_gap() -> None:
    true = regular()
    kept = np.r_[0:400, 460:1000]
    found = made(true[(kept // 10) * 10 + 9])
    assert errors(found, true[kept]).max() < 1e-6
    assert found.report.counts.gaps == 1


@pytest.mark.parametrize("value", [0.0, np.nan, -5.0, 1000 + 7200.0, 201_000.0, 1.7e9])
@pytest.mark.parametrize("at", [[0], [0, 1], [500], [500, 501], [100, 300, 301, 700], [999], [998, 999]])
def test_lone_wrong_stamps_are_left_out_and_cost_no_other_sample(value: float, at: list[int]) -> None:
    true = regular()
    stamps = true.copy()
    stamps[at] = value
    found = made(stamps)
    np.testing.assert_array_equal(found.times, np.delete(true, at))
    assert found.report.counts.dropped == len(at)
    assert not found.report.breaks


@pytest.mark.parametrize("leap", [7200.0, -500.0, 200_000.0, -1000.0])
def test_a_clock_that_leaps_and_comes_back_loses_nothing(leap: float) -> None:
    true = regular()
    stamps = true.copy()
    stamps[400:600] += leap
    found = made(stamps)
    assert len(found.times) == 1000
    assert errors(found, true).max() < 0.05
    assert len(found.report.breaks) == 2


@pytest.mark.parametrize("at", [300, 700])
def test_a_clock_that_begins_anew_is_followed_by_the_rest_of_the_recording(at: int) -> None:
    true = regular()
    stamps = true.copy()
    stamps[at:] -= 900.0
    found = made(stamps)
    assert len(found.times) == 1000
    assert errors(found, true).max() < 0.05
    assert [b.reason for b in found.report.breaks] == ["the sender's clock was set anew"]


def test_a_clock_that_is_set_after_the_start_counts_from_the_longer_part() -> None:
    stamps = regular()
    stamps[:100] -= 990.0
    stamps[100:] += 1.7e9
    found = made(stamps)
    assert len(found.times) == 1000
    assert found.times[0] == pytest.approx(stamps[100] - 100 * PERIOD, abs=0.05)


def test_an_interruption_is_none_of_a_clock() -> None:
    stamps = regular()
    stamps[500:] += 600.0
    found = made(stamps)
    np.testing.assert_array_equal(found.times, stamps)
    assert (found.report.counts.gaps, found.report.breaks) == (1, ())


def test_small_steps_back_are_moved_behind_the_sample_before() -> None:
    stamps = regular()
    stamps[30] -= 0.028
    found = made(stamps)
    assert len(found.times) == 1000
    assert (np.diff(found.times) > 0).all()
    assert found.report.counts.back == 1


def test_time_that_runs_backward_is_refused() -> None:
    with pytest.raises(RecordingError, match="runs backward: 999 of 1000"):
        made(regular()[::-1])


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_few_samples_stay(n: int) -> None:
    assert len(made(regular(n)).times) == n


@pytest.mark.parametrize("times", [np.full(20_000, np.nan), np.zeros(20_000)])
def test_stamps_that_say_nothing_are_no_time(times: Times) -> None:
    found = made(times)
    assert len(found.times) == 0 or np.ptp(found.times) < 1.0


def test_stamps_at_random_take_no_longer_than_others() -> None:
    rng = np.random.default_rng(0)
    times = regular(20_000) + np.where(rng.random(20_000) < 0.4, rng.uniform(-1e6, 1e6, 20_000), 0)
    begun = time.process_time()
    made(np.sort(times[:6000]))
    made(times)
    assert time.process_time() - begun < 20


def test_arrivals_never_step_back() -> None:
    rng = np.random.default_rng(3)
    times = regular() + rng.choice([0, 0, 0, -3000, 5, 9000.0, np.nan], 1000)
    found = arrivals(times)
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("times", [np.full(300, np.nan), np.full(300, 7.0), np.arange(300) % 2 * 1e4])
def test_a_stream_without_a_usable_stamp_is_said_to_have_none(times: Times) -> None:
    stream = RecordedStream(DESCRIPTION, np.zeros((300, 6), np.float32), times, "imu").fit()
    assert len(stream.timestamps) == 0
    (note,) = repairs(stream, 0.0)
    assert "none of its 300 time stamps can be used" in note


def test_notes_say_what_was_done_to_how_many_samples() -> None:
    stamps = regular()
    stamps[[5, 700]] = 0.0
    stamps[30] -= 0.028
    stamps[800:] -= 500.0
    stream = RecordedStream(DESCRIPTION, np.zeros((1000, 6), np.float32), stamps, "imu").fit()
    said = " ".join(repairs(stream, 1000.0))
    assert "2 of 1000 samples were left out" in said
    assert "1 time stamp steps back a little" in said
    assert "the sender's clock was set anew once (at 16.0 s)" in said
