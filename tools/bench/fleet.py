"""Fleet: wearers on time on two nodes against one, and the time until a killed node's wearers are back.

Both "nodes" are Ray nodes of this machine with a processor each, and the process of each one's shard is
pinned to a core of its own: what a second machine would bring without a network between. Senders, coordinator
and this process run on the same cores, in both cases, so the ratio is less than that of two machines. "On
time" is as in `tools.bench.wearers`.

    python -m tools.bench.fleet --find                 # two nodes against one
    python -m tools.bench.fleet --wearers 10 --kill    # a node dies
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pylsl
from rich.console import Console
from tools.bench.wearers import Outcome, all_live, configuration, live, search, senders, show
from tools.processes import free_address, isolated_lsl, machine, running

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.messages import Prediction
from hnhar.stream.publish.subscriber import Subscriber

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


def pin() -> None:
    """Give the shards of this machine a core each, all of their threads."""
    cores = sorted(os.sched_getaffinity(0))
    shards = sorted(int(folder.name) for folder in Path("/proc").iterdir() if _is_shard(folder))
    for place, pid in enumerate(shards):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                os.sched_setaffinity(int(thread.name), {cores[place % len(cores)]})


def _is_shard(folder: Path) -> bool:
    with suppress(OSError):
        return folder.name.isdigit() and (folder / "cmdline").read_bytes().startswith(SHARD)
    return False


def command(cluster: Any, weights: str, config: Path, address: str) -> list[str]:
    """The fleet's command line."""
    options = ["--ray", str(cluster.address), "--weights", weights, "--publish", address]
    return ["hnhar-fleet", str(config), *options]


def on_time(count: int, options: argparse.Namespace, hop: float, folder: Path) -> list[Outcome]:
    """Runs on `count` nodes with more and more wearers."""
    with nodes(count) as (cluster, _):

        def run(wearers: int) -> Outcome:
            return live(
                wearers,
                options.weights,
                hop,
                options.duration,
                folder,
                command=lambda config, address: command(cluster, options.weights, config, address),
                settled=pin,
            )

        if not options.find:
            return [run(options.wearers)]
        return search(run, options.wearers, options.limit, options.step)


@dataclass(frozen=True, slots=True)
class KilledNode:
    """A node that died under a fleet."""

    wearers: int
    moved: int
    back: float
    """s from the kill until the last of its wearers had a prediction again."""
    gap: float
    """s between two predictions of a moved wearer, at most."""
    numbered: bool
    """True if what was lost is seen in the sequence numbers of all who moved."""
    late: int
    """Predictions of the others that were here later than a hop after their window's end, after the kill."""
    others: int
    """Predictions of the others after the kill."""


def killed(options: argparse.Namespace, hop: float, folder: Path) -> KilledNode:
    """Kill one of two nodes."""
    count, prefix, address = options.wearers, f"fleet{os.getpid()}", free_address()
    config = configuration(count, prefix, folder / "wearers.toml")
    times: dict[str, list[float]] = {}
    lost: dict[str, int] = {}
    late: list[tuple[str, float]] = []
    with (
        nodes(2) as (cluster, (second,)),
        senders(count, prefix),
        running(command(cluster, options.weights, config, address), folder / "fleet.log"),
        Subscriber(address, kinds=("prediction", "status")) as subscriber,
    ):
        all_live(subscriber, 2 * count, 60 + count)
        pin()
        settled = time.monotonic() + 6.0
        killed_at = 0.0
        while (now := time.monotonic()) < settled + 25.0:
            if not killed_at and now >= settled:
                killed_at = now
                cluster.remove_node(second, allow_graceful=False)
            received = subscriber.receive(0.05)
            if received is None or not isinstance(received.message, Prediction):
                continue
            wearer = received.message.wearer
            times.setdefault(wearer, []).append(time.monotonic())
            if killed_at:
                lost[wearer] = lost.get(wearer, 0) + received.lost
                late.append((wearer, pylsl.local_clock() - received.message.end))
    gaps = {
        wearer: max((b - a for a, b in pairwise(at) if b > killed_at), default=0.0)
        for wearer, at in times.items()
    }
    moved = {wearer for wearer, gap in gaps.items() if gap > 2.0}
    back = {w: next(b for a, b in pairwise(times[w]) if b - a == gaps[w]) for w in moved}
    others = [delay for wearer, delay in late if wearer not in moved]
    return KilledNode(
        wearers=count,
        moved=len(moved),
        back=max((at - killed_at for at in back.values()), default=float("nan")),
        gap=max((gaps[w] for w in moved), default=float("nan")),
        numbered=all(lost[w] > 0 for w in moved),
        late=sum(delay > hop for delay in others),
        others=len(others),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--wearers", type=int, default=10, help="default 10; where --find begins")
    parser.add_argument("--find", action="store_true", help="search the number at which it begins to be late")
    parser.add_argument("--limit", type=int, default=160, help="most wearers that --find tries (default 160)")
    parser.add_argument("--step", type=int, default=4, help="exactness of --find (default 4)")
    parser.add_argument("--duration", type=float, default=15.0, help="s that are measured (default 15)")
    parser.add_argument("--kill", action="store_true", help="instead: kill one of two nodes")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(argv)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    console = Console(width=110)
    info = read_info(find(options.weights))
    result: dict[str, object] = {"machine": machine(), "bundle": info.id, "hop": info.hop}
    with tempfile.TemporaryDirectory() as name, isolated_lsl(Path(name)):
        if options.kill:
            dead = killed(options, info.hop, Path(name))
            result["killed"] = asdict(dead)
            console.print(
                f"{dead.moved} of {dead.wearers} wearers moved and were back {dead.back:.1f} s after the "
                f"kill (a window is {info.window:g} s), the longest gap {dead.gap:.1f} s, counted: "
                f"{dead.numbered}; {dead.late} of {dead.others} predictions of the others late."
            )
        else:
            most = {}
            for count in (1, 2):
                outcomes = on_time(count, options, info.hop, Path(name))
                show(f"{count} node{'s' * (count > 1)}", outcomes, console)
                most[count] = max((o.wearers for o in outcomes if o.on_time), default=0)
                result[f"nodes_{count}"] = [asdict(o) for o in outcomes]
            result["ratio"] = most[2] / most[1] if most[1] else None
            console.print(f"On time: {most[1]} wearers on one node, {most[2]} on two.")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
