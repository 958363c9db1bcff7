"""Fleet: wearers on time on two nodes against one, and the time until a killed node's wearers are back.

All nodes are Ray nodes of this machine, with a shard each. So that one machine has room for two of them and
for what real ones have elsewhere (senders, coordinator, subscriber), each node is a part of a core: the
process of its shard gets that share of every 20 ms and no more (`tools.bench.quota`), the same in both cases.
What the rest takes, and what is left idle, is printed beside it: where some is, the nodes are what limits.
Where such limits are not allowed, each shard gets a core of its own, and the ratio is less than that of
machines.

"On time": no more than one prediction in a hundred is late, left out or lost. `tools.bench.wearers` allows
none (as `--late 0` does here), but two nodes make twice as many, and a hiccup of the machine is one.

    python -m tools.bench.fleet --find                 # two nodes against one, in some four minutes
    python -m tools.bench.fleet --wearers 10 --kill    # a node dies
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import pylsl
from rich.console import Console
from tools.bench.fleet_nodes import Load, Watch, command, nodes, pin, shards
from tools.bench.quota import Group, QuotaError, groups
from tools.bench.wearers import Outcome, all_live, configuration, live, senders
from tools.processes import free_address, isolated_lsl, machine, running

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.model.files import write_whole
from hnhar.stream.messages import Prediction
from hnhar.stream.publish.subscriber import Subscriber

SHARE = 0.3
LATE = 0.01
FULL = 0.1
"""Idle cores below which it may be the machine that limits, and not the nodes."""
WIDTH = 118
GROWTH = 1.25
"""From one number that is tried to the next, before it is searched between two."""


@dataclass(frozen=True, slots=True)
class Step:
    """A run with so many wearers, and what all of it took."""

    outcome: Outcome
    load: Load
    on_time: bool


def on_time(outcome: Outcome, most: float) -> bool:
    """True if no more than this share of the predictions was late, left out, lost or never there.

    Each wearer may lack one at the edges of what is measured.
    """
    missing = max(outcome.expected - outcome.wearers - outcome.predictions - outcome.skipped, 0)
    return outcome.late + outcome.skipped + outcome.lost + missing <= most * outcome.expected


def searched(run: Callable[[int], bool], first: int, limit: int, step: int) -> int:
    """The most wearers on time, exact to `step`: up or down from `first`, then between. 0: none."""
    good, bad = 0, 0
    wearers = max(1, min(first, limit))
    while True:
        if run(wearers):
            good = wearers
            if good >= limit:
                return good
            wearers = min(limit, max(good + step, round(good * GROWTH)))
        else:
            bad = wearers
            wearers = min(bad - step, round(bad / GROWTH))
        if bad and (good or wearers < 1):
            break
    while bad - good > step:
        wearers = (good + bad) // 2
        good, bad = (wearers, bad) if run(wearers) else (good, wearers)
    return good


def say(step: Step, console: Console) -> None:
    """A line on a step."""
    o, load = step.outcome, step.load
    kept_up = "on time" if step.on_time else "late   "
    nodes = " ".join(f"{n:.2f}" for n in load.nodes)
    held = " ".join(f"{h:.0%}" for h in load.held)
    ours = (("senders", o.senders_cpu), ("coordinator", o.recognizer_cpu), ("subscriber", load.subscriber))
    rest = ", ".join(f"{name} {cores:.2f}" for name, cores in (*ours, ("Ray", load.ray), ("idle", load.idle)))
    console.print(
        f"  {o.wearers:3} wearers {kept_up}: {o.predictions} of {o.expected}, "
        f"late {o.late}, skipped {o.skipped}, lost {o.lost}, p50 {o.delay_p50:.0f} p99 {o.delay_p99:.0f} ms\n"
        f"      cores: nodes {nodes}{f' (held back in {held} of periods)' if held else ''}, {rest}",
        style="" if step.on_time else "red",
        highlight=False,
        soft_wrap=True,
    )


def most_on_time(
    count: int,
    first: int,
    options: argparse.Namespace,
    hop: float,
    folder: Path,
    kept: Callable[[Step], None],
) -> int:
    """Wearers on time on `count` nodes; `kept` gets each step of the search as it is over."""
    with ExitStack() as stack:
        cluster, _ = stack.enter_context(nodes(count))
        quotas = limits(stack, count, options.share, Console(width=WIDTH))

        def run(wearers: int) -> bool:
            watch = Watch(cluster, quotas)
            outcome = live(
                wearers,
                options.weights,
                hop,
                options.duration,
                folder,
                command=lambda config, address: command(cluster, options.weights, config, address),
                moment=watch.moment,
            )
            assert watch.load is not None
            step = Step(outcome, watch.load, on_time(outcome, options.late))
            kept(step)
            return step.on_time

        if options.find:
            return searched(run, first, options.limit, options.step)
        return first if run(first) else 0


def limits(stack: ExitStack, count: int, share: float, console: Console) -> list[Group]:
    """Groups for so many nodes; none, with a word, where this user may make none."""
    try:
        return stack.enter_context(groups(count, share)) if share else []
    except QuotaError as error:
        console.print(
            f"Nodes cannot be limited here ({error}): each gets a core of its own instead, on which all the "
            "rest runs as well, so the ratio is less than that of machines. Root can limit them, or beneath "
            "systemd-run --user --scope.",
            highlight=False,
        )
        return []


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
        pin(shards(cluster))
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


def compared(
    options: argparse.Namespace, hop: float, folder: Path, result: dict[str, object], keep: Callable[[], None]
) -> None:
    """Two nodes against one, into `result`; `keep` after each step."""
    console = Console(width=WIDTH)
    most: dict[int, int] = {}
    idle: list[float] = []
    for count in (1, 2):
        console.print(f"{count} node{'s' * (count > 1)}", style="bold", highlight=False)
        steps: list[object] = []
        result[f"nodes_{count}"] = steps

        def kept(step: Step, steps: list[object] = steps) -> None:
            say(step, console)
            steps.append(asdict(step))
            idle.append(step.load.idle)
            keep()

        first = 2 * (most.get(1) or options.wearers) if count == 2 else options.wearers
        most[count] = most_on_time(count, first, options, hop, folder, kept)
        result[f"on_time_{count}"] = most[count]
    ratio = most[2] / most[1] if most[1] else None
    result["ratio"] = ratio
    times = f": {ratio:.2f} times as many" if ratio is not None else ""
    console.print(
        f"On time, but for {options.late:.0%}: {most[1]} wearers on one node, {most[2]} on two{times}."
    )
    if (full := sum(cores < FULL for cores in idle)) and options.share:
        console.print(
            f"In {full} of {len(idle)} runs no core of this machine was idle: it limited, too, not the nodes "
            "alone. Measure while nothing else runs, or with a smaller --share.",
            style="red",
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument(
        "--wearers", type=int, default=16, help="default 16; where --find begins, with twice as many on two"
    )
    parser.add_argument("--find", action="store_true", help="search the number at which it begins to be late")
    parser.add_argument("--limit", type=int, default=160, help="most wearers that --find tries (default 160)")
    parser.add_argument("--step", type=int, default=2, help="exactness of --find (default 2)")
    parser.add_argument("--duration", type=float, default=8.0, help="s that are measured (default 8)")
    parser.add_argument(
        "--share",
        type=float,
        default=SHARE,
        help=f"cores that a node has (default {SHARE}); 0: one each, by pinning, on which the rest runs too",
    )
    parser.add_argument(
        "--late",
        type=float,
        default=LATE,
        help=f"share of the predictions that may be late, left out or lost (default {LATE}; 0: none)",
    )
    parser.add_argument("--kill", action="store_true", help="instead: kill one of two nodes")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument("--json", type=Path, help="write the figures there, after each step")
    options = parser.parse_args(argv)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # what was begun is ended
    info = read_info(find(options.weights))
    result: dict[str, object] = {
        "machine": machine(),
        "bundle": info.id,
        "hop": info.hop,
        "share": options.share,
        "late": options.late,
    }

    def keep() -> None:
        if options.json:
            write_whole(options.json, json.dumps(result, indent=1))

    with tempfile.TemporaryDirectory() as name, isolated_lsl(Path(name)):
        if options.kill:
            dead = killed(options, info.hop, Path(name))
            result["killed"] = asdict(dead)
            Console(width=WIDTH).print(
                f"{dead.moved} of {dead.wearers} wearers moved and were back {dead.back:.1f} s after the "
                f"kill (a window is {info.window:g} s), the longest gap {dead.gap:.1f} s, counted: "
                f"{dead.numbered}; {dead.late} of {dead.others} predictions of the others late."
            )
        else:
            compared(options, info.hop, Path(name), result, keep)
    keep()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
