"""Wearers go where their streams are seen, and are spread over the shards that see them."""

from hypothesis import given
from hypothesis import strategies as st

from hnhar.stream.fleet.placement import Candidate, lacking, place

WEARERS = [f"w{n}" for n in range(6)]


def candidate(shard: int, *seen: str, node: str = "", wearers: int = 0, room: int | None = None) -> Candidate:
    return Candidate(shard, node or f"node {shard}", wearers, {w: frozenset({w}) for w in seen}, room)


def test_wearers_are_spread_over_the_shards_that_see_them() -> None:
    both = [candidate(0, *WEARERS), candidate(1, *WEARERS)]
    placing = place({w: [w] for w in WEARERS}, both)
    assert {shard: len(wearers) for shard, wearers in placing.shards.items()} == {0: 3, 1: 3}
    assert not placing.unplaced


def test_who_is_seen_by_one_node_goes_there_however_loaded_it_is() -> None:
    placing = place({"w0": ["w0"]}, [candidate(0), candidate(1, "w0", wearers=40)])
    assert placing.shards == {1: ("w0",)}


def test_who_is_seen_by_none_is_told_with_the_nodes_that_were_asked() -> None:
    placing = place({"w0": ["Watch", "type=MoCap"]}, [candidate(0, node="anna"), candidate(1, node="bert")])
    assert placing.unplaced == {"w0": "no node sees 'Watch' nor 'type=MoCap': asked anna, bert"}


def test_a_node_that_sees_both_streams_is_taken_before_one_that_sees_one() -> None:
    one = Candidate(0, "a", 0, {"w": frozenset({"imu"})})
    two = Candidate(1, "b", 9, {"w": frozenset({"imu", "skeleton"})})
    assert place({"w": ["imu", "skeleton"]}, [one, two]).shards == {1: ("w",)}


def test_a_shard_that_was_late_with_as_many_takes_no_more_while_another_can() -> None:
    placing = place({"w0": ["w0"]}, [candidate(0, "w0", wearers=2, room=2), candidate(1, "w0", wearers=30)])
    assert placing.shards == {1: ("w0",)}


@given(st.lists(st.sets(st.sampled_from(WEARERS)), max_size=4))
def test_every_wearer_has_one_shard_that_sees_them_or_a_reason(seen: list[set[str]]) -> None:
    placing = place({w: [w] for w in WEARERS}, [candidate(n, *theirs) for n, theirs in enumerate(seen)])
    placed = [w for wearers in placing.shards.values() for w in wearers]
    assert sorted([*placed, *placing.unplaced]) == WEARERS
    assert all(w in seen[shard] for shard, wearers in placing.shards.items() for w in wearers)
    assert not any(w in theirs for w in placing.unplaced for theirs in seen)


def test_each_node_has_a_shard_before_one_has_two() -> None:
    assert lacking({"a": 8, "b": 2}, {}, 2) == ["a", "b"]
    assert lacking({"a": 8, "b": 1}, {}, 4) == ["a", "b", "a", "a"]
    assert lacking({"a": 2, "b": 2}, {"a": 2}, 9) == ["b", "b"]


def test_no_more_shards_begin_than_were_asked_for_or_have_room() -> None:
    assert lacking({"a": 8}, {"a": 1}, 1) == []
    assert lacking({"a": 1}, {"a": 1}, 5) == []
    assert lacking({}, {}, 5) == []
