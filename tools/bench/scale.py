"""What a wearer costs when there are many: processor time of a prediction with 1 to 1,000 wearers.

Samples of performers are put into the queue of a live run's pipeline as one pull a hop gives them, with the
mountings watched, and the pipeline works them off in this thread. What is counted is processor time of all
threads, so a loaded machine disturbs it little; LSL and publishing are not in it (`tools.bench.beside`).

    python -m tools.bench.scale
    python -m tools.bench.scale --before ../other-checkout --wearers 1 100
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from tools.bench.arriving import Arriving, Fed, arriving, wearers

ROOT = Path(__file__).parents[2]
WEARERS = (1, 10, 100, 400, 1000)
TOGETHER = 0.05
"""s whose samples are taken together, as by a recognizer that is busy meanwhile."""
MOST = 6000
"""Predictions that one measurement makes, about."""


class Spent:
    """Processor time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside = 0.0

    def of(self, stage: str, run: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted: less what other counted ones take within it."""

        def counted(*arguments: Any, **named: Any) -> Any:
            before, outside = time.process_time(), self._inside
            self._inside = 0.0
            answer = run(*arguments, **named)
            took = time.process_time() - before
            self.seconds[stage] = self.seconds.get(stage, 0.0) + took - self._inside
            self._inside = outside + took
            return answer

        return counted


def measured(count: int, by: str) -> dict[str, float]:
    """Stage -> µs a prediction with `count` wearers."""
    from hnhar.model.bundle.bundle import DEFAULT, find
    from hnhar.model.serving import serve
    from hnhar.stream.engine.engine import Engine
    from hnhar.stream.mapping.mounts import mounts_of

    served = serve(find(DEFAULT), runtime=by)  # type: ignore[arg-type]
    info = served.info
    served.runtime.warm_up(32)
    seconds = max(2.0, min(30.0, MOST * info.hop / count))
    names = wearers(count)
    spread = {"phases": _phases(names, info.hop)}
    came = arriving(names, info, info.hop, info.window + 2.0 + seconds, spread["phases"])
    mounts = mounts_of(dict.fromkeys(names, info), {})
    engine = Engine(served.runtime, info, names, mounts=mounts, **(spread if spread["phases"] else {}))  # type: ignore[arg-type]
    live = Live(engine)
    settled = next(k for k, each in enumerate(came) if each.at > came[0].at + info.window + 1.0)
    live.feed(came[:settled])
    spent, made = Spent(), live.pipeline.meter.predictions
    engine.push = spent.of("samples into buffers", engine.push)  # type: ignore[method-assign]
    engine.due = spent.of("windows", engine.due)  # type: ignore[method-assign]
    mounts.corrected = spent.of("mountings", mounts.corrected)  # type: ignore[method-assign]
    served.runtime.classify = spent.of("network and novelty", served.runtime.classify)  # type: ignore[method-assign]
    for name in (each for each in ("begin_batch", "finish_batch", "classify") if hasattr(engine, each)):
        setattr(engine, name, spent.of("predictions", getattr(engine, name)))
    engine.decide = spent.of("decisions", engine.decide)  # type: ignore[method-assign]
    live.feed = spent.of("queue, turns, hand-over", live.feed)  # type: ignore[method-assign]
    begun = time.process_time()
    live.feed(came[settled:])
    whole = time.process_time() - begun
    made = live.pipeline.meter.predictions - made
    return {stage: each / made * 1e6 for stage, each in (spent.seconds | {"all": whole}).items()}


def _phases(names: Sequence[str], hop: float) -> dict[str, float]:
    """Those of a live run; of a checkout from before there were any, none."""
    try:
        from hnhar.stream.engine.phases import spread
    except ImportError:
        return {}
    return spread(names, hop)


class Live:
    """A pipeline that works in this thread, by the clock of the samples: nothing is late."""

    def __init__(self, engine: Any) -> None:
        self._now = 0.0
        self._fed = Fed(engine, lambda: self._now)
        self.pipeline = self._fed.pipeline

    def feed(self, came: Sequence[Arriving]) -> None:
        """Work off what came, so much at once as comes within `TOGETHER` s."""
        at = 0
        while at < len(came):
            until = came[at].at + TOGETHER
            while at < len(came) and came[at].at <= until:
                self._now = came[at].at
                self._fed.put(came[at])
                at += 1
            self._fed.work()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument("--wearers", type=int, nargs="+", default=WEARERS, help="default 1 10 100 400 1000")
    parser.add_argument("--rounds", type=int, default=2, help="measurements of each, in turn (2)")
    parser.add_argument("--runtime", default="auto", help="auto, onnx or torch (auto)")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.child, options.runtime)))
        return
    trees = {"": ROOT} | ({"before": options.before.resolve()} if options.before else {})
    least: dict[tuple[str, int], dict[str, float]] = {}
    for _ in range(options.rounds):
        for count in options.wearers:
            for words, tree in trees.items():
                known = least.setdefault((words, count), {})
                for stage, micros in _in_child(tree, count, options.runtime).items():
                    known[stage] = min(known.get(stage, np.inf), micros)
    table = Table("wearers", *(str(count) for count in options.wearers))
    for words in reversed(trees):
        for stage in least[words, options.wearers[0]]:
            row = (f"{least[words, count].get(stage, 0.0):.0f}" for count in options.wearers)
            table.add_row(f"{stage} ({words})" if words else stage, *row, end_section=stage == "all")
    Console(width=110).print("µs of processor time a prediction", table)


def _in_child(tree: Path, count: int, by: str) -> dict[str, float]:
    environment = os.environ | {"PYTHONPATH": f"{tree / 'tools' / 'typecheck'}:{ROOT}"}
    command = [sys.executable, "-m", "tools.bench.scale", "--child", str(count), "--runtime", by]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
