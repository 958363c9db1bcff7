"""A shard is judged by all of its pipelines together."""

from hnhar.stream.fleet.balance import LATE, Balance
from hnhar.stream.fleet.cluster import Actor, Node
from hnhar.stream.fleet.states import ShardState


def test_a_shard_is_late_although_one_of_its_pipelines_keeps_up() -> None:
    shard, balance = ShardState(0, Node("id", "n", 1), Actor(None)), Balance()
    for second in range(LATE + 2):
        for group, left_out in ((3, 2), (7, 0)):
            total = shard.heard(group, left_out)
            if total is not None:
                assert total == 2
                balance.heard(0, 4, total, float(second))
    assert balance.late(0)


def test_a_pipeline_that_spoke_alone_is_counted_alone() -> None:
    shard = ShardState(0, Node("id", "n", 1), Actor(None))
    assert [shard.heard(1, n) for n in (1, 0, 3, 0)] == [None, 1, 0, 3]
