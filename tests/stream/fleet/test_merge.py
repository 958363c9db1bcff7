"""The statuses of many pipelines are one."""

from dataclasses import replace

from hnhar.stream.fleet.merge import EMPTY, folded, merged
from hnhar.stream.messages import Quantiles, StreamState, StreamStatus

FRAME = replace(EMPTY, seq=7, model="m@1", labels=("A", "B"), window=3.0, hop=0.25)


def stream(wearer: str, note: str = "") -> StreamStatus:
    return StreamStatus(wearer, "imu", "imu", StreamState.LIVE, "name=x", note=note)


ONE = replace(
    FRAME, streams=(stream("b", "3 gaps"),), predictions=30, events=2, skipped=4, skipped_by={"b": 4},
    overloaded=True, latency={"total": Quantiles(0.010, 0.020)}, repetitions={"b": 3}, runtime="R 1",
)  # fmt: skip
TWO = replace(
    FRAME, model="own@2", labels=("C",), streams=(stream("a"),), predictions=10, events=1,
    latency={"total": Quantiles(0.030, 0.015)},
)  # fmt: skip


def test_counts_add_up_and_streams_are_those_of_all() -> None:
    whole = merged(FRAME, [ONE, TWO], [], {"b": "on n1"}, {})
    assert (whole.predictions, whole.events, whole.skipped, whole.skipped_by) == (40, 3, 4, {"b": 4})
    assert [(s.wearer, s.note) for s in whole.streams] == [("a", ""), ("b", "on n1; 3 gaps")]
    assert whole.labels == ("A", "B", "C")
    assert whole.weights == {"a": "own@2"}
    assert whole.overloaded
    assert (whole.repetitions, whole.runtime, whole.seq) == ({"b": 3}, "R 1", 7)


def test_of_latencies_the_median_is_weighted_and_the_tail_is_the_worst() -> None:
    total = merged(FRAME, [ONE, TWO], [], {}, {}).latency["total"]
    assert total == Quantiles((30 * 0.010 + 10 * 0.030) / 40, 0.020)


def test_what_a_dead_shard_had_counted_is_not_forgotten() -> None:
    whole = merged(FRAME, [TWO], [folded(folded(EMPTY, ONE), ONE)], {}, {})
    assert (whole.predictions, whole.events, whole.skipped_by) == (70, 5, {"b": 8})
    assert not whole.overloaded


def test_a_wearer_whom_nobody_recognizes_is_there_with_the_reason() -> None:
    whole = merged(FRAME, [ONE], [], {"b": "n1 is gone"}, {"b": [("imu", "name=x")]})
    (only,) = whole.streams
    assert (only.wearer, only.state, only.note) == ("b", StreamState.RESOLVING, "n1 is gone")
