"""--workers and --ray of a comparison: where its cells are computed."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..studies.protocol.ray_workers import OnRay


@contextmanager
def workers_of(arguments: argparse.Namespace) -> "Iterator[int | OnRay]":
    """Processes here, or a Ray cluster that is left at the end. Raises ConfigError where there is none."""
    if arguments.ray is None:
        yield arguments.workers or 1
        return
    from hnhar.stream.fleet.cluster import join

    from ..studies.protocol.ray_workers import OnRay

    cluster = join(arguments.ray)
    try:
        there = sum(node.cpus for node in cluster.nodes())
        yield OnRay(cluster, min(arguments.workers or there, max(1, there)))
    finally:
        cluster.leave()


def count_of(workers: "int | OnRay") -> int:
    """Processes that there are at most."""
    return workers if isinstance(workers, int) else workers.count
