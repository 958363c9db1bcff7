"""The inbox between readers and recognition: order, bounds, and nothing that waits."""

import threading

import numpy as np
import pytest

from hnhar.stream.engine.inbox import Arrival, Change, Inbox, InboxSink, joined
from hnhar.stream.messages import Chunk, Feed, StreamState
from hnhar.stream.windows.windower import WAIT

FEED = Feed("imu", "imu", tuple(range(6)))
OTHER = Feed("skeleton", "skeleton", (0, 1))


def arrival(start: int, rows: int = 10, feed: Feed = FEED, wearer: str = "w") -> Arrival:
    times = np.arange(start, start + rows, dtype=np.float64)
    return Arrival(wearer, feed, Chunk(np.zeros((rows, len(feed.columns)), np.float32), times), float(start))


def starts(items: list[Arrival | Change]) -> list[float]:
    return [float(item.chunk.timestamps[0]) for item in items if isinstance(item, Arrival)]


def test_everything_is_taken_once_in_the_order_in_which_it_came() -> None:
    inbox = Inbox()
    sink = InboxSink("w", inbox)
    inbox.put(arrival(0))
    sink.state("imu", StreamState.STALLED, "silent", None)
    inbox.put(arrival(10))
    first, change, last = inbox.take(0)
    assert isinstance(change, Change)
    assert change.state is StreamState.STALLED
    assert starts([first, last]) == [0.0, 10.0]
    assert inbox.take(0) == []


def test_a_full_inbox_lets_the_oldest_samples_of_that_feed_go_and_counts_them() -> None:
    inbox = Inbox(most_rows=30)
    inbox.put(arrival(0, feed=OTHER))
    for start in range(0, 50, 10):
        inbox.put(arrival(start))
    taken = inbox.take(0)
    assert starts([i for i in taken if isinstance(i, Arrival) and i.feed is FEED]) == [20.0, 30.0, 40.0]
    assert starts([i for i in taken if isinstance(i, Arrival) and i.feed is OTHER]) == [0.0]
    assert inbox.dropped == {("w", "imu"): 20}


def test_large_chunks_push_out_as_many_small_ones_as_they_need_room() -> None:
    inbox = Inbox(most_rows=30)
    for start in range(30):
        inbox.put(arrival(start, rows=1))
    inbox.put(arrival(100, rows=25))
    inbox.put(arrival(200, rows=25))
    assert starts(inbox.take(0)) == [200.0]
    assert inbox.dropped == {("w", "imu"): 55}


def test_state_changes_are_never_pushed_out() -> None:
    inbox = Inbox(most_rows=10)
    sink = InboxSink("w", inbox)
    sink.state("imu", StreamState.LOST, "gone", None)
    for start in range(0, 50, 10):
        inbox.put(arrival(start))
    assert any(isinstance(item, Change) for item in inbox.take(0))


def test_a_closed_inbox_makes_nobody_wait() -> None:
    inbox = Inbox()
    inbox.close()
    taken: list[object] = []
    taker = threading.Thread(target=lambda: taken.append(inbox.take(60.0)))
    taker.start()
    taker.join(10)
    assert taken == [[]]


def test_samples_that_complete_no_window_are_taken_all_the_same() -> None:
    inbox = Inbox(hop=10.0)
    taken: list[Arrival | Change] = []
    for start in (0, 2, 4):
        inbox.put(arrival(start, rows=1))
        taken += inbox.take(60.0)
    assert starts(taken) == [0.0, 2.0, 4.0]


def test_what_completes_a_window_is_taken_without_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(hop=10.0)
    inbox.put(arrival(8, rows=1))
    inbox.take(0)
    monkeypatch.setattr("hnhar.stream.engine.inbox.LINGER", 3600.0)
    inbox.put(arrival(9, rows=1))
    inbox.put(arrival(10, rows=1))
    assert starts(inbox.take(3600.0)) == [9.0, 10.0]
    inbox.put(Change("w", "imu", StreamState.LOST, "gone", None))
    assert len(inbox.take(3600.0)) == 1


def test_what_completes_a_window_waits_for_others_but_not_if_it_has_waited_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(hop=10.0, gather=3600.0)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        inbox.put(arrival(20, rows=1, wearer="v"))

    monkeypatch.setattr(inbox._changed, "wait", wait)
    inbox.put(arrival(10, rows=1))
    assert starts(inbox.take(7200.0)) == [10.0, 20.0]
    assert len(waited) == 1
    assert 0 < waited.pop() <= 3600.0
    inbox.put(arrival(30, rows=1))
    inbox._since -= 3600.0
    assert starts(inbox.take(3600.0)) == [30.0]
    inbox.put(arrival(40, rows=1))
    assert starts(inbox.take(0)) == [40.0]
    inbox.put(arrival(50, rows=1))
    inbox.wake()
    assert starts(inbox.take(3600.0)) == [50.0]
    assert not waited


def test_chunks_of_a_feed_become_one_but_not_across_a_change() -> None:
    lost = Change("w", "imu", StreamState.WARMUP, "", None)
    items = [
        arrival(0, 2),
        arrival(5, 1, OTHER),
        arrival(2, 3),
        arrival(9, 1, wearer="v"),
        lost,
        arrival(5, 1),
    ]
    first, second, third, change, last = joined(items)
    assert isinstance(first, Arrival)
    assert first.chunk.timestamps.tolist() == [0, 1, 2, 3, 4]
    assert first.chunk.samples.shape == (5, 6)
    assert first.arrived == 2.0
    assert [second, third, change, last] == [items[1], items[3], lost, items[5]]


def test_a_feed_with_other_columns_is_not_joined() -> None:
    lone = Feed("imu", "imu", (0, 1, 2))
    items = [arrival(0, 2), arrival(2, 2, lone), arrival(4, 2, lone)]
    assert [len(i.chunk.timestamps) for i in joined(items) if isinstance(i, Arrival)] == [2, 4]


def test_no_window_is_looked_for_while_the_other_feed_lags_by_the_time_between_two_samples() -> None:
    inbox = Inbox(hop=1.0)
    inbox.put(at(9.9, FEED))
    inbox.put(at(9.7, OTHER))
    inbox.take(0)
    inbox.put(at(10.0, FEED))
    assert not inbox._urgent
    inbox.put(at(10.1, OTHER))
    assert inbox._urgent
    assert len(inbox.take(0)) == 2
    inbox.put(at(11.0, OTHER))
    assert inbox._urgent


def test_of_three_feeds_the_last_that_reaches_an_end_wakes() -> None:
    inbox = Inbox(hop=1.0)
    third = Feed("third", "third", (0,))
    feeds = (FEED, OTHER, third)
    for feed in feeds:
        inbox.put(at(9.9, feed))
    inbox.take(0)
    urgent = []
    for feed in feeds:
        inbox.put(at(10.0, feed))
        urgent.append(inbox._urgent)
    assert urgent == [False, False, True]


def test_what_ends_a_window_of_one_wearer_may_end_none_of_another() -> None:
    inbox = Inbox(hop=1.0, phases={"w": 0.25})
    inbox.put(at(9.9, FEED))
    inbox.take(0)
    urgent = []
    for stamp in (10.0, 10.2, 10.25, 10.9, 11.2):
        inbox.put(at(stamp, FEED))
        urgent.append(inbox._urgent)
        inbox.take(0)
    assert urgent == [False, False, True, False, False]


@pytest.mark.parametrize("lag", [0.0, WAIT + 0.1, -WAIT - 0.1])
def test_a_feed_that_is_down_or_that_no_window_waits_for_makes_no_other_linger(lag: float) -> None:
    inbox = Inbox(hop=1.0)
    inbox.put(at(9.9, FEED))
    inbox.put(at(9.9 - lag, OTHER))
    if not lag:
        inbox.put(Change("w", OTHER.name, StreamState.STALLED, "silent", None))
    inbox.take(0)
    inbox.put(at(10.0, FEED))
    assert inbox._urgent


def at(stamp: float, feed: Feed) -> Arrival:
    """One sample."""
    return Arrival("w", feed, Chunk(np.zeros((1, len(feed.columns)), np.float32), np.array([stamp])), stamp)
