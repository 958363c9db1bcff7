"""Any split of the same samples into chunks gives the same windows; so does a recording of them."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hnhar.stream.messages import Feed, Window
from hnhar.stream.recordings.feeds import RecordedFeed, interleave, recorded_feeds, windows_of
from hnhar.train.synthesis.performer import perform

from .windowing import (
    ACC,
    GYRO,
    IMU,
    MODALITIES,
    SKELETON,
    Times,
    chunk,
    fed,
    irregular,
    regular,
    same,
    windower,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_any_split_and_any_interleaving_gives_the_same_windows(seed: int, pair: bool) -> None:
    """Feeds take turns at random, in chunks of any size, none lagging by more than the wait."""
    rng = np.random.default_rng(seed)
    imu = irregular(rng, 100 + rng.uniform(0, 0.2), 400, 50)
    feeds = {SKELETON: irregular(rng, 100 + rng.uniform(0, 0.2), 240, 30)}
    feeds |= {ACC: imu, GYRO: irregular(rng, 100, 400, 50)} if pair else {IMU: imu}
    runs = []
    for _ in range(2):
        cutter, windows, at = windower(), list[Window](), dict.fromkeys(feeds, 0)
        while open_feeds := [f for f in feeds if at[f] < len(feeds[f])]:
            feed = choose(rng, feeds, at, open_feeds)
            size = reach(rng, feeds, at, feed, open_feeds)
            cutter.push(feed, chunk(feed, feeds[feed][at[feed] : at[feed] + size]))
            at[feed] += size
            if rng.random() < 0.5:
                windows += cutter.due()
        runs.append(windows + cutter.due())
    assert len(runs[0]) > 10
    assert same(*runs)


def choose(
    rng: np.random.Generator, feeds: dict[Feed, Times], at: dict[Feed, int], open_feeds: list[Feed]
) -> Feed:
    """A feed at random that may go on, or the one that is furthest behind."""
    feed = open_feeds[rng.integers(len(open_feeds))]
    if allowed(feeds, at, feed, open_feeds) > 0:
        return feed
    return min(open_feeds, key=lambda f: newest(feeds, at, f))


def newest(feeds: dict[Feed, Times], at: dict[Feed, int], feed: Feed) -> float:
    return float(feeds[feed][at[feed] - 1]) if at[feed] else 99.8


def allowed(feeds: dict[Feed, Times], at: dict[Feed, int], feed: Feed, open_feeds: list[Feed]) -> int:
    """How many samples of `feed` may come before another feed lags by the wait of 0.5 s."""
    limit = min((newest(feeds, at, f) for f in open_feeds if f != feed), default=np.inf) + 0.499
    return int(np.searchsorted(feeds[feed], limit)) - at[feed]


def reach(
    rng: np.random.Generator,
    feeds: dict[Feed, Times],
    at: dict[Feed, int],
    feed: Feed,
    open_feeds: list[Feed],
) -> int:
    return int(rng.integers(1, max(allowed(feeds, at, feed, open_feeds), 1) + 1))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_any_split_gives_the_same_windows_over_holes_leaps_and_steps_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.uniform(0.01, 0.03, 900)
    odd = rng.random(900) < 0.006
    steps[odd] = rng.choice([-40.0, -5.0, -2.0, -0.3, 0.0, 0.4, 2.0, 20.0, np.nan], int(odd.sum()))
    times = 100 + np.nancumsum(steps)
    times[np.isnan(steps)] = np.nan
    cuts = np.sort(rng.integers(0, 900, 60))
    whole, pieces = windower(), windower()
    assert same(fed(whole, [(IMU, times)]), fed(pieces, [(IMU, t) for t in np.split(times, cuts)]))
    assert whole.counters == pieces.counters
    assert whole.poor == pieces.poor


def test_recorded_feeds_come_in_the_order_of_their_times() -> None:
    given = ((IMU, regular(0, 2)), (SKELETON, regular(0.5, 3, 30)))
    feeds = [RecordedFeed(feed, times, chunk(feed, times).samples) for feed, times in given]
    chunks = list(interleave(feeds, block=0.1))
    starts = [float(c.timestamps[0]) // 0.1 for _, c in chunks]
    assert starts == sorted(starts)
    for each in feeds:
        parts = [c for f, c in chunks if f == each.feed]
        assert np.array_equal(np.concatenate([c.timestamps for c in parts]), each.times)
        assert np.array_equal(np.concatenate([c.samples for c in parts]), each.samples)
        assert max(np.ptp(c.timestamps) for c in parts) < 0.1


def test_a_recorded_feed_keeps_its_order_where_its_time_steps_back() -> None:
    times = np.array([np.nan, 1.0, 2.0, 1.5, np.nan, 3.0])
    back = RecordedFeed(IMU, times, chunk(IMU, times).samples)
    nothing = RecordedFeed(SKELETON, times[:0], chunk(SKELETON, times[:0]).samples)
    chunks = [c for _, c in interleave([back, nothing])]
    assert np.array_equal(np.concatenate([c.timestamps for c in chunks]), times, equal_nan=True)


def test_a_recording_gives_the_windows_of_a_live_run_at_any_phase() -> None:
    recording = replace(perform(seed=0, person=0, duration=12.0), wearer="p")
    feeds, notes = recorded_feeds(recording, MODALITIES)
    assert [each.feed.name for each in feeds] == ["imu", "skeleton"]
    assert notes == ()
    for phase in (0.0, 0.13):
        cutter, live = windower(phase=phase), list[Window]()
        for each in feeds:
            assert each.samples.shape == (len(each.times), len(each.feed.columns))
        for feed, piece in interleave(feeds, block=0.2):
            cutter.push(feed, piece)
            live += cutter.due()
        assert same(live, list(windows_of(recording, MODALITIES, window=3.0, hop=0.25, phase=phase)))
        assert {w.coverage["imu"] for w in live[10:]} == {1.0}


def test_a_modality_that_a_recording_lacks_is_left_out() -> None:
    recording = perform(seed=0, person=0, duration=6.0)
    lone = replace(recording, streams=recording.of("skeleton"))
    feeds, _ = recorded_feeds(lone, MODALITIES)
    assert [each.feed.modality for each in feeds] == ["skeleton"]
