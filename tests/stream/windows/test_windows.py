"""Windows are cut from the samples alone: on the grid, complete, and the same however the samples came."""

import numpy as np
import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.windows.windower import Windower

from .windowing import (
    ACC,
    GYRO,
    IMU,
    MODALITIES,
    SKELETON,
    chunk,
    fed,
    irregular,
    merged,
    regular,
    same,
    windower,
)


@pytest.mark.parametrize("phase", [0.0, 0.1, -0.07])
def test_ends_lie_on_the_grid_of_stream_time(phase: float) -> None:
    windows = fed(windower(phase=phase), [(IMU, regular(100.03, 110.0))])
    assert len(windows) > 20
    for window in windows:
        assert window.end == window.index * 0.25 + phase
        assert window.start == window.end - 3.0
    assert np.diff([w.index for w in windows]).tolist() == [1] * (len(windows) - 1)


def test_a_window_holds_the_signal_on_its_grid_read_only() -> None:
    window = fed(windower(), [(IMU, regular(100.0, 110.0))])[-1]
    grid = window.end + np.arange(-149, 1) / 50
    expected = np.sin(grid[:, None] + np.arange(6))
    assert window.samples["imu"].shape == (150, 6)
    assert np.abs(window.samples["imu"] - expected).max() < 1e-3
    assert window.coverage == {"imu": 1.0, "skeleton": 0.0}
    with pytest.raises(ValueError, match="read-only"):
        window.samples["imu"][0, 0] = 1


def test_a_window_closes_at_the_first_sample_at_or_past_its_end() -> None:
    cutter = windower()
    fed(cutter, [(IMU, regular(100.0, 104.99))])
    assert cutter.due() == []
    assert fed(cutter, [(IMU, np.array([104.999]))]) == []
    (window,) = fed(cutter, [(IMU, np.array([105.0]))])
    assert (window.end, window.newest, window.closed_by) == (105.0, 105.0, "samples")


def test_it_waits_for_the_slower_of_two_feeds() -> None:
    cutter = windower()
    fed(cutter, merged((IMU, regular(100, 104.95)), (SKELETON, regular(100, 104.95, 30))))
    assert fed(cutter, [(IMU, regular(104.95, 105.2))]) == []
    (window,) = fed(cutter, [(SKELETON, np.array([105.01]))])
    assert (window.end, window.closed_by) == (105.0, "samples")
    assert window.coverage == {"imu": 1.0, "skeleton": 1.0}


def test_it_waits_no_longer_than_said_and_says_so() -> None:
    cutter = windower(wait=0.5)
    fed(cutter, merged((IMU, regular(100, 104.8)), (SKELETON, regular(100, 104.8, 30))))
    newest = regular(100, 104.8, 30)[-1]
    assert fed(cutter, [(IMU, np.arange(104.8, newest + 0.5, 0.02))]) == []
    windows = fed(cutter, [(IMU, np.array([newest + 0.51]))])
    assert [(w.end, w.closed_by) for w in windows] == [(105.0, "wait"), (105.25, "wait")]
    # what is within 0.25 s after the last sample is still supported by it
    assert windows[0].coverage["skeleton"] == 1.0
    assert windows[1].coverage["skeleton"] == pytest.approx(1 - 6 / 75)


def test_now_counts_for_the_wait_as_the_newest_sample_does() -> None:
    cutter = windower()
    fed(cutter, merged((IMU, regular(100, 105.1)), (SKELETON, regular(100, 104.95, 30))))
    assert cutter.due(105.3) == []
    (window,) = cutter.due(105.6)
    assert (window.end, window.closed_by) == (105.0, "wait")


def test_now_alone_closes_nothing() -> None:
    cutter = windower()
    fed(cutter, [(IMU, regular(100, 104.9))])
    assert cutter.due(200.0) == []


@pytest.mark.parametrize("before", [True, False])
def test_a_feed_that_is_down_is_not_waited_for_until_it_is_up(before: bool) -> None:
    cutter = windower()
    if before:
        cutter.set_live("skeleton", False)
    fed(cutter, merged((IMU, regular(100, 104.9)), (SKELETON, regular(100, 104.9, 30))))
    if not before:
        cutter.set_live("skeleton", False)
    (window,) = fed(cutter, [(IMU, np.array([105.0]))])
    assert window.closed_by == "samples"
    cutter.set_live("skeleton", True)
    fed(cutter, [(SKELETON, np.array([105.1]))])
    assert fed(cutter, [(IMU, np.array([105.25]))]) == []
    assert len(fed(cutter, [(SKELETON, np.array([105.25]))])) == 1


def test_a_hole_counts_as_missing_and_a_short_one_is_bridged() -> None:
    times = regular(100, 110)
    short = np.delete(times, np.s_[250:261])
    assert {w.coverage["imu"] for w in fed(windower(), [(IMU, short)])[-12:]} == {1.0}
    long = np.delete(times, np.s_[251:300])
    window = next(w for w in fed(windower(), [(IMU, long)]) if w.end == 107.0)
    assert window.coverage["imu"] == pytest.approx(1 - 49 / 150)


def test_a_modality_below_the_minimum_of_coverage_is_left_out() -> None:
    pieces = merged((IMU, regular(100, 110)), (SKELETON, regular(100, 105, 30)))
    windows = fed(windower(min_coverage=0.6), pieces)
    for window in windows:
        assert ("skeleton" in window.samples) == (window.coverage["skeleton"] >= 0.6)
    assert "skeleton" in windows[0].samples
    assert windows[-1].samples.keys() == {"imu"}
    assert windows[-1].coverage["skeleton"] == 0.0


@pytest.mark.parametrize("min_coverage", [0.0, 0.6])
def test_nothing_covered_is_no_window_but_is_counted(min_coverage: float) -> None:
    cutter = windower(min_coverage=min_coverage)
    windows = fed(cutter, [(IMU, regular(100, 105)), (IMU, regular(130, 135))])
    indices = [w.index for w in windows]
    assert not any(108.5 < w.end < 129 for w in windows)
    assert len(indices) == len(set(indices))
    assert len(windows) + cutter.poor + cutter.empty == 540 - 400


@pytest.mark.parametrize("later", [3600.0, 1.79e9])
def test_a_leap_of_time_is_not_walked(later: float) -> None:
    """Seven thousand million ends would take days."""
    cutter = windower()
    windows = fed(cutter, [(IMU, regular(100, 105)), (IMU, regular(later, later + 5))])
    assert windows[-1].end == later + 4.75
    assert len(windows) + cutter.poor + cutter.empty == windows[-1].index - 400 + 1
    assert cutter.poor < 30  # nobody reads thousands of millions of windows in which nothing happened


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("back", ["imu", "skeleton", "both"])
@pytest.mark.parametrize("silence", [1.0, 2.0, 6.0])
def test_nothing_older_than_a_hop_follows_a_loss_of_all_feeds(silence: float, back: str, again: bool) -> None:
    """The last samples before it cover most of the windows that end soon after them."""
    cutter = windower()
    lost, found = 105.0, 105.0 + silence + 0.013
    fed(cutter, merged((IMU, regular(100, lost)), (SKELETON, regular(100, lost, 30))))
    feeds = {"imu": (IMU, regular(found, found + 5)), "skeleton": (SKELETON, regular(found, found + 5, 30))}
    for name in feeds:
        cutter.set_live(name, live=False)
    assert cutter.due() == []
    returned = [piece for name, piece in feeds.items() if back in (name, "both")]
    if again:
        for feed, _ in returned:
            cutter.restart(feed.name)
            cutter.set_live(feed.name, live=True)
    latest, ages = lost, []
    for feed, times in merged(*returned):
        latest = max(latest, float(times[-1]))
        ages += [latest - window.end for window in fed(cutter, [(feed, times)])]
    assert ages
    assert max(ages) <= max(cutter.hop, 0.5 if back == "both" else 0.0) + 0.02


def test_a_feed_on_another_clock_does_not_stop_the_one_that_is_ahead() -> None:
    cutter = windower()
    pieces = merged((IMU, regular(100, 110)), size=5)
    ahead = merged((SKELETON, regular(1.79e9, 1.79e9 + 10, 30)), size=3)
    windows = fed(cutter, [piece for pair in zip(pieces, ahead, strict=True) for piece in pair])
    assert {tuple(w.samples) for w in windows[1:]} == {("skeleton",)}
    assert windows[-1].end == 1.79e9 + 9.75


def test_when_the_feed_that_was_far_ahead_has_gone_the_other_takes_over() -> None:
    cutter = windower()
    fed(cutter, [(IMU, regular(100, 105)), (SKELETON, regular(5000, 5001, 30))])
    windows = fed(cutter, merged((IMU, regular(105, 115)), size=5))
    assert windows[0].end < 110
    assert (windows[-1].end, tuple(windows[-1].samples)) == (114.75, ("imu",))


def test_a_feed_that_starts_later_joins_when_it_is_covered() -> None:
    pieces = merged((IMU, regular(100, 115)), (SKELETON, regular(107, 115, 30)))
    windows = fed(windower(), pieces)
    assert [w.index for w in windows] == list(range(windows[0].index, windows[-1].index + 1))
    joined = [w for w in windows if "skeleton" in w.samples]
    assert 108.5 <= joined[0].end <= 109.0
    assert joined[-1].coverage == {"imu": 1.0, "skeleton": 1.0}


def test_memory_stays_bounded_while_a_feed_is_silent() -> None:
    cutter = windower()
    fed(cutter, merged((IMU, regular(100, 103)), (SKELETON, regular(100, 103, 30))))
    fed(cutter, merged((IMU, regular(103, 400)), size=50))
    assert len(cutter._buffers["imu"].ring) < 250
    assert all(counters.overflowed == 0 for counters in cutter.counters.values())


def test_accelerometer_and_gyroscope_as_two_feeds_make_the_same_imu() -> None:
    times = irregular(np.random.default_rng(0), 100, 500, 50)
    one = fed(windower(), merged((IMU, times)))
    two = fed(windower(), merged((ACC, times), (GYRO, times)))
    assert len(one) > 10
    assert same(one, two)


def test_half_an_imu_is_none() -> None:
    cutter = windower()
    assert fed(cutter, [(ACC, regular(100, 110))]) == []
    assert cutter.poor == 40


def test_the_worse_half_decides_the_coverage_of_an_imu() -> None:
    pieces = merged((ACC, regular(100, 110)), (GYRO, np.delete(regular(100, 110), np.s_[251:300])))
    window = next(w for w in fed(windower(), pieces) if w.end == 107.0)
    assert window.coverage["imu"] == pytest.approx(1 - 49 / 150)


@pytest.mark.parametrize("whole_first", [True, False])
def test_a_device_that_comes_back_as_other_streams_replaces_those_it_was(whole_first: bool) -> None:
    whole = [(IMU, regular(100, 105)), (IMU, regular(115, 120))]
    pair = [merged((ACC, regular(a, a + 5)), (GYRO, regular(a, a + 5))) for a in (100, 115)]
    pieces = [whole[0], *pair[1]] if whole_first else [*pair[0], whole[1]]
    cutter = windower()
    windows = fed(cutter, pieces)
    assert windows[-1].end == 119.75
    assert windows[-1].coverage["imu"] == 1.0
    assert sum(c.received for c in cutter.counters.values()) == 250 * 3


def test_a_step_back_of_all_feeds_begins_anew_and_no_window_straddles_it() -> None:
    times = {IMU: 50.0, SKELETON: 30.0}
    first = merged(*((f, regular(100, 110, rate)) for f, rate in times.items()))
    second = merged(*((f, regular(20, 30, rate)) for f, rate in times.items()))
    cutter = windower()
    windows = fed(cutter, [*first, *second])
    anew = fed(windower(), second)
    assert same(windows[-len(anew) :], anew)
    assert same(windows[: -len(anew)], fed(windower(), first))
    assert {c.resets for c in cutter.counters.values()} == {1}


def test_a_short_step_back_doubles_no_window() -> None:
    windows = fed(windower(), merged((IMU, regular(100, 110))) + merged((IMU, regular(108, 115))))
    ends = [w.end for w in windows]
    assert ends == sorted(set(ends))
    after = next(w for w in windows if w.end > 110)
    # only samples of the new segment: from 108 on, and the edge that is held
    assert after.coverage["imu"] == pytest.approx((after.end - 108.0) * 50 / 150, abs=0.09)


def test_a_feed_that_steps_back_alone_is_left_out_and_disturbs_no_other() -> None:
    alone = fed(windower(), merged((IMU, regular(100, 120))))
    skeleton = merged((SKELETON, regular(100, 110, 30))) + merged((SKELETON, regular(50, 60, 30)))
    imu = merged((IMU, regular(100, 120)))
    order = sorted(
        [(float(t[-1]), 0, f, t) for f, t in imu]
        + [(100 + i / 30, 1, f, t) for i, (f, t) in enumerate(skeleton)],
        key=lambda entry: entry[:2],
    )
    windows = fed(windower(), [(f, t) for _, _, f, t in order])
    assert [w.index for w in windows] == [w.index for w in alone]
    assert all(
        np.array_equal(a.samples["imu"], b.samples["imu"]) for a, b in zip(windows, alone, strict=True)
    )
    assert windows[-1].samples.keys() == {"imu"}


def test_a_feed_that_steps_back_goes_on_alone_when_the_other_has_died() -> None:
    cutter = windower()
    fed(cutter, merged((IMU, regular(100, 110)), (SKELETON, regular(100, 110, 30))))
    windows = fed(cutter, merged((IMU, regular(50, 60))))
    assert windows[-1].end == 59.75
    assert all(tuple(w.samples) == ("imu",) and w.end < 60 for w in windows)


def test_a_feed_that_steps_back_goes_on_at_once_when_the_other_is_down() -> None:
    cutter = windower()
    fed(cutter, merged((IMU, regular(100, 110)), (SKELETON, regular(100, 110, 30))))
    cutter.set_live("skeleton", False)
    windows = fed(cutter, merged((IMU, regular(50, 53))))
    assert [w.end for w in windows] == pytest.approx(np.arange(51.75, 53.0, 0.25))


def test_a_restarted_feed_begins_anew_after_its_windows_were_closed() -> None:
    cutter = windower()
    cutter.push(IMU, chunk(IMU, regular(100, 110)))
    cutter.restart("imu")
    cutter.restart("never heard of")
    windows = cutter.due() + fed(cutter, [(IMU, regular(110, 120))])
    assert same(windows[:10], fed(windower(), [(IMU, regular(100, 110))])[:10])
    ends = [w.end for w in windows]
    assert 109.75 in ends
    assert not any(110 < end < 111.5 for end in ends)
    assert cutter.counters["imu"].resets == 1


def test_an_empty_chunk_changes_nothing() -> None:
    cutter = windower()
    cutter.push(SKELETON, chunk(SKELETON, []))
    times = regular(100, 110)
    windows = fed(cutter, [(IMU, times[:250]), (IMU, times[:0]), (IMU, times[250:])])
    assert same(windows, fed(windower(), [(IMU, times)]))


def test_every_sample_is_accounted_for() -> None:
    stamps = np.concatenate([regular(100, 110), [np.nan, 110.0, 110.0, 109.5, np.inf], regular(50, 60)])
    cutter = windower()
    fed(cutter, [(IMU, stamps)])
    counters = cutter.counters["imu"]
    assert counters.received == len(stamps) == 1005
    assert (counters.invalid, counters.late, counters.resets) == (2, 2, 1)
    assert cutter._buffers["imu"].ring.appended == 1005 - 4


@pytest.mark.parametrize("arguments", [{"hop": 0.0}, {"hop": -1.0}, {"hop": float("nan")}, {"window": 0.0}])
def test_a_grid_that_cannot_be_walked_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        Windower("p", MODALITIES, **({"window": 3.0, "hop": 0.25} | arguments))
