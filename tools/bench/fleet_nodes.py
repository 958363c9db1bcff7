"""Nodes of a fleet on one machine, each a part of a core, and what the rest of a fleet needs beside."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench.quota import Group
from tools.bench.wearers import Moment
from tools.processes import cpu_seconds

STORE = 78 * 1024 * 1024
SHARD = b"ray::Shard"
"""Begin of the command line of a shard's process, which Ray gives it."""


@contextmanager
def nodes(count: int) -> Iterator[tuple[Any, list[Any]]]:
    """A cluster of so many nodes with a processor each, and those that are not its head."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        yield cluster, [cluster.add_node(num_cpus=1, object_store_memory=STORE) for _ in range(count - 1)]
    finally:
        cluster.shutdown()


def shards(cluster: Any) -> list[int]:
    """Processes of the shards of a cluster, node by node."""
    raylets = [node.all_processes["raylet"][0].process.pid for node in cluster.list_all_nodes()]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            if parent in raylets and (folder / "cmdline").read_bytes().startswith(SHARD):
                found.append((raylets.index(parent), int(folder.name)))
    return [pid for _, pid in sorted(found)]


def pin(pids: Sequence[int]) -> None:
    """Give each of these processes a core, all of its threads."""
    cores = sorted(os.sched_getaffinity(0))
    for place, pid in enumerate(pids):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                os.sched_setaffinity(int(thread.name), {cores[place % len(cores)]})


@dataclass(frozen=True, slots=True)
class Load:
    """Processor time while a fleet was measured, in cores."""

    nodes: tuple[float, ...]
    """Of each shard's process."""
    held: tuple[float, ...]
    """Share of a node's periods in which it used up its share and had to wait; empty without quotas."""
    ray: float
    """Of Ray's own processes."""
    subscriber: float
    """Of the process that measures."""
    idle: float
    """Cores with nothing to do, of all of them."""


class Watch:
    """Limits the shards of a run once they are live, and looks at what all of it takes."""

    def __init__(self, cluster: Any, groups: Sequence[Group]) -> None:
        """`groups`: a group for each node; none: a core for each."""
        self.load: Load | None = None
        self._cluster, self._groups = cluster, groups
        self._shards: list[int] = []
        self._before: list[float] = []

    def moment(self, moment: Moment) -> None:
        """Of a run: see `wearers.live`."""
        if moment == "live":
            self._shards = shards(self._cluster)
            for group, pid in zip(self._groups, self._shards, strict=False):
                group.take(pid)
            if not self._groups:
                pin(self._shards)
        elif moment == "begun":
            self._before = self._counters()
        else:
            spent = [now - before for before, now in zip(self._before, self._counters(), strict=True)]
            passed, idle, subscriber, ray, *rest = spent
            many = len(self._shards)
            self.load = Load(
                nodes=tuple(node / passed for node in rest[:many]),
                held=tuple(h / max(p, 1) for p, h in zip(rest[many::2], rest[many + 1 :: 2], strict=True)),
                ray=ray / passed,
                subscriber=subscriber / passed,
                idle=idle / passed,
            )

    def _counters(self) -> list[float]:
        """s, but for the last ones, which are periods of the groups."""
        processes = [node.all_processes for node in self._cluster.list_all_nodes()]
        rays = [p.process.pid for of in processes for kind in of.values() for p in kind]
        return [
            time.monotonic(),
            idle_seconds(),
            time.process_time(),
            sum(cpu_seconds(pid) for pid in rays),
            *(cpu_seconds(pid) for pid in self._shards),
            *(float(number) for group in self._groups for number in group.periods()),
        ]


def idle_seconds() -> float:
    """s that the cores of this machine have done nothing, all together."""
    ticks = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]
    return (int(ticks[3]) + int(ticks[4])) / os.sysconf("SC_CLK_TCK")


def command(cluster: Any, weights: str, config: Path, address: str) -> list[str]:
    """The fleet's command line."""
    options = ["--ray", str(cluster.address), "--weights", weights, "--publish", address]
    return ["hnhar-fleet", str(config), *options]
