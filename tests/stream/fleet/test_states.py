"""A shard is judged by all of its pipelines together."""

from hnhar.stream.fleet.balance import Balance
from hnhar.stream.fleet.cluster import Actor, Node
from hnhar.stream.fleet.states import ShardState


def test_a_shard_is_late_although_one_of_its_pipelines_keeps_up() -> None:
    shard, balance = ShardState(0, Node("id", "n", 1), Actor(None), 0.0), Balance()
    for second in range(5):
        for group, left_out in ((3, 2), (7, 0)):
            total = shard.heard(group, left_out)
            if total is not None:
                assert total == 2
                balance.held_up(0, 4, 1.0, float(second))
    assert balance.late(0, 4.0)


def test_a_pipeline_that_spoke_alone_is_counted_alone() -> None:
    shard = ShardState(0, Node("id", "n", 1), Actor(None), 0.0)
    assert [shard.heard(1, n) for n in (1, 0, 3, 0)] == [None, 1, 0, 3]
