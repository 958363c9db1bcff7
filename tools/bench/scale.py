"""What a wearer costs when there are many: processor time of a prediction with 1 to 1,000 wearers.

Samples of performers are handed to an engine in this process as one pull a hop gives them, with the mountings
watched as in a live run. What is counted is processor time of all threads, so a loaded machine disturbs it
little; LSL, the queue between the threads and publishing are not in it (`tools.bench.beside`).

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
from tools.bench.arriving import Arriving, arriving

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
    came = arriving(count, info, info.hop, info.window + 2.0 + seconds)
    names = sorted({each.wearer for each in came})
    mounts = mounts_of(dict.fromkeys(names, info), {})
    engine = Engine(served.runtime, info, names, mounts=mounts)
    settled = next(k for k, each in enumerate(came) if each.at > came[0].at + info.window + 1.0)
    _feed(engine, came[:settled])
    spent = Spent()
    engine.push = spent.of("samples into buffers", engine.push)  # type: ignore[method-assign]
    engine.due = spent.of("windows", engine.due)  # type: ignore[method-assign]
    mounts.corrected = spent.of("mountings", mounts.corrected)  # type: ignore[method-assign]
    served.runtime.classify = spent.of("network and novelty", served.runtime.classify)  # type: ignore[method-assign]
    engine.classify = spent.of("predictions", engine.classify)  # type: ignore[method-assign]
    engine.decide = spent.of("decisions", engine.decide)  # type: ignore[method-assign]
    begun = time.process_time()
    made = _feed(engine, came[settled:])
    whole = time.process_time() - begun
    return {stage: each / made * 1e6 for stage, each in (spent.seconds | {"all": whole}).items()}


def _feed(engine: Any, came: Sequence[Arriving]) -> int:
    """Feed an engine; the number of predictions that it made."""
    at = made = 0
    while at < len(came):
        until = came[at].at + TOGETHER
        while at < len(came) and came[at].at <= until:
            engine.push(came[at].wearer, came[at].feed, came[at].chunk)
            at += 1
        windows = engine.due()
        if windows:
            engine.decide(engine.classify(windows))
            made += len(windows)
    return made


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
